"""Answers go to the caller's array with out=: one of exactly the answer's type and shape, and no other."""

import sys

import numpy as np
import pytest

from coterie import digests
from tests.columns.calls import CALLS, PLACED, calls, raises, same
from tests.columns.forms import columns
from tests.containers import forms as all_forms

KEYS = list(range(100))
ASSIGN = PLACED[0]


@calls()
@pytest.mark.parametrize(
    "keys", [KEYS, [], [5], ["a", "é" * 40, "x"], [b"abc", b""]], ids=lambda keys: str(keys)[:12]
)
def test_every_form(call, keys):
    if call.ints and not any(type(key) is int for key in keys):
        return
    want = call.expected(keys)
    for name, container in all_forms(keys):
        out = call.out(len(keys))
        assert call(container, out=out) is out, name
        assert same(out, want), name


@calls()
@pytest.mark.parametrize("size", [2047, 2048, 2049, 5000])
def test_long(call, size, level):
    want = call.expected(range(size))
    for container in (list(range(size)), range(size), iter(range(size)), np.arange(size)):
        out = call.out(size)
        assert call(container, out=out) is out
        assert same(out, want)


@calls([call for call in CALLS if call.hashable])
def test_hashed(call):
    hashed = digests(KEYS)
    want = call.expected(KEYS)
    for name, container in [("array", hashed), *columns(hashed.tolist())]:
        if not name.startswith("pandas object"):
            out = call.out(len(KEYS))
            assert call(container, hashed=True, out=out) is out, name
            assert same(out, want), name


@calls()
def test_nulls(call):
    keys = [None, 5, 7, None, 9]
    for value in call.values():
        want = call.expected(keys, value)
        for name, container in [("list", keys), ("iterator", iter(keys)), *columns(keys)]:
            out = call.out(len(keys))
            assert call(container, nulls=value, out=out) is out, name
            assert same(out, want), name


@calls()
def test_none_is_no_array(call):
    assert same(call(KEYS, out=None), call.expected(KEYS))


def containers():
    """What may hold the keys, each made anew."""
    yield "list", list(KEYS)
    yield "iterator", iter(KEYS)
    yield "array", np.array(KEYS)
    yield "strided array", np.repeat(np.array(KEYS), 2)[::2]
    yield from columns(KEYS)


NO_ARRAYS = [[0] * 100, bytearray(800), memoryview(bytearray(800)), "out", 5, np.int32(5), (), object()]


@calls()
def test_no_array(call):
    for out in NO_ARRAYS:
        for name, container in containers():
            with raises(TypeError, "out", (name, type(out))):
                call(container, out=out)


@calls()
def test_another_type(call):
    for dtype in ("u8", "i8", "i4", "u4", "f8", bool, "u1", "i1", object, "S8", "V8", "M8[s]"):
        if np.dtype(dtype) != np.dtype(call.dtype):
            with pytest.raises(TypeError, match="out"):
                call(KEYS, out=np.zeros(call.shape(100), dtype))
    if call.dtype is not np.bool_:
        with pytest.raises(TypeError, match="out"):
            call(KEYS, out=np.zeros(call.shape(100), np.dtype(call.dtype).newbyteorder()))


@calls()
def test_another_type_for_every_container(call):
    for name, container in containers():
        with raises(TypeError, "out", name):
            call(container, out=np.zeros(call.shape(100), np.float64))


@calls()
def test_another_shape(call):
    rows, more = call.shape(99), call.shape(101)
    shapes = [rows, more, call.shape(0), (), (*call.shape(100), 1), (1, *call.shape(100))]
    shapes += (
        [(100, call.width - 1), (100, call.width + 1), (100,), (call.width, 100)]
        if call.width
        else [(100, 1)]
    )
    for shape in shapes:
        for name, container in containers():
            with raises(ValueError, "out", (name, shape)):
                call(container, out=np.zeros(shape, call.dtype))


@calls()
def test_read_only(call):
    out = call.out(100)
    kept = out.copy()
    out.flags.writeable = False
    for name, container in containers():
        with raises(ValueError, "out", name):
            call(container, out=out)
    assert np.array_equal(out, kept)


@calls()
def test_not_contiguous(call):
    shape = call.shape(100)
    wide = np.zeros((shape[0] * 2, *shape[1:]), call.dtype)
    bad = [wide[::2], wide[:100][::-1]]
    if call.width:
        bad += [np.zeros(shape, call.dtype, order="F"), np.zeros((100, call.width + 1), call.dtype)[:, 1:]]
    for out in bad:
        assert out.shape == shape
        for name, container in containers():
            with raises(ValueError, "out", name):
                call(container, out=out)


@calls()
def test_not_aligned(call):
    out = np.zeros(call.out(100).nbytes + 1, np.uint8)[1:].view(call.dtype).reshape(call.shape(100))
    if not out.flags.aligned:
        with pytest.raises(ValueError, match="out"):
            call(KEYS, out=out)


