"""What does a column of keys cost? Arrow, polars, pandas and NumPy, beside lists and loops."""

import os
from concurrent.futures import ThreadPoolExecutor
from functools import cache, partial

import numpy as np
import pytest

import coterie
from benchmarks import contenders, keys, loops
from benchmarks.cases.placement import shared
from benchmarks.cases.placement.shared import against, full
from benchmarks.floors import Floor
from benchmarks.peers import adapter

PLAIN = "plain.Digest"
STRING, SERIES, DICTIONARY, ARRAY = "pyarrow.String", "polars.Text", "pyarrow.Dictionary", "numpy.UInt64"
ARROW = ["pyarrow.LargeString", "pyarrow.StringView", SERIES, "pandas.Text"]
LISTS = ["coterie.InOrder", "coterie.Shuffled"]
NUMPY = ["numpy.S16", "numpy.StringDType", "numpy.U16"]
SLOW = ["xxhash.Text", "pandas.Hash"]
CATEGORICAL = ["polars.Enum", "polars.Categorical", "pandas.Categorical"]
INTEGERS = ["coterie.Out", "pyarrow.UInt64", "polars.UInt64", "pandas.UInt64", "pandas.MaskedUInt64"]
ONE_ROW = {  # size: the column, and what is in it
    "Arrow string": (STRING, "str"),
    "polars str": (SERIES, "str"),
    "pandas str": ("pandas.Text", "str"),
    "pandas uint64": ("pandas.UInt64", "int"),
    "list of str": ("coterie.Shuffled", "str"),
    "NumPy uint64": (ARRAY, "int"),
}
THREADED = {"Arrow string": STRING, "polars str": SERIES, "StringDType": "numpy.StringDType"}


def whole(column):
    return lambda: [coterie.digests(column)]


def in_halves(column):
    halves = halves_of(column)
    return lambda: list(threads().map(coterie.digests, halves))


def into_halves(column):
    """The same into one array."""
    halves, answers = halves_of(column), halves_of(np.empty(len(column), np.uint64))
    return lambda: list(threads().map(lambda half, out: coterie.digests(half, out=out), halves, answers))


def halves_of(column):
    half = len(column) // 2
    return [column[:half], column[half:]]


RUNS = {"one thread": whole, "two threads": in_halves, "two threads, out=": into_halves}


@against(STRING, "floor", *ARROW, *LISTS, *NUMPY, PLAIN, *map(full, SLOW))
def test_text(row, who):
    """digests of a million shuffled str of 13 characters, in every container that holds them."""
    row.ask("digests, str in columns")
    batch(row, who, STRING, "shuffled", "py_len_call_ns")


@against(SERIES, "floor", "polars.ToList", PLAIN, "polars.Loop", "polars.Hash")
def test_polars(row, who):
    """digests(polars Series of a million shuffled str), and other ways to hash it."""
    row.ask("digests, polars Series of str")
    batch(row, who, SERIES, "shuffled", "py_len_call_ns")


@against(DICTIONARY, "floor", STRING, *CATEGORICAL, PLAIN, "polars.HashCategorical")
def test_dictionary(row, who):
    """digests of a million str of which a thousand differ, dictionary-encoded and not."""
    row.ask("digests, 1000 different str in columns")
    batch(row, who, DICTIONARY, "repeated", take() if who == "floor" else None)


@against(ARRAY, "floor", *INTEGERS, PLAIN, "xxhash.Ints", "polars.HashUInt64")
def test_integers(row, who):
    """digests of a million random uint64, in every container that holds them."""
    row.ask("digests, uint64 in columns")
    batch(row, who, ARRAY, "int", "hash_u64_ns_per_key")


@against("coterie", "floor")
@pytest.mark.parametrize("size", ONE_ROW)
def test_one_row(row, size, who):
    """What a call costs before it sees the first key: digests of one row."""
    row.ask("digests of one row", size, unit="call")
    if who == "floor":
        return row.floor("numpy_add_one_element_ns")
    name, kind = ONE_ROW[size]
    hasher, few = ours(name, name), keys.few(kind)[:1]
    hasher.label = adapter.OURS
    one = hasher.ready(few)
    check(row, hasher, hasher.many(one), few)
    return row.time(hasher, partial(loops.fresh(loops.call), hasher.many, [one] * keys.FEW), per=keys.FEW)


@against(*RUNS)
@pytest.mark.parametrize("size", THREADED)
def test_threads(row, size, who):
    """digests of a million str in one thread, and of the halves in two, by the clock on the wall."""
    row.ask("digests, str in halves of a column", size)
    hasher, many = contenders.find(THREADED[size])(), keys.many("shuffled")
    hasher.role = adapter.OURS if who == "one thread" else adapter.VARIANT
    hasher.label = f"coterie, {who}"
    run = RUNS[who](hasher.ready(many))
    check(row, hasher, np.concatenate(run()), many)
    return row.time(hasher, run, per=len(many), CPUs=str(cpus()))


@against(STRING, "floor", SERIES, *LISTS, "plain.Ring")
def test_assign(row, who):
    """ring.assign of a million shuffled str of 13 characters."""
    row.ask("ring.assign, str in columns", "100 nodes")
    nodes, many = shared.names(100), keys.many("shuffled")
    if who in ("floor", "plain.Ring"):
        return shared.batch(row, who, "plain.Ring", nodes, many, "lookup_512kib_ns_per_key", "str")
    hasher, ring = ours(who, STRING), contenders.get("coterie.Ring", nodes)
    column, some = hasher.ready(many), keys.sample(many)
    expected = map(contenders.get("plain.Ring", nodes).get, shared.as_python(many, some))
    row.check(hasher, shared.as_nodes(nodes, ring.assign(column), some), expected)
    return row.time(hasher, partial(ring.assign, column), per=len(many))


def batch(row, who, first, kind, floor):
    """A row of one call with a column."""
    if who == "floor":
        return row.floor(floor)
    hasher, many = ours(who, first), keys.many(kind)[: contenders.find(who).limit]
    ready = hasher.ready(many)
    check(row, hasher, hasher.many(ready), many)
    return row.time(hasher, partial(hasher.many, ready), per=len(many))


def ours(name, first):
    """The contender; Coterie over one of the columns is what the table compares all others with."""
    hasher = contenders.find(name)()
    if name == first:
        hasher.role = adapter.OURS
    return hasher


def check(row, hasher, hashes, many):
    """A peer's hashes of a few thousand keys are as different as the keys are."""
    some = keys.sample(many)
    found, chosen = [hashes[i] for i in some], [many[i] for i in some]
    if hasher.exact:
        return row.check(hasher, found, contenders.find(PLAIN)().many(chosen))
    pairs = set(zip(chosen, found, strict=True))
    return row.check(hasher, [len(set(found)), len(pairs)], (), [len(set(chosen))])


def take():
    """A look-up a row, of digests that were made once."""
    rows = keys.rng().integers(keys.FEW, size=keys.MANY, dtype=np.uint32)
    answers = coterie.digests(keys.few("str"))
    return Floor("np.take", partial(np.take, answers, rows, mode="clip"), keys.MANY)


@cache
def threads():
    """Two threads, made once."""
    return ThreadPoolExecutor(2)


def cpus():
    """The CPUs that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
