"""Threads that read and write one counting filter: nothing that is there is denied, and nothing gets lost."""

import pickle
import warnings

import numpy as np
import pytest

from coterie import CapacityError, CountingBloomFilter, digests
from tests.filters.countings import filled, rates
from tests.threads.race import run, while_changing

STAY = [f"stay:{i}" for i in range(200)]
COME_AND_GO = [f"guest:{i}" for i in range(200)]


def come_and_go(counting, keys):
    """Each of the keys, in all ways."""
    hashed = digests(keys)

    def change():
        counting.update(hashed, hashed=True)
        counting.remove_many(keys)
        for key in keys[:50]:
            counting.add(key)
        assert counting.discard_many(keys[:50]).all()
        assert counting.add_new_many(keys) is not None
        for key in keys:
            counting.remove(key)

    return change


@rates
def test_readers(fpr):
    counting = filled(STAY, 1000, fpr)
    want = counting.copy()

    def read():
        assert counting.contains_many(STAY).all()
        assert all(key in counting for key in STAY[:20])
        assert counting.count(STAY[0]) >= 1
        assert (counting.count_many(STAY) >= 1).all()
        assert counting.copy().contains_many(STAY).all()
        assert pickle.loads(pickle.dumps(counting, 5)).contains_many(STAY).all()
        assert counting.approx_len() >= 0
        assert (counting + want).contains_many(STAY).all()

    while_changing(come_and_go(counting, COME_AND_GO), read)
    assert counting == want


@rates
def test_writers(fpr):
    """Additions and removals of several threads at once come out even."""
    counting = filled(STAY, 2000, fpr)
    want = counting.copy()
    turns = [come_and_go(counting, [f"{thread}:{i}" for i in range(200)]) for thread in range(4)]

    def work(turn):
        for _ in range(5):
            turn()

    run(*(lambda turn=turn: work(turn) for turn in turns))
    assert counting == want
    assert counting.to_bytes() == want.to_bytes()
    assert counting.fill_ratio == want.fill_ratio


def test_no_more_than_fits():
    """Strict: of two batches that do not both fit, one is refused, whenever it came."""
    for turn in range(10):
        counting = CountingBloomFilter(20_000, strict=True)
        fitted = []

        def add(first, counting=counting, fitted=fitted):
            try:
                fitted.append(counting.add_new_many(np.arange(first, first + 18_000)).sum())
            except CapacityError:
                fitted.append(0)

        run(lambda: add(0), lambda: add(10**6))
        fewer, more = sorted(fitted)
        assert fewer == 0, turn
        assert more > 17_000, turn
        assert counting.approx_len() < 18_500


def test_copies_hold_whole_keys():
    """A copy that is made while a batch runs has some of its keys, and all of them can be removed."""
    counting = CountingBloomFilter(200_000, 1e-3)
    keys = np.arange(100_000)
    copies = []

    def change():
        counting.update(keys)
        counting.remove_many(keys)

    def copy():
        if len(copies) < 50:
            copies.append(counting.copy())

    while_changing(change, copy)
    assert not counting
    for copied in copies:
        copied.discard_many(keys)
        assert not copied
        assert copied.fill_ratio == 0


def test_removals_do_not_overlap():
    """Of many who remove one key, one does."""
    for _ in range(20):
        counting = filled(range(100), 1000, 1e-9)
        removed = []

        def remove(counting=counting, removed=removed):
            for key in range(100):
                try:
                    counting.remove(key)
                except KeyError:
                    continue
                removed.append(key)

        run(*[remove] * 4)
        assert sorted(removed) == list(range(100))
        assert not counting


@pytest.mark.parametrize("protocol", [2, 5])
def test_a_pickle_does_not_follow(protocol):
    """What an out-of-band buffer shows stays as it was."""
    counting = filled(STAY, 1000)
    buffers = []
    data = pickle.dumps(counting, protocol, buffer_callback=buffers.append if protocol == 5 else None)
    counting.remove_many(STAY)
    read = pickle.loads(data, buffers=buffers)
    assert read == filled(STAY, 1000)
    read.remove_many(STAY)
    assert pickle.loads(data, buffers=buffers) == filled(STAY, 1000)


@pytest.mark.parametrize(
    "work", ["update", "remove_many", "discard_many", "+=", "clear", "contains_many", "=="]
)
def test_made_anew_while_a_batch_runs(work):
    """What the batch writes to lives as long as the batch, and counts for nobody then."""
    keys = np.arange(50_000)
    counting, other = CountingBloomFilter(1000, 0.9), CountingBloomFilter(1000, 0.9)

    def batch():
        try:
            if work == "+=":
                counting.__iadd__(other)
            elif work == "==":
                list(map(counting.__eq__, [counting, other]))
            elif work == "clear":
                counting.clear()
            else:
                getattr(counting, work)(keys)
        except (KeyError, ValueError):
            pass

    def anew():
        counting.__init__(1000 if work == "+=" else 100_000, 0.9)
        counting.__init__(1000, 0.9)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        while_changing(batch, anew)
    counting.__init__(100_000)
    assert not counting
    assert counting.fill_ratio == 0
    counting.update(keys)
    assert counting == filled(keys, 100_000)
    assert counting.fill_ratio == filled(keys, 100_000).fill_ratio