@calls()
def test_mapped_file(call, tmp_path):
    shape = call.shape(100)
    out = np.memmap(tmp_path / "answers", call.dtype, "w+", shape=shape)
    for name, container in containers():
        out[:] = 1
        assert call(container, out=out) is out, name
        assert np.array_equal(out, call.expected(KEYS)), name
    out.flush()
    assert np.array_equal(np.fromfile(tmp_path / "answers", call.dtype).reshape(shape), call.expected(KEYS))
    del out
    with pytest.raises(ValueError, match="out"):
        call(KEYS, out=np.memmap(tmp_path / "answers", call.dtype, "r", shape=shape))


@calls()
def test_part_of_an_array(call):
    whole = call.out(300)
    kept = whole.copy()
    part = whole[100:200]
    assert call(KEYS, out=part) is part
    assert np.array_equal(part, call.expected(KEYS))
    assert np.array_equal(whole[:100], kept[:100])
    assert np.array_equal(whole[200:], kept[200:])


@pytest.mark.parametrize("size", [0, 1, 99, 101, 2048, 5000])
@calls(
    [call for call in CALLS if call.name in {"digests", "jump", "HashRing.assign_replicas 3", "Diff.moved"}]
)
def test_iterables_of_another_length(call, size):
    """The answers of an iterator fill the array, neither more nor less."""

    class Hinting:
        def __init__(self, hint):
            self.hint = hint

        def __iter__(self):
            return iter(range(size))

        def __length_hint__(self):
            return self.hint

    for container in (iter(range(size)), (i for i in range(size)), Hinting(100), Hinting(0), Hinting(size)):
        with pytest.raises(ValueError, match="out"):
            call(container, out=call.out(100))


def test_nothing_behind_is_written():
    whole = np.full(5000, 7, np.uint64)
    for size in (0, 1, 63, 64, 65, 2047, 2048, 2049):
        with pytest.raises(ValueError, match="out"):
            digests(iter(range(5000)), out=whole[:size])
        assert (whole[size:] == 7).all()


def test_endless_iterable():
    def keys():
        while True:
            yield 5

    with pytest.raises(ValueError, match="out"):
        digests(keys(), out=np.zeros(5000, np.uint64))


def test_errors_while_it_is_filled():
    for bad in (1.5, 2**64, None):
        with pytest.raises((TypeError, OverflowError)):
            digests([*KEYS[1:], bad], out=np.zeros(100, np.uint64))


def test_out_is_a_keyword():
    with pytest.raises(TypeError):
        digests(KEYS, np.zeros(100, np.uint64))


def test_references():
    for out in (np.zeros(100, np.uint64), np.zeros(99, np.uint64), np.zeros(100)):
        before = sys.getrefcount(out)
        for name, container in containers():
            try:
                digests(container, out=out)
            except (TypeError, ValueError):
                assert out.shape == (99,) or out.dtype != np.uint64, name
        assert sys.getrefcount(out) == before


# ---- the memory of the keys ----


