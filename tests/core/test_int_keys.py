"""An int is 8 bytes of little-endian two's complement."""

from enum import IntEnum, IntFlag

import pytest
import xxhash
from hypothesis import given
from hypothesis import strategies as st

from coterie import digest, digests
from coterie.hashing import jump, xxh3_64, xxh64
from tests.containers import ListSubclass

LOW, HIGH = -(2**63), 2**64 - 1
# Around every power of two: all digit boundaries of CPython, and the ends of C's types.
EDGES = {sign * 2**bit + near for bit in range(65) for sign in (1, -1) for near in range(-2, 3)}
INSIDE = sorted(number for number in EDGES if LOW <= number <= HIGH)
OUTSIDE = [LOW - 1, LOW - 2, HIGH + 1, HIGH + 2, -HIGH, -(2**64), 2**90, -(2**90), 10**5000, -(10**5000)]


class Level(IntEnum):
    LOW = -3
    HIGH = 2**64 - 1


class Bits(IntFlag):
    A = 1
    B = 2


class Number(int):
    pass


def bytes_of(number):
    return (number % 2**64).to_bytes(8, "little")


@pytest.mark.parametrize("number", INSIDE)
def test_int(number):
    want = xxhash.xxh3_64_intdigest(bytes_of(number))
    assert digest(number) == want
    assert digest(Number(number)) == want
    assert digests([number]).tolist() == digests((number, number)).tolist()[:1] == [want]
    assert digests(iter([number])).tolist() == [want]


@given(st.integers(LOW, HIGH))
def test_any_int(number):
    assert digest(number) == xxhash.xxh3_64_intdigest(bytes_of(number))


def test_many_ints_at_once():
    assert digests(INSIDE).tolist() == [xxhash.xxh3_64_intdigest(bytes_of(number)) for number in INSIDE]


def test_minus_one_and_the_largest_are_one_key():
    assert digest(-1) == digest(2**64 - 1)


def test_bools_are_0_and_1():
    assert [digest(False), digest(True)] == [digest(0), digest(1)]
    assert digests([False, True]).tolist() == digests([0, 1]).tolist()


@pytest.mark.parametrize("member", [*Level, *Bits, Bits.A | Bits.B])
def test_enum(member):
    assert digest(member) == digest(int(member))
    assert digests([member, 0]).tolist() == [digest(int(member)), digest(0)]


@pytest.mark.parametrize("number", OUTSIDE, ids=lambda number: f"{number.bit_length()} bits")
@pytest.mark.parametrize("kind", [int, Number])
def test_too_large(number, kind):
    key = kind(number)
    calls = [digest, xxh3_64, xxh64, lambda key: jump(key, 10)]
    calls += [lambda key, make=make: digests(make([1, key])) for make in (list, tuple, iter, ListSubclass)]
    for call in calls:
        with pytest.raises(OverflowError, match=r"-2\*\*63 \.\. 2\*\*64-1.*bits"):
            call(key)
