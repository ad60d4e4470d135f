"""Arrow structs that are wrong are refused, and all that was handed out is released once."""

import struct
from contextlib import suppress

import pytest

from tests.columns.arrow_structs import LOST, Arrays, Column, Stream
from tests.columns.calls import CALLS, DIGESTS, PLACED
from tests.columns.layouts import INT_FORMATS, KEYS, OFFSETS, VIEWS, column, dictionary, table

REPLICAS = PLACED[1]
formats = pytest.mark.parametrize("format", KEYS, ids=lambda format: format.decode())
HUGE = 2**63 - 1


def refused(door, errors=ValueError, call=DIGESTS, match=None, **options):
    with pytest.raises(errors, match=match):
        call(door, **options)
    assert door.books.closed(), door.books
    assert LOST.released == {}


def check(bad, good=None, errors=ValueError):
    """Each door refuses the bad column; also after a good one."""
    for call, options in ((DIGESTS, {}), (DIGESTS, {"nulls": 7}), (REPLICAS, {"nulls": "skip"})):
        refused(Arrays(bad), errors, call, **options)
        refused(Stream(bad), errors, call, **options)
        rows = max(bad.length, 3)
        refused(Arrays(table(bad, rows)), errors, call, **options)
        refused(Stream(table(bad, rows)), errors, call, **options)
        if good is not None:
            refused(Stream(good, bad), errors, call, **options)
            refused(Stream(good, good.but(length=0), bad, good), errors, call, **options)


def right(format, before=0, behind=0):
    return column(KEYS[format][-4:], format, before, behind)


ALL = {format.decode(): right(format) for format in KEYS}
ALL |= {f"{index.decode()} to u": dictionary(["a", "b", "a"], index, b"u") for index in INT_FORMATS}
ALL |= {f"nulls in {format.decode()}": column([*KEYS[format][-4:-1], None], format) for format in KEYS}
everything = pytest.mark.parametrize("good", ALL.values(), ids=ALL)


@everything
def test_length_and_offset(good):
    for length in (-1, -2, -(2**31), -(2**63)):
        check(good.but(length=length), good)
        check(good.but(length=length, offset=1), good)
    for offset in (-1, -8, -64, -(2**63)):
        check(good.but(offset=offset), good)
        check(good.but(offset=offset, length=0), good)
    check(good.but(offset=HUGE), good)
    check(good.but(offset=HUGE - 1), good)


@everything
def test_more_rows_than_there_can_be(good):
    for fields in ({"length": HUGE}, {"length": HUGE, "offset": 1}, {"length": 2**62, "offset": 2**62}):
        for door in (Arrays(good.but(**fields)), Stream(good.but(**fields))):
            refused(door, (ValueError, MemoryError, OverflowError))


@everything
def test_number_of_buffers(good):
    n = len(good.buffers)
    views = good.format in VIEWS
    for wrong in (-(2**63), -1, 0, 1, *(() if views else (n - 1, n + 1, n + 2))):
        check(good.but(n_buffers=wrong), good)
    if views:
        check(good.but(n_buffers=2), good)


@everything
def test_no_buffers(good):
    check(good.but(no_buffers=True), good)
    check(good.but(no_buffers=True, n_buffers=0), good)


@everything
def test_buffers_that_are_needed(good):
    for at in range(1, len(good.buffers)):
        if good.buffers[at]:  # in views some of the buffers are empty
            check(good.but_buffer(at, None), good)
    check(good.but_buffer(0, None).but(null_count=1), good)


@pytest.mark.parametrize("format", OFFSETS, ids=lambda format: format.decode())
def test_offsets(format):
    code = OFFSETS[format]
    good = right(format, 1, 1)

    def with_offsets(*offsets):
        return good.but_buffer(1, struct.pack(f"={len(offsets)}{code}", *offsets))

    size = len(good.buffers[2])
    least, most = (-(2**31), 2**31 - 1) if code == "i" else (-(2**63), HUGE)
    check(with_offsets(0, -1, 2, 3, 4, 5, 6), good)
    check(with_offsets(0, least, 2, 3, 4, 5, 6), good)
    check(with_offsets(0, -5, -4, -3, -2, -1, 0), good)
    check(with_offsets(0, 1, 2, -1, 4, 5, 6), good)
    check(with_offsets(0, 1, 2, 3, 4, -1, 6), good)
    check(with_offsets(0, 4, 3, 2, 1, 0, 0), good)
    check(with_offsets(0, 1, 3, 2, 4, 5, 6), good)
    check(with_offsets(0, 1, 2, 3, 5, 4, 6), good)
    check(with_offsets(0, 2, 1, 3, 4, 5, 6), good)
    # Beyond the last one: the only size of the data that is known.
    for beyond in (6, size + 1, size + 4096, most):
        check(with_offsets(0, 1, beyond, 3, 4, 5, 6), good)
        check(with_offsets(0, beyond, 2, 3, 4, 5, 6), good)
        check(with_offsets(0, 1, 2, 3, beyond, 5, 6), good)
    check(with_offsets(0, most, least, most, least, 5, 6), good)