def overlapping(n):
    """Yield (name, keys, out) where the 8-byte ints of out lie at least in part where the keys do."""
    memory = np.zeros(3 * n, np.uint64)
    keys, out = memory[n : 2 * n], memory[n : 2 * n]
    yield "the same", keys, out
    yield "the last key", keys, memory[2 * n - 1 : 3 * n - 1]
    yield "the first key", keys, memory[1 : n + 1]
    yield "strided", memory[: 2 * n : 2], memory[:n]
    yield "backwards", memory[n : 2 * n][::-1], out
    yield "of narrow ints", memory[: n // 2].view(np.int16)[:n], memory[:n]
    yield "of the other order", keys.view(">u8"), out
    yield "signed", keys.view(np.int64), out
    yield "of fixed texts", memory[:n].view("S8"), memory[:n]
    yield "of wide texts", memory[:n].view("U2"), memory[:n]
    yield "of flags", memory.view(bool)[:n], memory[:n]
    yield "subclass", keys.view(np.recarray), out


def test_arrays_that_overlap():
    for name, keys, out in overlapping(100):
        with raises(ValueError, "out", name):
            digests(keys, out=out)


def test_arrays_that_overlap_in_other_calls():
    hashed = digests(KEYS)
    for call in CALLS:
        for options in ({}, {"hashed": True}) if call.hashable else ({},):
            memory = np.zeros(100 * max(call.width or 1, 2), np.uint64)
            keys = memory[:100]
            keys[:] = hashed
            out = memory.view(call.dtype)[: np.prod(call.shape(100))].reshape(call.shape(100))
            with raises(ValueError, "out", f"{call} {options}"):
                call(keys, out=out, **options)
            assert np.array_equal(keys, hashed)


def test_neighbours_do_not_overlap():
    memory = np.arange(200, dtype=np.uint64)
    want = digests(memory[:100])
    assert digests(memory[:100], out=memory[100:]) is not None
    assert np.array_equal(memory[100:], want)
    memory = np.arange(200, dtype=np.uint64)
    want = digests(memory[100:])
    digests(memory[100:], out=memory[:100])
    assert np.array_equal(memory[:100], want)


def test_arrow_columns_that_overlap():
    pa = pytest.importorskip("pyarrow")
    memory = np.zeros(4000, np.uint64)
    memory[:] = np.arange(4000) % 50
    whole = pa.py_buffer(memory)
    texts = np.zeros(1000, np.uint64)
    texts.view(np.uint8)[:] = ord("x")
    valid, good = np.full(1000, 2**64 - 1, np.uint64), pa.array(np.arange(100))
    offsets = np.zeros(1000, np.uint64)
    offsets.view(np.int32)[:101] = np.arange(101)
    columns = {
        "ints": (pa.Array.from_buffers(pa.uint64(), 100, [None, whole]), memory[:100]),
        "last int": (pa.Array.from_buffers(pa.uint64(), 100, [None, whole]), memory[99:199]),
        "sliced": (pa.Array.from_buffers(pa.uint64(), 110, [None, whole]).slice(10), memory[109:209]),
        "small ints": (pa.Array.from_buffers(pa.uint8(), 100, [None, whole]), memory[:100]),
        "validity": (
            pa.Array.from_buffers(pa.int64(), 100, [pa.py_buffer(valid), good.buffers()[1]]),
            valid[1:101],
        ),
        "offsets": (
            pa.Array.from_buffers(pa.string(), 100, [None, pa.py_buffer(offsets), pa.py_buffer(b"x" * 100)]),
            offsets[:100],
        ),
        "texts": (
            pa.Array.from_buffers(
                pa.string(),
                100,
                [None, pa.array(np.arange(101, dtype=np.int32) * 8).buffers()[1], pa.py_buffer(texts)],
            ),
            texts[99:199],
        ),
        "indices": (
            pa.DictionaryArray.from_arrays(pa.Array.from_buffers(pa.int64(), 100, [None, whole]), good),
            memory[:100],
        ),
        "values": (
            pa.DictionaryArray.from_arrays(
                pa.array([1] * 100), pa.Array.from_buffers(pa.int64(), 100, [None, whole])
            ),
            memory[:100],
        ),
    }
    for name, (column, out) in columns.items():
        for form in (
            column,
            pa.chunked_array([column]),
            pa.table({"key": column}),
            pa.record_batch({"key": column}),
        ):
            with raises(ValueError, "out", name):
                digests(form, out=out)
    column = columns["ints"][0]
    want = digests(column)
    digests(column, out=memory[100:200])
    assert np.array_equal(memory[100:200], want)


def test_a_later_chunk_that_overlaps():
    pa = pytest.importorskip("pyarrow")
    memory = np.arange(200, dtype=np.uint64)
    column = pa.Array.from_buffers(pa.uint64(), 100, [None, pa.py_buffer(memory)])
    free = pa.array(np.arange(100, dtype=np.uint64))
    for chunks in ([column, free], [free, column]):
        with pytest.raises(ValueError, match="out"):
            digests(pa.chunked_array(chunks), out=memory)


def test_views_that_overlap():
    pa = pytest.importorskip("pyarrow")
    data = np.zeros(500, np.uint64)
    data.view(np.uint8)[:] = ord("y")
    views = pa.array(["y" * 20] * 100, pa.string_view()).buffers()[1]
    column = pa.Array.from_buffers(pa.string_view(), 100, [None, views, pa.py_buffer(data)])
    with pytest.raises(ValueError, match="out"):
        digests(column, out=data[:100])
    views = np.frombuffer(views, np.uint64).copy()
    column = pa.Array.from_buffers(pa.string_view(), 100, [None, pa.py_buffer(views), pa.py_buffer(data)])
    with pytest.raises(ValueError, match="out"):
        digests(column, out=views[:100])


def test_pandas_columns_that_overlap():
    pd = pytest.importorskip("pandas")
    for dtype in ("uint64", "int64"):
        memory = np.arange(200).astype(dtype)
        series = pd.Series(memory[:100], copy=False)
        out = memory.view(np.uint64)
        if not np.shares_memory(series.to_numpy(), memory):
            continue
        with pytest.raises(ValueError, match="out"):
            digests(series, out=out[50:150])
        want = digests(memory[:100])
        digests(series, out=out[100:])
        assert np.array_equal(out[100:], want)
    memory = np.arange(200, dtype=np.int64)
    masked = pd.Series(pd.arrays.IntegerArray(memory[:100], np.zeros(100, bool)), copy=False)
    if np.shares_memory(masked.to_numpy(), memory):
        with pytest.raises(ValueError, match="out"):
            digests(masked, out=memory.view(np.uint64)[50:150])


def test_polars_columns_that_overlap():
    pl = pytest.importorskip("polars")
    memory = np.arange(200, dtype=np.uint64)
    series = pl.Series("key", memory[:100])
    if np.shares_memory(series.to_numpy(writable=False), memory):
        with pytest.raises(ValueError, match="out"):
            digests(series, out=memory[:100])
