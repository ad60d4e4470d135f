"""Guava's Bloom filters: the false positives that Guava's own tests know, the bits and bytes of the plain
baseline, and every damaged stream is refused."""

import copy
import pickle
import subprocess
import sys
import threading
from collections import deque

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.baselines.filters import guava as baseline
from coterie import DecodeError
from coterie.filters import GuavaBloomFilter, ParquetBloomFilter
from coterie.filters._foreign import ForeignFilter

KEYS = ["a", b"b", "", "naïve", "x" * 100, 5, -5, 2**63, 2**64 - 1, True, *(f"user:{i}" for i in range(200))]
STRATEGIES = {baseline.MITZ_32: "MURMUR128_MITZ_32", baseline.MITZ_64: "MURMUR128_MITZ_64"}


def empty(capacity, fpr, strategy):
    data = GuavaBloomFilter(capacity, fpr).to_bytes()
    return GuavaBloomFilter.from_bytes(bytes([strategy]) + data[1:])


# ---- bits ----


def utf16(texts):
    return [text.encode("utf-16-le") for text in texts]


@pytest.mark.parametrize(
    ("strategy", "encode", "count", "first"),
    [
        (
            baseline.MITZ_32,
            utf16,
            29824,
            {49, 51, 59, 163, 199, 321, 325, 363, 367, 469, 545, 561, 727, 769, 773, 781},
        ),
        (baseline.MITZ_64, utf16, 30104, {15, 25, 287, 319, 381, 399, 421, 465, 529, 697, 767, 857}),
        (baseline.MITZ_64, list, 29763, {129, 471, 723, 89, 751, 835, 871}),
    ],
    ids=["MITZ_32, unencodedCharsFunnel", "MITZ_64, unencodedCharsFunnel", "MITZ_64, stringFunnel"],
)
def test_known_false_positives(strategy, encode, count, first):
    """Of guava-tests, BloomFilterTest: the even numbers below two million as text; how many odd ones, and
    which below 900, seem to be there."""
    filter = empty(1_000_000, 0.03, strategy)
    filter.update(encode(map(str, range(0, 2_000_000, 2))))
    answers = filter.contains_many(encode(map(str, range(1, 2_000_000, 2))))
    assert set((2 * np.flatnonzero(answers[:450]) + 1).tolist()) == first
    assert answers.sum() == count
    assert filter.approx_len() == pytest.approx(1_000_000, rel=0.01)
    assert filter.estimated_fpr() == pytest.approx(count / 1_000_000, rel=0.01)


@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize(("capacity", "fpr"), [(1, 0.5), (10, 0.9), (100, 0.03), (150, 1e-9), (1000, 0.01)])
def test_against_the_baseline(strategy, capacity, fpr, level):
    plain, one, many = (
        baseline.GuavaBloomFilter(capacity, fpr, strategy),
        empty(capacity, fpr, strategy),
        empty(capacity, fpr, strategy),
    )
    for key in KEYS[::2]:
        new = key not in plain
        plain.add(key)
        assert one.add_new(key) is new
    many.update(KEYS[::2])
    assert many.to_bytes() == one.to_bytes() == plain.to_bytes()
    want = [key in plain for key in KEYS]
    assert [key in many for key in KEYS] == [many.contains(key) for key in KEYS] == want
    assert many.contains_many(KEYS).tolist() == want
    assert all(want[::2])
    assert many.strategy == STRATEGIES[strategy]
    assert many.probes == plain.probes


@given(st.lists(st.text(max_size=40) | st.binary(max_size=40) | st.integers(-(2**63), 2**64 - 1)))
def test_any_keys(keys):
    plain, one, many = baseline.GuavaBloomFilter(20), GuavaBloomFilter(20), GuavaBloomFilter(20)
    for key in keys:
        plain.add(key)
        one.add(key)
    many.update(iter(keys))
    assert one == many
    assert many.to_bytes() == plain.to_bytes()


@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize("capacity", [1, 10, 1000, 12345])
@pytest.mark.parametrize("fpr", [0.999, 0.5, 0.1, 0.03, 0.01, 1e-6, 1e-20])
def test_sizes(strategy, capacity, fpr):
    plain = baseline.GuavaBloomFilter(capacity, fpr, strategy)
    if not plain.words:  # Guava refuses 0 bits, and we make 64
        plain.words = [0]
    assert empty(capacity, fpr, strategy).to_bytes() == plain.to_bytes()


# ---- batches ----


