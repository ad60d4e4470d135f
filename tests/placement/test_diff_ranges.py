"""Of rings and Maglev: exactly the tokens whose node changes, by whole numbers over the plain models."""

from bisect import bisect_left
from fractions import Fraction

import numpy as np
import pytest

from benchmarks.baselines.keys import MASK, key_bytes, splitmix64
from benchmarks.baselines.placement.maglev import Maglev as PlainMaglev
from benchmarks.baselines.placement.ring import HashRing as PlainRing
from coterie import HashRing, Maglev, Rendezvous, diff, digests
from tests.placement.inverse import digest_at, key_at, node_with_point
from tests.placement.schemes import names

SEEDS = [0, 1, 2**64 - 1]
WHOLE = 2**64


def segments(placement):
    """The last token of each segment of a placement, ascending, and the position of its node."""
    if isinstance(placement, HashRing):
        plain = PlainRing(placement.weights, placement.vnodes, placement.seed)
        ends = [*plain.points, MASK]
        owners = [*plain.owners, plain.owners[0]]
        firsts = [i for i in range(len(ends)) if i == 0 or ends[i] != ends[i - 1]]
        ends, owners = [ends[i] for i in firsts], [owners[i] for i in firsts]
    else:
        plain = PlainMaglev(placement.weights, placement.table_size, placement.seed)
        slots = len(plain.table)
        ends, owners = [-(-(i + 1) * 2**32 // slots) * 2**32 - 1 for i in range(slots)], plain.table
    positions = {node: at for at, node in enumerate(placement.nodes)}
    assert positions.keys() == set(plain.nodes)
    return ends, [positions[owner] for owner in owners]


def differences(before, after):
    """The ranges of tokens that move, as (first, last, source, target)."""
    (old_ends, old), (new_ends, new) = segments(before), segments(after)
    before_bytes, after_bytes = ([key_bytes(node) for node in p.nodes] for p in (before, after))
    found, first = [], 0
    for last in sorted({*old_ends, *new_ends}):
        source, target = old[bisect_left(old_ends, last)], new[bisect_left(new_ends, last)]
        if before_bytes[source] != after_bytes[target]:
            if found and found[-1][1] == first - 1 and found[-1][2:] == (source, target):
                first = found.pop()[0]
            found.append((first, last, source, target))
        first = last + 1
    assert first == WHOLE
    return found


def check(before, after):
    """Compare a difference with the plain models; returns it."""
    change = diff(before, after)
    want = differences(before, after)
    *columns, shares = (column.tolist() for column in change.ranges)
    assert list(zip(*columns, strict=True)) == want
    part, flows = Fraction(0), {}
    for (first, last, source, target), share in zip(want, shares, strict=True):
        length = Fraction(last - first + 1, WHOLE)
        assert share == pytest.approx(float(length), rel=2.0**-51, abs=0)
        part += length
        pair = before.nodes[source], after.nodes[target]
        flows[pair] = flows.get(pair, 0) + length
    assert change.exact
    assert change.share == pytest.approx(float(part), rel=1e-12, abs=0)
    assert {flow[:2]: flow.share for flow in change.flows} == {
        pair: pytest.approx(float(share), rel=1e-12, abs=0) for pair, share in flows.items()
    }
    check_ends(change)
    return change


def check_ends(change, most=2000):
    """Look up the first and the last token of each range, and the ones beside them, in both placements."""
    first, last, source, target, _ = (column[:most] for column in change.ranges)
    salt = splitmix64(change.before.seed)
    for w in (first, last, first + (last - first) // np.uint64(2)):
        hashed = digest_at(w, salt)
        assert np.array_equal(change.before.tokens(hashed, hashed=True), w)
        assert np.array_equal(change.before.assign(hashed, hashed=True), source)
        assert np.array_equal(change.after.assign(hashed, hashed=True), target)
        assert change.moved(hashed, hashed=True).all()
    for w, at in ((first - np.uint64(1), -1), (last + np.uint64(1), 1)):
        inside = (first > 0) if at < 0 else (last < MASK)
        hashed = digest_at(w[inside], salt)
        old, new = (p.assign(hashed, hashed=True) for p in (change.before, change.after))
        assert ((old != source[inside]) | (new != target[inside])).all()
        moved = change.moved(hashed, hashed=True)
        starts, ends = set(change.ranges.first.tolist()), set(change.ranges.last.tolist())
        beside = starts if at > 0 else ends
        assert moved.tolist() == [token in beside for token in w[inside].tolist()]
    for i in range(min(3, len(first))):
        key = key_at(int(last[i]), salt)
        assert change.before[key] == change.before.nodes[source[i]]
        assert change.after[key] == change.after.nodes[target[i]]


@pytest.fixture(params=SEEDS)
def seed(request):
    return request.param


NODES = names(12)
WEIGHTS = {node: 0.25 + i % 5 for i, node in enumerate(NODES)}
RINGS = {
    "joins": ((NODES, 20), ([*NODES, "new"], 20)),
    "leaves": ((NODES, 20), (NODES[:-1], 20)),
    "first leaves": ((NODES, 20), (NODES[1:], 20)),
    "weights": ((NODES, 20), (WEIGHTS, 20)),
    "one weight": ((WEIGHTS, 20), (WEIGHTS | {NODES[3]: 9}, 20)),
    "more points": ((NODES, 20), (NODES, 33)),
    "fewer points": ((WEIGHTS, 40), (NODES, 1)),
    "one node each": ((["a"], 3), (["b"], 5)),
    "one node and many": ((["a"], 1), (["a", *NODES], 50)),
    "many and one node": ((NODES, 50), (NODES[:1], 1)),
    "no node in common": ((NODES, 20), (names(9, first=50), 30)),
    "half in common": ((NODES, 20), (NODES[::2] + names(5, first=70), 20)),
    "the same": ((NODES, 20), (NODES, 20)),
    "renamed": ((["a", b"b", 3, -1, "c"], 20), ([b"a", "b", b"\3" + bytes(7), 2**64 - 1, b"c"], 20)),
}
TABLES = {
    "joins": ((NODES, 1009), ([*NODES, "new"], 1009)),
    "leaves": ((NODES, 1009), (NODES[1:], 1009)),
    "weights": ((NODES, 211), (WEIGHTS, 211)),
    "larger": ((NODES, 101), (NODES, 1009)),
    "smaller": ((WEIGHTS, 1009), (WEIGHTS, 13)),
    "smallest": (({"a": 1, "b": 9}, 2), ({"a": 1}, 2)),
    "smallest and larger": ((["a", "b"], 2), (["a", "b", "c"], 3)),
    "as many nodes as slots": ((names(13), 13), (names(11), 11)),
    "one node": ((["a"], 101), (["a"], 103)),
    "one node each": ((["a"], 101), (["b"], 103)),
    "no node in common": ((NODES, 101), (names(9, first=50), 211)),
    "the same": ((WEIGHTS, 211), (WEIGHTS, 211)),
    "renamed": ((["a", b"b", 3, -1], 101), ([b"a", "b", b"\3" + bytes(7), 2**64 - 1], 101)),
}


@pytest.mark.parametrize(("before", "after"), RINGS.values(), ids=RINGS)
def test_rings(before, after, seed):
    old, new = (HashRing(nodes, vnodes=vnodes, seed=seed) for nodes, vnodes in (before, after))
    assert len(check(old, new).ranges.first) == len(check(new, old).ranges.first)


@pytest.mark.parametrize(("before", "after"), TABLES.values(), ids=TABLES)
def test_maglev(before, after, seed):
    old, new = (Maglev(nodes, table_size=size, seed=seed) for nodes, size in (before, after))
    assert len(check(old, new).ranges.first) == len(check(new, old).ranges.first)


@pytest.mark.parametrize("nodes", [NODES, WEIGHTS, ["a"], names(9, first=50)], ids=len)
def test_a_ring_beside_maglev(nodes, seed):
    ring, table = HashRing(NODES, vnodes=20, seed=seed), Maglev(nodes, table_size=211, seed=seed)
    check(ring, table)
    check(table, ring)
    assert diff(HashRing(["a"], seed=seed), Maglev(["a"], seed=seed)).share == 0


def test_maglev_by_slots(seed):
    """Of one size: the slots that differ."""
    before, after = (Maglev(names(n), table_size=4093, seed=seed) for n in (20, 21))
    old, new = (PlainMaglev(p.nodes, 4093, seed) for p in (before, after))
    slots = sum(a != b for a, b in zip(old.table, new.table, strict=True))
    assert diff(before, after).share == pytest.approx(slots / 4093, abs=4093 * 2.0**-32)


@pytest.mark.parametrize("size", [65537, 655373])
def test_maglev_of_usual_sizes(size):
    before = Maglev(names(100), table_size=size)
    after = before.copy()
    after.add_node("new")
    change = diff(before, after)
    check_ends(change, most=20_000)
    check_apart(change)
    check_shares(change)
    hashed = digests(range(200_000))
    assert np.array_equal(inside(change, hashed), change.moved(hashed, hashed=True))


# ---- points where it matters ----

ENDS = [0, 1, 2, 2**32, 2**63 - 1, 2**63, 2**64 - 2, 2**64 - 1]
SETS = [[0], [2**64 - 1], [0, 2**64 - 1], [0, 1], [2**64 - 2, 2**64 - 1], ENDS]


@pytest.mark.parametrize("points", SETS, ids=str)
def test_points_at_the_ends(points, seed):
    salt = splitmix64(seed)
    ring = HashRing([node_with_point(point, salt) for point in points], vnodes=1, seed=seed)
    others = [HashRing(["x"], vnodes=1, seed=seed), HashRing(["x", "y"], vnodes=3, seed=seed)]
    for more in SETS:
        others.append(HashRing([node_with_point(point, salt) for point in more], vnodes=1, seed=seed))
    others.append(Maglev([*ring.nodes, "x"], table_size=101, seed=seed))
    for other in others:
        check(ring, other)
        check(other, ring)
    bigger = ring.copy()
    bigger.add_node("between", 5)
    check(ring, bigger)


def test_one_token_moves(seed):
    """The shortest range there is, at both ends of the circle and between."""
    salt = splitmix64(seed)
    for point in (0, 5, 2**63, 2**64 - 1):
        stays, joins = node_with_point(point, salt), node_with_point((point - 1) % WHOLE, salt)
        before = HashRing([joins, "far"], vnodes=1, seed=seed)
        after = HashRing([joins, "far", stays], vnodes=1, seed=seed)
        change = check(before, after)
        assert change.ranges.first.tolist() == change.ranges.last.tolist() == [point]
        assert change.share == 2.0**-64
        assert change.flows[0].target == stays


def test_equal_points(seed):
    """One point of several nodes: that of the least key bytes has it, so who joins may move nothing."""
    salt, point = splitmix64(seed), 0xABCDEF << 40
    owners = [node_with_point(point, salt, i) for i in range(4)]
    owners.append(key_bytes(node_with_point(point, salt, 4)))
    members = {node: i + 1 for i, node in enumerate(owners)} | {"other": 3}
    rings = [HashRing(members, vnodes=1, seed=seed)]
    for node in owners:
        rings.append(rings[0].copy())
        rings[-1].remove_node(node)
        rings.append(rings[0].copy())
        rings[-1].set_weight(node, 9)
    for ring in rings:
        check(rings[0], ring)
        check(ring, rings[1])


@pytest.mark.parametrize("point", [0, 2**64 - 1], ids=hex)
def test_equal_points_at_the_ends(point, seed):
    salt = splitmix64(seed)
    a, b, c = (node_with_point(point, salt, i) for i in range(3))
    sets = {a: 1}, {a: 1, b: 2}, {b: 2, c: 3}, {a: 1, b: 2, c: 3}
    rings = [HashRing(members, vnodes=1, seed=seed) for members in sets]
    for before in rings:
        for after in rings:
            check(before, after)


def test_many_points_in_common(seed):
    salt = splitmix64(seed)
    hub = HashRing({"hub": 40}, vnodes=1, seed=seed)
    points = segments(hub)[0][:40]
    twins = {node_with_point(point, salt, j): j + 1 for j, point in zip(range(40), points, strict=True)}
    both = HashRing({"hub": 40, **twins}, vnodes=1, seed=seed)
    others = HashRing(twins, vnodes=1, seed=seed)
    for before, after in ((hub, both), (both, hub), (both, others), (others, hub)):
        check(before, after)


# ---- shares at their ends ----


@pytest.mark.parametrize("n", [1, 3, 50])
def test_no_node_in_common(n, seed):
    """All tokens move, and the share is 1 but for rounding; never more."""
    for make in (lambda nodes: HashRing(nodes, seed=seed), lambda nodes: Maglev(nodes, seed=seed)):
        for other in (lambda nodes: HashRing(nodes, seed=seed), lambda nodes: Maglev(nodes, seed=seed)):
            change = diff(make(names(n)), other(names(n, first=60)))
            assert change.share == pytest.approx(1, abs=1e-12)
            assert change.share <= 1
            assert sum(flow.share for flow in change.flows) == pytest.approx(1, abs=1e-12)
            lengths = change.ranges.last.astype(object) - change.ranges.first.astype(object) + 1
            assert sum(lengths) == WHOLE
            assert change.ranges.share.sum() == pytest.approx(1, abs=1e-12)


@pytest.mark.parametrize("case", [1, 4, 8, 14, 20])
def test_rounded_shares_do_not_exceed_1(case):
    """Where the shares of the ranges add up to more."""
    before, after = (HashRing(nodes, vnodes=50, seed=case) for nodes in ([0, 1], [-1, -2]))
    change = diff(before, after)
    assert change.share == pytest.approx(1, abs=1e-12)
    assert change.share <= 1


def test_equal_ranges_join():
    """Of two placements with one node each there is one range."""
    change = diff(HashRing(["a"], vnodes=500), Maglev(["b"]))
    assert [column.tolist() for column in change.ranges] == [[0], [MASK], [0], [0], [1.0]]
    assert change.share == 1


def check_apart(change):
    """Ranges are ascending, and two that touch differ."""
    first, last, source, target, _ = change.ranges
    assert (first <= last).all()
    assert (last[:-1] < first[1:]).all()
    touching = last[:-1] + np.uint64(1) == first[1:]
    assert ((source[:-1] != source[1:]) | (target[:-1] != target[1:]))[touching].all()


def check_shares(change):
    """The shares of ranges, by whole numbers, and their sums."""
    first, last, source, target, share = change.ranges
    lengths = last.astype(object) - first.astype(object) + 1
    assert share == pytest.approx((lengths / WHOLE).astype(float), rel=2.0**-51, abs=0)
    assert change.share == pytest.approx(int(lengths.sum()) / WHOLE, rel=1e-12, abs=0)
    sums = np.zeros((len(change.before), len(change.after)))
    np.add.at(sums, (source, target), share)
    before, after = ({node: at for at, node in enumerate(p.nodes)} for p in (change.before, change.after))
    for flow in change.flows:
        want = sums[before[flow.source], after[flow.target]]
        assert flow.share == pytest.approx(want, rel=1e-12, abs=0)
    assert len(change.flows) == np.count_nonzero(sums)


def inside(change, hashed):
    """Which digests have a token within a range, as a user would find out."""
    tokens = change.before.tokens(hashed, hashed=True)
    at = np.searchsorted(change.ranges.last, tokens)
    found = at < len(change.ranges.last)
    found[found] = change.ranges.first[at[found]] <= tokens[found]
    return found


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (HashRing(range(100)), HashRing(range(1, 102))),
        (HashRing(range(100)), Maglev(range(100))),
        (HashRing(range(40_000), vnodes=1), HashRing(range(1, 40_001), vnodes=1)),
        (HashRing(range(40_000), vnodes=1), HashRing(range(5))),
        (Maglev(range(65_537)), Maglev(range(1, 65_538))),
        (Maglev(range(65_537)), HashRing(range(40_000), vnodes=1)),
    ],
    ids=["rings", "both", "wide rings", "wide and narrow", "wide tables", "wide both"],
)
def test_large(before, after):
    """Owners of two widths."""
    change = diff(before, after)
    check_apart(change)
    check_ends(change, most=20_000)
    hashed = digests(range(200_000))
    moved = change.moved(hashed, hashed=True)
    assert np.array_equal(inside(change, hashed), moved)
    assert abs(moved.mean() - change.share) < 5 * (0.25 / len(hashed)) ** 0.5
    back = diff(after, before)
    assert back.share == change.share
    assert np.array_equal(back.ranges.source, change.ranges.target)


def test_other_seeds_have_no_ranges():
    for before in (HashRing(["a", "b"], seed=1), Maglev(["a", "b"], seed=1)):
        for after in (HashRing(["a", "b"]), Maglev(["a", "b"]), Rendezvous(["a", "b"], seed=1)):
            change = diff(before, after, samples=1000)
            assert change.ranges is None
            assert not change.exact
