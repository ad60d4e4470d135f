"""What every scheme promises: how keys move, what replicas are, what digests are for."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coterie import digests
from tests.placement.schemes import names, schemes, state

KEYS = [f"user:{i}" for i in range(3000)]
SEEDS = [0, 1, 7, 2**63, 2**64 - 1]


def places(placement, keys=KEYS):
    """The node of each key."""
    positions = placement.copy()
    return [positions.nodes[at] for at in positions.assign(keys)]


# ---- digests ----


@schemes()
@pytest.mark.parametrize("seed", SEEDS)
def test_digests_stand_for_keys(scheme, seed, level):
    placement = scheme.make(9, seed)
    for keys in (KEYS, [key.encode() for key in KEYS], list(range(3000)), np.arange(3000, dtype=">i2")):
        hashed = digests(keys)
        assert np.array_equal(placement.assign(keys), placement.assign(hashed, hashed=True))
        for n in (2, 20):
            assert np.array_equal(
                placement.assign_replicas(keys, n), placement.assign_replicas(hashed, n, hashed=True)
            )


@schemes()
def test_one_key_has_one_place(scheme):
    """Whatever it is written as."""
    placement = scheme.make(50)
    for same in (
        ["a", b"a", bytearray(b"a"), np.str_("a")],
        [1, True, np.int8(1), (1).to_bytes(8, "little")],
    ):
        assert len({placement[key] for key in same}) == 1
        assert len(set(placement.assign(same).tolist())) == 1
        assert len({tuple(placement.get_nodes(key, 5)) for key in same}) == 1
    assert placement[-1] == placement[2**64 - 1]


# ---- membership ----


@schemes(numbered=False)
@given(st.permutations(names(12)))
def test_order_of_insertion(scheme, nodes):
    want = scheme.of(names(12))
    placement = scheme.of(nodes)
    assert placement == want
    assert placement.nodes == want.nodes
    assert placement.to_bytes() == want.to_bytes()
    assert np.array_equal(placement.assign(KEYS), want.assign(KEYS))
    one_by_one = scheme.of([])
    for node in nodes:
        one_by_one.add_node(node)
    assert state(one_by_one) == state(want)
    in_two = scheme.of(nodes[:5])
    in_two.add_nodes(nodes[5:])
    assert state(in_two) == state(want)


@schemes()
def test_a_change_makes_what_a_new_one_would_be(scheme):
    for n in range(1, 20):
        placement = scheme.make(n)
        placement.add_node(scheme.newcomer(placement))
        want = scheme.of(n + 1 if scheme.numbered else [*names(n), "newcomer"])
        assert state(placement) == state(want)
        placement.remove_node(scheme.newcomer(scheme.make(n)))
        assert state(placement) == state(scheme.make(n))


@schemes("minimal")
@pytest.mark.parametrize("n", [1, 2, 5, 30])
def test_who_joins_takes_keys_and_moves_no_other(scheme, n):
    placement = scheme.make(n)
    before = places(placement)
    node = scheme.newcomer(placement)
    placement.add_node(node)
    after = places(placement)
    assert node in after
    assert all(new in (old, node) for old, new in zip(before, after, strict=True))


@schemes("minimal")
@pytest.mark.parametrize("n", [2, 5, 30])
def test_who_leaves_moves_only_its_own_keys_and_gets_them_back(scheme, n):
    placement = scheme.make(n)
    before, want = places(placement), state(placement)
    for node in scheme.leavers(placement):
        placement.remove_node(node)
        after = places(placement)
        assert node not in after
        assert all(new == old or old == node for old, new in zip(before, after, strict=True))
        placement.add_node(node)
        assert state(placement) == want
        assert places(placement) == before


@schemes("successor")
@pytest.mark.parametrize("n", [2, 5, 30])
def test_who_leaves_is_followed_by_its_second(scheme, n):
    placement = scheme.make(n)
    keys = KEYS[:1000]
    replicas = [placement.get_nodes(key, 4) for key in keys]
    for node in placement.nodes:
        placement.remove_node(node)
        want = [[replica for replica in row if replica != node][:3] for row in replicas]
        assert [placement.get_nodes(key, 3) for key in keys] == want
        assert places(placement, keys) == [row[0] for row in want]
        placement.add_node(node)


@schemes("weights", "minimal")
def test_a_weight_moves_keys_only_to_or_from_its_node(scheme):
    placement = scheme.make(10)
    for node in placement.nodes:
        before = places(placement)
        placement.set_weight(node, 3)
        heavier = places(placement)
        assert all(new in (old, node) for old, new in zip(before, heavier, strict=True))
        assert heavier.count(node) > before.count(node)
        placement.set_weight(node, 0.4)
        lighter = places(placement)
        assert all(new == old or old == node for old, new in zip(heavier, lighter, strict=True))
        assert lighter.count(node) < before.count(node)
        placement.set_weight(node, 1)
        assert places(placement) == before


@schemes("weights", "minimal")
@given(
    weights=st.lists(st.floats(0.01, 20), min_size=2, max_size=8),
    at=st.integers(0, 7),
    weight=st.floats(0.01, 20),
)
def test_any_weight_moves_keys_only_to_or_from_its_node(scheme, weights, at, weight):
    placement = scheme.of({f"node-{i}": weight for i, weight in enumerate(weights)})
    node, before = f"node-{at % len(weights)}", places(placement)
    heavier = weight > placement.weights[node]
    placement.set_weight(node, weight)
    for old, new in zip(before, places(placement), strict=True):
        assert new == old or (new if heavier else old) == node


@schemes("weights", "successor")
@given(weights=st.lists(st.floats(0.01, 20), min_size=2, max_size=8), at=st.integers(0, 7))
def test_whoever_leaves_is_followed_by_its_second(scheme, weights, at):
    placement = scheme.of({f"node-{i}": weight for i, weight in enumerate(weights)})
    rows = [placement.get_nodes(key, 8) for key in KEYS[:200]]
    gone = f"node-{at % len(weights)}"
    placement.remove_node(gone)
    assert [placement.get_nodes(key, 8) for key in KEYS[:200]] == [
        [node for node in row if node != gone] for row in rows
    ]


@schemes("weights")
def test_weights_are_all_that_counts(scheme):
    """However a weight came about."""
    placement = scheme.of({node: 1 + i for i, node in enumerate(names(8))})
    for node, weight in {**placement.weights, "node-0": 0.25, b"node-1": 7}.items():
        placement.set_weight(node, weight)
    want = scheme.of({**{node: 1 + i for i, node in enumerate(names(8))}, "node-0": 0.25, b"node-1": 7})
    assert state(placement) == state(want)
    assert placement.weights == want.weights


@schemes()
def test_positions_belong_to_the_copy_that_made_them(scheme):
    placement = scheme.make(20)
    then = placement.copy()
    positions = then.assign(KEYS)
    want = [placement[key] for key in KEYS]
    if not scheme.numbered:
        placement.add_node("")  # the first of all: all positions change
        assert placement.nodes[1:] == then.nodes
    for _ in range(5):
        placement.remove_node(scheme.leavers(placement)[-1])
    assert [then.nodes[at] for at in positions] == want
    assert np.array_equal(then.assign(KEYS), positions)


# ---- replicas ----


@schemes()
@pytest.mark.parametrize("n", [1, 2, 16, 17, 33, 100])
def test_replicas(scheme, n):
    placement = scheme.make(n)
    for key in KEYS[:50]:
        everyone = placement.get_nodes(key, n)
        assert sorted(map(placement.nodes.index, everyone)) == list(range(n))
        assert everyone[0] == placement[key]
        for count in {0, 1, 2, 16, 17, 18, n - 1, n + 1, 2**40, 2**63 - 1, 2**63, 10**30}:
            assert placement.get_nodes(key, count) == everyone[:count]


@schemes()
def test_counts_of_every_kind_of_integer(scheme):
    class Index:
        def __index__(self):
            return 2

    placement = scheme.make(5)
    want = placement.get_nodes("a", 2)
    for n in (np.int8(2), np.uint64(2), Index()):
        assert placement.get_nodes("a", n) == want
        assert placement.assign_replicas(["a"], n).shape == (1, 2)
    assert placement.get_nodes("a", True) == want[:1]
    assert placement.get_nodes("a", False) == []


@schemes()
@pytest.mark.parametrize("n", [1, 3, 17, 40])
def test_rows_are_replicas(scheme, n, level):
    placement = scheme.make(n)
    keys = KEYS[:60]
    assert placement.assign_replicas(keys, 1)[:, 0].tolist() == placement.assign(keys).tolist()
    for width in {0, 1, 2, 16, 17, n - 1, n, n + 1, n + 50}:
        rows = placement.assign_replicas(keys, width)
        assert rows.shape == (60, width)
        assert rows.dtype == np.int32
        for key, row in zip(keys, rows.tolist(), strict=True):
            want = [placement.nodes.index(node) for node in placement.get_nodes(key, width)]
            assert row == want + [-1] * (width - n)


@schemes()
@pytest.mark.parametrize("n", [1, 4, 20, 80])
def test_exclude(scheme, n):
    placement = scheme.make(n)
    nodes = placement.nodes
    for i, key in enumerate(KEYS[:30]):
        everyone = placement.get_nodes(key, n)
        for excluded in (
            [],
            nodes[i % n : i % n + 1],
            everyone[:3],
            everyone[1::2],
            everyone[:-1],
            everyone[::-1],
        ):
            left = [node for node in everyone if node not in excluded]
            for count in {0, 1, 3, 16, 17, n, n + 1}:
                for form in (list, tuple, set, iter, dict.fromkeys, lambda nodes: (node for node in nodes)):
                    assert placement.get_nodes(key, count, exclude=form(excluded)) == left[:count]
            assert placement.get_nodes(key, n, exclude=[*excluded, *excluded]) == left


@schemes()
def test_exclude_what_is_not_there(scheme):
    placement = scheme.make(6)
    strangers = (
        [6, 7, -1, 2**31, 2**64, -(2**80), 10**100] if scheme.numbered else ["x", b"y", 10**6, -1, "", b""]
    )
    for key in KEYS[:30]:
        want = placement.get_nodes(key, 6)
        assert placement.get_nodes(key, 6, exclude=strangers) == want
        assert placement.get_nodes(key, 6, exclude=[*strangers, want[0]]) == want[1:]


@schemes("successor")
def test_exclude_is_as_if_they_had_left(scheme):
    placement = scheme.make(25)
    rng = np.random.default_rng(1)
    for key in KEYS[:40]:
        gone = rng.permutation(25)[: rng.integers(0, 25)].tolist()
        left = scheme.of([node for at, node in enumerate(placement.nodes) if at not in gone])
        for count in (1, 3, 17, 25):
            excluded = [placement.nodes[at] for at in gone]
            assert placement.get_nodes(key, count, exclude=excluded) == left.get_nodes(key, count)


@schemes(numbered=False)
def test_exclude_by_key_bytes(scheme):
    placement = scheme.of(["a", b"b", 7])
    for key in KEYS[:20]:
        assert placement.get_nodes(key, 3, exclude=[b"a", "b"]) == [7]
        assert placement.get_nodes(key, 3, exclude=[bytearray(b"a"), np.int8(7)]) == [b"b"]
        assert placement.get_nodes(key, 3, exclude=[(7).to_bytes(8, "little"), memoryview(b"b")]) == ["a"]


@schemes()
def test_exclude_may_change_what_it_is_asked_of(scheme):
    placement = scheme.make(9)
    want = placement.get_nodes("a", 9)[1:]

    def exclude():
        for _ in range(5):
            placement.remove_node(scheme.leavers(placement)[-1])
        yield want_first

    want_first = placement["a"]
    assert placement.get_nodes("a", 9, exclude=exclude()) == want
    assert len(placement) == 4
