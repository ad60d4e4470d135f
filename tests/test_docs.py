"""The examples in the documentation are true, and every public name is documented."""

import doctest
import importlib
import inspect
from pathlib import Path

import pytest

import coterie
import coterie.hashing
import coterie.placement

ROOT = Path(__file__).parents[1]
MODULES = [
    "_core",
    "clocks._bloom",
    "clocks._buffer",
    "clocks._clock_matrix",
    "clocks._context",
    "clocks._dot",
    "clocks._hybrid",
    "clocks._itc",
    "clocks._lamport",
    "clocks._matrix_clock",
    "clocks._message",
    "clocks._relation",
    "clocks._roster",
    "clocks._siblings",
    "clocks._vector",
    "crdts._bounded",
    "crdts._changes",
    "crdts._counter",
    "crdts._flags",
    "crdts._gset",
    "crdts._lww_map",
    "crdts._lww_set",
    "crdts._mv_register",
    "crdts._ormap",
    "crdts._orset",
    "crdts._register",
    "crdts._remove_wins",
    "crdts._two_phase_set",
    "filters._bloom",
    "filters._counting",
    "filters._fuse",
    "filters._guava",
    "filters._parquet",
    "filters._rotating",
    "filters._scalable",
    "hashing._jump",
    "hashing._maglev",
    "hashing._siphash",
    "hashing._xxh",
    "placement._diff",
    "placement._jump",
]
MODULES += ["placement._maglev", "placement._nodes", "placement._rendezvous", "placement._ring"]


@pytest.mark.parametrize("name", MODULES)
def test_docstring_examples(name):
    results = doctest.testmod(importlib.import_module(f"coterie.{name}"))
    assert results.attempted > 0
    assert results.failed == 0


def test_readme_examples(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # they save files
    results = doctest.testfile(str(ROOT / "README.md"), module_relative=False, optionflags=doctest.ELLIPSIS)
    assert results.attempted > 10
    assert results.failed == 0


@pytest.mark.parametrize(
    "module",
    [coterie, coterie.clocks, coterie.crdts, coterie.filters, coterie.hashing, coterie.placement],
    ids=lambda m: m.__name__,
)
def test_public_names_are_documented(module):
    for name in module.__all__:
        thing = getattr(module, name)
        if name.startswith("__"):
            continue
        assert inspect.getdoc(thing), name
        if inspect.isclass(thing):
            for attribute, value in inspect.getmembers(thing):
                if not attribute.startswith("_") and attribute not in dir(Exception):
                    assert inspect.getdoc(value), f"{name}.{attribute}"
