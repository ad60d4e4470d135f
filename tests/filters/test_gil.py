"""While one thread writes much to a filter and another waits to add to it, the GIL is free."""

import time

import numpy as np
import pytest

from coterie import BloomFilter, CountingBloomFilter
from tests.filters.test_bloom_threads import WAYS, together

N = 4_000_000
pytestmark = pytest.mark.slow  # it measures time: not where other work may go on


def share_of_time(work, wait):
    """Of the time that `work` takes, the longest that others stand still while one waits again and again."""
    done = []

    def worker():
        begun = time.perf_counter()
        work()
        done.append(time.perf_counter() - begun)

    def others():
        longest, last = 0, time.perf_counter()
        while not done:
            now = time.perf_counter()
            longest, last = max(longest, now - last), now
        return longest

    def waiter():
        turn = 0
        while not done:
            wait(turn)
            turn += 1

    return together(worker, others, waiter)[1] / done[0]


@pytest.mark.parametrize("way", ["add", "update by tens", "add_new_many"])
def test_union(way):
    bloom, large = (BloomFilter(100_000_000) for _ in range(2))
    for bits in (bloom, large):
        bits.update(np.arange(2_000_000))  # so that their pages are there
    shares = []
    for turn in range(7):
        large.add(f"key {turn}")
        first = (turn + 1) << 40

        def add(at, first=first):
            WAYS[way](bloom, list(range(first + 10 * at, first + 10 * at + 10)))

        shares.append(share_of_time(lambda: bloom.__ior__(large), add))
    assert sorted(shares)[3] < 0.3, shares


@pytest.mark.parametrize("way", ["add", "discard", "strict", "update"])
def test_all_or_nothing(way):
    counting = CountingBloomFilter(2 * N, strict=way == "strict")
    keys, shares = np.arange(N), []
    waits = {
        "add": lambda at: counting.add(-at),
        "strict": lambda at: counting.add(-at % 1000),
        "discard": lambda at: counting.discard(N - 1),
        "update": lambda at: counting.update([-at % 1000, 5]),
    }
    for _ in range(5):
        counting.clear()
        counting.update(keys)
        shares.append(share_of_time(lambda: counting.remove_many(keys[: N // 2]), waits[way]))
    assert sorted(shares)[2] < 0.3, shares
