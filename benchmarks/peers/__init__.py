"""The contenders, asked through one adapter: Coterie, the plain baselines, NumPy idioms, other libraries.

A contender is named "module.Class", as in "uhashring.XXH3": the class in peers/uhashring.py.
"""

import sys
from functools import cache
from importlib import import_module
from importlib.metadata import version

PACKAGES = {  # the libraries as pip knows them, each with a file here: why one may be missing
    "uhashring": "",
    "fastring": "" if sys.version_info >= (3, 13) else "needs Python 3.13",
    "jump-consistent-hash": "",
    "clandestined": "",
    "emcache": "",
    "pymemcache": "",
    "hrw": "",
    "xxhash": "",
    "pyfusefilter": "",
    "polars": "",
    "pyarrow": "",
    "pandas": "",
    "abloom": "",
    "rbloom": "",
    "zpds": "",
    "fastbloom-rs": "",
    "pybloomfiltermmap3": "",
    "pybloom-live": "",
    "pyprobables": "",
    "vectorclock": "",
    "hlcpy": "",
    "pyitc": "",
    "accordsync-core": "",
    "crdt-merge": "",
    "pycrdt": "",
    "loro": "",
}


@cache
def contender(name):
    """The contender's class; ImportError where its library is missing or cannot be used."""
    module, _, attribute = name.partition(".")
    return getattr(load(module), attribute)


def load(module):
    try:
        return import_module(f"benchmarks.peers.{module}")
    except Exception as error:
        if module not in map(module_of, PACKAGES):
            raise
        raise ImportError(f"{type(error).__name__}: {error}") from error


def module_of(package):
    return package.replace("-", "_")


@cache
def problems():
    """Package -> why it cannot be used; "" for those that can."""
    found = {}
    for package, why in PACKAGES.items():
        try:
            load(module_of(package))
            found[package] = ""
        except ImportError as error:
            absent = isinstance(error.__cause__, ModuleNotFoundError)
            found[package] = (why or "not installed") if absent else str(error)
    return found


def versions():
    """Package -> version, of those that can be used."""
    return {package: version(package) for package, problem in problems().items() if not problem}


def missing():
    """The packages that cannot be used, each with the reason."""
    return [f"{package} ({problem})" for package, problem in problems().items() if problem]