def columns():
    pa = pytest.importorskip("pyarrow")
    pd = pytest.importorskip("pandas")
    pl = pytest.importorskip("polars")
    texts = [f"key{i % 700}" for i in range(1000)]
    numbers = np.arange(1000)
    yield from (
        np.array(texts),
        np.array(texts, "S"),
        np.array(texts, object),
        pa.array(texts),
        pl.Series(texts),
    )
    yield from (
        pa.chunked_array([texts[:400], texts[400:]]),
        pa.table({"a": texts}),
        pd.Series(texts),
        pd.Index(texts),
    )
    yield from (
        pa.array(texts).dictionary_encode(),
        pd.Series(texts).astype("category"),
        pa.array(texts, pa.string_view()),
    )
    yield from (
        numbers,
        numbers[::-2],
        numbers.astype(np.uint16),
        pa.array(numbers),
        pl.Series(numbers),
        pd.Series(numbers),
    )
    yield from (dict.fromkeys(texts).keys(), set(texts), deque(texts), tuple(texts))


def test_every_container(level):
    for keys in columns():
        plain = [
            key.as_py() if hasattr(key, "as_py") else getattr(key, "item", lambda key=key: key)()
            for key in keys
        ]
        if type(keys).__name__ == "Table":
            plain = keys.column(0).to_pylist()
        one, many = GuavaBloomFilter(1000), GuavaBloomFilter(1000)
        for key in plain:
            one.add(key)
        many.update(keys)
        assert one == many, type(keys)
        others = (
            [f"key{i}" for i in range(1, 5000, 7)] if isinstance(plain[0], str | bytes) else range(1, 5000, 7)
        )
        assert many.contains_many(keys).all(), type(keys)
        assert many.contains_many(iter(others)).tolist() == [key in many for key in others]


def test_columns_that_are_computed():
    """They may give other rows when they are read again."""
    pa = pytest.importorskip("pyarrow")
    duckdb = pytest.importorskip("duckdb")
    filter = GuavaBloomFilter(10)
    table = pa.table({"a": ["x"]})
    for keys in (table.to_reader(), duckdb.connect().sql("select 'x' as a")):
        with pytest.raises(TypeError, match="in memory"):
            filter.update(keys)
        with pytest.raises(TypeError, match="in memory"):
            filter.contains_many(keys)


def test_no_containers():
    pd = pytest.importorskip("pandas")
    filter = GuavaBloomFilter(10)
    for keys in ("text", b"bytes", 5, None, {"a": 1}, pd.DataFrame({"a": ["x"]}), np.zeros((2, 2), int), 1.5):
        for call in (filter.update, filter.contains_many):
            with pytest.raises(TypeError):
                call(keys)
    assert filter.fill_ratio == 0


def test_nulls():
    pa = pytest.importorskip("pyarrow")
    filter = GuavaBloomFilter(10)
    column = pa.array(["a", None, "b", "c"])
    with pytest.raises(ValueError, match="null"):
        filter.update(column)
    filter.update(column[:3], nulls="skip")
    assert filter.contains_many(column, nulls="skip").tolist() == [True, False, True, False]
    assert filter.contains_many(column, nulls=True).tolist() == [True, True, True, False]
    assert filter.contains_many(["a", None], nulls=False).tolist() == [True, False]
    for wrong in ("drop", 2):
        with pytest.raises(ValueError, match="nulls"):
            filter.contains_many(column, nulls=wrong)
        with pytest.raises(ValueError, match="nulls"):
            filter.update(column, nulls=wrong)
    with pytest.raises(ValueError, match="null"):
        filter.contains_many(column)


def test_out():
    filter, out = GuavaBloomFilter(10), np.zeros(2, bool)
    filter.add("a")
    assert filter.contains_many(["a", "b"], out=out) is out
    assert out.tolist() == [True, False]


def test_a_failed_update_adds_nothing():
    def failing():
        yield from map(str, range(10_000))
        raise ZeroDivisionError

    filter = GuavaBloomFilter(10)
    for keys, error in (
        (failing(), ZeroDivisionError),
        (["a"] * 5000 + [1.5], TypeError),
        ([2**64], OverflowError),
    ):
        with pytest.raises(error):
            filter.update(keys)
    assert filter.fill_ratio == 0


