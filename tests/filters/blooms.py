"""What the tests of Bloom filters share: the layouts, the plain model, a filter's state and its bytes."""

import struct
from functools import cache

import numpy as np
import pytest

from benchmarks.baselines.filters.bloom import BloomFilter as PlainBloom
from coterie import BloomFilter

LAYOUTS = ["block", "pair", "classic"]
SEEDS = [0, 1, 2**63, 2**64 - 1]
KEY = bytes(range(16))
PARAMETERS = struct.Struct("<IIdQQQQQQ")
FRONT = 64 + PARAMETERS.size  # of the bytes, before the bits

layouts = pytest.mark.parametrize("layout", LAYOUTS)


sized = cache(PlainBloom)  # it takes long to find the size


def both(capacity, fpr=0.01, seed=0, layout="auto"):
    """A filter and its plain model."""
    plain = sized(capacity, fpr, seed, layout).of(set())
    return BloomFilter(capacity, fpr, seed=seed, layout=layout), plain


def filled(keys, capacity=100, fpr=0.01, **options):
    """A filter of these keys."""
    bloom = BloomFilter(capacity, fpr, **options)
    bloom.update(keys)
    return bloom


def bits(bloom):
    """The bits of a filter as bytes."""
    return bloom.to_bytes()[FRONT:]


def shape(bloom):
    """What two filters have in common if they can be united."""
    _, probes, _, z, check, *_ = PARAMETERS.unpack(bloom.to_bytes()[64:FRONT])
    return bloom.layout, probes, z, bloom.seed, check


def state(bloom):
    """All that is to be seen of a filter, to compare it with later."""
    numbers = bloom.capacity, bloom.fpr, bloom.seed, bloom.layout, bloom.strict, bloom.nbytes
    return bloom.to_bytes(), numbers, bool(bloom), bloom.approx_len(), bloom.fill_ratio


def refuse(bloom, error, match, call, *arguments, **options):
    """The call raises this error and leaves the filter as it was."""
    before = state(bloom)
    with pytest.raises(error, match=match or None):
        call(*arguments, **options)
    assert state(bloom) == before


def aligned(data):
    """The bytes in memory that may be written and begins at a multiple of 64."""
    memory = np.zeros(len(data) + 64, np.uint8)
    first = -memory.ctypes.data % 64
    view = memoryview(memory)[first : first + len(data)]
    view[:] = data
    return view
