"""`Diff.moved` says of each key whether its node before and its node after are two."""

import itertools

import numpy as np
import pytest

from benchmarks.baselines.keys import key_bytes
from coterie import HashRing, JumpHash, Maglev, Rendezvous, diff, digests
from tests.containers import forms
from tests.placement.errors import BAD_KEYS, called
from tests.placement.schemes import names
from tests.placement.test_batches import KEYS

MAKE = {
    "ring": lambda nodes, seed: HashRing(nodes, vnodes=10, seed=seed),
    "rendezvous": lambda nodes, seed: Rendezvous(nodes, seed=seed),
    "maglev": lambda nodes, seed: Maglev(nodes, table_size=101, seed=seed),
}
WEIGHTS = dict.fromkeys(names(8, first=3), 1) | {"w": 2.5}
PAIRS = {
    f"{a} {seed}, {b}": (MAKE[a](names(9), seed), MAKE[b](WEIGHTS, 0))
    for a, b in itertools.product(MAKE, MAKE)
    for seed in (0, 5)
}
PAIRS |= {f"jump {seed}, jump": (JumpHash(12, seed=seed), JumpHash(9)) for seed in (0, 5)}
OLD_NAMES, NEW_NAMES = ["a", b"b", 3, -1, "gone"], [b"a", "b", b"\3" + bytes(7), 2**64 - 1, "new"]
PAIRS |= {f"renamed {kind}": (MAKE[kind](OLD_NAMES, 0), MAKE[kind](NEW_NAMES, 0)) for kind in MAKE}
pairs = pytest.mark.parametrize(("before", "after"), PAIRS.values(), ids=PAIRS)


def moves(before, after, key):
    """The plain rule."""
    return key_bytes(before[key]) != key_bytes(after[key])


@pairs
@pytest.mark.parametrize("keys", KEYS.values(), ids=KEYS)
def test_every_container(before, after, keys):
    change = diff(before, after, samples=1)
    want = [moves(before, after, key) for key in keys]
    for name, container in forms(keys):
        assert change.moved(container).tolist() == want, name
    assert change.moved(digests(keys), hashed=True).tolist() == want


@pairs
def test_many_keys(before, after, level):
    change = diff(before, after)
    keys = np.arange(50_000)
    moved = change.moved(keys)
    assert moved[:3000].tolist() == [moves(before, after, key) for key in range(3000)]
    assert abs(moved.mean() - change.share) < 5 * (0.25 / len(keys)) ** 0.5 + 5 * change.error
    assert np.array_equal(moved, change.moved(digests(keys), hashed=True))


@pytest.mark.parametrize("size", [0, 1, 2, 2047, 2048, 2049, 5000])
@pairs
def test_an_iterator_is_read_once(before, after, size):
    change = diff(before, after, samples=1)
    read = []

    def keys():
        for key in range(size):
            read.append(key)
            yield key

    moved = change.moved(keys())
    assert read == list(range(size))
    assert np.array_equal(moved, change.moved(list(range(size))))


@pairs
def test_answers_are_plain_arrays(before, after):
    change = diff(before, after, samples=1)
    keys = np.arange(100, dtype=np.uint64)
    for container in (list(range(100)), iter(range(100)), keys, [], np.empty(0, np.uint64)):
        answer = change.moved(container)
        assert type(answer) is np.ndarray
        assert answer.dtype == bool
        assert answer.ndim == 1
        assert answer.flags.owndata
        assert answer.flags.writeable
    change.moved(keys, hashed=True)
    assert np.array_equal(keys, np.arange(100))


@pairs
def test_digests_of_every_layout(before, after):
    change = diff(before, after, samples=1)
    hashed = digests(range(1000))
    want = change.moved(range(1000))
    packed = np.zeros(1000, [("x", "u1"), ("d", "u8")])
    packed["d"] = hashed
    layouts = np.repeat(hashed, 3)[::3], hashed[::-1].copy()[::-1], hashed.astype(">u8"), packed["d"]
    for layout in layouts:
        assert np.array_equal(change.moved(layout, hashed=True), want)


@pytest.mark.parametrize(("key", "error"), BAD_KEYS, ids=called)
def test_no_key(key, error):
    change = diff(HashRing(["a"]), HashRing(["b"]))
    for keys in ([key], ["a", key], (x for x in [1, key])):
        with pytest.raises(error):
            change.moved(keys)


@pytest.mark.parametrize("keys", ["abc", b"abc", 5, None], ids=repr)
def test_no_container(keys):
    change = diff(HashRing(["a"]), HashRing(["b"]))
    for hashed in (False, True):
        with pytest.raises(TypeError, match="keys"):
            change.moved(keys, hashed=hashed)


@pytest.mark.parametrize("keys", [[1, 2], (1, 2), iter([1, 2]), np.arange(3), np.zeros((2, 2), np.uint64)])
def test_what_are_no_digests(keys):
    change = diff(HashRing(["a"]), HashRing(["b"]))
    with pytest.raises(TypeError, match="uint64"):
        change.moved(keys, hashed=True)


def test_many_shards():
    most = 2**31 - 1
    before, after = JumpHash(most), JumpHash(most - 1)
    assert not diff(before, after).moved(range(1000)).any()
    moved = diff(before, JumpHash(2**30)).moved(range(2000))
    assert moved.tolist() == [before[key] >= 2**30 for key in range(2000)]
