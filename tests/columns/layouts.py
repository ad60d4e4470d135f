"""Columns of the Arrow C data interface made of keys by hand, in every layout."""

import struct

from tests.columns.arrow_structs import Column

INT_FORMATS = {b"c": "b", b"C": "B", b"s": "h", b"S": "H", b"i": "i", b"I": "I", b"l": "q", b"L": "Q"}
OFFSETS = {b"u": "i", b"z": "i", b"U": "q", b"Z": "q"}
VIEWS = (b"vu", b"vz")


def key_bytes(key):
    return b"" if key is None else key.encode() if isinstance(key, str) else key


def bits(flags):
    """A bitmap, least significant bit first."""
    packed = bytearray(-(-len(flags) // 8))
    for at, flag in enumerate(flags):
        packed[at >> 3] |= bool(flag) << (at & 7)
    return bytes(packed)


def column(keys, format, before=0, behind=0, **options):
    """The column of these keys (None: a null), `before` rows into its buffers, with more rows behind."""
    junk = next((key for key in keys if key is not None), None)
    rows = [junk] * before + list(keys) + [junk] * behind
    missing = None in rows
    validity = bits([key is not None for key in rows]) if missing else None
    if format == b"n":
        data, validity = (), ()
    elif format in OFFSETS:
        data = variable(rows, OFFSETS[format])
    elif format in VIEWS:
        data = views(rows, **options)
    elif format.startswith(b"w:"):
        width = int(format[2:])
        data = (b"".join(key or bytes(width) for key in rows),)
    elif format == b"b":
        data = (bits([key or 0 for key in rows]),)
    else:
        code = INT_FORMATS[format]
        data = (struct.pack(f"={len(rows)}{code}", *(key or 0 for key in rows)),)
    buffers = data if format == b"n" else (validity, *data)
    return Column(format, len(keys), buffers, before, null_count=-1 if missing else 0)


def variable(rows, code):
    offsets, data = [0], b""
    for key in rows:
        data += key_bytes(key)
        offsets.append(len(data))
    return struct.pack(f"={len(offsets)}{code}", *offsets), data


def views(rows, buffers=2):
    """Views, the data of the long ones in turn in some buffers, and the sizes of these."""
    data = [b"" for _ in range(buffers)]
    packed, turn = b"", 0
    for row in map(key_bytes, rows):
        if len(row) <= 12:
            packed += struct.pack("=i12s", len(row), row)
        else:
            turn = (turn + 1) % buffers
            packed += struct.pack("=i4sii", len(row), row, turn, len(data[turn]))
            data[turn] += row
    return packed, *data, struct.pack(f"={buffers}q", *map(len, data))


def dictionary(keys, index, values_format, before=0, behind=0, null_value=False):
    """The column of these keys as places in a dictionary, in which a null may be a value as well."""
    values = list(dict.fromkeys(key for key in keys if key is not None))[::-1]
    places = {key: at for at, key in enumerate(values)}
    if null_value:
        values.append(None)
        places[None] = len(values) - 1
    indices = column([places.get(key) for key in keys], index, before, behind)
    return indices.but(dictionary=column(values, values_format, before % 3, behind % 3))


def table(child, length=None, offset=0, **fields):
    """A struct of one column, as tables and record batches are."""
    length = child.length - offset if length is None else length
    return Column(
        b"+s", length, (None,), offset, null_count=0, children=(child,), name=b"", flags=0, **fields
    )


TEXTS = ["", "a", "twelve bytes", "é", "thirteen byte", "€" * 5, "x" * 16, "y" * 17, "😀" * 100, "a\0b"]
BLOBS = [text.encode() for text in TEXTS] + [b"\xff" * 20, b"\0"]
SIGNED, UNSIGNED = [0, 1, -1, 127, -128, 5, 77], [0, 1, 255, 128, 5, 77]
# Keys for each format.
KEYS = {
    **dict.fromkeys((b"u", b"U", b"vu"), TEXTS),
    **dict.fromkeys((b"z", b"Z", b"vz"), BLOBS),
    **dict.fromkeys((b"c", b"s", b"i", b"l"), SIGNED),
    **dict.fromkeys((b"C", b"S", b"I", b"L"), UNSIGNED),
    b"w:3": [b"abc", b"\0\0\0", b"\xff\0d", b"abd"],
    b"w:20": [b"%020d" % i for i in range(4)],
    b"w:0": [b""] * 4,
    b"b": [0, 1, 1, 0, 1, 0, 0, 1, 1, 0],
}
