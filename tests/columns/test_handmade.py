"""Right columns made by hand: every layout anywhere in its buffers, and what is allowed but rare."""

import pytest

from tests.columns.arrow_structs import LOST, Arrays, Column, Stream
from tests.columns.calls import DIGESTS, PLACED, same
from tests.columns.layouts import INT_FORMATS, KEYS, column, dictionary, table

ASSIGN = PLACED[0]
formats = pytest.mark.parametrize("format", KEYS, ids=lambda format: format.decode())


def doors(column, behind=True):
    """The objects through which a column can be taken."""
    return (
        Arrays(column, behind),
        Stream(column, behind=behind),
        Stream(column.but(length=0), column, column, behind=behind),
        Arrays(table(column), behind),
        Stream(table(column), table(column), behind=behind),
    )


def repeats(door):
    """How many times a door gives the rows of its column."""
    return sum(part.length > 0 for part in door.columns) if isinstance(door, Stream) else 1


def check(column, keys, behind=True):
    """Each door gives these keys, and all is released."""
    for door in doors(column, behind):
        times = repeats(door)
        if None in keys:
            want = ASSIGN.expected(keys * times, -1)
            assert same(ASSIGN(door, nulls="skip"), want)
        else:
            want = DIGESTS.expected(keys * times)
            assert same(DIGESTS(door), want)
        assert door.books.closed(), door.books
    assert LOST.released == {}


@formats
@pytest.mark.parametrize("behind", [True, False], ids=["guard behind", "guard before"])
def test_layouts(format, behind, level):
    keys = KEYS[format]
    for before, after in ((0, 0), (1, 0), (3, 2), (8, 7), (64, 1)):
        for n in (len(keys), 1, 2):
            check(column(keys[:n], format, before, after), keys[:n], behind)
            if n > 1:
                nulled = [None if i % 3 == 1 else key for i, key in enumerate(keys[:n])]
                check(column(nulled, format, before, after), nulled, behind)


@formats
def test_long(format, level):
    keys = (KEYS[format] * 2000)[:5001]
    for before in (0, 5):
        check(column(keys, format, before), keys)
        nulled = [None if i % 7 == 1 else key for i, key in enumerate(keys)]
        check(column(nulled, format, before), nulled)


@formats
@pytest.mark.parametrize("index", INT_FORMATS, ids=lambda index: index.decode())
def test_dictionaries(format, index):
    keys = KEYS[format] * 3
    for before, after in ((0, 0), (1, 2), (9, 0)):
        check(dictionary(keys, index, format, before, after), keys)
        nulled = [None if i % 3 == 1 else key for i, key in enumerate(keys)]
        for null_value in (False, True):
            check(dictionary(nulled, index, format, before, after, null_value), nulled)


def test_nothing_but_nulls():
    for n in (0, 1, 70):
        for null_count in (-1, n):
            check(Column(b"n", n, (), null_count=null_count), [None] * n)
            check(Column(b"n", n, (), offset=5, null_count=null_count), [None] * n)


@formats
@pytest.mark.parametrize("null_count", [-1, 0], ids=["unknown", "none"])
def test_number_of_nulls(format, null_count):
    keys = KEYS[format]
    check(column(keys, format, 3).but(null_count=null_count), keys)
    valid = column([*keys, None], format)
    check(valid.but(length=len(keys), null_count=null_count), keys)  # a bitmap, and no null within these rows
    check(column([None, *keys], format).but(offset=1, length=len(keys), null_count=null_count), keys)


@formats
def test_known_number_of_nulls(format):
    keys = [None, *KEYS[format], None]
    check(column(keys, format, 2).but(null_count=2), keys)


@formats
def test_no_rows(format):
    check(column([], format), [])
    check(column(KEYS[format], format).but(length=0), [])
    check(column(KEYS[format], format).but(length=0, offset=2), [])


@pytest.mark.parametrize("format", [b"u", b"U", b"z", b"Z", b"vu", b"vz"])
def test_nothing_to_point_at(format):
    """Data buffers of empty keys, and of none, may be NULL."""
    keys = ["" if format[-1:] in b"uU" else b""] * 5
    whole = column(keys, format, **({"buffers": 0} if format.startswith(b"v") else {}))
    check(whole, keys)
    check(whole.but_buffer(2, None), keys)


