"""Every form of a column that holds the same keys, for each library that has columns.

keys: a list of str, of bytes, or of int, in which None stands for a row without a key.
"""

import importlib.util
import itertools

import numpy as np

INTS = {f"{sign}int{bits}": bits for sign in ("", "u") for bits in (8, 16, 32, 64)}


def columns(keys):
    """Yield (name, container) for one column of each type, of the libraries that are installed."""
    for name, family in FAMILIES.items():
        if importlib.util.find_spec(name):
            yield from family(keys, layouts=False)


def kind_of(keys):
    """The type of the keys; None if it cannot be told, or if they are of several types."""
    kinds = {type(key) for key in keys if key is not None}
    return kinds.pop() if len(kinds) == 1 else None


def kinds_of(keys):
    """The types that a column of the keys may have."""
    if any(key is not None for key in keys):
        kind = kind_of(keys)
        return [int] if kind is bool else [kind] if kind else []
    return [str, bytes, int]


def int_types(keys):
    """The names of the integer types that hold the keys."""
    values = [key for key in keys if key is not None]
    for name in INTS:
        info = np.iinfo(name)
        if all(info.min <= value <= info.max for value in values):
            yield name


def are_flags(keys):
    """Whether the keys could as well be bools."""
    return all(key is None or key in (0, 1) for key in keys)


def coded(keys):
    """The place of each key in a dictionary, None for a null, and the values of that."""
    values = list(dict.fromkeys(key for key in keys if key is not None))[::-1]
    place = {value: at for at, value in enumerate(values)}
    return [None if key is None else place[key] for key in keys], values


# ---- pyarrow ----


def pyarrow_forms(keys, layouts=True):
    import pyarrow as pa

    for column in pyarrow_columns(keys, layouts):
        if layouts:
            for name, form in pyarrow_layouts(column):
                yield f"pyarrow {column.type}, {name}", form
        else:
            yield f"pyarrow {column.type}", column
    if all(key is None for key in keys):
        yield "pyarrow null", pa.nulls(len(keys))


def pyarrow_types(keys):
    """The types that are no dictionaries."""
    import pyarrow as pa

    for kind in kinds_of(keys):
        if kind is str:
            yield from (pa.string(), pa.large_string(), pa.string_view())
        if kind is bytes:
            yield from (pa.binary(), pa.large_binary(), pa.binary_view())
            widths = {len(key) for key in keys if key is not None}
            if len(widths) <= 1:
                yield pa.binary(widths.pop() if widths else 3)
        if kind is int:
            yield from (getattr(pa, name)() for name in int_types(keys))
            if are_flags(keys):
                yield pa.bool_()


def pyarrow_columns(keys, every_index):
    import pyarrow as pa

    codes, values = coded(keys)
    for at, kind in enumerate(pyarrow_types(keys)):
        keys, values = as_kind(keys, kind), as_kind(values, kind)
        yield pa.array(keys, kind)
        # Every width of index once, and one for each other type.
        for index in INTS if at == 0 and every_index else ["int32"]:
            if len(values) <= np.iinfo(index).max:
                indices = pa.array(codes, getattr(pa, index)())
                yield pa.DictionaryArray.from_arrays(indices, pa.array(values, kind))
    if None in keys:
        # The null is a value of the dictionary.
        for kind in itertools.islice(pyarrow_types(keys), 1):
            values = [None, *dict.fromkeys(key for key in keys if key is not None)]
            indices = pa.array([values.index(key) for key in keys], pa.int32())
            yield pa.DictionaryArray.from_arrays(indices, pa.array(as_kind(values, kind), kind))


def as_kind(keys, kind):
    """The keys, as bools or ints where these are asked for."""
    new = {"bool": bool}.get(str(kind), int if "int" in str(kind) else None)
    return [None if key is None else new(key) for key in keys] if new else keys