@pytest.mark.parametrize("format", OFFSETS, ids=lambda format: format.decode())
@pytest.mark.parametrize("n", [64, 2048, 5000])
def test_one_offset_of_many(format, n):
    keys = ["key" if format in (b"u", b"U") else b"key"] * n
    good = column(keys, format)
    size = 4 if OFFSETS[format] == "i" else 8
    for at in {0, 1, 7, 15, 63, 64, n // 2, n - 1, n}:
        for wrong in (-1, 3 * n + 100, -(2**31)):
            if at == n and wrong > 0:
                continue  # that would be the size of the data
            offsets = bytearray(good.buffers[1])
            offsets[at * size : (at + 1) * size] = wrong.to_bytes(size, "little", signed=True)
            refused(Arrays(good.but_buffer(1, bytes(offsets))))
            refused(Stream(good, good.but_buffer(1, bytes(offsets))))


def view(size, buffer=0, offset=0, prefix=b"xxxx"):
    return struct.pack("=i4sii", size, prefix, buffer, offset)


WRONG_VIEWS = {
    "negative length": view(-1),
    "most negative length": view(-(2**31)),
    "negative buffer": view(20, -1),
    "most negative buffer": view(20, -(2**31)),
    "no such buffer": view(20, 2),
    "the sizes as a buffer": view(13, 2, 0),
    "highest buffer": view(20, 2**31 - 1),
    "negative offset": view(20, 0, -1),
    "most negative offset": view(20, 1, -(2**31)),
    "one byte beyond": view(20, 0, 81),
    "at the end": view(20, 1, 50),
    "behind the end": view(20, 1, 51),
    "far behind the end": view(20, 1, 2**31 - 1),
    "longer than the buffer": view(101, 0, 0),
    "longest": view(2**31 - 1, 0, 0),
    "sum that overflows": view(2**31 - 1, 0, 2**31 - 1),
    "of the shorter buffer": view(51, 1, 0),
}


@pytest.mark.parametrize("format", VIEWS, ids=lambda format: format.decode())
@pytest.mark.parametrize("wrong", WRONG_VIEWS.values(), ids=WRONG_VIEWS)
def test_views(format, wrong):
    buffers = b"x" * 100, b"x" * 50, struct.pack("=2q", 100, 50)
    right = [view(3), view(20, 0, 80), view(50, 1, 0), view(13, 1, 37)]
    good = Column(format, 4, (None, b"".join(right), *buffers), null_count=0)
    assert len(DIGESTS(Arrays(good))) == 4
    for at in range(4):
        views = [*right[:at], wrong, *right[at + 1 :]]
        check(good.but_buffer(1, b"".join(views)), good)
    for n in (64, 5000):
        for at in (0, n // 2, n - 1):
            views = [view(20, 0, 5)] * n
            views[at] = wrong
            refused(Arrays(good.but(length=n).but_buffer(1, b"".join(views))))


@pytest.mark.parametrize("format", VIEWS, ids=lambda format: format.decode())
def test_null_rows_may_have_wrong_views(format):
    buffers = b"x" * 100, b"x" * 50, struct.pack("=2q", 100, 50)
    for wrong in WRONG_VIEWS.values():
        views = [view(20, 0, 5), wrong, view(20, 0, 5)]
        door = Arrays(Column(format, 3, (b"\5", b"".join(views), *buffers)))
        assert DIGESTS(door, nulls=7).tolist() == [*DIGESTS(["x" * 20]), 7, *DIGESTS(["x" * 20])]
        assert door.books.closed()


@pytest.mark.parametrize("format", VIEWS, ids=lambda format: format.decode())
def test_sizes_of_buffers(format):
    good = Column(format, 1, (None, view(20, 0, 5), b"x" * 100, (100).to_bytes(8, "little")), null_count=0)
    assert len(DIGESTS(Arrays(good))) == 1
    for size in (-1, 0, 24, -(2**63)):
        check(good.but_buffer(3, size.to_bytes(8, "little", signed=True)), good)
    check(good.but_buffer(2, None), good)
    check(good.but_buffer(3, None), good)


@pytest.mark.parametrize("index", INT_FORMATS, ids=lambda index: index.decode())
@pytest.mark.parametrize(
    "values", [b"u", b"z", b"vu", b"l", b"w:3", b"b"], ids=lambda format: format.decode()
)
def test_indices(index, values):
    code = INT_FORMATS[index]
    size = struct.calcsize(code)
    good = column([0, 1, 2, 1], index).but(dictionary=column(KEYS[values][:3], values))
    lowest = [-1, -(2 ** (8 * size - 1))] if code.islower() else []
    highest = 2 ** (8 * size - code.islower()) - 1
    for wrong in (3, 4, 100, highest, highest - 1, *lowest):
        for at in range(4):
            indices = [0, 1, 2, 1]
            indices[at] = wrong
            check(good.but_buffer(1, struct.pack(f"=4{code}", *indices)), good)
    for n in (64, 5000):
        for at in (0, n // 2, n - 1):
            indices = [at % 3 for at in range(n)]
            indices[at] = highest
            refused(Arrays(good.but(length=n).but_buffer(1, struct.pack(f"={n}{code}", *indices))))


@pytest.mark.parametrize("index", INT_FORMATS, ids=lambda index: index.decode())
def test_null_rows_may_have_wrong_indices(index):
    size = struct.calcsize(INT_FORMATS[index])
    indices = b"".join(at.to_bytes(size, "little") for at in (1, 256**size - 1, 0))
    door = Arrays(Column(index, 3, (b"\5", indices), dictionary=column(["a", "b"], b"u")))
    assert DIGESTS(door, nulls=7).tolist() == [*DIGESTS(["b"]), 7, *DIGESTS(["a"])]
    assert door.books.closed()


@pytest.mark.parametrize("index", INT_FORMATS, ids=lambda index: index.decode())
def test_dictionary_that_is_missing_or_wrong(index):
    good = dictionary(["a", "b", "a"], index, b"u")
    check(good.but(dictionary=None, schema=good), good)
    for fields in (
        {"length": -1},
        {"offset": -1},
        {"n_buffers": 2},
        {"no_buffers": True},
        {"length": 0},
        {"length": 1},
    ):
        check(good.but(dictionary=good.dictionary.but(**fields)), good)
    for at in (1, 2):
        check(good.but(dictionary=good.dictionary.but_buffer(at, None)), good)
    check(good.but(dictionary=good.dictionary.but_buffer(1, struct.pack("=3i", 0, -1, 2))), good)
    check(good.but(dictionary=good.dictionary.but(format=b"g", buffers=(None, bytes(16)))), errors=TypeError)


@pytest.mark.parametrize(
    "format", [b"u", b"b", b"g", b"n", b"w:3", b"+s", b"vu"], ids=lambda format: format.decode()
)
def test_indices_that_are_no_integers(format):
    good = dictionary(["a", "b", "a"], b"i", b"u")
    for door in (Arrays(good.but(format=format)), Stream(good.but(format=format))):
        refused(door, (TypeError, ValueError))


def test_dictionary_in_a_dictionary():
    """Refused, or read; a wrong index is no crash in any case."""
    inner = dictionary(["a", "b"], b"c", b"u")
    for indices in ([0, 1, 1], [5, 0, 0], [-1, 0, 0]):
        door = Arrays(column(indices, b"c").but(dictionary=inner))
        with suppress(TypeError, ValueError):
            assert DIGESTS(door).tolist() == DIGESTS(["b", "a", "a"]).tolist()
        assert door.books.closed()


WRONG_FORMATS = [
    b"w",
    b"w:",
    b"w:-1",
    b"w:x",
    b"w:3x",
    b"w: 3",
    b"w:3:4",
    b"w:99999999999999999999",
    b"w:%d" % HUGE,
]
WRONG_FORMATS += [
    b"",
    b"uu",
    b"vx",
    b"v",
    b"vuu",
    b"cc",
    b"?",
    b"\xff",
    b"+",
    b"+x",
    b"d",
    b"d:",
    b"t",
    b"u" * 3000,
]


@pytest.mark.parametrize("format", WRONG_FORMATS, ids=lambda format: repr(format)[:20])
def test_formats(format):
    bad = column([b"abc", b"def"], b"w:3").but(format=format)
    for door in (
        Arrays(bad),
        Stream(bad),
        Arrays(table(bad, 2)),
        Stream(table(bad, 2)),
        Stream(bad.but(length=0)),
    ):
        refused(door, (TypeError, ValueError))


def test_no_format():
    good = column(["a"], b"u")
    for bad in (good.but(format=None), table(good.but(format=None), 1), table(good).but(format=None)):
        for door in (Arrays(bad), Stream(bad)):
            refused(door, (TypeError, ValueError))


@pytest.mark.parametrize("format", KEYS, ids=lambda format: format.decode())
def test_a_dictionary_out_of_nowhere(format):
    """One that the schema does not have: refused, or not looked at."""
    good = right(format)
    for call, options in ((DIGESTS, {}), (DIGESTS, {"nulls": 7})):
        door = Arrays(good.but(dictionary=column(["a"], b"u"), schema=good))
        with suppress(ValueError):
            assert call(door, **options).tolist() == call(KEYS[format][-4:]).tolist()
        assert door.books.closed()


# ---- tables ----


@everything
def test_columns_shorter_than_their_table(good):
    n = good.length
    for length, offset in (
        (n + 1, 0),
        (n, 1),
        (1, n),
        (0, n + 1),
        (n, HUGE - n),
        (-1, 0),
        (n, -1),
        (HUGE, 1),
    ):
        bad = table(good).but(length=length, offset=offset)
        refused(Arrays(bad), (ValueError, MemoryError))
        refused(Stream(table(good), bad), (ValueError, MemoryError))


@everything
def test_children(good):
    whole = table(good)
    for bad in (
        whole.but(children=(), schema=whole),
        whole.but(children=(good, good), schema=whole),
        whole.but(no_children=True, schema=whole),
        whole.but(n_children=0, schema=whole),
        whole.but(n_children=-1, schema=whole),
        whole.but(n_children=HUGE, schema=whole),
        whole.but(schema=whole.but(n_children=1, no_children=True)),
        whole.but(schema=whole.but(n_children=-1)),
        whole.but(no_children=True),
        whole.but(n_buffers=-1),
    ):
        for door in (Arrays(bad), Stream(bad)):
            refused(door, (ValueError, TypeError))


def test_null_rows_of_a_table():
    """The rows of tables cannot be null; those of structs can, and then they have no key."""
    good = column(["a", "b", "c"], b"u")
    for bits, null_count in ((b"\5", 1), (b"\5", -1), (b"\0", 3), (b"\7", 0), (b"\7", -1)):
        door = Arrays(table(good).but(buffers=(bits,), null_count=null_count))
        valid = [bits[0] >> at & 1 for at in range(3)]
        try:
            got = DIGESTS(door, nulls=7).tolist()
        except (TypeError, ValueError):
            pass
        else:
            assert got == [
                digest if there else 7 for digest, there in zip(DIGESTS(list("abc")), valid, strict=True)
            ]
        assert door.books.closed()


@pytest.mark.parametrize("names", [["a", "b"], ["a", "b", "c"], []])
def test_tables_of_many_columns(names):
    good = column(["a", "b", "c"], b"u")
    bad = table(good).but(children=tuple(good.but(name=name.encode()) for name in names))
    for door in (Arrays(bad), Stream(bad), Stream(bad.but(length=0))):
        refused(door, TypeError, match="column")


def test_tables_in_tables():
    good = column(["a", "b", "c"], b"u")
    for door in (Arrays(table(table(good))), Stream(table(table(good)))):
        refused(door, TypeError, match="struct")


@pytest.mark.parametrize("call", CALLS, ids=str)
def test_every_call(call):
    good = column([1, 2, 3], b"l")
    for options in ({}, {"nulls": call.values()[0]}, {"out": call.out(3)}):
        for bad in (
            good.but(length=-1),
            good.but(offset=-1),
            good.but_buffer(1, None),
            good.but(n_buffers=3),
        ):
            refused(Arrays(bad), ValueError, call, **options)
            refused(Stream(good.but(length=0), bad), ValueError, call, **options)
    if call.hashable:
        hashed = column([1, 2, 3], b"L")
        for bad in (hashed.but(length=-1), hashed.but(offset=-1), hashed.but_buffer(1, None)):
            refused(Arrays(bad), ValueError, call, hashed=True)
            refused(Stream(hashed, bad), ValueError, call, hashed=True)
