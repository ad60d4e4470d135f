"""Compiling the floors in C for this run."""

import ctypes
import os
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path

SOURCES = sorted(str(path) for path in Path(__file__).parent.glob("*.c"))


@cache
def command():
    """The compiler's command line, or None where there is none: $CC, cc, gcc or clang."""
    for name in (os.environ.get("CC"), "cc", "gcc", "clang"):
        words = name.split() if name else []
        if words and shutil.which(words[0]):
            return words
    return None


@cache
def version():
    """For example "gcc 12.2.0"; None without a compiler."""
    if command() is None:
        return None
    macros = subprocess.run([*command(), "-dM", "-E", "-"], input="", capture_output=True, text=True).stdout
    quoted = next((line for line in macros.splitlines() if line.startswith("#define __VERSION__ ")), "")
    name = "clang" if "__clang__" in macros else "gcc"
    text = quoted.partition('"')[2].rstrip('"')
    return text if name in text.lower() else f"{name} {text}"


@cache
def library():
    """The C files as a loaded library, or None without a compiler that can build them."""
    if command() is None:
        return None
    with tempfile.TemporaryDirectory() as folder:
        shared = str(Path(folder, "floors.so"))
        flags = ["-O3", "-std=gnu11", "-shared", "-fPIC"]
        done = subprocess.run([*command(), *flags, *SOURCES, "-o", shared], capture_output=True)
        return ctypes.CDLL(shared) if done.returncode == 0 else None