def pyarrow_layouts(column):
    """Yield (name, container) for the ways in which the rows of a column may lie."""
    import pyarrow as pa

    n, kind = len(column), column.type
    yield "array", column
    for before, behind in ((1, 0), (3, 2), (8, 1), (13, 70)):
        yield f"from row {before} of {before + n + behind}", padded(column, before, behind).slice(before, n)
    yield "of rows all valid", padded(column, 5, 5, null=False).slice(5, n)
    yield "sliced twice", padded(column, 9, 9).slice(4, n + 10).slice(5, n)
    yield "one chunk", pa.chunked_array([column])
    cuts = [0, 0, *(at for at in (1, 2, 5, 6, 14) if at < n), n, n]
    pieces = [column.slice(a, b - a) for a, b in itertools.pairwise(cuts)]
    yield "many chunks", pa.chunked_array(pieces, kind)
    padding = padded(column, 3, 4)
    long = pa.chunked_array([padding[:2], padding[2:4], padding[4:]], kind)
    yield "sliced chunks", long.slice(3, n)
    if not n:
        yield "no chunk", pa.chunked_array([], kind)
        yield "empty table", pa.schema({"key": kind}).empty_table()
    yield "table", pa.table({"key": column})
    yield "table of chunks", pa.table({"key": pa.chunked_array(pieces, kind)})
    yield "sliced table", pa.table({"key": padding}).slice(3, n)
    batch = pa.record_batch({"key": column})
    yield "record batch", batch
    yield "sliced record batch", pa.record_batch({"key": padding}).slice(3, n)
    batches = [batch.slice(a, b - a) for a, b in itertools.pairwise(cuts)]
    yield "reader", pa.RecordBatchReader.from_batches(batch.schema, batches)
    yield "reader of a table", pa.table({"key": column}).to_reader(max_chunksize=3)


def padded(column, before, behind, null=True):
    """The column between rows that are junk, every other of them null if `null` is true."""
    import pyarrow as pa

    kind = column.type
    if pa.types.is_dictionary(kind):
        indices = pad(column.indices, 0 if len(column.dictionary) else None, before, behind, null)
        return pa.DictionaryArray.from_arrays(indices, column.dictionary)
    if pa.types.is_boolean(kind):
        return pad(column, True, before, behind, null)
    if pa.types.is_integer(kind):
        return pad(column, 1, before, behind, null)
    if pa.types.is_fixed_size_binary(kind):
        return pad(column, b"#" * kind.byte_width, before, behind, null)
    return pad(column, b"junk that is no key", before, behind, null)


def pad(column, junk, before, behind, null):
    import pyarrow as pa

    front, back = (
        pa.array([None if null and i % 2 else junk for i in range(n)], column.type) for n in (before, behind)
    )
    return pa.concat_arrays([front, column, back])


# ---- polars ----


def polars_forms(keys, layouts=True):
    import polars as pl

    for series in polars_series(keys):
        name = f"polars {series.dtype}"
        yield name, series
        if layouts:
            n = len(series)
            junk = series.head(1).extend_constant(None, 6)
            wide = pl.concat([junk, series, junk], rechunk=True)
            yield f"{name}, sliced", wide.slice(len(junk), n)
            wide = pl.concat([junk, series.head(5), series[5:], junk], rechunk=False)
            yield f"{name}, sliced chunks", wide.slice(len(junk), n)
            chunks = [series[:0], series[:1], series[1:3], series[3:3], series[3:]]
            yield f"{name}, chunks", pl.concat(chunks, rechunk=False)
            yield f"{name}, reversed", series.reverse().reverse()
            yield f"{name}, column", series.to_frame("key")["key"]
    if all(key is None for key in keys):
        yield "polars Null", pl.Series([None] * len(keys), dtype=pl.Null)


def polars_series(keys):
    import polars as pl

    for kind in kinds_of(keys):
        if kind is str:
            yield pl.Series(keys, dtype=pl.String)
            yield pl.Series(keys, dtype=pl.Categorical)
            yield pl.Series(keys, dtype=pl.Enum(coded(keys)[1]))
        if kind is bytes:
            yield pl.Series(keys, dtype=pl.Binary)
        if kind is int:
            for name in int_types(keys):
                yield pl.Series(keys, dtype=getattr(pl, name.replace("int", "Int").replace("uI", "UI")))
            if are_flags(keys):
                yield pl.Series([None if key is None else bool(key) for key in keys], dtype=pl.Boolean)


# ---- pandas ----


