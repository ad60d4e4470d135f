"""Columns are read from tables exactly, whatever the blocks, the types and the compression."""

import csv
import gzip
import io
import os
import random
import sys
from pathlib import Path
from threading import Thread, active_count

import pytest

from coterie._cli import csvtable, parquettable
from coterie._cli.errors import Refused
from coterie._cli.tablefile import TableFile
from coterie._cli.wanted import Wanted

pa = pytest.importorskip("pyarrow", reason="pyarrow is not installed")
pq = pytest.importorskip("pyarrow.parquet")

# The text of a CSV, and the keys of its column "id".
CONTENTS = {
    b"id\n": [],
    b"id": [],
    b"id,n": [],
    b"id,n\n": [],
    b"id\na": [b"a"],
    b"n,id\n1,a\n2,b\n": [b"a", b"b"],
    b"id,n\r\na,1\r\nb,2\r\n": [b"a", b"b"],
    b"\xef\xbb\xbfid,n\na,1\n": [b"a"],
    b"id\n007\n7\n1e3\n 5 \n-0\n": [b"007", b"7", b"1e3", b" 5 ", b"-0"],
    b"id\ntrue\nNA\nnull\nNaN\n2020-01-01\n": [b"true", b"NA", b"null", b"NaN", b"2020-01-01"],
    b'"id","a,b"\n"x,y",1\n"say ""hi""",2\n"two\nlines",3\n5" disk,4\n': [
        b"x,y",
        b'say "hi"',
        b"two\nlines",
        b'5" disk',
    ],
    b'id,note\na,"1\n2\n3"\nb,"\n"\n': [b"a", b"b"],
    b'id,n\na,1\n,2\n"",3\nb,\n': [b"a", None, None, b"b"],
    b"id\na\n\nb\n": [b"a", None, b"b"],
    b"id,n\na,1\n\nb,2\n": [b"a", b"b"],
    "id,ü\nä,1\n鍵,2\n".encode(): ["ä".encode(), "鍵".encode()],
    b"id,\xff\n\xff\xfe,1\n\x80\0,2\n": [b"\xff\xfe", b"\x80\0"],
    b"id,n\n" + b"".join(b"key-%d,%d\n" % (i, i) for i in range(99)): [b"key-%d" % i for i in range(99)],
}


@pytest.fixture
def write(tmp_path):
    def write(data, name="table"):
        path = tmp_path / name
        if isinstance(data, bytes):
            path.write_bytes(data)
        else:
            pq.write_table(data, path, row_group_size=3)
        return str(path)

    return write


def read(path, key="id", weight=None):
    """Keys, weights and the file."""
    file = TableFile(path, Wanted(key, weight))
    batches = list(file.batches())
    weights = None if weight is None else [value for batch in batches for value in batch.weights.tolist()]
    return [key for batch in batches for key in batch.keys.to_pylist()], weights, file


def refusal(path, key="id", weight=None):
    """What is said of a table that is refused, without the path."""
    with pytest.raises(Refused) as error:
        read(path, key, weight)
    message = str(error.value)
    assert message.startswith(path)
    return message[len(path) :]


@pytest.mark.parametrize("block", [24, 40, csvtable.BLOCK])
@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
def test_csv(write, monkeypatch, block, pack):
    monkeypatch.setattr(csvtable, "BLOCK", block)
    for data, column in CONTENTS.items():
        packed = pack(data)
        keys, _, file = read(write(packed))
        assert keys == [key for key in column if key is not None]
        assert (file.rows, file.nulls) == (len(column), column.count(None))
        assert file.bytes_read == file.size == len(packed)


def test_csv_as_python_reads_it(write, monkeypatch):
    pieces = ["a", "bc", '"', '""', ",", "\n", "\r\n", "é", "鍵", " ", "\t", "0", "\\", "'"]
    choose = random.Random(5)
    for block in (200, csvtable.BLOCK):
        monkeypatch.setattr(csvtable, "BLOCK", block)
        for _ in range(50):
            rows = [
                ["".join(choose.choices(pieces, k=choose.randrange(9))) for _ in "xyz"] for _ in range(30)
            ]
            text = io.StringIO()
            csv.writer(text, quoting=choose.choice([csv.QUOTE_MINIMAL, csv.QUOTE_ALL])).writerows(
                [["n", "id", "note"], *rows]
            )
            keys, _, file = read(write(text.getvalue().encode()))
            assert keys == [row[1].encode() for row in rows if row[1]]
            assert file.rows == 30


