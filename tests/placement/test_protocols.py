"""Python's own protocols: len, in, iteration, equality, repr, signatures, copies, pickles."""

import copy
import inspect
import pickle

import numpy as np
import pytest

import coterie
from coterie import JumpHash
from tests.placement.schemes import CLASSES, SCHEMES, names, schemes, state

PROTOCOLS = range(pickle.HIGHEST_PROTOCOL + 1)


# ---- containers ----


@schemes()
def test_container_of_its_nodes(scheme):
    placement = scheme.make(6)
    nodes = list(placement.nodes)
    assert len(placement) == 6
    assert list(placement) == list(iter(placement)) == nodes
    assert [*placement] == nodes
    assert all(node in placement for node in nodes)
    assert scheme.newcomer(placement) not in placement
    assert bool(placement)
    assert "user:1" not in scheme.make(3)


@schemes()
def test_nodes_never_change(scheme):
    """Iterators and views show one state."""
    placement = scheme.make(6)
    nodes, iterator, length = placement.nodes, iter(placement), len(placement)
    next(iterator)
    placement.add_node(scheme.newcomer(placement))
    assert len(list(iterator)) == 5
    assert len(nodes) == length == 6
    assert len(placement.nodes) == 7
    with pytest.raises((TypeError, AttributeError)):
        nodes[0] = 1


@schemes()
def test_not_reversed(scheme):
    """It would ask where the keys 5, 4, 3 ... live."""
    with pytest.raises(TypeError):
        reversed(scheme.make(6))


@schemes()
def test_not_hashable(scheme):
    placement = scheme.make(3)
    with pytest.raises(TypeError, match="unhashable"):
        hash(placement)
    with pytest.raises(TypeError, match="unhashable"):
        set([placement])
    assert scheme.cls.__hash__ is None


@schemes()
def test_no_order(scheme):
    for compare in (lambda a, b: a < b, lambda a, b: a <= b, lambda a, b: a > b, lambda a, b: a >= b):
        with pytest.raises(TypeError):
            compare(scheme.make(3), scheme.make(4))


@schemes()
def test_equality(scheme):
    placement = scheme.make(5, seed=1)
    same = placement
    assert placement == same
    assert placement == scheme.make(5, seed=1)
    assert (placement != scheme.make(5, seed=1)) is False
    for other in (scheme.make(6, seed=1), scheme.make(5, seed=2), None, 5, "a", list(placement), object()):
        assert placement != other
        assert other != placement
        assert (placement == other) is False
    for other in SCHEMES:
        if other is not scheme:
            assert placement != other.make(5, seed=1)

    class Anything:
        def __eq__(self, other):
            return True

    assert placement == Anything()


@schemes("weights")
def test_equality_of_nodes_and_weights(scheme):
    placement = scheme.of({"a": 1, "b": 2.5}, seed=7)
    assert placement == scheme.of({"b": 2.5, "a": 1.0}, seed=7)
    for other in (
        scheme.of({"a": 1, "b": 2.5}, seed=8),
        scheme.of({"a": 1, "b": 2.5000000000000004}, seed=7),
        scheme.of({"a": 2, "b": 5}, seed=7),
        scheme.of({"a": 1, b"b": 2.5}, seed=7),
        scheme.of({"a": 1}, seed=7),
        scheme.of({"a": 1, "b": 2.5, "c": 1}, seed=7),
        scheme.of([], seed=7),
        *(scheme.of({"a": 1, "b": 2.5}, seed=7, **options) for options in scheme.others),
    ):
        assert placement != other
    assert scheme.of([], seed=7) == scheme.of([], seed=7) != scheme.of([], seed=8)
    for options in scheme.others:
        assert scheme.of([], **options) != scheme.of([])
    for other in SCHEMES:
        if other is not scheme:
            assert other.cls.__new__(other.cls) != scheme.cls()


# ---- text ----


@schemes()
@pytest.mark.parametrize("n", [1, 2, 8])
def test_small_repr_makes_an_equal_one(scheme, n):
    placement = scheme.make(n, seed=2**64 - 1)
    assert eval(repr(placement), CLASSES) == placement
    assert str(placement) == f"{placement}" == repr(placement)


