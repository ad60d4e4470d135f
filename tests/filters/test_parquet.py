"""Parquet's Bloom filters: the bits and bytes of the plain baseline, of parquet-java, of Arrow and of
DuckDB; every damaged header is refused."""

import copy
import io
import json
import mmap
import pickle
import threading
from collections import deque
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.baselines.filters import parquet as baseline
from coterie import DecodeError
from coterie.filters import ParquetBloomFilter
from coterie.hashing import xxh64

VECTOR = json.loads((Path(__file__).parents[1] / "vectors" / "parquet_bloom.json").read_text())
UNIONS = bytes.fromhex("1c1c00001c1c00001c1c000000")
SAMPLES = {
    "BYTE_ARRAY": ["a", b"b", "", "naïve", "x" * 100, b"\0\xff"] + [f"user:{i}" for i in range(300)],
    "FIXED_LEN_BYTE_ARRAY": [bytes([i % 256, i // 256, 7]) for i in range(300)],
    "INT32": [*range(-100, 100), 2**31 - 1, -(2**31), 2**31, 2**32 - 1],
    "INT64": [*range(-100, 100), 2**31, -(2**63), 2**63 - 1, 2**63, 2**64 - 1],
}


@pytest.fixture(params=SAMPLES)
def sample(request):
    """A type and values of it."""
    return request.param, SAMPLES[request.param]


def empty(nbytes, type):
    """A filter of this size."""
    return ParquetBloomFilter.from_bytes(baseline.ParquetBloomFilter(nbytes, type).to_bytes(), type=type)


# ---- bits ----


@pytest.mark.parametrize("nbytes", [32, 64, 96, 1024, 4000, 1 << 21])
def test_against_the_baseline(sample, nbytes, level):
    kind, values = sample
    plain, one, many = (
        baseline.ParquetBloomFilter(nbytes, kind),
        empty(nbytes, kind),
        empty(nbytes, kind),
    )
    for value in values[::2]:
        plain.add(value)
        one.add(value)
    many.update(values[::2])
    assert one.to_bytes() == many.to_bytes() == plain.to_bytes()
    want = [value in plain for value in values]
    assert [value in many for value in values] == [many.contains(value) for value in values] == want
    assert many.contains_many(values).tolist() == want
    assert all(want[::2])


def test_known_bytes():
    blocks = {int(i): bytes.fromhex(block) for i, block in VECTOR["blocks that are not empty"].items()}
    data = bytes.fromhex(VECTOR["header"])
    data += b"".join(blocks.get(i, bytes(32)) for i in range(VECTOR["nbytes"] // 32))
    words = ParquetBloomFilter.from_bytes(data, type="BYTE_ARRAY")
    assert words.contains_many(VECTOR["values"]).all()
    assert words.to_bytes() == data
    again = empty(1024, "BYTE_ARRAY")
    again.update(VECTOR["values"])
    assert again.to_bytes() == data
    assert xxh64(VECTOR["values"]).tolist() == [int(h, 16) for h in VECTOR["xxh64"]]


@given(st.lists(st.text(max_size=20) | st.binary(max_size=20)), st.integers(1, 40))
def test_any_values(values, blocks):
    plain, ours = baseline.ParquetBloomFilter(32 * blocks), empty(32 * blocks, "BYTE_ARRAY")
    for value in values:
        plain.add(value)
    ours.update(iter(values))
    assert ours.to_bytes() == plain.to_bytes()


def test_more_than_a_portion():
    values = np.arange(2**20 + 5000, dtype=np.int32)
    ours, parts = ParquetBloomFilter(2**20, type="INT32"), ParquetBloomFilter(2**20, type="INT32")
    ours.update(values)
    for part in np.array_split(values, 7):
        parts.update(part)
    assert ours == parts
    assert ours.contains_many(values).all()


# ---- other writers ----


def columns():
    pa = pytest.importorskip("pyarrow")
    texts = [f"key{i}" for i in range(1000)]
    return {
        "string": pa.array(texts),
        "large_string": pa.array(texts, pa.large_string()),
        "binary": pa.array([text.encode() for text in texts]),
        "fixed": pa.array([text.ljust(7).encode() for text in texts], pa.binary(7)),
        "int8": pa.array([i % 256 - 128 for i in range(1000)], pa.int8()),
        "int32": pa.array(range(-500, 500), pa.int32()),
        "uint32": pa.array(range(2**32 - 1000, 2**32), pa.uint32()),
        "int64": pa.array(range(-(2**63), -(2**63) + 1000), pa.int64()),
        "uint64": pa.array(range(2**64 - 1000, 2**64), pa.uint64()),
        "nulls": pa.array([None if i % 3 else text for i, text in enumerate(texts)]),
        "dictionary": pa.array(["a", "b", "c", "d"] * 250).dictionary_encode(),
    }


def test_filters_of_arrow(tmp_path, level):
    """The same bits as Arrow's own."""
    pa = pytest.importorskip("pyarrow")
    pq = pytest.importorskip("pyarrow.parquet")
    table = pa.table(columns())
    path = tmp_path / "table.parquet"
    try:
        options = {name: {"ndv": 400, "fpp": 0.01} for name in table.column_names}
        pq.write_table(table, path, row_group_size=400, bloom_filter_options=options)
    except TypeError:
        pytest.skip("this pyarrow writes no Bloom filters")
    metadata = pq.ParquetFile(path).metadata
    for group in range(metadata.num_row_groups):
        rows = table.slice(400 * group, 400)
        for i, name in enumerate(table.column_names):
            chunk = metadata.row_group(group).column(i)
            where = chunk.bloom_filter_offset, chunk.bloom_filter_length
            theirs = ParquetBloomFilter.read(path, *where, type=chunk.physical_type)
            ours = empty(theirs.nbytes, chunk.physical_type)
            ours.update(rows[name], nulls="skip")
            assert ours == theirs, name
            assert theirs.contains_many(rows[name], nulls=True).all(), name
            assert theirs.to_bytes() == path.read_bytes()[where[0] : sum(where)], name


def test_filters_of_duckdb(tmp_path):
    duckdb = pytest.importorskip("duckdb")
    pq = pytest.importorskip("pyarrow.parquet")
    path = tmp_path / "table.parquet"
    query = "select 'key' || (x % 500) s, (x % 500)::integer i, (x % 500)::bigint b from range(20000) t(x)"
    duckdb.connect().execute(f"copy ({query}) to '{path}' (format parquet, row_group_size 5000)")
    metadata = pq.ParquetFile(path).metadata
    values = {"s": [f"key{i}" for i in range(500)], "i": range(500), "b": range(500)}
    absent = {"s": [f"other{i}" for i in range(500)], "i": range(500, 1000), "b": range(500, 1000)}
    chunk = metadata.row_group(0).column(0)
    if getattr(chunk, "bloom_filter_offset", None) is None:
        pytest.skip("this duckdb writes no Bloom filters, or this pyarrow does not see them")
    for group in range(metadata.num_row_groups):
        for i, name in enumerate("sib"):
            chunk = metadata.row_group(group).column(i)
            if chunk.bloom_filter_offset is None:  # of a row group with too few rows
                continue
            theirs = ParquetBloomFilter.read(path, chunk.bloom_filter_offset, type=chunk.physical_type)
            assert theirs.contains_many(values[name]).all()
            assert theirs.contains_many(absent[name]).mean() < 0.1


# ---- batches ----


def test_nulls():
    words = ParquetBloomFilter(10)
    with pytest.raises(TypeError):
        words.update(["a", None])
    assert words.fill_ratio == 0
    words.update(["a", None, "b"], nulls="skip")
    assert words.contains_many(["a", None, "b", "c"], nulls="skip").tolist() == [True, False, True, False]
    assert words.contains_many(["a", None, "b", "c"], nulls=True).tolist() == [True, True, True, False]


def test_out_and_hashes(sample):
    kind, values = sample
    values = values[6:]
    filter = ParquetBloomFilter(1000, type=kind)
    filter.update(values)
    out = np.zeros(len(values), bool)
    assert filter.contains_many(values, out=out) is out
    assert out.all()
    if kind != "INT32":
        again = ParquetBloomFilter(1000, type=kind)
        again.update(xxh64(values), hashed=True)
        assert again == filter
        assert again.contains_many(xxh64(values), hashed=True).all()


@pytest.mark.parametrize("kind", ["BYTE_ARRAY", "FIXED_LEN_BYTE_ARRAY"])
def test_no_ints_among_texts(kind):
    """An int would be hashed as 8 bytes, which no text has: its row group would be left out."""
    pa = pytest.importorskip("pyarrow")
    pd = pytest.importorskip("pandas")
    filter = ParquetBloomFilter(10, type=kind)
    for key in (5, True, np.int32(5), np.bool_(True)):
        with pytest.raises(TypeError, match="neither text nor bytes"):
            filter.add(key)
        with pytest.raises(TypeError, match="neither text nor bytes"):
            key in filter  # noqa: B015
    lists = [["a", 5], ["a", True], (5,), iter([b"a", np.int64(5)]), deque([5]), np.array(["a", 5], object)]
    arrays = [
        np.array([5]),
        np.array([True]),
        pa.array([5]),
        pa.array([True]),
        pa.array([5]).dictionary_encode(),
    ]
    arrays += [pd.Series([5]), pd.Series([5, 5]).astype("category"), pd.Series([True])]
    for keys in lists + arrays:
        with pytest.raises(TypeError, match=r"neither text nor bytes|pass text or bytes"):
            filter.update(keys)
    for keys in arrays:
        with pytest.raises(TypeError, match=r"neither text nor bytes|pass text or bytes"):
            filter.contains_many(keys)
    assert filter.fill_ratio == 0


@pytest.mark.parametrize("kind", ["INT32", "INT64"])
def test_no_texts_among_ints(kind):
    filter = ParquetBloomFilter(10, type=kind)
    for call in (filter.add, filter.contains):
        with pytest.raises(TypeError, match="not an integer"):
            call("5")
    for keys in (["5"], [5, b"5"], np.array(["5"]), np.array([5, "5"], object)):
        with pytest.raises(TypeError, match="integer"):
            filter.update(keys)
        with pytest.raises(TypeError, match="integer"):
            filter.contains_many(keys)
    assert filter.fill_ratio == 0


@pytest.mark.parametrize("value", [2**32, -(2**31) - 1, 2**63 - 1, -(2**63), 2**63])
def test_outside_of_int32(value):
    filter = ParquetBloomFilter(10, type="INT32")
    for call in (filter.add, filter.contains, filter.__contains__):
        with pytest.raises(OverflowError, match=r"-2\*\*31 \.\. 2\*\*32-1"):
            call(value)
    for keys in ([1, value], (value,), np.array([1, value], object), iter([*range(5000), value])):
        if not isinstance(keys, type(iter([]))):
            with pytest.raises(OverflowError, match=r"-2\*\*31 \.\. 2\*\*32-1"):
                filter.contains_many(keys)
        with pytest.raises(OverflowError, match=r"-2\*\*31 \.\. 2\*\*32-1"):
            filter.update(keys)
    assert filter.fill_ratio == 0


def test_outside_of_int64():
    filter = ParquetBloomFilter(10, type="INT64")
    for value in (2**64, -(2**63) - 1):
        with pytest.raises(OverflowError):
            filter.add(value)
        with pytest.raises(OverflowError):
            filter.update([value])


def test_a_failed_update_adds_nothing():
    def failing():
        yield from map(str, range(10_000))
        raise ZeroDivisionError

    filter = ParquetBloomFilter(10)
    for keys, error in ((failing(), ZeroDivisionError), (["a"] * 5000 + [1.5], TypeError)):
        with pytest.raises(error):
            filter.update(keys)
    assert filter.fill_ratio == 0


def test_threads_lose_nothing():
    parts = np.array_split(np.arange(200_000), 8)
    filter = ParquetBloomFilter(200_000, type="INT64")
    threads = [threading.Thread(target=filter.update, args=(part,)) for part in parts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert filter.contains_many(np.arange(200_000)).all()


# ---- sizes and arguments ----


@pytest.mark.parametrize("capacity", [1, 10, 1000, 10**6])
@pytest.mark.parametrize("fpr", [0.1, 0.01, 0.001])
def test_sizes(capacity, fpr):
    exact = ParquetBloomFilter(capacity, fpr, power_of_two=False).nbytes
    nbytes = ParquetBloomFilter(capacity, fpr).nbytes
    assert exact % 32 == 0
    assert nbytes.bit_count() == 1
    assert exact <= nbytes < 2 * exact


@pytest.mark.parametrize("power_of_two", [True, False])
def test_the_rate_is_kept(power_of_two):
    filter = ParquetBloomFilter(50_000, 0.02, type="INT64", power_of_two=power_of_two)
    filter.update(np.arange(50_000))
    rate = filter.contains_many(np.arange(10**6, 3 * 10**6)).mean()
    assert rate < 0.0206  # 4 sigma of 2e6 draws above it
    assert rate == pytest.approx(filter.estimated_fpr(), rel=0.05)
    assert 0.4 < filter.fill_ratio < 0.6


def test_too_large():
    for arguments, options in (((10**9,), {}), ((10**10,), {"power_of_two": False}), ((2**40, 1e-6), {})):
        with pytest.raises(ValueError, match="larger than"):
            ParquetBloomFilter(*arguments, **options)


@pytest.mark.parametrize("capacity", [0, -1, 2**40 + 1, 10**30])
def test_bad_capacity(capacity):
    with pytest.raises(ValueError, match=r"capacity .*1 \.\. 2\*\*40"):
        ParquetBloomFilter(capacity)


@pytest.mark.parametrize("fpr", [0, 1, -0.5, 2, 10**400, float("nan"), float("inf")])
def test_bad_fpr(fpr):
    with pytest.raises(ValueError, match="fpr"):
        ParquetBloomFilter(10, fpr)


def test_arguments_of_another_type():
    for arguments in (("10",), (1.5,), (None,), (10, "0.1"), (10, None), (10, 0.1, "INT32")):
        with pytest.raises(TypeError):
            ParquetBloomFilter(*arguments)
    for kind in ("byte_array", "BOOLEAN", "INT96", ""):
        with pytest.raises(ValueError, match="'BYTE_ARRAY' or"):
            ParquetBloomFilter(10, type=kind)
        with pytest.raises(ValueError, match="'BYTE_ARRAY' or"):
            ParquetBloomFilter.from_bytes(b"", type=kind)
    for kind in (None, 5, str):
        with pytest.raises(TypeError, match="type is"):
            ParquetBloomFilter(10, type=kind)
    with pytest.raises(TypeError):
        ParquetBloomFilter.from_bytes(ParquetBloomFilter(10).to_bytes())


# ---- bytes ----


def test_damaged_bytes(sample):
    kind, values = sample
    filter = ParquetBloomFilter(20, type=kind)
    filter.update(values[:20])
    data = filter.to_bytes()
    for size in range(len(data)):
        with pytest.raises(DecodeError, match="too early"):
            ParquetBloomFilter.from_bytes(data[:size], type=kind)
    with pytest.raises(DecodeError, match="more bytes follow"):
        ParquetBloomFilter.from_bytes(data + b"\0", type=kind)


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        ("15401c2c00001c1c00001c1c000000", "algorithm other than BLOCK"),
        ("15401c1c00001c2c00001c1c000000", "hash other than XXHASH"),
        ("15401c1c00001c1c00001c2c000000", "compression other than UNCOMPRESSED"),
        ("15401c1c00001c1c000000", "lacks a field"),
        ("15421c1c00001c1c00001c1c000000", "multiple of 32"),
        ("15001c1c00001c1c00001c1c000000", "multiple of 32"),
        ("15ffffffff0f1c1c00001c1c00001c1c000000", "multiple of 32"),
        ("15ffffffffff1c1c00001c1c00001c1c000000", "malformed"),
        ("000400000000000000000000", "lacks a field"),  # of the format that Arrow once wrote
        ("ff" * 40, "malformed"),
    ],
)
def test_other_headers(data, problem):
    with pytest.raises(DecodeError, match=problem):
        ParquetBloomFilter.from_bytes(bytes.fromhex(data) + bytes(32), type="INT32")


def test_every_byte_of_the_header():
    data = ParquetBloomFilter(1).to_bytes()
    for at in range(len(data) - 32):
        for value in range(256):
            changed = data[:at] + bytes([value]) + data[at + 1 :]
            try:
                read = ParquetBloomFilter.from_bytes(changed, type="INT32")
            except DecodeError:
                continue
            assert read.nbytes == 32


@given(st.binary(max_size=80))
def test_any_bytes(data):
    for bytes_ in (data, b"\x15\x40" + data, b"\x15\x40" + UNIONS + data):
        try:
            read = ParquetBloomFilter.from_bytes(bytes_, type="INT64")
        except DecodeError:
            continue
        assert read.nbytes == 32


def test_reading_from_a_file(tmp_path):
    filter = ParquetBloomFilter(100)
    filter.update(["a", "b"])
    data = filter.to_bytes()
    whole = b"PAR1" + data + b"what follows" * 100
    path = tmp_path / "file.parquet"
    path.write_bytes(whole)
    with path.open("rb") as opened, path.open("rb", buffering=0) as raw:
        for file in (
            path,
            str(path),
            opened,
            raw,
            io.BytesIO(whole),
            whole,
            bytearray(whole),
            np.frombuffer(whole, np.uint8),
        ):
            for length in (None, len(data), np.int64(len(data))):
                assert ParquetBloomFilter.read(file, 4, length, type="BYTE_ARRAY") == filter
            for offset, length in (
                (0, None),
                (5, None),
                (4, 10),
                (4, 0),
                (4, len(data) + 1),
                (10**6, None),
            ):
                with pytest.raises(DecodeError):
                    ParquetBloomFilter.read(file, offset, length, type="BYTE_ARRAY")
    for offset, length in ((-1, None), (4, -1)):
        with pytest.raises(ValueError, match="0 or more"):
            ParquetBloomFilter.read(whole, offset, length, type="BYTE_ARRAY")
    with pytest.raises(OSError, match="missing"):
        ParquetBloomFilter.read(tmp_path / "missing", 4, type="BYTE_ARRAY")
    with pytest.raises(TypeError):
        ParquetBloomFilter.read(path, 4)
    with pytest.raises(TypeError):
        ParquetBloomFilter.read(5, 4, type="BYTE_ARRAY")


def test_lengths_that_lie(tmp_path):
    """No memory is asked for that no filter needs."""
    path = tmp_path / "file.parquet"
    path.write_bytes(ParquetBloomFilter(100).to_bytes())
    for file in (path, path.read_bytes()):
        for length in (2**31 + 64, 2**40, 2**63 - 1):
            with pytest.raises(DecodeError):
                ParquetBloomFilter.read(file, 0, length, type="INT32")


def test_reading_from_a_map(tmp_path):
    """A map is bytes and a file; whose position is not ours to move."""
    filter, path = ParquetBloomFilter(100, type="INT32"), tmp_path / "file.parquet"
    path.write_bytes(b"PAR1" + filter.to_bytes())
    with path.open("rb") as opened, mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
        assert ParquetBloomFilter.read(mapped, 4, type="INT32") == filter
        assert mapped.tell() == 0
        with pytest.raises(DecodeError, match="too early"):
            ParquetBloomFilter.read(mapped, 10**6, type="INT32")


def test_buffers_that_are_bytes():
    data = ParquetBloomFilter(10).to_bytes()
    for buffer in (bytearray(data), memoryview(data), np.frombuffer(data, np.uint8)):
        assert ParquetBloomFilter.from_bytes(buffer, type="INT32").nbytes == 32
    for other in ("text", None, 5, [1]):
        with pytest.raises(TypeError):
            ParquetBloomFilter.from_bytes(other, type="INT32")


# ---- protocols ----


class Named(ParquetBloomFilter):
    pass


@pytest.mark.parametrize("kind", [ParquetBloomFilter, Named])
def test_copies(kind):
    filter = kind(100, type="INT32")
    filter.add(5)
    others = [filter.copy(), copy.copy(filter), copy.deepcopy(filter)]
    others += [pickle.loads(pickle.dumps(filter, protocol)) for protocol in range(2, 6)]
    for other in others:
        assert type(other) is kind
        assert other == filter
        assert other.type == "INT32"
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
    ints, texts = ParquetBloomFilter(10, type="INT32"), ParquetBloomFilter(10)
    assert ints == ParquetBloomFilter(10, type="INT32")
    assert ints != texts
    assert texts != ParquetBloomFilter(1000)
    assert texts != "texts"
    with pytest.raises(TypeError):
        hash(texts)


def test_without_init():
    filter = ParquetBloomFilter.__new__(ParquetBloomFilter)
    assert (filter.type, filter.nbytes, filter.fill_ratio, filter.estimated_fpr()) == ("BYTE_ARRAY", 32, 0, 0)
    filter.add("a")
    filter.update(["b"])
    assert filter.contains_many(["a", "b"]).all()
    assert "a" in filter
    assert filter.contains("b")
    assert filter.copy() == filter == ParquetBloomFilter.from_bytes(filter.to_bytes(), type="BYTE_ARRAY")
    assert repr(filter) == "<ParquetBloomFilter of BYTE_ARRAY, 32 bytes>"
