"""The `coterie` command."""

from coterie._cli.main import main

__all__ = ["main"]
