"""Columns of digests come back with hashed=True: uint64 and nothing else."""

import numpy as np
import pytest

from coterie import digests
from tests.columns.calls import CALLS, calls, raises, same
from tests.columns.forms import columns

KEYS = [f"user:{i}" for i in range(300)]
HASHED = digests(KEYS).tolist()  # some of them are above 2^63: no other type of integers holds these
PLACING = [call for call in CALLS if call.hashable]


@calls(PLACING)
def test_same_answers(call, level):
    want = call.expected(KEYS)
    for name, column in columns(HASHED):
        if name.startswith("pandas object"):
            with pytest.raises(TypeError, match="uint64"):
                call(column, hashed=True)
        else:
            assert same(call(column, hashed=True), want), name


def test_every_layout(forms):
    want = PLACING[0].expected(KEYS)
    for name, column in forms(HASHED):
        if not name.startswith("pandas object"):
            assert same(PLACING[0](column, hashed=True), want), name


@calls(PLACING)
@pytest.mark.parametrize("position", [0, 77, 299])
def test_nulls(call, position):
    keys, hashed = list(KEYS), list(HASHED)
    keys[position] = hashed[position] = None
    for value in call.values():
        want = call.expected(keys, value)
        for name, column in columns(hashed):
            if not name.startswith("pandas object"):
                with pytest.raises(
                    ValueError, match=f"key number {position} of the batch, counted from 0, is null"
                ):
                    call(column, hashed=True)
                assert same(call(column, hashed=True, nulls=value), want), name
    if call.skipped is not None:
        for name, column in columns(hashed):
            if not name.startswith("pandas object"):
                got = call(column, hashed=True, nulls="skip")
                assert same(got, call.expected(keys, call.skipped)), name


@calls(PLACING)
@pytest.mark.parametrize("keys", [["a", "b"], [b"a"], [-1, -5], [1, -(2**63)]], ids=str)
def test_other_types(call, keys):
    """Integers as well, if they are of another type."""
    for name, column in columns(keys):
        with raises(TypeError, "uint64", name):
            call(column, hashed=True)


def test_other_integers(forms):
    for name, column in forms([1, 2, 3]):
        kind = name.split(",")[0].lower()
        right = "uint64" in kind
        if "dictionary" in kind:
            right = "values=uint64" in kind
        if "category" in kind:
            continue  # of int64 or so
        if right:
            assert same(
                PLACING[0](column, hashed=True), PLACING[0](np.array([1, 2, 3], np.uint64), hashed=True)
            ), name
        else:
            with raises(TypeError, "uint64", name):
                PLACING[0](column, hashed=True)


@calls(PLACING)
def test_empty(call):
    for name, column in columns([]):
        if "uint64" in name.lower().split("values=")[-1] and "object" not in name:
            assert same(call(column, hashed=True), call.expected([])), name
