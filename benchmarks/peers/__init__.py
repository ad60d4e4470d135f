"""The contenders, asked through one adapter: Coterie, the plain baselines, NumPy idioms, other libraries.

A contender is named "module.Class", as in "uhashring.XXH3": the class in peers/uhashring.py.
"""

import sys
from functools import cache
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version

PACKAGES = {  # the libraries as pip knows them: why one may be missing
    "uhashring": "",
    "jump-consistent-hash": "",
    "fastring": "" if sys.version_info >= (3, 13) else "needs Python 3.13",
    "xxhash": "",
}


@cache
def contender(name):
    """The contender's class; ImportError where its library is missing."""
    module, _, attribute = name.partition(".")
    return getattr(import_module(f"benchmarks.peers.{module}"), attribute)


def versions():
    """Package -> version, of those that are installed."""
    found = {}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def missing():
    """The packages that are not installed, each with the reason if it is known."""
    found = versions()
    return [f"{name} ({why})" if why else name for name, why in PACKAGES.items() if name not in found]
