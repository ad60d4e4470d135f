"""Streams and objects that go wrong: their own words come through, and all is released."""

import gc
import subprocess
import sys
from contextlib import suppress

import pytest

from tests.columns.arrow_structs import (
    LOST,
    Arrays,
    ArrowArray,
    ArrowArrayStream,
    ArrowSchema,
    Books,
    Stream,
    fill_array,
    fill_schema,
)
from tests.columns.calls import CALLS, DIGESTS, same
from tests.columns.layouts import column, table

TEXTS = ["a", "b", "thirteen byte"]
GOOD = column(TEXTS, b"u")


def refused(door, errors=(OSError, ValueError), match=None, call=DIGESTS):
    with pytest.raises(errors, match=match) as info:
        call(door)
    del info
    assert door.books.closed(), door.books
    assert LOST.released == {}


@pytest.mark.parametrize("code", [5, 12, 22, 38, 1, -1, 10**9])
@pytest.mark.parametrize("schema", [GOOD, table(GOOD)], ids=["column", "table"])
def test_errors(code, schema):
    refused(Stream(schema, schema=code), match="the stream's own words")
    refused(Stream(code, schema=schema), match="the stream's own words")
    refused(Stream(schema, schema, code, schema), match="the stream's own words")
    refused(Stream(schema.but(length=0), code, schema=schema), match="the stream's own words")


@pytest.mark.parametrize("call", CALLS, ids=str)
def test_errors_in_every_call(call):
    ints = column([1, 2], b"l")
    refused(Stream(ints, 5), match="the stream's own words", call=call)
    refused(Stream(ints, schema=5), match="the stream's own words", call=call)


@pytest.mark.parametrize(
    "message", [None, b"", "naïve".encode(), b"\xff\xfe", b"x" * 10_000], ids=lambda m: repr(m)[:9]
)
def test_messages(message):
    refused(Stream(GOOD, 5, message=message))
    refused(Stream(GOOD, schema=5, message=message))


def test_nothing_is_asked_after_an_error_or_the_end():
    for columns, asked in (((GOOD, 5, GOOD), 2), ((GOOD, GOOD), 3), ((5, GOOD), 1), ((), 1)):
        door = Stream(*columns, schema=GOOD)
        try:
            DIGESTS(door)
        except (OSError, ValueError):
            assert 5 in columns
        assert door.asked == {"schema": 1, "next": asked}
        assert door.books.closed()


def test_an_empty_stream():
    for schema in (GOOD, table(GOOD)):
        for columns in ((), (schema.but(length=0),), (schema.but(length=0),) * 3):
            door = Stream(*columns, schema=schema)
            assert DIGESTS(door).tolist() == []
            assert door.books.closed()


def test_an_endless_number_of_empty_chunks():
    door = Stream(*[GOOD.but(length=0)] * 5000, GOOD)
    assert same(DIGESTS(door), DIGESTS.expected(TEXTS))
    assert door.books.closed()


def test_many_chunks():
    door = Stream(*[GOOD] * 3000)
    assert same(DIGESTS(door), DIGESTS.expected(TEXTS * 3000))
    assert door.books.closed()


# ---- what is in the capsules ----


def test_released_before():
    books = Books()

    class Old:
        schema_gone = array_gone = False

        def __arrow_c_array__(self, requested_schema=None):
            schema = ArrowSchema() if self.schema_gone else fill_schema(ArrowSchema(), GOOD, books)
            array = ArrowArray() if self.array_gone else fill_array(ArrowArray(), GOOD, books)
            return books.capsule(schema), books.capsule(array)

    for schema_gone, array_gone in ((True, True), (True, False), (False, True)):
        old = Old()
        old.schema_gone, old.array_gone = schema_gone, array_gone
        with pytest.raises(ValueError, match=r"(?i)released"):
            DIGESTS(old)
        gc.collect()
        assert books.closed()


def test_streams_released_before():
    books = Books()

    class Old:
        def __arrow_c_stream__(self, requested_schema=None):
            return books.capsule(ArrowArrayStream())

    with pytest.raises(ValueError, match=r"(?i)released"):
        DIGESTS(Old())


def test_a_capsule_that_is_used_twice():
    class Same(Arrays):
        capsules = None

        def __arrow_c_array__(self, requested_schema=None):
            self.capsules = self.capsules or super().__arrow_c_array__()
            return self.capsules

    door = Same(GOOD)
    assert same(DIGESTS(door), DIGESTS.expected(TEXTS))
    with suppress(ValueError):  # unless it has been left as it was
        assert same(DIGESTS(door), DIGESTS.expected(TEXTS))
    door.capsules = None
    gc.collect()
    assert door.books.closed()


