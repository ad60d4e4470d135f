"""Laws of differences, for placements of any kind."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.baselines.keys import key_bytes
from coterie import HashRing, JumpHash, Maglev, Rendezvous, diff
from tests.placement.test_diff_ranges import check, check_apart, segments

POOL = ["a", b"a", "b", "c", b"c", 1, b"\1" + bytes(7), 2, -1, 2**64 - 1, "é", b"", 77]
WEIGHTS = st.sampled_from([1, 1, 2, 3, 0.5, 7.25, 1e-3, 100])


@st.composite
def members(draw):
    """Nodes of distinct key bytes, and their weights."""
    nodes = draw(st.lists(st.sampled_from(POOL), min_size=1, max_size=8, unique_by=key_bytes))
    return {node: draw(WEIGHTS) for node in nodes}


@st.composite
def ranged(draw, seed=0):
    """A placement that has ranges."""
    nodes = draw(members())
    if draw(st.booleans()):
        return HashRing(nodes, vnodes=draw(st.integers(1, 12)), seed=seed)
    return Maglev(nodes, table_size=draw(st.sampled_from([11, 13, 101, 211])), seed=seed)


@st.composite
def named(draw):
    """Any placement of named nodes."""
    seed = draw(st.integers(0, 1))
    if draw(st.integers(0, 2)):
        return draw(ranged(seed))
    return Rendezvous(draw(members()), seed=seed)


def flows(change):
    """What flows between each two nodes."""
    return {flow[:2]: flow.share for flow in change.flows}


def loads(placement):
    """The exact part of each node."""
    ends, owners = segments(placement)
    parts, first = {key_bytes(node): Fraction(0) for node in placement.nodes}, 0
    for last, owner in zip(ends, owners, strict=True):
        parts[key_bytes(placement.nodes[owner])] += Fraction(last - first + 1, 2**64)
        first = last + 1
    return parts


@given(ranged(), ranged())
def test_plain_model(before, after):
    check_apart(check(before, after))


@given(ranged(2**64 - 1), ranged(2**64 - 1))
def test_back(before, after):
    there, back = diff(before, after), diff(after, before)
    assert there.share == back.share
    assert there.least == pytest.approx(back.least, abs=1e-12)
    assert flows(back) == {(target, source): share for (source, target), share in flows(there).items()}
    assert there.ranges.first.tolist() == back.ranges.first.tolist()
    assert there.ranges.last.tolist() == back.ranges.last.tolist()
    assert there.ranges.share.tolist() == back.ranges.share.tolist()
    assert there.ranges.source.tolist() == back.ranges.target.tolist()
    assert there.ranges.target.tolist() == back.ranges.source.tolist()


@given(named(), named())
def test_back_by_samples(before, after):
    there, back = diff(before, after, samples=500), diff(after, before, samples=500)
    assert there.exact == back.exact
    assert there.share == back.share
    assert there.error == back.error
    assert flows(back) == {(target, source): share for (source, target), share in flows(there).items()}


@given(named())
def test_nothing_moves_to_itself(placement):
    change = diff(placement, placement, samples=500)
    assert change.exact
    assert (change.share, change.error, change.least, change.flows) == (0, 0, 0, ())


@given(ranged(), ranged())
def test_what_flows_out_and_in_is_the_change_of_load(before, after):
    old, new = loads(before), loads(after)
    change = flows(diff(before, after))
    for node in old.keys() | new.keys():
        incoming = sum(share for (_, target), share in change.items() if key_bytes(target) == node)
        outgoing = sum(share for (source, _), share in change.items() if key_bytes(source) == node)
        want = float(new.get(node, 0) - old.get(node, 0))
        assert incoming - outgoing == pytest.approx(want, abs=1e-12)


@given(ranged(), ranged(), ranged())
def test_a_detour_moves_no_less(a, b, c):
    assert diff(a, c).share <= diff(a, b).share + diff(b, c).share + 1e-12


@given(named(), named(), st.lists(st.integers(-(2**63), 2**64 - 1) | st.text() | st.binary(), max_size=30))
def test_moved(before, after, keys):
    try:
        want = [key_bytes(before[key]) != key_bytes(after[key]) for key in keys]
    except UnicodeEncodeError:
        return
    assert diff(before, after, samples=1).moved(keys).tolist() == want


@given(named(), named())
def test_share_and_flows_agree(before, after):
    change = diff(before, after, samples=500)
    assert sum(flow.share for flow in change.flows) == pytest.approx(change.share, abs=1e-12)
    assert all(key_bytes(flow.source) != key_bytes(flow.target) for flow in change.flows)
    assert 0 <= change.share <= 1
    assert 0 <= change.least <= 1


@given(st.integers(1, 2**31 - 1), st.integers(1, 2**31 - 1), st.integers(0, 2**64 - 1))
def test_shards(before, after, seed):
    old, new = JumpHash(before, seed=seed), JumpHash(after, seed=seed)
    there, back = diff(old, new), diff(new, old)
    assert there.share == back.share == there.least
    assert there.share == abs(before - after) / max(before, after)
    assert (there.share == 0) == (before == after)


@given(st.integers(1, 60), st.integers(1, 60))
def test_flows_of_shards(before, after):
    there, back = diff(JumpHash(before), JumpHash(after)), diff(JumpHash(after), JumpHash(before))
    assert flows(back) == {(target, source): share for (source, target), share in flows(there).items()}
    assert sum(flow.share for flow in there.flows) == pytest.approx(there.share, abs=1e-12)
