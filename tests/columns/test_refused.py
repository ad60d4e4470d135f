"""Columns that hold no keys are refused, with their type and what to do."""

import datetime
import decimal

import numpy as np
import pytest

from tests.columns.calls import CALLS, DIGESTS, PLACED, calls

ADVICE = r"(?i)pass|cast|convert|choose|select|use|explode|join|decode"
DAY, TIME = datetime.date(2024, 5, 6), datetime.datetime(2024, 5, 6)
HOUR = datetime.timedelta(hours=1)


def refused(call, column, kind, **options):
    """The column is refused by an error that names its kind and says what to do."""
    with pytest.raises(TypeError, match=rf"(?i){kind}") as info:
        call(column, **options)
    text = str(info.value)
    assert len(text) < 400
    with pytest.raises(TypeError, match=ADVICE):
        raise info.value


def pyarrow_columns():
    """(what the message names, column)"""
    import pyarrow as pa

    ints = pa.array([1, 2])
    return {
        "half": ("half|float", pa.array([1.5], pa.float16())),
        "float": ("float", pa.array([1.5], pa.float32())),
        "double": ("double|float", pa.array([1.5])),
        "decimal32": ("decimal", pa.array([decimal.Decimal(1)], pa.decimal32(5, 2))),
        "decimal": ("decimal", pa.array([decimal.Decimal(1)])),
        "decimal256": ("decimal", pa.array([decimal.Decimal(1)], pa.decimal256(50, 2))),
        "date": ("date", pa.array([DAY])),
        "date64": ("date", pa.array([DAY], pa.date64())),
        "time32": ("time", pa.array([datetime.time(1)], pa.time32("s"))),
        "time64": ("time", pa.array([datetime.time(1)], pa.time64("ns"))),
        "timestamp": ("timestamp|datetime", pa.array([TIME])),
        "timestamp with zone": ("timestamp|datetime", pa.array([TIME], pa.timestamp("ms", "UTC"))),
        "duration": ("duration|timedelta", pa.array([HOUR])),
        "interval": ("interval", pa.array([(1, 2, 3)], pa.month_day_nano_interval())),
        "list": ("list", pa.array([["a"]])),
        "large list": ("list", pa.array([["a"]], pa.large_list(pa.string()))),
        "list view": ("list", pa.array([["a"]], pa.list_view(pa.string()))),
        "list of fixed size": ("list", pa.array([["a"]], pa.list_(pa.string(), 1))),
        "struct": ("struct", pa.array([{"a": 1, "b": 2}])),
        "struct of nothing": ("struct|column", pa.array([{}], pa.struct([]))),
        "map": ("map", pa.array([[("a", 1)]], pa.map_(pa.string(), pa.int64()))),
        "sparse union": ("union", pa.UnionArray.from_sparse(pa.array([0, 0], pa.int8()), [ints])),
        "dense union": (
            "union",
            pa.UnionArray.from_dense(pa.array([0, 0], pa.int8()), pa.array([0, 1], pa.int32()), [ints]),
        ),
        "run ends": (
            "run",
            pa.RunEndEncodedArray.from_arrays(pa.array([2, 3], pa.int32()), pa.array(["a", "b"])),
        ),
        "dictionary of floats": ("double|float", pa.array([1.5, 2.5]).dictionary_encode()),
        "dictionary of dates": ("date", pa.array([DAY]).dictionary_encode()),
    }


def sources(column):
    """A column of pyarrow in the containers it may come in."""
    import pyarrow as pa

    yield column
    yield column[:0]
    yield pa.chunked_array([column])
    yield pa.chunked_array([], column.type)
    yield pa.table({"key": column})
    yield pa.record_batch({"key": column})
    yield pa.table({"key": column}).to_reader()


def test_types_of_pyarrow():
    pytest.importorskip("pyarrow")
    for name, (kind, column) in pyarrow_columns().items():
        for call in CALLS:
            refused(call, column, kind)
        for source in sources(column):
            for options in ({}, {"nulls": 1}, {"out": np.zeros(len(column), np.uint64)}):
                try:
                    refused(DIGESTS, source, kind, **options)
                except BaseException as error:
                    error.add_note(name)
                    raise


@calls([call for call in CALLS if call.hashable])
def test_no_digests(call):
    pa = pytest.importorskip("pyarrow")
    for column in (pa.array([1.5]), pa.array(["a"]), pa.array([1], pa.int64()), pa.array([1], pa.uint32())):
        for source in sources(column):
            with pytest.raises(TypeError, match="uint64"):
                call(source, hashed=True)


def test_jump_takes_integers_alone():
    pa = pytest.importorskip("pyarrow")
    call = next(call for call in CALLS if call.ints)
    for column in (
        pa.array(["a"]),
        pa.array([b"a"]),
        pa.array(["a"]).dictionary_encode(),
        pa.array(["a"], pa.string_view()),
    ):
        for source in sources(column):
            with pytest.raises(TypeError, match="integer"):
                call(source)


