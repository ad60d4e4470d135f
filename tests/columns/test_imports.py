"""Columns are read without any of the libraries that make them."""

import subprocess
import sys

import pytest

BLOCKED = """
import sys
for name in ("pyarrow", "pandas", "polars", "nanoarrow", "duckdb"):
    sys.modules[name] = None
import coterie
from tests.columns.arrow_structs import Arrays, Stream
from tests.columns.layouts import KEYS, column, dictionary, table
for format, keys in KEYS.items():
    want = coterie.digests(keys).tolist()
    for made in (column(keys, format, 3), dictionary(keys, b"i", format), table(column(keys, format))):
        for door in (Arrays(made), Stream(made)):
            assert coterie.digests(door).tolist() == want
            assert door.books.closed()
print("read")
"""
POLARS = """
import sys
import polars
import coterie
for keys, dtype in ((["a", "b"], None), ([1, 2], None), (["a", "b"], polars.Categorical)):
    series = polars.Series(keys, dtype=dtype)
    assert coterie.digests(series).tolist() == coterie.digests(series.to_list()).tolist()
    try:
        coterie.digests(polars.Series(["a", None]))
    except ValueError:
        pass
assert not {"pyarrow", "pandas"} & set(sys.modules)
print("read")
"""
PYARROW = """
import sys
import pyarrow
keys = ["a", "b"]
columns = pyarrow.array(keys), pyarrow.chunked_array([["a"], ["b"]]), pyarrow.table({"key": keys})
before = set(sys.modules)
import coterie
for column in columns:
    assert coterie.digests(column).tolist() == coterie.digests(keys).tolist()
assert not {"pandas", "polars"} & (set(sys.modules) - before)
print("read")
"""
PANDAS = """
import sys
sys.modules["pyarrow"] = None
import pandas
import coterie
KEYS = {
    "int64": [1, 2], "uint8": [1, 2], "bool": [True, False], "object": ["a", b"b"],
    "Int64": [1, 2], "UInt64": [1, 2], "boolean": [True, False],
    "string[python]": ["a", "é"], "str": ["a", "é"], "category": ["a", "b", "a"],
}
for dtype, keys in KEYS.items():
    want = coterie.digests(keys).tolist()
    for column in (pandas.Series(keys, dtype=dtype), pandas.Index(keys, dtype=dtype)):
        assert coterie.digests(column).tolist() == want, dtype
assert coterie.digests(pandas.RangeIndex(2)).tolist() == coterie.digests([0, 1]).tolist()
assert coterie.digests(pandas.Series([1, None], dtype="Int64"), nulls=5).tolist() == [coterie.digest(1), 5]
print("read")
"""
NUMPY = """
import sys
import coterie
import numpy as np
coterie.digests(np.array(["a"]))
coterie.digests(["a", None], nulls=5)
coterie.digests(np.array(["a", None], object), nulls=5)
coterie.HashRing(["a"]).assign(iter("abc"), nulls="skip")
for name in ("pyarrow", "pandas", "polars", "nanoarrow", "duckdb"):
    assert name not in sys.modules, name
print("read")
"""


def run(code):
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert result.stdout == "read\n", result.stderr


def test_made_by_hand():
    run(BLOCKED)


def test_polars():
    pytest.importorskip("polars")
    run(POLARS)


def test_pyarrow():
    pytest.importorskip("pyarrow")
    run(PYARROW)


def test_pandas_without_pyarrow():
    pytest.importorskip("pandas")
    run(PANDAS)


def test_no_columns():
    run(NUMPY)
