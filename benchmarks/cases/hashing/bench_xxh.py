"""What does the digest of a key cost? Every container of keys, short keys and long ones."""

from functools import partial

import numpy as np
import pytest

from benchmarks import contenders, keys

PLAIN = "plain.Digest"
LONG = {"1 KiB": 2**10, "1 MiB": 2**20}
PEER = {"str": "xxhash.Text", "shuffled": "xxhash.Text", "bytes": "xxhash.Bytes", "int": "xxhash.Ints"}
LISTS = {  # question and size
    "shuffled": ("digests, list of str", "shuffled"),
    "str": ("digests, list of str", "in order"),
    "bytes": ("digests, list of bytes and of int", "bytes"),
    "int": ("digests, list of bytes and of int", "int"),
}
DTYPES = {"S13": "bytes", "U13": "str", "T": "str"}


def against(*who):
    return pytest.mark.parametrize("who", ["coterie.Digest", *who])


@against("floor", PLAIN, "peer")
@pytest.mark.parametrize("kind", ["str", "bytes", "int"])
def test_one_key(row, kind, who):
    """digest(k) in a Python loop over 1000 keys."""
    row.ask("digest(k), one key", kind)
    if who == "floor":
        return row.floor("py_len_call_ns")
    few = keys.few(kind)
    hasher = contenders.find(PEER[kind] if who == "peer" else who)()
    row.check(hasher, hasher.many(few), expected(few))
    return row.time(hasher, hasher.loop(few), per=len(few))


@against("floor", PLAIN, "peer")
@pytest.mark.parametrize("kind", LISTS)
def test_list(row, kind, who):
    """digests(list of a million keys of 13 bytes, or ints)."""
    row.ask(*LISTS[kind])
    if who == "floor":
        return row.floor(f"py_list_len_{'shuffled' if kind == 'shuffled' else 'ordered'}_ns_per_key")
    return batch(row, PEER[kind] if who == "peer" else who, keys.many(kind))


@against("floor", PLAIN, "peer")
def test_array(row, who):
    """digests(2**20 random uint64)."""
    row.ask("digests, array of uint64")
    if who == "floor":
        return row.floor("hash_u64_ns_per_key")
    return batch(row, PEER["int"] if who == "peer" else who, keys.array())


@against(PLAIN, "peer")
@pytest.mark.parametrize("dtype", DTYPES)
def test_text_array(row, dtype, who):
    """digests(array of 2**18 strings): S, U and StringDType."""
    row.ask("digests, array of text", {"T": "StringDType"}.get(dtype, dtype))
    strings = np.array(keys.many("str")[: 2**18], np.dtypes.StringDType() if dtype == "T" else dtype)
    return batch(row, PEER[DTYPES[dtype]] if who == "peer" else who, strings)


@against("xxhash.Bytes")
@pytest.mark.parametrize("size", LONG)
def test_long_key(row, size, who):
    """digest(bytes) of one long key after another, the same few again and again."""
    row.ask("digest(k), long bytes", size, unit="byte")
    long = [keys.rng().bytes(LONG[size]) for _ in range(max(1, 2**16 // LONG[size]))]
    hasher = contenders.find(who)()
    row.check(hasher, map(hasher.one, long), expected(long))
    return row.time(hasher, hasher.loop(long), per=len(long) * LONG[size])


def batch(row, who, many):
    hasher = contenders.find(who)()
    ready = hasher.ready(many)
    hashes = hasher.many(ready)
    some = keys.sample(ready)
    chosen = [many[i].item() if hasattr(many[i], "item") else many[i] for i in some]
    row.check(hasher, [hashes[i] for i in some], expected(chosen))
    return row.time(hasher, partial(hasher.many, ready), per=len(ready))


def expected(some):
    return contenders.find(PLAIN)().many(some)
