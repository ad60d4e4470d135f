"""What no method takes, and how a test asks for it."""

from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from uuid import UUID

import numpy as np
import pytest

from tests.placement.schemes import state

NAN = float("nan")
WRONG_KINDS = [
    *(None, 1.5, NAN, 1j, Decimal(1), Fraction(1), object(), Path("a"), UUID(int=1), str),
    *(["a"], ("a",), {"a": 1}, {"a"}, range(2), iter("a"), memoryview(b"abcd")[::2]),
    *(np.arange(2), np.array("a"), np.float64(1), np.datetime64(1, "s")),
]
BAD_KEYS = [
    *((key, TypeError) for key in WRONG_KINDS),
    *((key, OverflowError) for key in (2**64, -(2**63) - 1, 10**100)),
    *((key, UnicodeEncodeError) for key in ("\ud800", "a\udfff")),
]
ONE_KEY = ["abc", b"abc", bytearray(b"abc"), memoryview(b"abc"), 5, True]
ONE_KEY += [np.int8(5), np.str_("abc"), np.bytes_(b"abc")]
NO_INTEGERS = [1.5, 1.0, "1", b"1", None, NAN, Decimal(1), [1], 1j, np.float64(1)]


def refuse(placement, error, match, call, *arguments, **options):
    """The call raises this error and leaves the placement as it was."""
    before = state(placement)
    with pytest.raises(error, match=match) as info:
        call(*arguments, **options)
    assert info.type is error
    assert state(placement) == before


def called(value):
    """The name of a test case."""
    return value.__name__ if isinstance(value, type) else f"{type(value).__name__} {value!r}"[:40]
