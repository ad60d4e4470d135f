"""What the measurements were made on."""

import platform
from importlib.metadata import version
from pathlib import Path

import numpy as np

import coterie
from benchmarks import peers
from benchmarks.floors import compiler


def describe():
    """Name -> value, in the order in which people ask."""
    return {
        "cpu": cpu_name(),
        "cpu_level": coterie.cpu_level(),
        "compiler": compiler.version() or "nothing, no C compiler",
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "numpy": np.__version__,
        "coterie": coterie.__version__,
        "peers": peers.versions(),
        "pytest-benchmark": version("pytest-benchmark"),
    }


def cpu_name():
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        return next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


def lines(info):
    """The description as text."""
    found = ", ".join(f"{name} {number}" for name, number in info["peers"].items())
    return [
        f"{info['cpu']}, level {info['cpu_level']}, {info['python']}, NumPy {info['numpy']}",
        f"coterie {info['coterie']}; floors compiled by {info['compiler']}",
        f"peers: {found}",
    ]
