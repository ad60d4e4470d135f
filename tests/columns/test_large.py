"""Long columns: nulls and answers about the ends of blocks, chunks and turns."""

import numpy as np
import pytest

from coterie import digests
from tests.columns.calls import CALLS, DIGESTS, MOVED, PLACED, calls, same

pa = pytest.importorskip("pyarrow")

MILLION = 2**20
ASSIGN, REPLICAS = PLACED[0], PLACED[1]
EDGES = [0, 1, 63, 64, 65, 127, 128, 2047, 2048, 2049, 4095, 4096, 4097]
FAR_EDGES = [MILLION - 1, MILLION, MILLION + 1]


def ints(n):
    return pa.array(np.arange(n))


def short_texts(n):
    return ints(n).cast(pa.string())


KINDS = {
    "ints": ints,
    "bytes": lambda n: pa.array(np.arange(n).astype(np.int8)),
    "texts": short_texts,
    "long texts": lambda n: pa.array(
        [f"a text of about forty characters, {i}" for i in range(n)], pa.string()
    ),
    "views": lambda n: pa.array([f"{i}" * (i % 4 + 1) for i in range(n)], pa.string_view()),
    "large texts": lambda n: short_texts(n).cast(pa.large_string()),
    "blobs": lambda n: pa.array([f"{i:09}".encode() for i in range(n)], pa.binary(9)),
    "bits": lambda n: pa.array(np.arange(n) % 3 == 0),
    "dictionary": lambda n: pa.DictionaryArray.from_arrays(pa.array(np.arange(n) % 1000), short_texts(1000)),
}


def with_nulls(column, valid):
    """The column in which only some rows are valid."""
    if pa.types.is_dictionary(column.type):
        return pa.DictionaryArray.from_arrays(with_nulls(column.indices, valid), column.dictionary)
    bitmap = pa.py_buffer(np.packbits(valid, bitorder="little").tobytes())
    return pa.Array.from_buffers(column.type, len(column), [bitmap, *column.buffers()[1:]])


def answers(call, column, valid, null):
    """The plain model: the answers for a list without nulls, and some of them replaced."""
    want = call.expected(column.to_pylist())
    want[~valid] = null
    return want


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
@pytest.mark.parametrize("n", EDGES)
def test_lengths(kind, n, level):
    column = kind(n)
    want = DIGESTS.expected(column.to_pylist())
    assert same(DIGESTS(column), want)
    for before in (1, 5, 64, 2048):
        wide = pa.chunked_array([kind(before), column]).combine_chunks()
        if not pa.types.is_dictionary(column.type):
            assert same(DIGESTS(wide.slice(before)), want)
    assert same(DIGESTS(pa.chunked_array([column, column])), np.concatenate([want, want]))


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_one_null(kind):
    n = 5000
    column = kind(n)
    plain = DIGESTS.expected(column.to_pylist())
    for position in (*EDGES, n - 1):
        valid = np.arange(n) != position
        nulled = with_nulls(column, valid)
        with pytest.raises(ValueError, match=f"key number {position} of the batch, counted from 0, is null"):
            DIGESTS(nulled)
        want = plain.copy()
        want[position] = 7
        assert same(DIGESTS(nulled, nulls=7), want)
        for cut in (1, 63, 64, 65, 2048):
            chunks = pa.chunked_array([nulled[:cut], nulled[cut:cut], nulled[cut:]])
            assert same(DIGESTS(chunks, nulls=7), want)
            with pytest.raises(
                ValueError, match=f"key number {position} of the batch, counted from 0, is null"
            ):
                DIGESTS(chunks)
        for first in (1, 7, 64, position):
            if first <= position:
                where = position - first
                with pytest.raises(
                    ValueError, match=f"key number {where} of the batch, counted from 0, is null"
                ):
                    DIGESTS(nulled.slice(first))
                assert same(DIGESTS(nulled.slice(first), nulls=7), want[first:])
        # The null lies outside of the slice.
        assert same(DIGESTS(nulled.slice(position + 1)), want[position + 1 :])
        assert same(DIGESTS(nulled.slice(0, position)), want[:position])


