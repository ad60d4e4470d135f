"""What the tests of filters made of slices share: filters beside their plain models, and their bytes."""

import struct

import pytest

from benchmarks.baselines.filters.rotating import RotatingBloomFilter as PlainRotating
from benchmarks.baselines.filters.scalable import ScalableBloomFilter as PlainScalable
from coterie import RotatingBloomFilter, ScalableBloomFilter

KEY = bytes(range(16))
ROW = struct.Struct("<IIdQQQddQ")
MAKE = {
    "scalable": lambda capacity=100, fpr=0.01, **options: ScalableBloomFilter(capacity, fpr, **options),
    "rotating": lambda capacity=100, fpr=0.01, **options: RotatingBloomFilter(capacity, fpr, **options),
    "timed": lambda capacity=100, fpr=0.01, **options: RotatingBloomFilter(
        capacity, fpr, window=1000, clock=stands, **options
    ),
}
kinds = pytest.mark.parametrize("make", MAKE.values(), ids=MAKE)


def stands():
    """A clock that pickles."""
    return 5.0


class Clock:
    """A clock that goes as it is told."""

    def __init__(self, now=0.0):
        self.now = now

    def __call__(self):
        return self.now


def scalable(capacity, fpr=0.01, **options):
    """A filter and its plain model."""
    return ScalableBloomFilter(capacity, fpr, **options), PlainScalable(capacity, fpr, **options)


def rotating(capacity, fpr=0.01, **options):
    """A filter and its plain model."""
    return RotatingBloomFilter(capacity, fpr, **options), PlainRotating(capacity, fpr, **options)


def filled(make, keys, *arguments, **options):
    """A filter of these keys."""
    bloom = make(*arguments, **options)
    bloom.update(keys)
    return bloom


def options_of(bloom):
    """What has to be said to read the bytes of a filter without a key."""
    timed = isinstance(bloom, RotatingBloomFilter) and bloom.window == 1000
    return {"clock": stands} if timed else {}


def slices(data):
    """The rows of a filter in bytes, each with its bits."""
    payload = data[64:]
    (count,) = struct.unpack_from("<I", payload, 4)
    at, found = 64 + ROW.size * count, []
    for i in range(count):
        row = ROW.unpack_from(payload, 64 + ROW.size * i)
        size = 32 * row[3]
        found.append((row, payload[at : at + size]))
        at += -(-size // 64) * 64
    assert at == len(payload)
    return found


def state(bloom):
    """All that is to be seen of a filter, to compare it with later."""
    numbers = bloom.capacity, bloom.fpr, bloom.seed, bloom.nbytes, bloom.bits_per_key
    return bloom.to_bytes(), numbers, bool(bloom), bloom.approx_len(), bloom.estimated_fpr()


def refuse(bloom, error, match, call, *arguments, **options):
    """The call raises this error and leaves the filter as it was."""
    before = state(bloom)
    with pytest.raises(error, match=match or None):
        call(*arguments, **options)
    assert state(bloom) == before
