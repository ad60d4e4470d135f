"""Any sequence of changes, right and wrong, ends where a new placement of the same nodes begins."""

import pickle

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule

from benchmarks.baselines.keys import key_bytes
from tests.placement.schemes import SCHEMES

NAMES = st.sampled_from(["a", "b", "ab", "é", b"\xff", b"", b"ab\0", 0, 7, -1, 2**63, "x" * 40])
WEIGHTS = st.sampled_from([0.01, 0.5, 1, 1.25, 3, 10])
BAD_WEIGHTS = st.sampled_from([0, -1, float("nan"), float("inf"), 10**400, "1", None])
SEEDS = st.sampled_from([0, 1, 2**64 - 1])
KEYS = [f"user:{i}" for i in range(100)] + list(range(-50, 50))
COPIES = {
    "copy": lambda placement: placement.copy(),
    "pickle": lambda placement: pickle.loads(pickle.dumps(placement)),
    "bytes": lambda placement: type(placement).from_bytes(placement.to_bytes()),
}


def alias(node):
    """Another key with the same bytes."""
    return bytearray(node) if isinstance(node, bytes) else key_bytes(node)


class Nodes(RuleBasedStateMachine):
    """A placement and its copies, each beside a dict of what must be in it."""

    scheme = None
    pairs = Bundle("pairs")

    def __init__(self):
        super().__init__()
        self.all = []

    def keep(self, placement, weights, seed):
        self.all.append((placement, weights, seed))
        return self.all[-1]

    @initialize(target=pairs, weights=st.dictionaries(NAMES, WEIGHTS, max_size=6), seed=SEEDS)
    def start(self, weights, seed):
        return self.keep(self.scheme.of(weights, seed=seed), dict(weights), seed)

    @rule(pair=pairs, node=NAMES, weight=WEIGHTS)
    def add(self, pair, node, weight):
        placement, weights, _ = pair
        if node in weights:
            for same in (node, alias(node)):
                with pytest.raises(ValueError, match="twice"):
                    placement.add_node(same)
        else:
            placement.add_node(node, weight)
            weights[node] = weight

    @rule(pair=pairs, more=st.dictionaries(NAMES, WEIGHTS, max_size=4))
    def add_some(self, pair, more):
        placement, weights, _ = pair
        if weights.keys() & more.keys():
            with pytest.raises(ValueError, match="twice"):
                placement.add_nodes(more)
        else:
            placement.add_nodes(more)
            weights.update(more)

    @rule(pair=pairs, node=NAMES, by_alias=st.booleans())
    def remove(self, pair, node, by_alias):
        placement, weights, _ = pair
        if node in weights:
            placement.remove_node(alias(node) if by_alias else node)
            del weights[node]
        else:
            with pytest.raises(KeyError):
                placement.remove_node(node)

    @rule(pair=pairs, node=NAMES, weight=WEIGHTS)
    def weigh(self, pair, node, weight):
        placement, weights, _ = pair
        if node in weights:
            placement.set_weight(node, weight)
            weights[node] = weight
        else:
            with pytest.raises(KeyError):
                placement.set_weight(node, weight)

    @rule(pair=pairs, node=NAMES, weight=BAD_WEIGHTS)
    def bad_weight(self, pair, node, weight):
        placement, _, _ = pair
        for change in (placement.add_node, placement.set_weight):
            with pytest.raises((ValueError, TypeError, KeyError)):
                change(node, weight)
        with pytest.raises((ValueError, TypeError)):
            placement.add_nodes({"new": 1, node: weight})

    @rule(pair=pairs, node=st.sampled_from([None, 1.5, 2**64, "\ud800", ["a"]]))
    def bad_node(self, pair, node):
        placement, _, _ = pair
        for change in (placement.add_node, placement.remove_node, lambda node: placement.set_weight(node, 1)):
            with pytest.raises((TypeError, OverflowError, UnicodeEncodeError)):
                change(node)
        with pytest.raises((TypeError, OverflowError, UnicodeEncodeError)):
            placement.add_nodes(["new", node])

    @rule(target=pairs, pair=pairs, how=st.sampled_from(sorted(COPIES)))
    def copy(self, pair, how):
        placement, weights, seed = pair
        copied = COPIES[how](placement)
        assert copied == placement
        return self.keep(copied, dict(weights), seed)

    @invariant()
    def as_new(self):
        for placement, weights, seed in self.all:
            fresh = self.scheme.of(weights, seed=seed)
            assert len(placement) == len(weights)
            assert set(placement) == set(weights)
            assert dict(placement.weights) == weights
            assert placement == fresh
            assert placement.nodes == fresh.nodes
            assert placement.to_bytes() == fresh.to_bytes()
            if weights:
                assert placement.assign(KEYS).tolist() == fresh.assign(KEYS).tolist()


class Shards(RuleBasedStateMachine):
    """Numbered nodes and copies of them, each beside how many there must be."""

    scheme = None
    pairs = Bundle("pairs")

    def __init__(self):
        super().__init__()
        self.all = []

    def keep(self, placement, n, seed):
        self.all.append([placement, n, seed])
        return self.all[-1]

    @initialize(target=pairs, n=st.sampled_from([1, 2, 7, 100]), seed=SEEDS)
    def start(self, n, seed):
        return self.keep(self.scheme.of(n, seed=seed), n, seed)

    @rule(pair=pairs, named=st.booleans())
    def add(self, pair, named):
        placement, n, _ = pair
        placement.add_node(*([n] if named else []))
        pair[1] += 1

    @rule(pair=pairs, named=st.booleans())
    def remove(self, pair, named):
        placement, n, _ = pair
        if n > 1:
            placement.remove_node(*([n - 1] if named else []))
            pair[1] -= 1
        else:
            with pytest.raises(ValueError, match="only"):
                placement.remove_node()

    @rule(pair=pairs, node=st.sampled_from([-1, 0, 3, 10**9, None, "a", 1.5, 2**64]))
    def bad_node(self, pair, node):
        placement, n, _ = pair
        if node is not None and node != n:
            with pytest.raises((ValueError, TypeError)):
                placement.add_node(node)
        if node is not None and (node != n - 1 or n == 1):
            with pytest.raises((ValueError, TypeError, KeyError)):
                placement.remove_node(node)

    @rule(target=pairs, pair=pairs, how=st.sampled_from(sorted(COPIES)))
    def copy(self, pair, how):
        placement, n, seed = pair
        return self.keep(COPIES[how](placement), n, seed)

    @invariant()
    def as_new(self):
        for placement, n, seed in self.all:
            fresh = self.scheme.of(n, seed=seed)
            assert len(placement) == n
            assert placement == fresh
            assert placement.nodes == fresh.nodes
            assert placement.to_bytes() == fresh.to_bytes()
            assert placement.assign(KEYS).tolist() == fresh.assign(KEYS).tolist()


def machine(scheme):
    """The test case of one scheme."""
    case = type(str(scheme), (Shards if scheme.numbered else Nodes,), {"scheme": scheme}).TestCase
    case.settings = settings(stateful_step_count=25)
    return case


for scheme in SCHEMES:
    globals()[f"Test{scheme}"] = machine(scheme)
