"""Threads that add, ask, copy and rotate one filter at the same time lose nothing."""

import sys
from threading import Thread

import numpy as np
import pytest

from coterie import RotatingBloomFilter, ScalableBloomFilter
from tests.filters.slices import filled, slices
from tests.filters.test_bloom_threads import together

N = 20_000  # keys of each thread
WAYS = {
    "add": lambda bloom, keys: [bloom.add(key) for key in keys],
    "add_new": lambda bloom, keys: [bloom.add_new(key) for key in keys],
    "update a list": lambda bloom, keys: bloom.update(keys),
    "update an array": lambda bloom, keys: bloom.update(np.array(keys)),
    "update by tens": lambda bloom, keys: [
        bloom.update(keys[at : at + 10]) for at in range(0, len(keys), 10)
    ],
    "add_new_many": lambda bloom, keys: bloom.add_new_many(np.array(keys)),
}
ways = pytest.mark.parametrize("add", WAYS.values(), ids=WAYS)
MAKE = {
    "scalable": lambda: ScalableBloomFilter(100, 1e-6),
    "rotating": lambda: RotatingBloomFilter(8 * N, 1e-6, generations=16),
    "timed": lambda: RotatingBloomFilter(8 * N, 1e-6, generations=16, window=1000),
}
kinds = pytest.mark.parametrize("make", MAKE.values(), ids=MAKE)


@pytest.fixture(autouse=True)
def _frequent_switches():
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    yield
    sys.setswitchinterval(before)


def consistent(bloom):
    """Each slice took what it is for and no more, one after the other."""
    rows = [row for row, _ in slices(bloom.to_bytes())]
    assert all(row[5] == row[4] for row in rows[:-1])
    assert rows[-1][5] <= rows[-1][4]
    return sum(row[5] for row in rows)


@kinds
@ways
def test_nothing_is_lost(make, add):
    bloom = make()
    together(*(lambda at=at: add(bloom, list(range(at * N, at * N + N))) for at in range(4)))
    assert bloom.contains_many(np.arange(4 * N)).all()
    assert 4 * N - 10 <= consistent(bloom) <= 4 * N


@kinds
def test_all_ways_at_once(make):
    bloom = make()
    works = [
        lambda at=at, add=add: add(bloom, list(range(at * N, at * N + N)))
        for at, add in enumerate(WAYS.values())
    ]
    together(*works)
    assert bloom.contains_many(np.arange(len(WAYS) * N)).all()
    assert len(WAYS) * N - 10 <= consistent(bloom) <= len(WAYS) * N


@kinds
def test_a_new_key_is_new_to_one(make):
    """Of those who add one key at the same time, exactly one."""
    bloom = make()
    found = together(
        lambda: [bloom.add_new(key) for key in range(N)],
        lambda: [bloom.add_new(key) for key in reversed(range(N))][::-1],
        lambda: bloom.add_new_many(np.arange(N)).tolist(),
        lambda: bloom.add_new_many(list(range(N))).tolist(),
    )
    count = np.array(found).sum(0)
    assert count.max() == 1
    assert (count == 0).sum() <= 5  # seemed to be there


@kinds
def test_readers_find_what_was_added_before(make):
    bloom = make()
    bloom.update(np.arange(N))
    missing = []

    def read():
        for _ in range(20):
            missing.append(int((~bloom.contains_many(np.arange(N))).sum()))
            missing.append(sum(key not in bloom for key in range(500)))

    together(
        read,
        read,
        lambda: bloom.update(np.arange(N, 4 * N)),
        lambda: [bloom.add(key) for key in range(4 * N, 5 * N)],
    )
    assert not any(missing)


@kinds
def test_copies_while_batches_run(make):
    """A copy has what was there before, stays as it is, and loses nothing to others."""
    bloom = make()
    bloom.update(np.arange(N))
    copies = []

    def copy(way):
        for _ in range(15):
            copied = way()
            copies.append(
                (copied, copied.to_bytes() if copied.seed == 0 and "window" not in repr(copied) else b"")
            )

    read = type(bloom).from_bytes
    together(
        lambda: [bloom.update(np.arange(first, first + 1000)) for first in range(N, 4 * N, 1000)],
        lambda: [bloom.add(key) for key in range(4 * N, 5 * N)],
        lambda: copy(bloom.copy),
        lambda: copy(lambda: read(bloom.to_bytes())),
    )
    assert bloom.contains_many(np.arange(5 * N)).all()
    consistent(bloom)
    for copied, _ in copies:
        assert copied.contains_many(np.arange(N)).all()
        consistent(copied)
        copied.update(np.arange(6 * N, 6 * N + 10))


@kinds
@pytest.mark.filterwarnings("ignore::coterie.CapacityWarning")
def test_cleared_and_made_anew_while_others_add(make):
    bloom = make()
    done = []

    def again():
        while len(done) < 2:
            bloom.clear()
            bloom.__init__(50)
            bloom.__init__(90, 0.3, seed=7)

    def copy():
        while len(done) < 2:
            copied = bloom.copy()
            again = type(bloom).from_bytes(bloom.to_bytes())
            assert {copied.seed, again.seed} <= {0, 7}
            copied.add("a")
            assert "a" in copied

    def add(work):
        try:
            work()
        finally:
            done.append(True)

    together(
        again,
        copy,
        lambda: add(lambda: [bloom.update(np.arange(N)) for _ in range(10)]),
        lambda: add(lambda: [bloom.add(key) for key in range(N)]),
        lambda: [bloom.contains_many(np.arange(N)) for _ in range(10)],
    )
    bloom.add("a")
    assert "a" in bloom


@pytest.mark.filterwarnings("ignore::coterie.CapacityWarning")
def test_a_short_window():
    """Generations come and go while batches run."""
    bloom = RotatingBloomFilter(1000, 1e-6, window=0.002, generations=4)

    def add():
        for first in range(0, 20 * N, N):
            bloom.update(np.arange(first, first + N))
            bloom.add_new(first)

    together(
        add, add, lambda: [bloom.rotate() for _ in range(3000)], lambda: [bloom.copy() for _ in range(300)]
    )
    while bloom:
        pass
    bloom.add("a")
    assert len(slices(bloom.to_bytes())) == 1


def test_rotated_while_others_add():
    bloom = RotatingBloomFilter(N, 1e-6)
    thread = Thread(target=lambda: [bloom.rotate() for _ in range(3000)])
    thread.start()
    bloom.update(np.arange(20 * N))
    thread.join()
    bloom.update(np.arange(N))
    assert bloom.contains_many(np.arange(N)).all()
    assert filled(lambda: RotatingBloomFilter(N, 1e-6), range(5)) != bloom
