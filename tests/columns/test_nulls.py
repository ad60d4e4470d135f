"""Nulls: an error that says where the first is, no key, or a value."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.columns.calls import CALLS, DIGESTS, LEAST, MOST, PLACED, calls, raises, same
from tests.columns.forms import columns

ASSIGN = PLACED[0]
SAMPLES = {
    "texts": ["a", None, "twelve bytes", "thirteen byte", None, None, "é" * 30, "", None, "a"],
    "first": [None, "a", "b"],
    "last": ["a", "b", None],
    "blobs": [b"a", b"", None, b"x" * 300, None],
    "blobs of one length": [None, b"abc", b"\0\0\0", None],
    "ints": [5, None, -7, 127, None],
    "large ints": [2**64 - 1, None, 2**63],
    "bits": [1, None, 0, None, 1, 1, 1, 0, 0, None] * 7,
    "one": [None],
    "all": [None] * 70,
}
samples = pytest.mark.parametrize("keys", SAMPLES.values(), ids=SAMPLES)


def first(keys):
    """What an error says of the first null."""
    return rf"key number {keys.index(None)} of the batch, counted from 0, is null"


@samples
def test_every_form(forms, keys):
    want = {value: DIGESTS.expected(keys, value) for value in (0, 2**64 - 1)}
    skipped = ASSIGN.expected(keys, -1)
    for name, column in forms(keys):
        if "reader" in name or "stream" in name:  # read once
            assert same(DIGESTS(column, nulls=0), want[0]), name
            continue
        with raises(ValueError, first(keys), name):
            DIGESTS(column)
        with raises(ValueError, first(keys), name):
            ASSIGN(column, nulls="raise")
        for value, answer in want.items():
            assert same(DIGESTS(column, nulls=value), answer), name
        assert same(ASSIGN(column, nulls="skip"), skipped), name


@calls()
@samples
def test_every_call(call, keys):
    if call.ints and not any(type(key) is int for key in keys):
        return
    for name, column in columns(keys):
        with raises(ValueError, first(keys), name):
            call(column)
    for value in call.values():
        want = call.expected(keys, value)
        for name, column in columns(keys):
            assert same(call(column, nulls=value), want), name
    for name, column in columns(keys):
        if call.skipped is None:
            with raises(ValueError, "nulls", name):
                call(column, nulls="skip")
        else:
            assert same(call(column, nulls="skip"), call.expected(keys, call.skipped)), name


@calls()
def test_no_null_no_difference(call, level):
    keys = list(range(100))
    want = call.expected(keys)
    for name, column in columns(keys):
        assert same(call(column, nulls="raise"), want), name
        assert same(call(column, nulls=1), want), name
        if call.skipped is not None:
            assert same(call(column, nulls="skip"), want), name


def nullable(of):
    return st.lists(st.none() | of, max_size=40)


@given(
    st.one_of(
        nullable(st.text(max_size=20)),
        nullable(st.binary(max_size=20)),
        nullable(st.integers(-128, 127)),
        nullable(st.integers(0, 2**64 - 1)),
        nullable(st.integers(0, 1)),
    )
)
def test_any_nulls(forms, keys):
    want = ASSIGN.expected(keys, -1)
    for name, column in forms(keys):
        assert same(ASSIGN(column, nulls="skip"), want), name


BAD = [None, 1.5, "drop", "", "Skip", b"skip", [], [1], "0", math.nan, object(), 2j]


@calls()
def test_bad_nulls(call):
    for nulls in BAD:
        for keys in ([], [1, 2], np.arange(3), np.arange(0)):
            with raises((TypeError, ValueError), "nulls", (nulls, keys)):
                call(keys, nulls=nulls)


@calls()
def test_values_that_do_not_fit(call):
    for value in (LEAST[call.dtype] - 1, MOST[call.dtype] + 1, 2**64, -(2**63) - 1, 10**30):
        for keys in ([1, 2], [], np.arange(3)):
            with pytest.raises(ValueError, match="nulls"):
                call(keys, nulls=value)


@calls(skipped=None)
def test_where_every_number_is_an_answer(call):
    for keys in ([], [1], ["a", None]):
        with raises(ValueError, r"nulls.*pass", keys):
            call(keys, nulls="skip")


@calls()
def test_nulls_is_a_keyword(call):
    with pytest.raises(TypeError):
        call.function([1, 2], "raise", "raise", "raise", "raise")


# ---- lists, iterables, and arrays of objects ----

MISSING = [None, math.nan, np.float64("nan")]
BATCHES = {
    "list": list,
    "tuple": tuple,
    "iterator": iter,
    "generator": lambda keys: (key for key in keys),
    "array": lambda keys: np.array([*keys, None], object)[:-1],
    "array backwards": lambda keys: np.array([*keys[::-1], None], object)[:-1][::-1],
}
batches = pytest.mark.parametrize("make", BATCHES.values(), ids=BATCHES)


def objects(missing):
    return ["a", missing, b"b", 5, missing, "é" * 300, True, missing]


@batches
@pytest.mark.parametrize("missing", MISSING, ids=["None", "nan", "float64 nan"])
def test_objects(make, missing):
    keys = objects(missing)
    want = objects(None)
    for call in (call for call in CALLS if not call.ints):
        with pytest.raises(TypeError):
            call(make(keys))
        for value in call.values():
            assert same(call(make(keys), nulls=value), call.expected(want, value)), call
        if call.skipped is not None:
            assert same(call(make(keys), nulls="skip"), call.expected(want, call.skipped)), call


@batches
@pytest.mark.parametrize("name", ["NA", "NaT"])
def test_missing_values_of_pandas(make, name):
    missing = getattr(pytest.importorskip("pandas"), name)
    keys = objects(missing)
    with pytest.raises(TypeError):
        DIGESTS(make(keys))
    assert same(DIGESTS(make(keys), nulls=7), DIGESTS.expected(objects(None), 7))
    assert same(ASSIGN(make(keys), nulls="skip"), ASSIGN.expected(objects(None), -1))


@batches
def test_ints_that_are_missing(make):
    for call in (call for call in CALLS if call.ints):
        for missing in MISSING:
            keys = [5, missing, -1, 2**64 - 1, missing]
            want = [None if key is missing else key for key in keys]
            with pytest.raises(TypeError):
                call(make(keys))
            assert same(call(make(keys), nulls="skip"), call.expected(want, -1))
            assert same(call(make(keys), nulls=77), call.expected(want, 77))


@batches
@pytest.mark.parametrize("nulls", ["skip", 1])
def test_what_is_no_key_stays_an_error(make, nulls):
    for bad in (1.5, [], ["a"], object(), math.inf, np.float64(2), ()):
        with pytest.raises(TypeError):
            ASSIGN(make(["a", None, bad]), nulls=nulls)
    with pytest.raises(OverflowError):
        ASSIGN(make(["a", None, 2**64]), nulls=nulls)
    with pytest.raises(UnicodeEncodeError):
        ASSIGN(make(["a", None, "\ud800"]), nulls=nulls)


@batches
@pytest.mark.parametrize("position", [0, 1, 1023, 1024, 2047, 2048, 4095, 4096, 4999])
def test_objects_at_every_turn(make, position):
    keys = [f"text {i}" for i in range(5000)]
    keys[position] = None
    for call in (DIGESTS, ASSIGN, PLACED[1], CALLS[-1]):
        assert same(call(make(keys), nulls=1), call.expected(keys, 1))
    with pytest.raises(TypeError) as info:
        DIGESTS(make(keys))
    assert f"key number {position} of the batch, counted from 0" in "".join(info.value.__notes__)


OPTIONS = [
    {"na_object": None},
    {"na_object": math.nan},
    {"na_object": "NA"},
    {"na_object": None, "coerce": False},
]


@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_numpy_strings(options):
    keys = ["a", None, "é" * 300, "", None] * 500
    array = np.array(
        [options["na_object"] if key is None else key for key in keys], np.dtypes.StringDType(**options)
    )
    for view, want in ((array, keys), (array[::-1], keys[::-1]), (array[::3], keys[::3])):
        position = want.index(None)
        with pytest.raises(ValueError, match=f"key number {position} of the batch, counted from 0"):
            DIGESTS(view)
        assert same(DIGESTS(view, nulls=7), DIGESTS.expected(want, 7))
        assert same(ASSIGN(view, nulls="skip"), ASSIGN.expected(want, -1))


@pytest.mark.parametrize("missing", [None, math.nan, "NA", "NaT"], ids=str)
def test_pandas_objects(missing):
    pd = pytest.importorskip("pandas")
    missing = getattr(pd, missing) if isinstance(missing, str) else missing
    series = pd.Series(np.array(objects(missing), object), dtype=object)
    assert series.dtype == object
    for column in (series, pd.Index(series, dtype=object)):
        with pytest.raises(ValueError, match="key number 1 of the batch, counted from 0, is null"):
            DIGESTS(column)
        assert same(DIGESTS(column, nulls=7), DIGESTS.expected(objects(None), 7))
        assert same(ASSIGN(column, nulls="skip"), ASSIGN.expected(objects(None), -1))


def test_pandas_objects_of_other_types():
    pd = pytest.importorskip("pandas")
    for bad in (1.5, [1], pd.Timestamp(0), object()):
        for nulls in ("raise", "skip", 5):
            with pytest.raises(TypeError) as info:
                ASSIGN(pd.Series(np.array(["a", bad], object), dtype=object), nulls=nulls)
            assert "key number 1 of the batch, counted from 0" in "".join(
                getattr(info.value, "__notes__", [])
            )


def test_null_rows_that_hold_anything():
    """What stands behind a null is not a key, not even a wrong one."""
    pa = pytest.importorskip("pyarrow")
    valid = pa.py_buffer(b"\x05")
    for kind, size in ((pa.int64(), 24), (pa.string_view(), 48)):
        data = pa.py_buffer(b"\xff" * size)
        whole = pa.array([1, 2, 3] if size == 24 else ["a", "b", "c"], kind).buffers()[1].to_pybytes()
        data = pa.py_buffer(whole[: size // 3] + b"\xff" * (size // 3) + whole[2 * size // 3 :])
        column = pa.Array.from_buffers(kind, 3, [valid, data])
        keys = [1, None, 3] if size == 24 else ["a", None, "c"]
        assert same(ASSIGN(column, nulls="skip"), ASSIGN.expected(keys, -1))
    indices = pa.Array.from_buffers(pa.int8(), 3, [valid, pa.py_buffer(b"\1\xff\0")])
    column = pa.DictionaryArray.from_arrays(indices, pa.array(["a", "b"]), safe=False)
    assert same(ASSIGN(column, nulls="skip"), ASSIGN.expected(["b", None, "a"], -1))
