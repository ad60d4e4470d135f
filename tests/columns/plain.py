"""How a column of the Arrow C data interface is read, in plain Python: its keys, or why it has none."""

import struct
from itertools import pairwise

from tests.columns.layouts import INT_FORMATS, OFFSETS, VIEWS


class Malformed(Exception):
    """It has to be refused."""


class Unclear(Exception):
    """It may be refused, or read in some way."""


class Unknowable(Exception):
    """What it says is possible, but not so: nobody can know the size of a buffer."""


def need(right, problem):
    if not right:
        raise Malformed(problem)


def unpack(code, data, at):
    """The values at some place of a buffer."""
    code = f"={code}"
    if data is None or at < 0 or at + struct.calcsize(code) > len(data):
        raise Unknowable
    return struct.unpack_from(code, data, at)


def read(column, asked=None):
    """The keys of the rows; None for a null. asked: the only rows that count; None: all do."""
    try:
        keys, doubt = look_at(column, asked)
    except Malformed:
        if column.length or column.offset < 0:
            raise
        raise Unclear("mistakes in no rows") from None
    if doubt:
        raise Unclear(doubt)
    return keys


def look_at(column, asked):
    """The keys of the rows, and why they are in doubt."""
    format, described = column.described.format, column.described.dictionary is not None
    need(column.length >= 0 and column.offset >= 0, "negative length or offset")
    need(column.offset + column.length < 2**63, "length and offset that overflow")
    n_buffers = len(column.buffers) if column.n_buffers is None else column.n_buffers
    if (
        format in VIEWS
        and n_buffers > 3
        and not column.no_buffers
        and column.buffers[n_buffers - 1] is not None
    ):
        unpack(f"{n_buffers - 3}q", column.buffers[n_buffers - 1], 0)  # the sizes may be read in any case
    if column.length == 0 and column.offset > 2**20:
        raise Unclear("no rows, far behind the buffers")
    if format == b"n":
        if n_buffers:
            raise Unclear("buffers of nulls")
        return [None] * column.length, None
    if format in VIEWS:
        need(n_buffers >= 3, "number of buffers")
    else:
        need(n_buffers == (3 if format in OFFSETS else 2), "number of buffers")
    need(not column.no_buffers, "no buffers")
    if column.length > 2**20:
        raise Unknowable
    rows = range(column.offset, column.offset + column.length)
    present = validity(column, rows)
    doubt = None
    if column.null_count not in (-1, present.count(False)):
        doubt = "null_count"
    elif column.dictionary is not None and not described:
        doubt = "a dictionary that is not in the schema"
    if asked is not None:
        present = [there and at in asked for at, there in enumerate(present)]
    if described:
        keys, odd = coded(column, format, rows, present), None
    elif format in VIEWS:
        keys, odd = views(column, n_buffers, rows, present)
    elif format in OFFSETS:
        keys, odd = variable(column, OFFSETS[format], rows, present)
    else:
        keys, odd = fixed(column, format, rows), None
    return [key if there else None for key, there in zip(keys, present, strict=True)], doubt or odd


def validity(column, rows):
    bitmap = column.buffers[0]
    if bitmap is None:
        need(column.null_count <= 0, "nulls without a bitmap")
        return [True] * len(rows)
    return [bit(bitmap, row) for row in rows]


def bit(bitmap, at):
    return unpack("B", bitmap, at >> 3)[0] >> (at & 7) & 1 == 1


def coded(column, format, rows, present):
    need(column.dictionary is not None, "no dictionary")
    if column.buffers[1] is None:
        read(column.dictionary, ())  # it may be unknowable
    codes = fixed(column, format, rows)
    used = {code for code, there in zip(codes, present, strict=True) if there}
    try:
        values = read(column.dictionary)
    except Malformed:
        if used:
            read(column.dictionary, used)
        raise Unclear("wrong values that no row has") from None
    need(all(0 <= code < len(values) for code in used), "index")
    return [values[code] if there else None for code, there in zip(codes, present, strict=True)]


def fixed(column, format, rows):
    data = column.buffers[1]
    if format.startswith(b"w:"):
        width = int(format[2:])
        need(data is not None or width == 0, "no data")
        return [unpack(f"{width}s", data or b"", row * width)[0] for row in rows]
    need(data is not None, "no data")
    if format == b"b":
        return [int(bit(data, row)) for row in rows]
    code = INT_FORMATS[format]
    return [unpack(code, data, row * struct.calcsize(f"={code}"))[0] for row in rows]


def variable(column, code, rows, present):
    _, offsets, data = column.buffers[:3]
    need(offsets is not None, "no offsets")
    size = struct.calcsize(f"={code}")
    places = [unpack(code, offsets, row * size)[0] for row in (*rows, rows.stop)]
    last = places[-1]
    if data is not None and last > len(data):
        raise Unknowable
    spans = [span if there else (0, 0) for span, there in zip(pairwise(places), present, strict=True)]
    need(all(0 <= begin <= end <= max(last, 0) for begin, end in spans), "offsets")
    need(data is not None or last == 0 or not any(present), "no data")
    doubt = None
    if places[0] < 0 or sorted(places) != places or (data is None and last):
        doubt = "mistakes in nulls"
    return [(data or b"")[begin:end] for begin, end in spans], doubt


def views(column, n_buffers, rows, present):
    packed, data = column.buffers[1], column.buffers[2 : n_buffers - 1]
    sizes = column.buffers[n_buffers - 1]
    need(packed is not None, "no views")
    need(sizes is not None or not data, "no sizes")
    doubt = None
    if data and len(sizes) % 8:
        doubt = "sizes that are not aligned"
    sizes = unpack(f"{len(data)}q", sizes, 0) if data else ()
    if any(size < 0 or (size and part is None) for part, size in zip(data, sizes, strict=True)):
        doubt = "sizes of buffers that no row may need"
    keys, wrong = [], None
    for row, there in zip(rows, present, strict=True):
        size, prefix, buffer, offset = unpack("i4sii", packed, row * 16)
        key = None
        if there and 0 <= size <= 12:
            key = packed[row * 16 + 4 : row * 16 + 4 + size]
        elif there:
            try:
                key = viewed(data, sizes, size, buffer, offset)
                doubt = doubt if prefix == key[:4] else "a view that begins otherwise than its data"
            except Malformed as problem:
                wrong = problem  # the rows behind may still be unknowable
        keys.append(key)
    if wrong:
        raise wrong
    return keys, doubt


def viewed(data, sizes, size, buffer, offset):
    need(size >= 0, "negative length of a view")
    need(0 <= buffer < len(data), "view in a buffer that is not there")
    need(offset >= 0 and offset + size <= sizes[buffer], "view outside of its buffer")
    need(data[buffer] is not None, "no data")
    return unpack(f"{size}s", data[buffer], offset)[0]
