"""Elements as bytes: the same bytes for the same element, and another's for any other."""

import enum
import math
from collections import namedtuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.baselines.crdts.elements import name
from coterie import ORSet
from coterie.crdts._elements import is_element, of_bytes, to_bytes

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
edges = st.sampled_from([2**n + d for n in range(80) for d in (-1, 0, 1)])
integers = st.integers() | st.integers(-(2**600), 2**600) | edges | edges.map(lambda n: -n)
plain = st.none() | st.booleans() | integers | st.floats() | texts | st.binary(max_size=20)
elements = st.recursive(plain, lambda inner: st.lists(inner, max_size=4).map(tuple), max_leaves=12)


def nested(depth):
    element = ()
    for _ in range(depth - 1):
        element = (element,)
    return element


@given(elements)
@settings(max_examples=500)
def test_there_and_back(element):
    data = to_bytes(element)
    assert is_element(data)
    assert name(of_bytes(data)) == name(element)
    assert to_bytes(of_bytes(data)) == data


@given(elements, elements)
@settings(max_examples=500)
def test_two(a, b):
    assert (to_bytes(a) == to_bytes(b)) == (name(a) == name(b))
    if type(a) is type(b) and type(a) not in (tuple, type(None)) and not (a != a or b != b):
        assert (a < b) <= (to_bytes(a) < to_bytes(b))
    elif name(a)[0] != name(b)[0]:
        assert (to_bytes(a) < to_bytes(b)) == (name(a)[0] < name(b)[0])


@given(st.sampled_from(range(9)), st.binary(max_size=12) | elements.map(to_bytes))
@settings(max_examples=1000)
def test_any_bytes(kind, rest):
    """What is accepted is what is written."""
    for data in (bytes([kind]) + rest, rest, rest[:-1], rest + b"\0"):
        if is_element(data) and data[0] < 7 and not (data[0] == 6 and b"\7" in data):
            assert to_bytes(of_bytes(data)) == data


def test_five_elements():
    assert len({to_bytes(x) for x in (1, True, 1.0, "1", b"1", (1,), None, 0.0, -0.0, 0, "", b"", ())}) == 13
    assert to_bytes(math.nan) == to_bytes(-math.nan) == to_bytes(float(np.float32("nan")))


def test_subclasses_are_their_base():
    class Color(enum.IntEnum):
        RED = 3

    class Text(str):
        pass

    Point = namedtuple("Point", "x y")
    for one, base in (
        (Color.RED, 3),
        (Text("a"), "a"),
        (Point(1, "b"), (1, "b")),
        (np.str_("a"), "a"),
        (np.bytes_(b"a"), b"a"),
        (np.int8(-3), -3),
        (np.uint64(2**64 - 1), 2**64 - 1),
        (np.float32(0.5), 0.5),
        (np.float64(0.1), 0.1),
        (np.bool_(True), True),
    ):
        assert to_bytes(one) == to_bytes(base)
        assert type(of_bytes(to_bytes(one))) is type(base)


def test_subclasses_have_no_say():
    """Their methods are not asked."""

    class Number(int):
        def bit_length(self):
            return 4000

        def __abs__(self):
            return self

        def __lt__(self, other):
            return True

        def __index__(self):
            return 1

        def to_bytes(self, *_):
            return b""

    class Text(str):
        def __str__(self):
            return "another"

        def encode(self, *_):
            return b"another"

    class Several(tuple):
        def __iter__(self):
            return iter(int, 1)

        def __len__(self):
            return 7

    for n in (3, 2**63, 2**100, -(2**100), 2**600):
        assert to_bytes(Number(n)) == to_bytes(n)
    assert to_bytes(Text("a")) == to_bytes("a")
    assert to_bytes(Several((1, ("b",)))) == to_bytes((1, ("b",)))
    assert ORSet(replica=Text("a")).replica == b"a"


def test_what_is_no_element():
    for bad in ([], {}, set(), bytearray(b"a"), memoryview(b"a"), object(), 1j, np.zeros(2), ([],)):
        with pytest.raises(TypeError, match="codec"):
            to_bytes(bad)
    for bad in ("\ud800", ("\ud800",), nested(33)):
        with pytest.raises(ValueError, match=r"surrogate|32 tuples"):
            to_bytes(bad)
    deep = nested(32)
    assert of_bytes(to_bytes(deep)) == deep
    assert is_element(to_bytes(deep))
    assert not is_element(bytes([6, len(to_bytes(deep))]) + to_bytes(deep))
    for bad in (
        b"",
        b"\0a",
        b"\1\2",
        b"\1",
        b"\2",
        b"\2\x7f",
        b"\2\x81\0",
        b"\2\x81",
        b"\3abc",
        b"\4\xff",
        b"\6\1",
        b"\6\1\x0b",
        b"\x08",
    ):
        assert not is_element(bad)
        with pytest.raises(ValueError, match="no element"):
            of_bytes(bad)
    for use in (is_element, of_bytes):
        with pytest.raises(TypeError):
            use(None)


def test_codecs():
    codec = (lambda x: ",".join(sorted(x)).encode(), lambda data: set(data.decode().split(",")))
    data = to_bytes({"a", "b"}, codec)
    assert is_element(data)
    assert of_bytes(data, codec) == {"a", "b"}
    assert to_bytes(("x", {"a"}), codec) != to_bytes(("x", b"a"), codec)
    assert to_bytes("a", codec) == to_bytes("a")
    with pytest.raises(TypeError, match="codec"):
        of_bytes(data)
    with pytest.raises(TypeError, match="has to make bytes"):
        to_bytes([], (lambda x: "a", None))