def test_csv_in_many_blocks(write):
    keys = [b"key-%d" % i * (i % 5 + 1) for i in range(200_000)]
    data = b"id,n\n" + b"".join(b"%s,%d\n" % (key, i) for i, key in enumerate(keys))
    assert len(data) > 3 * csvtable.BLOCK
    for packed in (data, gzip.compress(data, 1)):
        found, weights, _ = read(write(packed), weight="n")
        assert found == keys
        assert weights == list(range(200_000))


def test_csv_memory_is_bounded_by_the_block(write):
    """A gzip file that unpacks to much more than a block comes in batches of about a block."""
    data = b"0123456789abcde\n" * (1 << 18)
    table = TableFile(write(gzip.compress(b"id\n" + data)), Wanted("id"))
    sizes = [16 * len(batch) for batch in table.batches()]
    assert sum(sizes) == len(data)
    assert max(sizes) <= csvtable.BLOCK + 16


def test_csv_weights(write):
    data = b"id,w,more\na,1,x\nb,2.5,x\n,-7,x\nc,1e3,x\nd,0,x\n,,x\n"
    assert read(write(data), weight="w")[:2] == ([b"a", b"b", b"c", b"d"], [1, 2.5, 1000, 0])
    assert read(write(b"w,id\n1,a\n2,b\n"), weight="w")[:2] == ([b"a", b"b"], [1, 2])


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", ": the first row is empty; it names the columns"),
        (b"\n", ": the first row is empty; it names the columns"),
        (b"name,n\na,1\n", ": no column id; there are name, n"),
        (b"ID\na\n", ": no column id; there are ID"),
        (b"id,n,id\na,1,b\n", ": there are 2 columns id"),
        (b"id,w\na,1\nb\n", ": CSV parse error: Row #3: Expected 2 columns, got 1: b"),
        (b"id,w\na,1\nb,2,3\n", ": CSV parse error: Row #3: Expected 2 columns, got 3: b,2,3"),
        (b"id,w\na,1\nb,\n", ", row 3: the weight is null"),
        (b"id,w\n,1\nb,-0.5\n", ", row 3: weight -0.5 is not a finite number of 0 or more"),
        (b"id,w\na,1\nb,1\nc,inf\n", ", row 4: weight inf is not a finite number of 0 or more"),
        (b"id,w\na,nan\n", ", row 2: weight nan is not a finite number of 0 or more"),
        (b"id,w\n" + b"x" * 70 + b",1\n", ": a row is longer than 32 bytes"),
    ],
)
def test_csv_refused(write, monkeypatch, data, message):
    monkeypatch.setattr(csvtable, "BLOCK", 32)
    assert refusal(write(data), weight="w" if b",w" in data else None) == message
    assert active_count() == 1


def test_csv_of_one_field_that_is_too_long(write):
    assert (
        refusal(write(b"x" * 200_000)) == ": neither Parquet nor CSV: field larger than field limit (131072)"
    )


def test_csv_weight_that_is_no_number(write):
    message = refusal(write(b"id,w\na,1\nb,2\nc,much\n"), weight="w")
    assert "Row #4" in message
    assert "'much'" in message


def test_many_columns_are_not_all_told(write):
    names = ",".join(f"column-{i}" for i in range(60))
    message = refusal(write(names.encode() + b"\n"))
    assert message.startswith(": no column id; there are column-0, column-1, ")
    assert message.endswith(", column-49 and 10 more")
    assert refusal(write(b"x" * 100 + b",n\n")) == f": no column id; there are {'x' * 20}…{'x' * 19}, n"


