"""NumPy's integers and bools are ints; its other numbers are no keys."""

import numpy as np
import pytest

from coterie import digest, digests
from coterie.hashing import jump, xxh3_64

INTEGERS = [np.int8, np.int16, np.int32, np.int64, np.uint8, np.uint16, np.uint32, np.uint64]
INTEGERS += [np.longlong, np.ulonglong, np.intp, np.uintp]


@pytest.mark.parametrize("kind", INTEGERS)
def test_integers(kind):
    for number in {np.iinfo(kind).min, 0, 1, 77, np.iinfo(kind).max}:
        want = digest(int(number))
        assert digest(kind(number)) == want
        assert xxh3_64(kind(number)) == want
        assert jump(kind(number), 1000) == jump(int(number), 1000)
        assert digests([kind(number), "a", kind(number)]).tolist() == [want, digest("a"), want]


@pytest.mark.parametrize("value", [False, True])
def test_bools(value):
    assert digest(np.bool_(value)) == digest(int(value))
    assert digests([np.bool_(value)]).tolist() == [digest(int(value))]


@pytest.mark.parametrize(
    "scalar",
    [
        np.float16(1),
        np.float32(1),
        np.float64(1),
        np.longdouble(1),
        np.complex128(1),
        np.datetime64(1, "s"),
        np.timedelta64(1, "s"),
        np.void(b"12345678"),
    ],
    ids=lambda scalar: type(scalar).__name__,
)
def test_other_scalars(scalar):
    for call in digest, lambda key: digests([key]), lambda key: digests(iter([key])):
        with pytest.raises(TypeError, match=f"{type(scalar).__name__} is not a key: pass str, bytes or int"):
            call(scalar)


def test_array_without_dimensions_is_no_scalar():
    with pytest.raises(TypeError, match="ndarray is not one key"):
        digest(np.array(5))
