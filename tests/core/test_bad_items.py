"""A bad key in a batch is an error that says where it is."""

import numpy as np
import pytest

from coterie import JumpHash, digests
from coterie.hashing import jump, xxh64
from tests.containers import ListSubclass

BAD = [(1.5, TypeError), (None, TypeError), (["a"], TypeError)]
BAD += [(2**64, OverflowError), ("\ud800", UnicodeEncodeError)]
POSITIONS = [0, 1, 15, 16, 1023, 1024, 1025, 4999]


def object_array(keys):
    array = np.empty(len(keys), object)
    array[:] = keys
    return array


CONTAINERS = {
    "list": list,
    "tuple": tuple,
    "list subclass": ListSubclass,
    "iterator": iter,
    "generator": lambda keys: (key for key in keys),
    "array": object_array,
    "array backwards": lambda keys: object_array(keys[::-1])[::-1],
}


def note_of(info):
    return "".join(getattr(info.value, "__notes__", []))


@pytest.mark.parametrize("make", CONTAINERS.values(), ids=CONTAINERS)
@pytest.mark.parametrize(("bad", "error"), BAD, ids=ascii)
@pytest.mark.parametrize("filler", ["text", 5])
def test_position(make, bad, error, filler):
    for position in POSITIONS:
        keys = [filler] * 5000
        keys[position] = bad
        for call in (digests, xxh64, JumpHash(5).assign):
            with pytest.raises(error) as info:
                call(make(keys))
            assert note_of(info) == f"(key number {position} of the batch, counted from 0)"


@pytest.mark.parametrize("position", POSITIONS)
@pytest.mark.parametrize("order", "<>")
def test_position_in_a_text_column(position, order):
    keys = ["text"] * 5000
    keys[position] = "\udc80"
    for array in (np.array(keys, order + "U4"), np.array(keys[::-1], order + "U4")[::-1]):
        with pytest.raises(UnicodeEncodeError) as info:
            digests(array)
        assert note_of(info) == f"(key number {position} of the batch, counted from 0)"


def test_first_of_several():
    with pytest.raises(OverflowError) as info:
        digests([1, 2, 2**64, None])
    assert "number 2 " in note_of(info)


def test_position_among_integers():
    with pytest.raises(TypeError, match="str is not an integer") as info:
        jump([1, 2, "a"], 5)
    assert "number 2 " in note_of(info)


def test_the_next_batch_is_as_ever():
    want = digests(["a", "b"]).tolist()
    with pytest.raises(TypeError):
        digests(["a", None])
    assert digests(["a", "b"]).tolist() == want