@schemes(numbered=False)
def test_repr(scheme):
    options = "".join(f"{name}={value}, " for name, value in scheme.options.items())
    assert repr(scheme.of([])) == f"{scheme}([], {options}seed=0)"
    assert repr(scheme.of(["b", "a"], seed=3)) == f"{scheme}(['a', 'b'], {options}seed=3)"


@schemes("weights")
@pytest.mark.parametrize(
    "weights",
    [
        {"a": 1, b"\xff": 0.1, -7: 1e300 / 1e299},
        {"it's": 1, 'say "x"': 1, "new\nline": 1},
        {"a": 5e-324, "b": 1 / 3},
        dict.fromkeys("ab", 2),
    ],
    ids=str,
)
def test_repr_of_weights(scheme, weights):
    placement = scheme.of(weights)
    assert eval(repr(placement), CLASSES) == placement


@schemes(numbered=False)
def test_repr_of_many_nodes_is_short(scheme):
    placement = scheme.of([f"node-{i}" for i in range(1000)], seed=5)
    options = "".join(f"{name}={value}, " for name, value in scheme.options.items())
    assert repr(placement) == f"<{scheme} of 1000 nodes, {options}seed=5>"
    assert len(repr(scheme.of(["x" * 10**6]))) < 10**6 + 100


def test_repr_of_many_shards_is_short():
    assert repr(JumpHash(2**31 - 1)) == "JumpHash(2147483647, seed=0)"


SIGNATURES = {
    "get_node": "(self, key, /)",
    "get_nodes": "(self, key, n, /, *, exclude=())",
    "assign": "(self, keys, /, *, hashed=False, nulls='raise', out=None)",
    "assign_replicas": "(self, keys, n, /, *, hashed=False, nulls='raise', out=None)",
    "tokens": "(self, keys, /, *, hashed=False, nulls='raise', out=None)",
    "copy": "(self, /)",
    "to_bytes": "(self, /)",
    "from_bytes": "(data, /)",
    "save": "(self, path, /)",
    "open": "(path, /)",
}
NODE_SIGNATURES = {
    "add_node": "(self, node, /, weight=1.0)",
    "add_nodes": "(self, nodes, /)",
    "remove_node": "(self, node, /)",
    "set_weight": "(self, node, weight, /)",
}
SHARD_SIGNATURES = {
    "add_node": "(self, node=None, /)",
    "remove_node": "(self, node=None, /)",
}


@schemes()
def test_signatures(scheme):
    assert str(inspect.signature(scheme.cls)) == scheme.signature
    own = SHARD_SIGNATURES if scheme.numbered else NODE_SIGNATURES
    for name, text in {**SIGNATURES, **own}.items():
        signature = inspect.signature(getattr(scheme.cls, name))
        assert str(signature).replace("(self, /)", "(self)") == text.replace("(self, /)", "(self)"), name


@schemes()
def test_names(scheme):
    assert scheme.cls.__name__ == scheme.cls.__qualname__ == str(scheme)
    assert scheme.cls is getattr(coterie, str(scheme)) is getattr(coterie.placement, str(scheme))
    assert scheme.cls.__doc__
    own = {"add_node", "remove_node"} if scheme.numbered else {*NODE_SIGNATURES, "weights", "nbytes"}
    names = {name for name in dir(scheme.cls) if not name.startswith("_")}
    assert names == {*SIGNATURES, "nodes", "seed", *scheme.options, *own}


@schemes("weights")
def test_weight_may_be_named(scheme):
    """As every optional argument that is not hot."""
    placement = scheme.of(["a"])
    placement.add_node("b", weight=2)
    placement.add_node("c", 3)
    assert placement == scheme.of({"a": 1, "b": 2, "c": 3})


# ---- copies ----

COPIES = {
    "copy()": lambda placement: placement.copy(),
    "copy.copy": copy.copy,
    "copy.deepcopy": copy.deepcopy,
    "bytes": lambda placement: type(placement).from_bytes(placement.to_bytes()),
    "pickle": lambda placement: pickle.loads(pickle.dumps(placement)),
}


