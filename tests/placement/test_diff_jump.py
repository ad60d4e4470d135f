"""The difference of two numbers of shards, which needs no table and no sample."""

import tracemalloc
from collections import Counter

import numpy as np
import pytest

from coterie import JumpHash, diff
from tests.placement.chance import chi_square, deviation

MOST = 2**31 - 1
NUMBERS = [1, 2, 3, 4, 7, 10, 11, 100, 1000]
LARGE = [(MOST, MOST - 1), (MOST, 1), (MOST, MOST // 2), (10**9, 10**9 + 1), (2**30, MOST), (1, 2**30)]


@pytest.mark.parametrize("before", NUMBERS)
@pytest.mark.parametrize("after", NUMBERS)
def test_share(before, after):
    change = diff(JumpHash(before, seed=3), JumpHash(after, seed=3))
    assert change.exact
    assert change.error == 0
    assert change.ranges is None
    assert change.share == change.least == abs(before - after) / max(before, after)


@pytest.mark.parametrize(("few", "many"), [(1, 2), (1, 5), (3, 4), (3, 8), (10, 100)])
def test_flows(few, many):
    """Joining shards take the same part from each that was there; leaving ones give it back."""
    part = 1 / (few * many)
    grown = diff(JumpHash(few), JumpHash(many)).flows
    assert {flow[:2] for flow in grown} == {(old, new) for old in range(few) for new in range(few, many)}
    shrunk = diff(JumpHash(many), JumpHash(few)).flows
    assert {flow[:2] for flow in shrunk} == {(flow.target, flow.source) for flow in grown}
    assert all(flow.share == part for flow in grown + shrunk)
    assert len(grown) == len(shrunk) == few * (many - few)
    for flow in grown:
        assert type(flow.source) is int
        assert type(flow.target) is int


@pytest.mark.parametrize(("before", "after"), [(3, 5), (7, 4), (1, 6), (40, 41), (16, 32)])
def test_flows_of_keys(before, after):
    """Keys do what the flows say, by chi-square."""
    old, new = JumpHash(before, seed=11), JumpHash(after, seed=11)
    change = diff(old, new)
    keys = np.arange(200_000)
    pairs = np.column_stack([old.assign(keys), new.assign(keys)])[change.moved(keys)]
    counts = Counter(map(tuple, pairs.tolist()))
    assert counts.keys() == {flow[:2] for flow in change.flows}
    observed = [counts[flow[:2]] for flow in change.flows] + [len(keys) - len(pairs)]
    expected = [flow.share * len(keys) for flow in change.flows] + [(1 - change.share) * len(keys)]
    assert abs(deviation(chi_square(observed, expected), len(expected) - 1)) < 4


@pytest.mark.parametrize(("before", "after"), LARGE)
def test_large_numbers(before, after):
    change = diff(JumpHash(before), JumpHash(after))
    want = abs(before - after) / max(before, after)
    assert change.share == want  # to the last bit, also where only one shard of 2**31 moves
    assert change.least == change.share
    assert repr(change)
    if before - 1 and after - 1 and abs(before - after) > 1:
        keys = np.arange(100_000)
        assert abs(change.moved(keys).mean() - want) < 5 * (0.25 / len(keys)) ** 0.5


@pytest.mark.parametrize(
    ("before", "after"),
    [*LARGE, (1024, 2049), (2049, 1024), (1, 2**20 + 2), (2**20 + 1, 2**20 + 3), (2**20 + 2, 1)],
)
def test_too_many_flows_to_list(before, after):
    change = diff(JumpHash(before), JumpHash(after))
    for _ in range(2):
        with pytest.raises(ValueError, match=r"2\*\*20"):
            _ = change.flows
    assert change.share > 0


def test_as_many_flows_as_may_be_listed():
    flows = diff(JumpHash(2048), JumpHash(1024)).flows
    assert len(flows) == 2**20
    assert flows[0].share == flows[-1].share == 2.0**-21


@pytest.mark.parametrize("n", [1, 2, 1000, 10**6, MOST])
def test_nothing_moves(n):
    change = diff(JumpHash(n), JumpHash(n))
    assert change.exact
    assert change.error == 0
    tracemalloc.start()
    try:
        assert (change.share, change.least, change.flows) == (0, 0, ())
        assert tracemalloc.get_traced_memory()[1] < 10**6  # no list of all shards: there may be 2**31
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(("before", "after"), [(1, 1), (2, 2), (10, 10), (10, 13), (13, 10), (1, 4)])
def test_other_seeds(before, after):
    """Two independent placements agree by chance."""
    change = diff(JumpHash(before, seed=1), JumpHash(after, seed=2))
    assert not change.exact
    assert change.ranges is None
    assert abs(change.share - (1 - 1 / max(before, after))) <= 5 * change.error
    assert change.least == abs(before - after) / max(before, after)
    assert {flow.source for flow in change.flows} <= set(range(before))
    assert {flow.target for flow in change.flows} <= set(range(after))
    assert all(flow.source != flow.target for flow in change.flows)


def test_other_seeds_of_as_many_shards_as_there_can_be():
    change = diff(JumpHash(MOST, seed=1), JumpHash(MOST, seed=2), samples=1000)
    assert change.share == 1
    assert change.least == 0
    assert len(change.flows) == 1000