def pandas_forms(keys, layouts=True):
    import pandas as pd

    for dtype, values in pandas_types(keys):
        series = pd.Series(values, dtype=dtype)
        name = f"pandas {dtype}"
        yield name, series
        yield f"{name}, index", pd.Index(values, dtype=dtype)
        if layouts and "view" not in str(dtype):  # of which pyarrow takes no rows
            yield f"{name}, indexed backwards", pd.Series(values, dtype=dtype, index=range(len(keys), 0, -1))
            yield f"{name}, reversed", series[::-1].copy()[::-1]
            yield f"{name}, every other", series.repeat(2).iloc[::2]
            yield f"{name}, sliced", pd.concat([series, series]).iloc[len(keys) :]
            yield f"{name}, column", pd.DataFrame({"other": 1.5, "key": series})["key"]
            yield f"{name}, column of many", pd.DataFrame({"a": series, "key": series, "c": series})["key"]
            yield (
                f"{name}, indexed by keys",
                pd.DataFrame({"v": 0}, index=pd.Index(values, dtype=dtype)).index,
            )
    if keys == list(range(len(keys))):
        yield "pandas RangeIndex", pd.RangeIndex(len(keys))
    if len(keys) > 1 and kind_of(keys) is int and None not in keys:
        step = keys[1] - keys[0]
        if step and keys == [keys[0] + i * step for i in range(len(keys))] and max(map(abs, keys)) < 2**62:
            yield "pandas RangeIndex with a step", pd.RangeIndex(keys[0], keys[-1] + step, step)


def pandas_types(keys):
    """Yield (dtype, values) for every type of a pandas column."""
    import pandas as pd

    with_arrow = importlib.util.find_spec("pyarrow")
    missing = None in keys
    yield "object", np.array([*keys, None], object)[:-1]
    for kind in kinds_of(keys):
        if kind is str:
            yield "str", keys
            yield "string[python]", keys
            if with_arrow:
                yield "string[pyarrow]", keys
        if kind is int:
            for name in int_types(keys):
                if not missing:
                    yield name, keys
                yield name.replace("int", "Int").replace("uI", "UI"), keys
            if are_flags(keys):
                flags = as_kind(keys, "bool")
                if not missing:
                    yield "bool", flags
                yield "boolean", flags
                yield pd.CategoricalDtype([False, True]), flags
        names = {str: "str", bytes: "object", int: next(int_types(keys), None) if kind is int else None}
        as_ints = as_kind(keys, "int" if kind is int else "")
        yield pd.CategoricalDtype(pd.Index(coded(as_ints)[1], dtype=names[kind])), as_ints
    if with_arrow:
        for arrow in pyarrow_types(keys):
            yield pd.ArrowDtype(arrow), as_kind(keys, arrow)


# ---- nanoarrow and DuckDB ----


def nanoarrow_forms(keys, layouts=True):
    import nanoarrow as na

    for kind in kinds_of(keys):
        # Views crash in nanoarrow 0.9 where it makes them of objects.
        types = {str: ["string", "large_string"], bytes: ["binary", "large_binary"]}.get(kind) or int_types(
            keys
        )
        for name in types:
            schema = getattr(na, name)()
            yield f"nanoarrow {name}", na.Array(keys, schema)
            if layouts:
                yield f"nanoarrow {name}, C array", na.c_array(keys, schema)
                yield f"nanoarrow {name}, stream", na.ArrayStream(na.Array(keys, schema))
                pieces = [na.c_array(keys[:2], schema), na.c_array(keys[2:], schema)]
                yield f"nanoarrow {name}, chunks", na.Array.from_chunks(pieces)


def duckdb_forms(keys, layouts=True):
    import duckdb

    for kind in kinds_of(keys):
        if kind is int:
            # int8 is DuckDB's name for eight bytes.
            types = ["tinyint" if name == "int8" else name for name in int_types(keys)] + [
                "boolean"
            ] * are_flags(keys)
        else:
            types = ["varchar"] if kind is str else ["blob"]
        for name in types:
            yield f"DuckDB {name}", duckdb.sql(f"select unnest(?::{name}[]) as key", params=[list(keys)])


FAMILIES = {
    "pyarrow": pyarrow_forms,
    "polars": polars_forms,
    "pandas": pandas_forms,
    "nanoarrow": nanoarrow_forms,
    "duckdb": duckdb_forms,
}
