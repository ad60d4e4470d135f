"""Bad nodes and bad weights are refused by every way in, and nothing has changed."""

from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest

from tests.placement.errors import BAD_KEYS, NAN, ONE_KEY, called, refuse
from tests.placement.schemes import schemes

INF = float("inf")
NO_NUMBERS = [
    "2",
    b"2",
    None,
    1j,
    Decimal(2),
    [2],
    object(),
    np.array([2.0]),
    np.array(2.0),
    np.datetime64(1, "s"),
]
OUT_OF_RANGE = [0, 0.0, -0.0, -1, -1e-9, NAN, INF, -INF, 10**400, -(10**400), False, Fraction(-1, 2)]
OUT_OF_RANGE += [Fraction(1, 10**400), np.float64("nan"), np.float32("inf"), np.int8(-1), np.float16(0)]
NUMBERS = [
    1,
    2,
    True,
    2.5,
    Fraction(5, 2),
    np.float64(2.5),
    np.float32(2.5),
    np.float16(2.5),
    np.int8(2),
    np.uint64(3),
]


@schemes(numbered=False)
@pytest.mark.parametrize("nodes", [*ONE_KEY, None, 1.5, object(), np.array("abc"), np.array(5)], ids=called)
def test_nodes_that_are_no_iterable(scheme, nodes):
    with pytest.raises(TypeError, match=rf"nodes.*{type(nodes).__name__}"):
        scheme.cls(nodes)
    placement = scheme.make(3)
    refuse(placement, TypeError, rf"nodes.*{type(nodes).__name__}", placement.add_nodes, nodes)


@schemes(numbered=False)
@pytest.mark.parametrize(("node", "error"), BAD_KEYS, ids=called)
def test_bad_node(scheme, node, error):
    placement = scheme.make(5)
    with pytest.raises(error):
        scheme.cls(["a", node])
    refuse(placement, error, None, placement.add_node, node)
    refuse(placement, error, None, placement.add_nodes, ["new", node])
    refuse(placement, error, None, placement.remove_node, node)
    refuse(placement, error, None, lambda: node in placement)
    if "weights" in scheme.laws:
        refuse(placement, error, None, placement.set_weight, node, 1)


@schemes(numbered=False)
@pytest.mark.parametrize(
    "twice", [("a", "a"), ("a", b"a"), (b"a", bytearray(b"a")), (-1, 2**64 - 1), (5, 5), (1, True)], ids=str
)
def test_duplicates(scheme, twice):
    first, second = twice
    for nodes in ([first, second], [second, first], ["x", first, "y", second], iter([first, second])):
        with pytest.raises(ValueError, match="twice"):
            scheme.cls(nodes)
    placement = scheme.of([first, "x"])
    refuse(placement, ValueError, "twice", placement.add_node, second)
    refuse(placement, ValueError, "twice", placement.add_nodes, ["y", second])
    refuse(placement, ValueError, "twice", placement.add_nodes, ["y", "z", "y"])
    with pytest.raises(ValueError, match=r"'node 5'.*twice"):
        scheme.cls(["node 5", "node 5"])


@schemes(numbered=False)
def test_an_int_and_its_bytes_are_one_node(scheme):
    with pytest.raises(ValueError, match="twice"):
        scheme.cls([5, (5).to_bytes(8, "little")])


@schemes(numbered=False)
@pytest.mark.parametrize("node", ["x", b"x", 10**6, -7, "", b"", "node-0 "], ids=called)
def test_unknown_node(scheme, node):
    placement = scheme.make(5)
    with pytest.raises(KeyError) as info:
        placement.remove_node(node)
    assert info.value.args == (node,)
    refuse(placement, KeyError, None, placement.remove_node, node)
    if "weights" in scheme.laws:
        refuse(placement, KeyError, None, placement.set_weight, node, 2)


@schemes(numbered=False)
def test_nodes_that_fail(scheme):
    placement = scheme.make(5)

    def failing():
        yield "new"
        raise ZeroDivisionError

    refuse(placement, ZeroDivisionError, None, placement.add_nodes, failing())
    with pytest.raises(ZeroDivisionError):
        scheme.cls(failing())


@schemes("weights")
@pytest.mark.parametrize("weight", NO_NUMBERS, ids=called)
def test_weight_that_is_no_number(scheme, weight):
    placement = scheme.of({"a": 1, "b": 2.5})
    match = f"weight of '[abc]'.*{type(weight).__name__}"
    with pytest.raises(TypeError, match=match):
        scheme.cls({"a": weight})
    refuse(placement, TypeError, match, placement.add_node, "c", weight)
    refuse(placement, TypeError, match, placement.add_nodes, {"x": 1, "c": weight})
    refuse(placement, TypeError, match, placement.set_weight, "a", weight)


@schemes("weights")
@pytest.mark.parametrize("weight", OUT_OF_RANGE, ids=called)
def test_weight_out_of_range(scheme, weight):
    placement = scheme.of({"a": 1, "b": 2.5})
    match = "weight of '[abc]'.*above 0"
    with pytest.raises(ValueError, match=match):
        scheme.cls({"a": weight})
    refuse(placement, ValueError, match, placement.add_node, "c", weight)
    refuse(placement, ValueError, match, placement.add_nodes, {"x": 1, "c": weight})
    refuse(placement, ValueError, match, placement.set_weight, "a", weight)


@schemes("weights")
@pytest.mark.parametrize("weight", NUMBERS, ids=called)
def test_weights_of_every_kind_of_number(scheme, weight):
    placement = scheme.of({"a": weight, "b": 1})
    assert type(placement.weights["a"]) is float
    assert placement == scheme.of({"a": float(weight), "b": 1})
    placement.set_weight("b", weight)
    placement.add_node("c", weight)
    placement.add_nodes({"d": weight})
    assert set(placement.weights.values()) == {float(weight)}


@schemes("weights")
def test_weights_are_read_only(scheme):
    placement = scheme.of({"a": 1, "b": 2})
    weights = placement.weights
    with pytest.raises(TypeError):
        weights["a"] = 5
    with pytest.raises(AttributeError):
        weights.clear()
    placement.set_weight("a", 9)
    assert weights["a"] == 1
    assert placement.weights["a"] == 9
