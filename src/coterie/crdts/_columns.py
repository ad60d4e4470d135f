"""Columns of elements as Python objects."""

from collections.abc import Iterable
from typing import Any

import numpy as np


def objects_of(values: Iterable[Any], name: str) -> Iterable[Any]:
    """The elements of an iterable, an array or a column; what is missing in a column is None.

    TypeError for what is no iterable, arrays of more dimensions, and tables.
    """
    if type(values) in (list, tuple, set, frozenset, range):
        return values
    if type(values).__name__ in ("DataFrame", "LazyFrame", "Table", "RecordBatch"):
        raise TypeError(f"{name} is a {type(values).__name__}: pass one column of it")
    if getattr(values, "ndim", 1) != 1:
        raise TypeError(f"{name} has {values.ndim} dimensions: pass a column")  # type: ignore[attr-defined]
    if isinstance(values, np.ndarray):
        if values.dtype.kind in "mMV":  # they would become ints and tuples
            raise TypeError(
                f"{name} is an array of {values.dtype}: elements are text, bytes, numbers and bool"
            )
        return list(values.tolist())
    if hasattr(values, "isna") and hasattr(values, "to_numpy"):  # pandas
        dtype = values.dtype  # type: ignore[attr-defined]
        if hasattr(dtype, "na_value") or hasattr(dtype, "categories"):
            return [None if no else x for x, no in zip(values.tolist(), values.isna(), strict=True)]  # type: ignore[attr-defined]
        return list(values.tolist())  # type: ignore[attr-defined]
    for way in ("to_pylist", "to_list"):  # pyarrow and nanoarrow; polars
        if hasattr(values, way):
            return list(getattr(values, way)())
    try:
        return iter(values)
    except TypeError:
        raise TypeError(f"{name} is a {type(values).__name__}: pass an iterable of elements") from None
