"""What the tests of counting filters share: shapes, the plain model, the state of a filter and its bytes."""

import struct

import pytest

from benchmarks.baselines.filters.counting import CountingBloomFilter as PlainCounting
from coterie import CountingBloomFilter

# Rates that take 1, 2, 4 and 8 lines for each key.
RATES = [0.01, 1e-3, 1e-5, 1e-9]
SEEDS = [0, 1, 2**64 - 1]
PARAMETERS = struct.Struct("<IIdQQQQQQ")
FRONT = 64 + PARAMETERS.size  # of the bytes, before the lines

rates = pytest.mark.parametrize("fpr", RATES)


def both(capacity, fpr=0.01, seed=0):
    """A filter and its plain model."""
    return CountingBloomFilter(capacity, fpr, seed=seed), PlainCounting(capacity, fpr, seed)


def filled(keys, capacity=100, fpr=0.01, **options):
    """A filter of these keys."""
    counting = CountingBloomFilter(capacity, fpr, **options)
    counting.update(keys)
    return counting


def lines(counting):
    """The lines of a filter as bytes."""
    return counting.to_bytes()[FRONT:]


def numbers(counting):
    """The parameters that stand before the lines, by name."""
    names = "columns", "counters", "fpr", "lines", "check", "zero", "sum", "keys", "state"
    return dict(zip(names, PARAMETERS.unpack(counting.to_bytes()[64:FRONT]), strict=True))


def same(counting, plain):
    """The filter is as its model says."""
    data = numbers(counting)
    assert lines(counting) == plain.to_lines()
    assert data["keys"] == plain.keys
    assert counting.fill_ratio == plain.fill_ratio()
    assert (data["columns"], data["lines"]) == (plain.columns, plain.rows * plain.columns)


def state(counting):
    """All that is to be seen of a filter, to compare it with later."""
    shape = counting.capacity, counting.fpr, counting.seed, counting.strict, counting.nbytes
    return counting.to_bytes(), shape, bool(counting), counting.approx_len(), counting.fill_ratio


def refuse(counting, error, match, call, *arguments, **options):
    """The call raises this error and leaves the filter as it was."""
    before = state(counting)
    with pytest.raises(error, match=match or None):
        call(*arguments, **options)
    assert state(counting) == before