def test_csv_in_gzip_that_is_cut_or_damaged(write):
    data = gzip.compress(b"id\n" + b"".join(b"key-%d\n" % i for i in range(1000)))
    for size in (2, 5, len(data) // 2, len(data) - 1):
        assert refusal(write(data[:size])).startswith(": gzip data is cut short after row ")
    assert refusal(write(data + b"trailing")).startswith(": gzip data is damaged after row ")


@pytest.mark.skipif(not os.path.exists("/proc/self/mem"), reason="needs a file that opens but cannot be read")
def test_read_error():
    with pytest.raises(Refused, match=r"^/proc/self/mem: "):
        read("/proc/self/mem")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_named_pipe_is_opened_once(tmp_path):
    path = str(tmp_path / "pipe")
    os.mkfifo(path)
    writer = Thread(target=Path(path).write_bytes, args=(b"id\na\nb\n",), daemon=True)
    writer.start()
    keys, _, file = read(path)
    writer.join()
    assert (keys, file.size) == ([b"a", b"b"], None)


def test_reading_that_is_given_up_ends(write):
    """No thread of the parser is left, wherever reading stops."""
    data = b"id,n\n" + b"".join(b"key-%d,1\n" % i for i in range(500_000))
    for path in (write(data), write(gzip.compress(data, 1), "packed")):
        batches = TableFile(path, Wanted("id")).batches()
        next(batches)
        assert active_count() > 1
        batches.close()
        assert active_count() == 1


VALUES = [1, 0, None, 100, 5, None, 7, 8]
BITS = {f"{sign}int{bits}": 2 ** (bits - (not sign)) - 1 for sign in ("", "u") for bits in (8, 16, 32, 64)}
TEXTS = ["a", "", None, "ä鍵", "x\0y", None, "two\nlines", "a" * 100]


@pytest.mark.parametrize("rows", [1, 3, parquettable.ROWS])
def test_parquet_integers(write, monkeypatch, rows):
    monkeypatch.setattr(parquettable, "ROWS", rows)
    for name, largest in BITS.items():
        column = pa.array([*VALUES, largest], type=name)
        for form in (column, column.dictionary_encode()):
            keys, _, file = read(write(pa.table({"n": range(9), "id": form})))
            assert keys == [1, 0, 100, 5, 7, 8, largest]
            assert (file.rows, file.nulls, file.bytes_read) == (9, 2, file.size)


@pytest.mark.parametrize("rows", [1, 3, parquettable.ROWS])
@pytest.mark.parametrize("kind", ["string", "large_string", "binary", "large_binary"])
def test_parquet_texts(write, monkeypatch, rows, kind):
    monkeypatch.setattr(parquettable, "ROWS", rows)
    column = pa.array([text and text.encode() for text in TEXTS], pa.binary()).cast(kind)
    wanted = [key for key in column.to_pylist() if key is not None]
    for form in (column, column.dictionary_encode()):
        keys, _, file = read(write(pa.table({"id": form, "n": range(8)})))
        assert keys == wanted
        assert (file.rows, file.nulls) == (8, 2)


def test_parquet_other_keys(write):
    assert read(write(pa.table({"id": pa.array([True, None, False])})))[0] == [True, False]
    assert read(write(pa.table({"id": pa.nulls(4)})))[0] == []
    assert read(write(pa.table({"id": pa.array([b"ab", None, b"cd"], pa.binary(2))})))[0] == [b"ab", b"cd"]


def test_parquet_memory_is_bounded_by_the_buffer(monkeypatch):
    """A row group much larger than the buffer is read piece by piece."""

    class Sizes(io.BytesIO):
        largest = 0

        def read(self, size=-1):
            data = super().read(size)
            self.largest = max(self.largest, len(data))
            return data

    stored = Sizes()
    keys = [f"key-{i:058}" for i in range(100_000)]
    table = pa.table({"id": keys})
    pq.write_table(table, stored, row_group_size=len(keys), use_dictionary=False, compression=None)
    assert stored.tell() > 5 * parquettable.BUFFER
    stored.seek(0)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(stored))
    assert read("-")[0] == keys
    assert 0 < stored.largest <= 2 * parquettable.BUFFER


def test_parquet_without_rows(write, tmp_path):
    empty = pa.table({"id": pa.array([], pa.string())})
    keys, _, file = read(write(empty))
    assert (keys, file.rows) == ([], 0)
    with pq.ParquetWriter(tmp_path / "none", empty.schema):
        pass
    assert read(str(tmp_path / "none"))[0] == []


def test_parquet_columns_are_named_exactly(write):
    table = pa.table({"a.id": ["x"], "a": [{"id": "y"}], "id": ["z"]})
    assert read(write(table))[0] == ["z"]
    assert read(write(table), "a.id")[0] == ["x"]
    assert refusal(write(table), "b") == ": no column b; there are a.id, a, id"
    assert refusal(write(table), "a") == (
        ": column a is struct<id: string>: keys are text, bytes, integers or bool"
    )  # fmt: skip
    twice = pa.Table.from_arrays([pa.array(["x"]), pa.array(["y"])], names=["id", "id"])
    assert refusal(write(twice)) == ": there are 2 columns id"


@pytest.mark.parametrize(
    ("column", "name"),
    [
        (pa.array([1.5]), "double"),
        (pa.array([1], pa.timestamp("us")), "timestamp[us]"),
        (pa.array([1], pa.date32()), "date32[day]"),
        (pa.array([1], pa.decimal128(5)), "decimal128(5, 0)"),
        (pa.array([["a"]]), "list<element: string>"),
        (pa.array([1.5]).dictionary_encode(), "double"),
    ],
)
def test_parquet_types_that_are_no_keys(write, column, name):
    message = f": column id is {name}: keys are text, bytes, integers or bool"
    assert refusal(write(pa.table({"id": column}))) == message


