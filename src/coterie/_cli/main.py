"""The command line: its parser, and what becomes of everything that can go wrong."""

import argparse
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import TextIO

import coterie
from coterie._cli import place, plan
from coterie._cli.errors import Refused, refusing_os_errors
from coterie._cli.text import show, showable

REFUSED = 2
INTERRUPTED = 130  # 128 + SIGINT
PIPE_CLOSED = 141  # 128 + SIGPIPE


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status."""
    try:
        try:
            args = _parser().parse_args(argv)
            args.run(args)
        finally:
            _flush_stdout()
        return 0
    except Refused as error:
        return _refuse(str(error))
    except MemoryError:
        return _refuse("not enough memory")
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        _abandon(sys.stdout)
        return PIPE_CLOSED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="coterie",
        description="Where keys live: placement for distributed systems.",
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"coterie {coterie.__version__}")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    place.add_parser(commands)
    plan.add_parser(commands)
    return parser


def _refuse(message: str) -> int:
    with suppress(OSError):
        show(sys.stderr, f"coterie: error: {showable(message)}\n")
    return REFUSED


def _flush_stdout() -> None:
    if sys.stdout is None:
        return
    with refusing_os_errors("standard output"):
        try:
            sys.stdout.flush()
        except OSError:
            _abandon(sys.stdout)
            raise


def _abandon(stream: TextIO) -> None:
    """Point the stream at nothing, so that what it still holds is not complained about at exit."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