@schemes()
@pytest.mark.parametrize("make", COPIES.values(), ids=COPIES)
@pytest.mark.parametrize("n", [1, 5, 300])
def test_copies_diverge(scheme, make, n):
    placement = scheme.make(n, seed=3)
    copied = make(placement)
    assert copied is not placement
    assert type(copied) is scheme.cls
    assert copied == placement
    assert state(copied) == state(placement)
    before = state(placement)
    for changed, other in ((copied, placement), (placement, copied)):
        kept = state(other)
        changed.add_node(scheme.newcomer(changed))
        assert state(other) == kept
        if n > 1:
            changed.remove_node(scheme.leavers(changed)[-1])
            assert state(other) == kept
        changed.__init__(scheme.members(2))
        assert state(other) == kept
    assert before == state(scheme.make(n, seed=3))


@schemes()
def test_copies_of_copies(scheme):
    placement = scheme.make(9)
    chain = [placement]
    for _ in range(20):
        chain.append(chain[-1].copy())
        chain[-1].add_node(len(chain[-1]) if scheme.numbered else len(chain))
    assert [len(copied) for copied in chain] == list(range(9, 30))
    assert state(chain[0]) == state(scheme.make(9))
    fresh = scheme.of(29 if scheme.numbered else [*names(9), *range(2, 22)])
    assert state(chain[-1]) == state(fresh)


@schemes()
def test_deepcopy_of_what_holds_one_twice(scheme):
    placement = scheme.make(3)
    one, two = copy.deepcopy([placement, placement])
    assert one is two
    assert one is not placement


@schemes(numbered=False)
def test_copies_of_the_empty(scheme):
    for make in COPIES.values():
        copied = make(scheme.of([], seed=8))
        assert copied == scheme.of([], seed=8)
        copied.add_node("a")
        assert copied == scheme.of(["a"], seed=8)


# ---- pickles ----


@schemes()
@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_pickle(scheme, protocol):
    placement = scheme.make(12, seed=2**64 - 1)
    read = pickle.loads(pickle.dumps(placement, protocol))
    assert type(read) is scheme.cls
    assert state(read) == state(placement)
    several = pickle.loads(pickle.dumps([placement, placement, {"a": placement}], protocol))
    assert several[0] is several[1] is several[2]["a"]


@schemes()
@pytest.mark.parametrize(
    "form",
    [bytes, bytearray, memoryview, lambda data: memoryview(bytearray(data)).toreadonly(), np.array],
    ids=["bytes", "bytearray", "memoryview", "read-only", "array"],
)
def test_pickle_out_of_band(scheme, form):
    placement = scheme.make(12, seed=3)
    buffers = []
    data = pickle.dumps(placement, 5, buffer_callback=buffers.append)
    assert len(buffers) == 1
    assert buffers[0].raw().tobytes() == placement.to_bytes()
    assert placement.to_bytes()[64:] not in data or scheme.numbered
    received = form(buffers[0].raw())
    read = pickle.loads(data, buffers=[received])
    assert state(read) == state(placement)
    if isinstance(received, bytearray):  # the sender and the receiver see nothing of each other
        received[:] = bytes(len(received))
        received.clear()
        assert state(read) == state(placement)
    read.add_node(scheme.newcomer(read))
    assert state(placement) == state(scheme.make(12, seed=3))
    placement.remove_node(scheme.leavers(placement)[-1])
    assert len(read) == 13


@schemes()
def test_pickle_out_of_band_of_bad_buffers(scheme):
    buffers = []
    data = pickle.dumps(scheme.make(12), 5, buffer_callback=buffers.append)
    good = buffers[0].raw().tobytes()
    for bad in (
        b"",
        good[:-1],
        good + b"\0",
        good[:70] + b"?" + good[71:] if len(good) > 70 else b"?" + good[1:],
    ):
        with pytest.raises(coterie.DecodeError, match=f"not a {scheme}: "):
            pickle.loads(data, buffers=[bad])
    with pytest.raises(pickle.UnpicklingError):
        pickle.loads(data)


@schemes()
def test_pickle_of_parts(scheme):
    """Bound methods and the class travel too."""
    placement = scheme.make(4)
    assert pickle.loads(pickle.dumps(scheme.cls)) is scheme.cls
    assert pickle.loads(pickle.dumps(placement.get_node))("a") == placement["a"]
    assert pickle.loads(pickle.dumps(scheme.cls.from_bytes))(placement.to_bytes()) == placement
