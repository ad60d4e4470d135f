"""Columns are let go: nothing is left of them after many calls, whatever became of these."""

import gc
import sys

import numpy as np
import pytest

from coterie import digests
from tests.columns.arrow_structs import LOST, Arrays, Stream, held
from tests.columns.calls import CALLS, DIGESTS, MOVED, PLACED, calls
from tests.columns.forms import columns
from tests.columns.layouts import KEYS, column, dictionary, table
from tests.core.test_memory import growth, resident_growth

TEXTS = ["a", "thirteen byte", None, "é" * 300]


def attempt(call, container, **options):
    try:
        call(container, **options)
    except (TypeError, ValueError, OSError):
        return


@pytest.mark.parametrize("keys", [TEXTS, [b"abc", None, b"abd"], [1, 5, None, 7]], ids=str)
@calls([DIGESTS, PLACED[1], MOVED])
def test_references(call, keys):
    """To the objects that hold the columns."""
    for options in (
        {},
        {"nulls": 1},
        {"nulls": "skip"},
        {"out": call.out(len(keys)), "nulls": 1},
        {"out": call.out(3)},
    ):
        for name, container in columns(keys):
            before = sys.getrefcount(container)
            for _ in range(3):
                attempt(call, container, **options)
            assert sys.getrefcount(container) == before, name


@calls()
def test_what_was_handed_out(call):
    ints = column([1, 2, None], b"l", 2)
    mistakes = [
        ints,
        ints.but(length=-1),
        ints.but_buffer(1, None),
        ints.but(format=b"g"),
        ints.but(format=None),
    ]
    mistakes += [table(ints), table(table(ints)), dictionary([1, None], b"c", b"l")]
    for made in mistakes:
        for options in (
            {},
            {"nulls": 1},
            {"nulls": "drop"},
            {"out": call.out(3)},
            {"out": []},
            {"nulls": 1, "out": call.out(9)},
        ):
            for door in (Arrays(made), Stream(made, made), Stream(made, 5), Stream(made, schema=5)):
                attempt(call, door, **options)
                assert door.books.closed(), (made, options, door.books)
    assert LOST.released == {}
    gc.collect()
    assert held == {}


WORK = {
    format.decode(): lambda format=format: digests(Arrays(column(KEYS[format], format)))
    for format in (b"u", b"vz", b"l", b"b")
}
WORK |= {
    "stream": lambda: digests(Stream(column(["a"], b"u"), column(["b"] * 5000, b"u"))),
    "dictionary": lambda: digests(Arrays(dictionary(["a", "b"] * 3000, b"i", b"u"))),
    "nulls": lambda: attempt(digests, Arrays(column([None], b"u"))),
    "error in a stream": lambda: attempt(digests, Stream(column(["a"] * 5000, b"u"), 5)),
    "mistake": lambda: attempt(
        digests, Stream(column(["a"] * 5000, b"u"), column(["a"], b"u").but(length=-1))
    ),
    "bad dictionary": lambda: attempt(digests, Arrays(dictionary(["a"], b"c", b"u").but_buffer(1, b"\5"))),
    "out": lambda: digests(Arrays(column(["a"] * 5000, b"u")), out=np.empty(5000, np.uint64)),
}


@pytest.mark.parametrize("work", WORK.values(), ids=WORK)
def test_nothing_is_left(work):
    assert growth(work, rounds=10) < 2000


@pytest.mark.parametrize("keys", [TEXTS, [1, None, 0]], ids=str)
def test_nothing_is_left_by_other_libraries(keys):
    some = [container for name, container in columns(keys) if "DuckDB" not in name]

    def work():
        for container in some:
            for call in (DIGESTS, PLACED[0], PLACED[1]):
                attempt(call, container)
                attempt(call, container, nulls="skip")

    assert growth(work, rounds=5) < 20_000


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_long_columns_over_and_over():
    """They leave nothing behind that stays."""
    pa = pytest.importorskip("pyarrow")
    texts = pa.array(np.arange(10**6)).cast(pa.string())
    halves = pa.chunked_array([texts[: 5 * 10**5], texts[5 * 10**5 :]])
    coded = pa.DictionaryArray.from_arrays(pa.array(np.arange(10**6) % 10**5), texts[: 10**5])

    def work():
        for some in (texts, halves, coded, texts.cast(pa.string_view()), pa.array(np.arange(10**6))):
            digests(some)
            PLACED[0](some, nulls="skip")
            attempt(digests, some, out=np.empty(5, np.uint64))

    assert resident_growth(work) < 2 << 20  # one result that stays would be 8 million bytes


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_errors_in_long_columns_over_and_over():
    pa = pytest.importorskip("pyarrow")
    texts = pa.array([*map(str, range(10**6)), None])
    coded = texts.dictionary_encode()

    def work():
        for some in (texts, coded, pa.chunked_array([texts, texts])):
            for call in CALLS[:2]:
                attempt(call, some)

    assert resident_growth(work) < 2 << 20


def test_a_reader_is_read_in_parts():
    """No more than a batch of it is in memory at a time."""
    pa = pytest.importorskip("pyarrow")
    schema = pa.schema([("key", pa.int64())])
    alive = []

    def batches():
        for start in range(0, 10**6, 10**5):
            alive.append(pa.total_allocated_bytes())
            yield pa.record_batch(
                [pa.array(np.arange(start, start + 10**5)).take(pa.array(np.arange(10**5)))], schema
            )

    before = pa.total_allocated_bytes()
    got = digests(pa.RecordBatchReader.from_batches(schema, batches()))
    assert np.array_equal(got, digests(np.arange(10**6)))
    assert max(alive) - before < 4 * 8 * 10**5
