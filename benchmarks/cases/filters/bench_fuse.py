"""What does a filter of a static set cost to make, and to ask? Beside a BloomFilter of the same rate."""

from functools import lru_cache, partial

import numpy as np
import pytest

from benchmarks import contenders, keys, loops

OURS, BLOOM, PLAIN, PEER = "static.Coterie", "static.CoterieBloom", "static.Plain", "pyfusefilter.Fuse"
SIZES = {  # keys: the name, and the floor, one line of a table of this size a key
    400_000: ("in L2", "touch_l2_read_ns_per_key"),
    7_000_000: ("in L3", "touch_l3_huge_read_ns_per_key"),
    60_000_000: ("in DRAM", "touch_dram_huge_read_ns_per_key"),
}
BUILDS = {10_000: "10 thousand keys", keys.ARRAY: "a million keys", 10_000_000: "10 million keys"}


def against(*who):
    """Parametrises a question over Coterie, which comes first and is checked first, and the others."""
    return pytest.mark.parametrize("who", who)


def full(*values):
    """Parameters that the short suite leaves out."""
    return pytest.param(*values, marks=pytest.mark.full)


ROWS = [(10_000, who) for who in (OURS, BLOOM, PLAIN, PEER)] + [
    (keys.ARRAY, who) for who in (OURS, BLOOM, PEER)
]
ROWS += [full(10_000_000, who) for who in (OURS, BLOOM)]


@lru_cache(maxsize=2)
def random_keys(n):
    """The first n of the random keys: distinct, with as good as no exception."""
    return keys.rng().integers(2**64, size=n, dtype=np.uint64)


def ready(who, keys):
    """The keys in the shape that a contender likes best, as many as it takes."""
    made = contenders.find(who)
    keys = keys[: made.limit]
    return keys if made.limit is None else keys.tolist()


@lru_cache(maxsize=2)
def filled(who, n):
    """(the filter of 8 bits of the first n keys, or of as many as this contender takes; how many)."""
    some = ready(who, random_keys(n))
    return contenders.find(who)(some, 8), len(some)


@lru_cache(maxsize=1)
def asked_of(n, size=keys.ARRAY):
    """Random keys, every second of which is in a filter of the first n."""
    asked = np.random.default_rng(5).integers(2**64, size=size, dtype=np.uint64)
    asked[::2] = random_keys(n)[keys.rng().integers(n, size=size // 2)]
    return asked


def check(row, filter, answers):
    """All that is in is found, and of the rest no more than was promised."""
    answers = np.asarray(answers)
    found, expected = np.count_nonzero(answers[1::2]), answers[1::2].size / 256
    row.check(
        filter,
        [bool(answers[::2].all()), bool(found <= 1.05 * expected + 4 * expected**0.5)],
        [True, True],
        [True],
    )


def facts_of(filter):
    return (
        {"bits per key": f"{filter.filter.bits_per_key:.2f}"}
        if hasattr(filter.filter, "bits_per_key")
        else {}
    )


@pytest.mark.parametrize(("n", "who"), ROWS)
def test_build(row, n, who):
    """FuseFilter(random uint64), 8 bits."""
    row.ask("FuseFilter(keys), uint64 array", BUILDS[n])
    some = ready(who, random_keys(n))
    filter = contenders.find(who)(some, 8)
    check(row, filter, filter.contains_many(ready(who, asked_of(len(some), 10_000))))
    return row.time(filter, partial(filter.make, some, 8), per=len(some), **facts_of(filter))


@against(OURS, "floor", BLOOM, PLAIN, PEER)
@pytest.mark.parametrize("n", [400_000, 7_000_000, full(60_000_000)])
def test_array(row, n, who):
    """f.contains_many of 2**20 random uint64, every second of which is in the filter."""
    row.ask("FuseFilter.contains_many, uint64 array", SIZES[n][0])
    if who == "floor":
        return row.floor(SIZES[n][1])
    filter, n = filled(who, n)
    some = ready(who, asked_of(n))
    check(row, filter, filter.contains_many(some))
    return row.time(filter, partial(filter.contains_many, some), per=len(some), **facts_of(filter))


@against(OURS, "floor", BLOOM, PLAIN, PEER)
@pytest.mark.parametrize("kind", ["int", "str"])
def test_one_key(row, kind, who):
    """k in f, in a Python loop over a thousand keys, all of which are in it."""
    row.ask(f"k in FuseFilter, one {kind} key", "1000 keys")
    if who == "floor":
        return row.floor(f"py_dict_get_{kind}_ns")
    few = keys.few(kind)
    filter = contenders.find(who)(few, 8)
    row.check(filter, [bool(np.all(filter.contains_many(few)))], [True], [True])
    return row.time(filter, filter.loop(few), per=len(few))


@against(OURS, "floor")
def test_call(row, who):
    """What a batch call costs before it sees the first key."""
    row.ask("FuseFilter.contains_many of a one-element array", "1000 keys", unit="call")
    if who == "floor":
        return row.floor("numpy_add_one_element_ns")
    one = random_keys(1000)[:1].copy()
    filter = contenders.find(who)(random_keys(1000), 8)
    row.check(filter, filter.contains_many(one), [True], [True])
    ask = partial(loops.fresh(loops.call), filter.contains_many, [one] * keys.FEW)
    return row.time(filter, ask, per=keys.FEW)