def test_tables_of_pyarrow():
    pa = pytest.importorskip("pyarrow")
    for columns in ({"a": [1], "b": ["x"]}, {"a": [1], "b": [2], "c": [3]}, {"a": [], "b": []}, {}):
        table = pa.table(columns)
        for source in (table, table.to_reader()):
            refused(PLACED[0], source, "column")
        if columns:
            refused(PLACED[0], pa.record_batch(columns), "column")


def test_types_of_polars():
    pl = pytest.importorskip("polars")
    columns = {
        "float": pl.Series([1.5]),
        "float|double": pl.Series([1.5], dtype=pl.Float32),
        "date": pl.Series([DAY]),
        "time": pl.Series([datetime.time(1)]),
        "timestamp|datetime": pl.Series([TIME]),
        "duration|timedelta": pl.Series([HOUR]),
        "list": pl.Series([["a"]]),
        "array|list": pl.Series([["a"]], dtype=pl.Array(pl.String, 1)),
        "struct": pl.Series([{"a": 1, "b": 2}]),
        "decimal": pl.Series([decimal.Decimal(1)]),
        "int128|pli128|i128": pl.Series([2**100], dtype=pl.Int128),
    }
    for kind, series in columns.items():
        for column in (series, series[:0]):
            for call in (DIGESTS, PLACED[0], PLACED[1]):
                refused(call, column, kind)


def test_objects_of_polars():
    """Their column holds addresses."""
    pl = pytest.importorskip("polars")
    with pytest.raises(TypeError, match=ADVICE):
        DIGESTS(pl.Series(["a", 5], dtype=pl.Object))


@pytest.mark.parametrize("columns", [{"a": ["x"]}, {"a": [1], "b": ["x"]}, {}], ids=len)
def test_frames(columns):
    for name in ("polars", "pandas"):
        frame = pytest.importorskip(name).DataFrame(columns)
        for call in CALLS:
            refused(call, frame, "DataFrame")
        if name == "polars":
            with pytest.raises(TypeError):
                DIGESTS(frame.lazy())


def test_types_of_pandas():
    pd = pytest.importorskip("pandas")
    columns = {
        "float64": pd.Series([1.5]),
        "float32": pd.Series([1.5], dtype="float32"),
        "(?i)float64|double": pd.Series([1.5], dtype="Float64"),
        "datetime64": pd.Series([TIME]),
        "datetime64|timestamp": pd.Series([TIME]).dt.tz_localize("UTC"),
        "timedelta64|duration": pd.Series([HOUR]),
        "complex": pd.Series([1j]),
        "period": pd.Series(pd.period_range("2024", periods=1, freq="D")),
        "interval|struct": pd.Series(pd.interval_range(0, 1)),
        "float|double": pd.Series([1.5, 2.5], dtype="category"),
        "datetime|timestamp": pd.Series([TIME], dtype="category"),
        "sparse|Sparse": pd.Series(pd.arrays.SparseArray([1.5, 0])),
    }
    for kind, series in columns.items():
        for column in (series, pd.Index(series), series[:0]):
            for call in (DIGESTS, PLACED[0], PLACED[1]):
                refused(call, column, kind)
    for kind, arrow in (("float|double", "float64[pyarrow]"), ("date", "date32[pyarrow]")):
        if pytest.importorskip("pyarrow"):
            refused(DIGESTS, pd.Series([], dtype=arrow), kind)
    with pytest.raises(TypeError):
        DIGESTS(pd.MultiIndex.from_tuples([("a", 1)]))


def test_missing_floats_are_floats():
    """A column of ints that became one of floats, since one is missing."""
    pd = pytest.importorskip("pandas")
    for nulls in ("raise", "skip", 7):
        refused(PLACED[0], pd.Series([1, None]), "float64", nulls=nulls)


def test_types_of_nanoarrow_and_duckdb():
    na = pytest.importorskip("nanoarrow")
    refused(DIGESTS, na.Array([1.5], na.float64()), "double|float")
    refused(DIGESTS, na.c_array([1.5], na.float32()), "float")
    duckdb = pytest.importorskip("duckdb")
    for kind, query in {
        "float|double": "select 1.5::double as key",
        "decimal": "select 1.5 as key",
        "date": "select date '2024-05-06' as key",
        "list": "select [1, 2] as key",
        "column": "select 1 as a, 2 as b",
    }.items():
        refused(DIGESTS, duckdb.sql(query), kind)


def test_what_only_looks_like_a_column():
    pa = pytest.importorskip("pyarrow")
    for thing in (pa.scalar("a"), pa.string(), pa.schema([("a", pa.string())]), pa.field("a", pa.string())):
        with pytest.raises(TypeError):
            DIGESTS(thing)


def test_iterating_over_scalars_of_other_libraries():
    """A list of pyarrow's scalars is no column."""
    pa = pytest.importorskip("pyarrow")
    with pytest.raises(TypeError, match="StringScalar is not a key"):
        DIGESTS(list(pa.array(["a"])))
