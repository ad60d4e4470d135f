"""The examples as people start them, and as modules."""

import os
import subprocess
import sys
from pathlib import Path

from tests.loading import loaded

FOLDER = Path(__file__).parents[2] / "examples"


def run(name, *options, timeout=120, **environment):
    """What an example answers to these options; warnings are errors."""
    command = [sys.executable, "-W", "error", str(FOLDER / f"{name}.py"), *map(str, options)]
    return subprocess.run(
        command, capture_output=True, text=True, timeout=timeout, env=os.environ | environment
    )


def module(name):
    """The example as a module."""
    return loaded(name, FOLDER / f"{name}.py")
