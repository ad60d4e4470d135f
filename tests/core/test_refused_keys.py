"""What is no key is refused, with a word on what to pass."""

from array import array
from collections import deque
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from uuid import UUID

import numpy as np
import pytest

from coterie import digest, digests
from coterie.hashing import xxh3_64

UUID_KEY = UUID(int=5)


class Indexable:
    """A number by its own word; that does not make it a key."""

    def __index__(self):
        raise AssertionError("called")

    __int__ = __hash__ = __str__ = __bytes__ = __index__


PLAIN = "is not a key: pass str, bytes or int"
MANY = "is not one key: .*many keys go to a batch method"
REFUSED = [
    (None, PLAIN),
    (1.0, PLAIN),
    (float("nan"), PLAIN),
    (1j, PLAIN),
    (Decimal(1), PLAIN),
    (Fraction(1), PLAIN),
    (object(), PLAIN),
    (Ellipsis, PLAIN),
    (int, PLAIN),
    (Path("a"), PLAIN),
    (frozenset(), PLAIN),
    ({}, PLAIN),
    (deque(), PLAIN),
    (range(3), PLAIN),
    (array("B", b"abc"), PLAIN),
    (Indexable(), PLAIN),
    (UUID_KEY, r"UUID.*u\.bytes or str\(u\)"),
    (["a"], MANY),
    (("a", 1), MANY),
    (np.arange(3), MANY),
    (np.array(["a"]), MANY),
    (np.array(b"abc"), MANY),
]


@pytest.mark.parametrize(("key", "message"), REFUSED, ids=lambda value: type(value).__name__)
def test_refused(key, message):
    with pytest.raises(TypeError, match=message):
        digest(key)
    with pytest.raises(TypeError, match=message):
        xxh3_64([key])
    in_array = np.empty(2, object)
    in_array[:] = "a", key
    for batch in ["a", key], ("a", key), iter(["a", key]), in_array:
        with pytest.raises(TypeError, match=message):
            digests(batch)


def test_parts_of_a_uuid_are_keys():
    assert digest(UUID_KEY.bytes) == digest(bytes(15) + b"\5")
    assert digest(str(UUID_KEY)) == digest("00000000-0000-0000-0000-000000000005")
    assert digest(UUID_KEY.int) == digest(5)


def test_arguments():
    for call in digest, digests:
        with pytest.raises(TypeError):
            call()
        with pytest.raises(TypeError):
            call([], [])
        with pytest.raises(TypeError):
            call(keys=[])