def patterns(n):
    """Yield (name, valid) for nulls of many kinds."""
    draw = np.random.default_rng(n)
    at = np.arange(n)
    yield "none", at >= 0
    yield "all", at < 0
    yield "every other", at % 2 == 0
    yield "whole blocks", at // 64 % 2 == 0
    yield "blocks out of step", (at + 13) // 64 % 3 == 0
    yield "all but the first", at == 0
    yield "all but the last", at == n - 1
    yield "the first of blocks", at % 64 != 0
    yield "the last of blocks", at % 64 != 63
    yield "few valid", at % 2048 == 2047
    for share in (0.001, 0.1, 0.5, 0.9, 0.999):
        yield f"at random, {share}", draw.random(n) < share


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
@pytest.mark.parametrize("n", [1, 63, 64, 65, 200, 2047, 2048, 2049, 6000])
def test_patterns(kind, n, level):
    column = kind(n)
    wants = {call: call.expected(column.to_pylist()) for call in (DIGESTS, ASSIGN, REPLICAS, MOVED)}
    for name, valid in patterns(n):
        nulled = with_nulls(column, valid)
        for call, plain in wants.items():
            want = plain.copy()
            want[~valid] = call.values()[0]
            assert same(call(nulled, nulls=call.values()[0]), want), name
            if call.skipped is not None:
                want[~valid] = call.skipped
                assert same(call(nulled, nulls="skip"), want), name
        want = wants[DIGESTS].copy()
        want[~valid] = 3
        for first, count in ((1, n), (5, 61), (n // 3, n // 2)):
            assert same(DIGESTS(nulled.slice(first, count), nulls=3), want[first : first + count]), name
        if not valid.all():
            position = int(np.argmin(valid))
            with pytest.raises(
                ValueError, match=f"key number {position} of the batch, counted from 0, is null"
            ):
                ASSIGN(nulled)


@calls(
    [
        call
        for call in CALLS
        if call.name in {"digests", "jump", "HashRing.assign", "JumpHash.tokens", "Diff.moved"}
    ]
)
@pytest.mark.parametrize("extra", [-1, 0, 1])
def test_a_million(call, extra, level):
    n = MILLION + extra
    column = ints(n)
    want = call(np.arange(n))
    assert same(call(column), want)
    for position in (0, 2048, n - 1):
        valid = np.arange(n) != position
        nulled = with_nulls(column, valid)
        with pytest.raises(ValueError, match=f"key number {position} of the batch, counted from 0, is null"):
            call(nulled)
        want[position] = 1
        assert same(call(nulled, nulls=1), want)
        want[position] = call(np.arange(position, position + 1))[0]


def test_a_million_texts():
    n = MILLION + 77
    column = short_texts(n)
    want = digests(np.arange(n).astype("S7"))
    polars = pytest.importorskip("polars")
    for form in (
        column,
        column.cast(pa.large_string()),
        column.cast(pa.string_view()),
        polars.from_arrow(column),
    ):
        assert same(digests(form), want)
    chunks = pa.chunked_array([column[: 2**19 + 1], column[2**19 + 1 : MILLION], column[MILLION:]])
    assert same(digests(chunks), want)
    valid = np.random.default_rng(5).random(n) < 0.9
    want[~valid] = 5
    assert same(digests(with_nulls(column, valid), nulls=5), want)
    for position in FAR_EDGES:
        alone = np.arange(n) != position
        for form in (
            with_nulls(column, alone),
            pa.chunked_array([column[:5], with_nulls(column, alone)[5:]]),
        ):
            with pytest.raises(
                ValueError, match=f"key number {position} of the batch, counted from 0, is null"
            ):
                digests(form)


def test_position_in_other_forms():
    keys = [f"{i}" for i in range(5000)]
    polars, pandas = pytest.importorskip("polars"), pytest.importorskip("pandas")
    for position in (0, 63, 64, 2048, 4999):
        nulled = [*keys[:position], None, *keys[position + 1 :]]
        half = position // 2
        forms = [polars.Series(nulled), polars.Series(nulled, dtype=polars.Categorical)]
        forms.append(polars.concat([polars.Series(keys[:7]), polars.Series(nulled)], rechunk=False).slice(7))
        forms += [
            pandas.Series(nulled, dtype=kind) for kind in ("object", "str", "string[python]", "category")
        ]
        forms.append(pandas.Series([None if x is None else int(x) for x in nulled], dtype="Int64"))
        forms.append(pa.table({"key": pa.array(nulled)}).to_reader(max_chunksize=max(1, half)))
        for form in forms:
            with pytest.raises(
                ValueError, match=f"key number {position} of the batch, counted from 0, is null"
            ):
                digests(form)


@pytest.mark.slow
def test_many_patterns():
    draw = np.random.default_rng(1)
    for _ in range(3000):
        kind = list(KINDS.values())[draw.integers(len(KINDS))]
        n = int(draw.integers(1, 300)) if draw.random() < 0.9 else int(draw.integers(1, 9000))
        column, valid = kind(n), draw.random(n) < draw.random()
        want = answers(ASSIGN, column, valid, -1)
        nulled = with_nulls(column, valid)
        first = int(draw.integers(n))
        cuts = np.sort(draw.integers(first, n + 1, 3)).tolist()
        pieces = [nulled[a:b] for a, b in zip([first, *cuts], [*cuts, n], strict=True)]
        assert same(ASSIGN(pa.chunked_array(pieces, nulled.type), nulls="skip"), want[first:])