def test_keys_that_change_meanwhile():
    keys = ["a", "b", "c"]

    class Column:
        """Gives another column each time."""

        sizes = iter((3, 2, 2, 3, 0, 3, 3, 0) * 2)
        num_rows = 3

        def __len__(self):
            return 3

        def __arrow_c_stream__(self, requested_schema=None):
            import pyarrow as pa

            return pa.chunked_array([keys[: next(self.sizes)]], pa.string()).__arrow_c_stream__()

    pytest.importorskip("pyarrow")
    for call in (GuavaBloomFilter(10).update, GuavaBloomFilter(10).contains_many):
        for _ in range(4):
            with pytest.raises(RuntimeError, match="changed"):
                call(Column())


@pytest.mark.parametrize("base", [list, tuple])
def test_sequences_that_differ_each_time(base):
    """They are read once, so that no key gets the halves of two."""

    class Turns(base):
        turns = iter((["a", "b"], ["c", "d"], ["a", "b"], ["c", "d"]))

        def __iter__(self):
            return iter(next(self.turns))

    filter = GuavaBloomFilter(10)
    filter.update(Turns(["x", "y"]))
    want = GuavaBloomFilter(10)
    want.update(["a", "b"])
    assert filter == want
    assert filter.contains_many(Turns(["x", "y"])).tolist() == [key in want for key in "cd"]


def test_more_than_a_portion():
    keys = range(2**20 + 5000)
    one, many = GuavaBloomFilter(2**20), GuavaBloomFilter(2**20)
    one.update(iter(keys))
    many.update(np.arange(len(keys)))
    assert one == many


