"""Every container form of the same keys."""

from array import array
from collections import OrderedDict, deque
from collections.abc import Sequence

import numpy as np

from tests.columns.forms import columns

INT_TYPES = [order + kind for kind in ("i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8") for order in "<>"]
ARRAY_CODES = "bBhHiIlLqQ"


class PlainSequence(Sequence):
    """A sequence that is neither list nor tuple."""

    def __init__(self, items):
        self.items = items

    def __len__(self):
        return len(self.items)

    def __getitem__(self, at):
        return self.items[at]


class OnlyGetItem:
    """What can be iterated by the old protocol alone."""

    def __init__(self, items):
        self.items = items

    def __getitem__(self, at):
        return self.items[at]


class ListSubclass(list):
    pass


class TupleSubclass(tuple):
    __slots__ = ()


def forms(keys):
    """Yield (name, container) for every container that can hold the keys, in their order.

    keys: a list of str, bytes and int, mixed or not.
    """
    yield from iterables(keys)
    yield from arrays(keys)
    yield from columns(keys)


def iterables(keys):
    """Yield (name, container) for what is not a NumPy array."""
    yield "list", list(keys)
    yield "tuple", tuple(keys)
    yield "list subclass", ListSubclass(keys)
    yield "tuple subclass", TupleSubclass(keys)
    yield "sequence", PlainSequence(list(keys))
    yield "getitem only", OnlyGetItem(list(keys))
    yield "iterator", iter(list(keys))
    yield "generator", (key for key in keys)
    yield "map", map(lambda key: key, keys)
    yield "deque", deque(keys)
    yield "dict values", dict(enumerate(keys)).values()
    if len(set(keys)) == len(keys):
        yield "dict keys", dict.fromkeys(keys).keys()
        yield "OrderedDict keys", OrderedDict.fromkeys(keys).keys()
    if all(type(key) is int for key in keys):
        for code in ARRAY_CODES:
            if fits(keys, np.dtype(code)):
                yield f"array.array {code}", array(code, keys)
                if code not in "bB":
                    yield f"memoryview {code}", memoryview(array(code, keys))


def arrays(keys):
    """Yield (name, container) for every type and layout of a NumPy array that can hold the keys."""
    for dtype in array_types(keys):
        column = np.empty(len(keys), dtype)
        column[:] = keys
        for name, laid_out in layouts(column):
            yield f"{dtype!r}, {name}", laid_out


def array_types(keys):
    """The NumPy types that hold the keys as they are."""
    found = [np.dtype(object)]
    if all(type(key) is int for key in keys):
        found += [np.dtype(name) for name in INT_TYPES if fits(keys, np.dtype(name))]
        if set(keys) <= {0, 1}:
            found.append(np.dtype(bool))
    # NumPy drops the trailing NULs of fixed-width text.
    if all(type(key) is bytes and not key.endswith(b"\0") for key in keys):
        found.append(np.dtype(f"S{max(map(len, keys), default=0) + 1}"))
    if all(type(key) is str for key in keys):
        found += [np.dtypes.StringDType(), np.dtypes.StringDType(na_object=None)]
        if not any(key.endswith("\0") for key in keys):
            found += [np.dtype(f"{order}U{max(map(len, keys), default=0) + 1}") for order in "<>"]
    return found


def layouts(column):
    """Yield (name, array) for the ways in which the items of a column may lie in memory."""
    yield "contiguous", column
    readonly = column.copy()
    readonly.flags.writeable = False
    yield "read-only", readonly
    yield "reversed", column[::-1].copy()[::-1]
    wide = np.empty((len(column), 3), column.dtype)
    wide[:] = column[:, np.newaxis]
    yield "strided", wide[:, 1]
    yield "strided backwards", wide[::-1].copy()[::-1, 2]
    if not isinstance(column.dtype, np.dtypes.StringDType):
        packed = np.empty(len(column), [("before", "u1"), ("key", column.dtype), ("after", "u2")])
        packed["key"] = column
        yield "unaligned", packed["key"]
        yield "unaligned backwards", packed[::-1].copy()[::-1]["key"]


def fits(keys, dtype):
    """Whether all ints lie in the range of an integer type."""
    info = np.iinfo(dtype)
    return all(info.min <= key <= info.max for key in keys)