def test_parquet_weights(write, monkeypatch):
    keys = pa.array(["a", None, "b", "c", "d"])
    for kind in [*BITS, "float", "double", "halffloat"]:
        column = pa.array([1, None, 0, 100, 7], pa.float64()).cast(kind)
        found = read(write(pa.table({"id": keys, "w": column})), weight="w")
        assert found[:2] == (["a", "b", "c", "d"], [1, 0, 100, 7])
    huge = pa.array([2**64 - 1, 1, 2**63, 0, 2**53 + 1], pa.uint64())
    found = read(write(pa.table({"w": huge, "id": keys})), weight="w")[1]
    assert found == [2.0**64, 2.0**63, 0, 2.0**53]
    wrong = {
        "the weight is null": [1, 2, 3, None, 5],
        "weight -1 is not a finite number of 0 or more": [1, 2, 3, -1, 5],
        "weight nan is not a finite number of 0 or more": [1, 2, 3, float("nan"), 5],
        "weight inf is not a finite number of 0 or more": [1, 2, 3, float("inf"), 5],
    }
    for rows in (1, 2, parquettable.ROWS):
        monkeypatch.setattr(parquettable, "ROWS", rows)
        for message, weights in wrong.items():
            path = write(pa.table({"id": keys, "w": weights}))
            assert refusal(path, weight="w") == f", row 4: {message}"
    for column, name in ((["1"], "string"), ([True], "bool"), ([None], "null")):
        message = f": column w is {name}: weights are integers or floats"
        assert refusal(write(pa.table({"id": [1], "w": column})), weight="w") == message
    assert refusal(write(pa.table({"id": [1]})), weight="w") == ": no column w; there are id"


def test_parquet_damaged(write):
    data = Path(write(pa.table({"id": [f"key-{i}" for i in range(1000)]}))).read_bytes()
    half = len(data) // 2
    damaged = [b"PAR1", data[:-10], data[:half], data[:4] + bytes(half) + data[4 + half :]]
    damaged.append(data[:8] + b"\xff" * 200 + data[208:])
    for bad in damaged:
        assert refusal(write(bad)).startswith(": ")


def test_parquet_needs_a_plain_file(write, monkeypatch):
    data = Path(write(pa.table({"id": ["a", "b"]}))).read_bytes()
    message = ": Parquet can be read from a plain file, not from gzip and not from a pipe"
    assert refusal(write(gzip.compress(data), "packed")) == message
    pipe = io.BufferedReader(OneByteAtATime(data))
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(pipe))
    with pytest.raises(Refused) as error:
        read("-")
    assert str(error.value) == f"standard input{message}"
    with open(write(data)) as stdin:
        monkeypatch.setattr(sys, "stdin", stdin)
        keys, _, file = read("-")
    assert (keys, file.size, file.bytes_read) == (["a", "b"], len(data), len(data))


class OneByteAtATime(io.RawIOBase):
    def __init__(self, data):
        self._data = io.BytesIO(data)

    def readable(self):
        return True

    def readinto(self, buffer):
        return self._data.readinto(memoryview(buffer)[:1])


def test_standard_input(monkeypatch):
    data = b"id,w\na,1\nb,2\n"
    for packed in (data, gzip.compress(data)):
        for raw in (io.BytesIO(packed), io.BufferedReader(OneByteAtATime(packed))):
            monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(raw))
            keys, weights, file = read("-", weight="w")
            assert (keys, weights) == ([b"a", b"b"], [1, 2])
            assert (file.name, file.size, file.bytes_read) == ("standard input", None, len(packed))
            assert not sys.stdin.closed


def test_texts(write):
    """What `--out` writes for each key."""
    for column, texts in [
        ([1, None, -5, 2**62], [b"1", b"-5", b"4611686018427387904"]),
        (["a", "", None, "ä\tb\0"], [b"a", b"", "ä\tb\0".encode()]),
        ([b"\xff", None], [b"\xff"]),
        ([True, False, None], [b"1", b"0"]),
        (pa.array(["a", None, "b", "a"]).dictionary_encode(), [b"a", b"b", b"a"]),
    ]:
        batches = TableFile(write(pa.table({"id": column})), Wanted("id")).batches()
        assert [text for batch in batches for text in batch.texts()] == texts


def test_text_that_would_break_a_line(write, monkeypatch):
    monkeypatch.setattr(parquettable, "ROWS", 2)
    path = write(pa.table({"id": ["a", None, "b", None, "two\nlines"]}))
    with pytest.raises(Refused) as error:
        [batch.texts() for batch in TableFile(path, Wanted("id")).batches()]
    assert str(error.value) == f"{path}, row 5: --out cannot hold a key with a line end"
