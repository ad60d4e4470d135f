"""What does a secret cost? SipHash-1-3 beside XXH3-64, the digest of a key."""

from functools import partial

import pytest

from benchmarks import contenders, keys

UNKEYED = "coterie.Unkeyed"
PLAIN = {"coterie.SipHash": "plain.SipHash", UNKEYED: "plain.Digest", "plain.SipHash": "plain.SipHash"}
WHO = pytest.mark.parametrize("who", PLAIN)
LONG = {"1 KiB": 2**10, "64 KiB": 2**16}


@WHO
@pytest.mark.parametrize("kind", ["str", "bytes", "int"])
def test_one_key(row, kind, who):
    """siphash13(k, secret) in a Python loop over 1000 keys."""
    row.ask("siphash13(k, secret), one key", kind)
    few = keys.few(kind)
    hasher = contenders.find(who)()
    few = few[: hasher.limit]
    row.check(hasher, map(hasher.one, few[:100]), expected(who, few[:100]))
    return row.time(hasher, hasher.loop(few), per=len(few))


@WHO
@pytest.mark.parametrize("kind", ["str", "int"])
def test_list(row, kind, who):
    """siphash13(list of a million keys of 13 bytes, or ints)."""
    row.ask("siphash13, list", kind)
    return batch(row, who, keys.many(kind))


@WHO
def test_array(row, who):
    """siphash13(2**20 random uint64)."""
    row.ask("siphash13, array of uint64")
    return batch(row, who, keys.array())


@pytest.mark.parametrize("who", ["coterie.SipHash", UNKEYED])
def test_text_column(row, who):
    """siphash13(pyarrow column of a million texts of 13 bytes)."""
    pa = pytest.importorskip("pyarrow")
    row.ask("siphash13, Arrow column of text")
    hasher, many = contenders.find(who)(), keys.many("str")
    column = pa.array(many)
    some = keys.sample(many)
    hashes = hasher.many(column)
    row.check(hasher, [hashes[i] for i in some], expected(who, [many[i] for i in some]))
    return row.time(hasher, partial(hasher.many, column), per=len(many))


@pytest.mark.parametrize("who", ["coterie.SipHash", UNKEYED])
@pytest.mark.parametrize("size", LONG)
def test_long_key(row, size, who):
    """siphash13(bytes, secret) of one long key after another, the same few again and again."""
    row.ask("siphash13(k, secret), long bytes", size, unit="byte")
    long = [keys.rng().bytes(LONG[size]) for _ in range(2**16 // LONG[size])]
    hasher = contenders.find(who)()
    row.check(hasher, map(hasher.one, long[:2]), expected(who, long[:2]))
    return row.time(hasher, hasher.loop(long), per=len(long) * LONG[size])


def batch(row, who, many):
    hasher = contenders.find(who)()
    ready = hasher.ready(many)
    hashes = hasher.many(ready)
    some = keys.sample(ready)
    chosen = [getattr(many[i], "item", lambda i=i: many[i])() for i in some]
    row.check(hasher, [hashes[i] for i in some], expected(who, chosen))
    return row.time(hasher, partial(hasher.many, ready), per=len(ready))


def expected(who, some):
    return contenders.find(PLAIN[who])().many(some)