@pytest.mark.parametrize("format", [b"vu", b"vz"])
@pytest.mark.parametrize("buffers", [1, 2, 3, 17])
def test_buffers_of_views(format, buffers):
    keys = KEYS[format] * 5
    check(column(keys, format, 3, buffers=buffers), keys)


def test_views_of_one_text():
    """Views may overlap, in any order."""
    text = bytes(range(32, 127))
    views = b""
    keys = []
    for start in (50, 0, 10, 10, 60):
        key = text[start : start + 30]
        views += len(key).to_bytes(4, "little") + key[:4] + bytes(4) + start.to_bytes(4, "little")
        keys.append(key)
    check(Column(b"vz", 5, (None, views, text, (95).to_bytes(8, "little"))), keys)


@pytest.mark.parametrize("format", [b"u", b"U"])
def test_texts_that_begin_later(format):
    """The first offset need not be 0."""
    keys = ["abc", "", "defgh"]
    check(column(keys, format, 2).but_buffer(0, None), keys)


def test_dictionary_values_that_no_row_has():
    values = column(["x", None, "y", "z"], b"u")
    check(column([3, 0, 2, 0], b"c").but(dictionary=values), ["z", "x", "y", "x"])


def test_a_dictionary_for_each_chunk():
    for index in INT_FORMATS:
        first, second = dictionary(["a", "b", "a"], index, b"u"), dictionary(["c", "a"] * 5, index, b"u")
        door = Stream(first, second, first)
        assert same(DIGESTS(door), DIGESTS.expected(["a", "b", "a", *["c", "a"] * 5, "a", "b", "a"]))
        assert door.books.closed()


@formats
def test_rows_of_a_table(format):
    """A struct has its own offset and length, and its column may be longer."""
    keys = KEYS[format]
    for before in (0, 3):
        child = column(keys, format, before, 2)
        for first, n in ((0, len(keys)), (1, len(keys) - 1), (2, 1), (len(keys), 0)):
            sliced = table(child, n, first)
            for door in (Arrays(sliced), Stream(sliced)):
                assert same(DIGESTS(door), DIGESTS.expected(keys[first : first + n]))
                assert door.books.closed()
    nulled = [None if i % 2 else key for i, key in enumerate(keys)]
    sliced = table(column(nulled, format, 5), len(keys) - 1, 1)
    assert same(ASSIGN(Arrays(sliced), nulls="skip"), ASSIGN.expected(nulled[1:], -1))


def test_both_doors():
    """An object that has both is read once."""
    arrays, stream = Arrays(column(["a"], b"u")), Stream(column(["a"], b"u"))

    class Both:
        __arrow_c_array__ = staticmethod(arrays.__arrow_c_array__)
        __arrow_c_stream__ = staticmethod(stream.__arrow_c_stream__)

    assert same(DIGESTS(Both()), DIGESTS.expected(["a"]))
    assert arrays.books.closed()
    assert stream.books.closed()


def test_columns_that_can_be_iterated_as_well():
    class Iterable(Arrays):
        def __iter__(self):
            raise AssertionError("iterated")

        __len__ = __getitem__ = __iter__

    assert same(DIGESTS(Iterable(column(["a"], b"u"))), DIGESTS.expected(["a"]))


def test_a_requested_schema_is_not_asked_for():
    class Strict(Arrays):
        def __arrow_c_array__(self, requested_schema=None):
            assert requested_schema is None
            return super().__arrow_c_array__()

    assert same(DIGESTS(Strict(column(["a"], b"u"))), DIGESTS.expected(["a"]))


@pytest.mark.parametrize("flags", [0, 1, 2, 3, 4])
def test_flags(flags):
    check(column(["a"], b"u").but(flags=flags), ["a"])


@pytest.mark.parametrize("name", [None, b"", "naïve".encode(), b"\xff"])
def test_names(name):
    check(column(["a"], b"u").but(name=name), ["a"])


def test_metadata():
    pair = b"\1\0\0\0\3\0\0\0key\5\0\0\0value"
    check(column(["a"], b"u").but(metadata=pair), ["a"])
