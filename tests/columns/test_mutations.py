"""Columns with random mistakes: the answer of the plain reader, or an error; never a crash, never a leak."""

import gc
import random
import struct

import pytest

from tests.columns import plain
from tests.columns.arrow_structs import LOST, Arrays, Stream
from tests.columns.calls import DIGESTS, PLACED
from tests.columns.layouts import INT_FORMATS, KEYS, OFFSETS, VIEWS, column, dictionary, table

HARD = [
    -(2**63),
    -(2**31),
    -65,
    -64,
    -2,
    -1,
    0,
    1,
    2,
    3,
    4,
    5,
    8,
    12,
    13,
    16,
    63,
    64,
    65,
    100,
    2**31 - 1,
    2**63 - 1,
]
ASSIGN = PLACED[0]


def some_column(draw):
    """A right column."""
    format = draw.choice(list(KEYS))
    keys = draw.choices(KEYS[format], k=draw.choice([0, 1, 2, 3, 5, 8, 9, 40, 70]))
    if draw.random() < 0.5:
        keys = [None if draw.random() < 0.3 else key for key in keys]
    before, behind = draw.choice([0, 0, 1, 3, 8, 13]), draw.choice([0, 1, 3])
    if draw.random() < 0.3:
        return dictionary(keys, draw.choice(list(INT_FORMATS)), format, before, behind, draw.random() < 0.3)
    return column(keys, format, before, behind)


def mutant(column, draw):
    """The column with one mistake, or with something that is just another column."""
    if column.dictionary is not None and draw.random() < 0.4:
        return column.but(dictionary=mutant(column.dictionary, draw))
    what = draw.randrange(9)
    if what == 0:
        return column.but(length=draw.choice([*HARD, column.length + 1, column.length - 1]))
    if what == 1:
        return column.but(offset=draw.choice([*HARD, column.offset + 1, column.offset - 1]))
    if what == 2:
        return column.but(null_count=draw.choice(HARD))
    if what == 3:
        return column.but(n_buffers=draw.choice([-(2**63), -1, 0, 1, 2, 3, len(column.buffers) - 1]))
    if what == 4 and draw.random() < 0.3:
        return column.but(no_buffers=True)
    if what == 5:
        return column.but_buffer(draw.randrange(len(column.buffers)), None)
    if what == 6 and column.dictionary is not None and draw.random() < 0.3:
        return column.but(dictionary=None, schema=column)
    return with_another_number(column, draw)


def with_another_number(column, draw):
    """The column in which one of the numbers in its buffers is another."""
    at = draw.randrange(len(column.buffers))
    buffer = column.buffers[at]
    if not buffer:
        return column
    code = "B"
    if at == 1:
        code = OFFSETS.get(column.format) or INT_FORMATS.get(column.format) or "i"
    if column.format in VIEWS and at == len(column.buffers) - 1:
        code = "q"
    if at == 0 or column.format == b"b":
        code = "B"
    size = struct.calcsize(code)
    if len(buffer) < size:
        return column
    place = draw.randrange(len(buffer) // size) * size
    (old,) = struct.unpack_from(f"={code}", buffer, place)
    new = draw.choice(
        [*HARD, old + 1, old - 1, old ^ 1 << draw.randrange(8 * size), draw.getrandbits(8 * size)]
    )
    changed = bytearray(buffer)
    changed[place : place + size] = (new % 2 ** (8 * size)).to_bytes(size, "little")
    return column.but_buffer(at, bytes(changed))


def doors(column, behind):
    yield Arrays(column, behind)
    yield Stream(column, behind=behind)
    if 0 <= column.length < 2**20:
        yield Arrays(table(column), behind)


def check(column, behind):
    try:
        want = plain.read(column)
    except plain.Malformed as problem:
        want = problem
    except plain.Unclear:
        want = None
    except plain.Unknowable:
        return "unknowable"
    for door in doors(column, behind):
        for call, null in ((DIGESTS, 7), (ASSIGN, -1)):
            try:
                got = call(door, nulls=null).tolist()
            except (ValueError, MemoryError) as error:
                got = error
            if isinstance(door, Stream):
                door = Stream(column, behind=behind)
            if isinstance(want, list):
                assert got == call.expected(want, null).tolist(), (column, got)
            elif want is not None:
                assert isinstance(got, (ValueError, MemoryError)), (column, want, got)
    return type(want).__name__


def run(rounds, seed):
    draw = random.Random(seed)
    seen = {}
    for _ in range(rounds):
        made = some_column(draw)
        for _ in range(draw.choice([1, 1, 1, 2, 3])):
            if made.buffers:
                made = mutant(made, draw)
        kind = check(made, draw.random() < 0.5)
        seen[kind] = seen.get(kind, 0) + 1
    gc.collect()
    assert LOST.released == {}
    return seen


def test_mutants():
    """Enough of each kind: what is read, what is refused, what may be either."""
    seen = run(4000, 1)
    assert seen["list"] > 500, seen
    assert seen["Malformed"] > 500, seen


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2, 22))
def test_many_mutants(seed):
    run(20_000, seed)


@pytest.mark.parametrize("format", [*KEYS, b"n"], ids=lambda format: format.decode())
def test_the_plain_reader(format):
    """It reads right columns."""
    keys = KEYS.get(format, [None])
    for before in (0, 3, 8):
        for wanted in (keys, [*keys, None, *keys], []):
            if format == b"n":
                wanted = [None] * len(wanted)
            got = plain.read(column(wanted, format, before, 2))
            assert [
                key.decode() if isinstance(key, bytes) and format[-1:] in b"uU" else key for key in got
            ] == wanted
            if format != b"n":
                got = plain.read(dictionary(wanted, b"i", format, before, 2, null_value=True))
                assert [None if key is None else DIGESTS([key])[0] for key in got] == [
                    None if key is None else DIGESTS([key])[0] for key in wanted
                ]
