"""Every scheme answers as its plain model does: keys, batches of every size, replicas; at every CPU level."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.placement.schemes import schemes

SEEDS = [0, 1, 2**63, 2**64 - 1]
# Around the lanes, blocks and chunks of the kernels.
SIZES = [0, 1, 2, 3, 4, 5, 31, 32, 33, 63, 64, 65, 255, 256, 257, 1023, 1024, 1025, 4095, 4096, 4097]
KEYS = st.one_of(
    st.text(st.characters(codec="utf-8")),
    st.binary(max_size=300),
    st.integers(-(2**63), 2**64 - 1),
    st.booleans(),
)


@schemes()
@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("n", [1, 2, 3, 7, 16, 40])
def test_keys(scheme, seed, n, level):
    placement = scheme.make(n, seed)
    plain = scheme.plain(placement)
    keys = [f"user:{i}" for i in range(300)] + [b"\xff%d" % i for i in range(100)] + list(range(-50, 50))
    want = [plain.get_node(key) for key in keys]
    assert [placement[key] for key in keys] == want
    assert [placement.get_node(key) for key in keys] == want
    assert [placement.nodes[at] for at in placement.assign(keys)] == want


@schemes()
def test_sizes(scheme, level):
    placement = scheme.make(23, seed=5)
    plain = scheme.plain(placement)
    want = [placement.nodes.index(plain.get_node(key)) for key in range(max(SIZES))]
    for size in SIZES:
        assert placement.assign(range(size)).tolist() == want[:size]


@schemes()
@pytest.mark.parametrize("n", [1, 2, 5, 16, 17, 18, 40, 70])
def test_replicas(scheme, n, level):
    placement = scheme.make(n, seed=9)
    plain = scheme.plain(placement)
    keys = [f"user:{i}" for i in range(12)] + list(range(12))
    for count in {0, 1, 2, 3, 15, 16, 17, 18, n - 1, n, n + 1, 1000}:
        want = [plain.get_nodes(key, count) for key in keys]
        assert [placement.get_nodes(key, count) for key in keys] == want


@schemes()
def test_replicas_in_batches(scheme, level):
    for n in (1, 3, 16, 17, 40):
        placement = scheme.make(n, seed=9)
        plain = scheme.plain(placement)
        for count in (0, 1, 2, 16, 17, n + 2):
            rows = [plain.get_nodes(key, count) for key in range(40)]
            want = [[placement.nodes.index(node) for node in row] + [-1] * (count - len(row)) for row in rows]
            assert placement.assign_replicas(range(40), count).tolist() == want


@schemes()
@given(n=st.integers(1, 30), seed=st.integers(0, 2**64 - 1), keys=st.lists(KEYS, max_size=30), data=st.data())
def test_anything(scheme, n, seed, keys, data):
    placement = scheme.make(n, seed)
    plain = scheme.plain(placement)
    excluded = data.draw(st.lists(st.sampled_from(placement.nodes), max_size=n))
    count = data.draw(st.integers(0, n + 2))
    assert [placement[key] for key in keys] == [plain.get_node(key) for key in keys]
    for key in keys:
        assert placement.get_nodes(key, count) == plain.get_nodes(key, count)
        assert placement.get_nodes(key, count, exclude=excluded) == plain.get_nodes(key, count, excluded)