def test_threads_lose_nothing():
    parts = np.array_split(np.arange(100_000), 8)
    filter = GuavaBloomFilter(100_000)
    threads = [threading.Thread(target=filter.update, args=(part,)) for part in parts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert filter.contains_many(np.arange(100_000)).all()


# ---- arguments ----


def test_the_rate_is_kept():
    filter = GuavaBloomFilter(20_000, 0.02)
    filter.update(np.arange(20_000))
    rate = filter.contains_many(np.arange(10**6, 2 * 10**6)).mean()
    assert rate == pytest.approx(0.02, rel=0.1)
    assert rate == pytest.approx(filter.estimated_fpr(), rel=0.05)
    assert filter.approx_len() == pytest.approx(20_000, rel=0.01)


def test_no_memory():
    """A filter that cannot be made again stays as it was."""
    script = """
import resource
from coterie.filters import GuavaBloomFilter, ParquetBloomFilter
from coterie.filters._foreign import ForeignFilter
filter = GuavaBloomFilter(10)
filter.add("a")
before = filter.to_bytes()
resource.setrlimit(resource.RLIMIT_AS, (2**31, 2**31))
try:
    filter.__init__(10**10)
except MemoryError:
    filter.update(range(1000))
    assert filter.nbytes == len(before) - 6 and "a" in filter
    print("refused")
"""
    pytest.importorskip("resource")
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert (run.returncode, run.stdout) == (0, "refused\n"), run.stderr


def test_too_large():
    for arguments in ((10**11,), (2**40, 0.5), (1000, 1e-78), (10, 5e-324)):
        with pytest.raises(ValueError, match="Guava makes no such filter"):
            GuavaBloomFilter(*arguments)


@pytest.mark.parametrize("capacity", [0, -1, 2**40 + 1, 10**30])
def test_bad_capacity(capacity):
    with pytest.raises(ValueError, match=r"capacity .*1 \.\. 2\*\*40"):
        GuavaBloomFilter(capacity)


@pytest.mark.parametrize("fpr", [0, 1, -0.5, 2, 10**400, float("nan"), float("inf")])
def test_bad_fpr(fpr):
    with pytest.raises(ValueError, match="fpr"):
        GuavaBloomFilter(10, fpr)


def test_arguments_of_another_type():
    for arguments in (("10",), (1.5,), (None,), (10, "0.1"), (10, None), (10, 0.1, 5)):
        with pytest.raises(TypeError):
            GuavaBloomFilter(*arguments)
    filter = GuavaBloomFilter(10)
    for key in (1.5, None, ["a"], ("a",)):
        for call in (filter.add, filter.add_new, filter.contains, filter.__contains__):
            with pytest.raises(TypeError):
                call(key)


def test_full():
    filter = GuavaBloomFilter.from_bytes(bytes([1, 3, 0, 0, 0, 1]) + b"\xff" * 8)
    assert (filter.fill_ratio, filter.estimated_fpr()) == (1, 1)
    assert "anything" in filter
    with pytest.raises(OverflowError, match="all bits"):
        filter.approx_len()


# ---- bytes ----


def test_damaged_bytes():
    filter = GuavaBloomFilter(30)
    filter.update(KEYS[:20])
    data = filter.to_bytes()
    for size in range(len(data)):
        with pytest.raises(DecodeError, match="too early"):
            GuavaBloomFilter.from_bytes(data[:size])
    for more in (1, 8, 16):
        with pytest.raises(DecodeError, match="more bytes"):
            GuavaBloomFilter.from_bytes(data + bytes(more))


@pytest.mark.parametrize(
    ("head", "problem"),
    [
        ("020500000001", "strategy"),
        ("ff0500000001", "strategy"),
        ("010000000001", "probes"),
        ("010500000000", "number of words"),
        ("0105ffffffff", "number of words"),
        ("010580000000", "number of words"),
        ("01057fffffff", "too early"),
        ("010500000002", "too early"),
    ],
)
def test_other_headers(head, problem):
    with pytest.raises(DecodeError, match=problem):
        GuavaBloomFilter.from_bytes(bytes.fromhex(head) + bytes(8))


@given(st.binary(max_size=40))
def test_any_bytes(data):
    for bytes_ in (data, b"\1\5\0\0\0\1" + data):
        try:
            filter = GuavaBloomFilter.from_bytes(bytes_)
        except DecodeError:
            continue
        assert filter.to_bytes() == bytes_


def test_buffers_that_are_bytes():
    data = GuavaBloomFilter(10).to_bytes()
    for buffer in (bytearray(data), memoryview(data), np.frombuffer(data, np.uint8)):
        assert GuavaBloomFilter.from_bytes(buffer) == GuavaBloomFilter(10)
    for other in ("text", None, 5, [1]):
        with pytest.raises(TypeError):
            GuavaBloomFilter.from_bytes(other)


# ---- protocols ----


class Named(GuavaBloomFilter):
    pass


@pytest.mark.parametrize("kind", [GuavaBloomFilter, Named])
@pytest.mark.parametrize("strategy", STRATEGIES)
def test_copies(kind, strategy):
    filter = kind.from_bytes(empty(100, 0.03, strategy).to_bytes())
    filter.add(5)
    others = [filter.copy(), copy.copy(filter), copy.deepcopy(filter)]
    others += [pickle.loads(pickle.dumps(filter, protocol)) for protocol in range(2, 6)]
    for other in others:
        assert type(other) is kind
        assert other == filter
        assert other.strategy == STRATEGIES[strategy]
        other.add(6)
        assert other != filter
        assert 6 not in filter
    if kind is Named:
        filter.name = "mine"
        for other in (
            filter.copy(),
            copy.copy(filter),
            copy.deepcopy(filter),
            pickle.loads(pickle.dumps(filter)),
        ):
            assert other.name == "mine"


def test_equality():
    assert GuavaBloomFilter(10) == GuavaBloomFilter(10)
    assert GuavaBloomFilter(10) != GuavaBloomFilter(10, 0.01)
    assert GuavaBloomFilter(100) != GuavaBloomFilter(1000)
    assert GuavaBloomFilter(10) != empty(10, 0.03, baseline.MITZ_32)
    assert GuavaBloomFilter(10) != "filter"
    with pytest.raises(TypeError):
        hash(GuavaBloomFilter(10))


def test_without_init():
    filter = GuavaBloomFilter.__new__(GuavaBloomFilter)
    assert (filter.nbytes, filter.probes, filter.strategy) == (8, 1, "MURMUR128_MITZ_64")
    assert (filter.fill_ratio, filter.estimated_fpr(), filter.approx_len()) == (0, 0, 0)
    assert filter.add_new("a")
    assert not filter.add_new("a")
    filter.add("b")
    filter.update(["c"])
    assert filter.contains_many(["a", "b", "c"]).all()
    assert "a" in filter
    assert filter.contains("b")
    assert filter.copy() == filter == GuavaBloomFilter.from_bytes(filter.to_bytes())
    assert repr(filter) == "<GuavaBloomFilter of 8 bytes, 1 probes>"


def test_the_base_alone():
    """Of this filter and Parquet's: no filter, and no crash."""
    base = ForeignFilter.__new__(ForeignFilter)
    for call in (base.copy, lambda: base.add("a"), lambda: base.contains("a"), lambda: "a" in base):
        with pytest.raises(TypeError, match="only a base"):
            call()
    assert (base.nbytes, base.fill_ratio) == (0, 0)
    assert base != GuavaBloomFilter(10)
    assert GuavaBloomFilter(10) != ParquetBloomFilter(10)
