"""Subclasses are keys by their value: none of their methods is called."""

import sys

import numpy as np
import pytest

from coterie import digest, digests
from coterie.hashing import jump, xxh3_64

NUMERIC = ["int", "index", "float", "bool", "neg", "abs", "and", "or", "rshift"]
GENERAL = ["str", "repr", "bytes", "format", "hash", "eq", "ne", "lt", "le", "gt", "ge", "getattr"]
CONTENT = ["len", "length_hint", "iter", "getitem", "contains", "buffer", "array"]
NAMES = [f"__{name}__" for name in NUMERIC + GENERAL + CONTENT]
NAMES += ["encode", "decode", "bit_length", "to_bytes", "tobytes", "item"]


def hostile(base):
    """A subclass in which every method fails."""

    def fail(self, *arguments, **options):
        raise AssertionError("a method of a key was called")

    names = [name for name in NAMES if name != "__buffer__" or base in (bytes, bytearray)]
    return type(f"Hostile{base.__name__}", (base,), dict.fromkeys(names, fail))


VALUES = [
    (str, "text"),
    (str, "é and more than sixteen bytes"),
    (bytes, b"blob"),
    (bytearray, b"blob"),
    (int, 5),
    (int, -(2**63)),
    (int, 2**64 - 1),
    (np.str_, "text"),
    (np.bytes_, b"blob"),
]
NUMPY_VALUES = [(np.int64, 5), (np.uint64, 2**64 - 1), (np.int8, -1)]


@pytest.mark.parametrize(("base", "value"), VALUES, ids=ascii)
def test_no_method_is_called(base, value):
    key = hostile(base)(value)
    assert digest(key) == digest(value)
    assert xxh3_64(key, seed=3) == xxh3_64(value, seed=3)
    in_array = np.empty(1, object)
    in_array[0] = key
    for batch in [key], (key,), iter([key]), in_array:
        assert digests(batch).tolist() == [digest(value)]


@pytest.mark.parametrize(("base", "value"), NUMPY_VALUES, ids=ascii)
def test_no_method_of_a_numpy_integer_is_called(base, value):
    key = hostile(base)(value)
    assert digest(key) == digest(value)
    assert digests([key]).tolist() == [digest(value)]
    assert jump(key, 100) == jump(value, 100)


@pytest.mark.skipif(sys.version_info < (3, 12), reason="__buffer__ came with Python 3.12")
@pytest.mark.parametrize("base", [bytes, bytearray])
def test_a_buffer_method_is_not_asked(base):
    class Other(base):
        def __buffer__(self, flags):
            return memoryview(b"something else")

    assert digest(Other(b"blob")) == digest(b"blob")
    assert digests([Other(b"blob")]).tolist() == [digest(b"blob")]


def test_claiming_another_class_changes_nothing():
    class Liar:
        __class__ = str

    with pytest.raises(TypeError, match="Liar is not a key"):
        digest(Liar())
    with pytest.raises(TypeError, match="Liar is not a key"):
        digests([Liar()])