def test_a_schema_that_is_none():
    class Empty(Stream):
        def get_schema(self, _, address):
            ArrowSchema.from_address(address).release = None
            return 0

    refused(Empty(GOOD))


LACKING = """
import coterie
from tests.columns.arrow_structs import Stream
from tests.columns.layouts import column

class Lacking(Stream):
    def stream(self):
        struct = super().stream()
        struct.{name} = None
        return struct

good = column(["a"], b"u")
for door in (Lacking(good, 5), Lacking(good, schema=5)):
    try:
        coterie.digests(door)
    except (OSError, ValueError):
        assert door.books.closed()
        print("refused")
"""


@pytest.mark.parametrize("name", ["get_schema", "get_next", "get_last_error"])
def test_callbacks_that_are_missing(name):
    command = [sys.executable, "-c", LACKING.format(name=name)]
    result = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert result.stdout == "refused\nrefused\n", (result.returncode, result.stderr)


def pair(schema_name=None, array_name=None):
    """A door's capsules, of some names."""

    def make(door):
        books = door.books
        return books.capsule(door.schema(), schema_name), books.capsule(door.array(), array_name)

    return make


RUBBISH = {
    "None": lambda door: None,
    "an int": lambda door: 5,
    "a text": lambda door: "ab",
    "an empty tuple": lambda door: (),
    "one capsule": lambda door: door.books.capsule(door.schema()),
    "a tuple of one": lambda door: pair()(door)[:1],
    "a tuple of three": lambda door: (*pair()(door), None),
    "no capsules": lambda door: (None, None),
    "no array": lambda door: (door.books.capsule(door.schema()), None),
    "no schema": lambda door: (None, door.books.capsule(door.array())),
    "in the other order": lambda door: pair()(door)[::-1],
    "schema of another name": pair(b"schema"),
    "array of another name": pair(None, b"arrow_array_"),
    "schema without a name": pair(b""),
    "array without a name": pair(None, b""),
    "device array": pair(None, b"arrow_device_array"),
    "used": pair(None, b"used_arrow_array"),
}
STREAM_RUBBISH = {
    "None": lambda door: None,
    "an int": lambda door: 5,
    "a tuple": lambda door: (door.books.capsule(door.stream()),),
    "the object": lambda door: door,
    "of another name": lambda door: door.books.capsule(door.stream(), b"arrow_array"),
    "without a name": lambda door: door.books.capsule(door.stream(), b""),
    "used": lambda door: door.books.capsule(door.stream(), b"used_arrow_array_stream"),
}


@pytest.mark.parametrize("make", RUBBISH.values(), ids=RUBBISH)
def test_arrays_that_are_rubbish(make):
    class Door(Arrays):
        def __arrow_c_array__(self, requested_schema=None):
            return make(self)

    refused(Door(GOOD), (TypeError, ValueError))


@pytest.mark.parametrize("make", STREAM_RUBBISH.values(), ids=STREAM_RUBBISH)
def test_streams_that_are_rubbish(make):
    class Door(Stream):
        def __arrow_c_stream__(self, requested_schema=None):
            return make(self)

    refused(Door(GOOD), (TypeError, ValueError))


@pytest.mark.parametrize(
    "error", [ZeroDivisionError, TypeError, AttributeError, MemoryError, KeyboardInterrupt]
)
@pytest.mark.parametrize("name", ["__arrow_c_array__", "__arrow_c_stream__"])
def test_doors_that_raise(name, error):
    def door(self, requested_schema=None):
        raise error("the door's own words")

    thing = type("Thing", (), {name: door})()
    with pytest.raises(error, match="the door's own words"):
        DIGESTS(thing)


def test_doors_that_are_no_methods():
    for name in ("__arrow_c_array__", "__arrow_c_stream__"):
        for value in (5, "text", [], lambda: None):
            with pytest.raises(TypeError):
                DIGESTS(type("Thing", (), {name: value})())


def test_classes_are_no_columns():
    for thing in (Arrays, Stream):
        with pytest.raises(TypeError):
            DIGESTS(thing)


def test_a_door_that_reads_another_column():
    class Nested(Stream):
        def get_next(self, stream, address):
            assert same(DIGESTS(Arrays(GOOD)), DIGESTS.expected(TEXTS))
            return super().get_next(stream, address)

    door = Nested(GOOD, GOOD)
    assert same(DIGESTS(door), DIGESTS.expected(TEXTS * 2))
    assert door.books.closed()
