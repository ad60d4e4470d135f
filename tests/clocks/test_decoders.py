"""Damaged bytes and text are refused with DecodeError, or what is made of them is what they say."""

import functools
import random
import re

import pytest

from coterie import (
    HLC,
    BloomClock,
    CausalContext,
    ClockMatrix,
    DecodeError,
    Dot,
    DottedVersionVectorSet,
    IntervalTreeClock,
    LamportClock,
    MatrixClock,
    Message,
    Roster,
    VectorClock,
)
from tests.clocks.vectors import IDS, MOST
from tests.damaging import damaged, keep

FEW, MANY = 3000, 10**6

ROSTER = Roster([f"node-{i}" for i in range(12)])
COUNTS = [1, 2, 127, 128, 300, 2**53, MOST]


def entries(ids):
    return VectorClock(dict(zip(ids, COUNTS, strict=False)))


def context(ids):
    made = CausalContext(entries(ids[:2]))
    for id in ids:
        for counter in (4, 5, 6, 300, 301, MOST):
            made.add(Dot(id, counter))
    return made


def siblings(ids, *values):
    return DottedVersionVectorSet.from_entries(
        [(id, count + 9, values[at:]) for at, (id, count) in enumerate(entries(ids[:-1]).items())]
        + [(ids[-1], 1, [])]
    )


def matrix(ids):
    made = MatrixClock(ids)
    for at, id in enumerate(ids[1:]):
        made.update(id, entries(ids[at:]))
    return made


def bloom(cells, hashes, seed, events):
    made = BloomClock(cells, hashes, seed=seed)
    for event in range(events):
        made.add(event)
    return made


CLOCKS = [VectorClock(), *map(entries, IDS.values()), VectorClock({f"node-{i}": 3**i for i in range(12)})]
STAMPS = [0, 1, 2**16, 2**53, MOST]
CONTEXTS = [CausalContext(), *map(CausalContext, CLOCKS), *map(context, IDS.values())]
TEXTS = ["", "milk", 'ä\n"\\\U0001f600', "x" * 130]
SIBLINGS = [DottedVersionVectorSet(), *(siblings(ids, *TEXTS) for ids in IDS.values())]
MATRICES = [MatrixClock(["a"]), *map(matrix, IDS.values())]
MESSAGES = [
    Message(ids[0], entries(ids), said) for ids in IDS.values() for said in (None, "", "milk", "ä" * 70)
]
BLOOMS = [BloomClock(1, 1), bloom(8, 2, 2**64 - 1, 500), bloom(40, 8, 5, 9), bloom(3, 3, 2**53, 2)]
TREES = [
    IntervalTreeClock(id, history)
    for id, history in [
        (1, 0),
        (0, 5),
        ((1, 0), (0, 1, 0)),
        (((0, 1), (1, 0)), (MOST - 300, 2, (0, 300, 7))),
        (0, 2**53),
    ]
]

# What is read, and which clocks write the bytes that are damaged.
BYTES = {
    "LamportClock": [LamportClock(stamp) for stamp in STAMPS],
    "HybridLogicalClock": [HLC(last=stamp) for stamp in STAMPS],
    "VectorClock": CLOCKS,
    "CausalContext": CONTEXTS,
    "DottedVersionVectorSet": SIBLINGS + [siblings(ids, b"\0", b"", "m", b"x" * 70) for ids in IDS.values()],
    "IntervalTreeClock": TREES,
    "MatrixClock": MATRICES,
    "Message": [*MESSAGES, Message("a", VectorClock({"a": 1}), b"\xff\0"), Message("b", entries("ab"), b"")],
    "BloomClock": BLOOMS,
}
JSON = BYTES | {"DottedVersionVectorSet": SIBLINGS, "Message": MESSAGES}


def read_bytes(kind, data):
    made = kind.from_bytes(data)
    assert made.to_bytes() == data


def read_with_roster(kind, data):
    made = kind.from_bytes(data, roster=ROSTER)
    assert made.to_bytes(roster=ROSTER) == data


def read_json(kind, data):
    """The same clock may be written in several ways, of which it writes one."""
    made = kind.from_json(data)
    text = made.to_json()
    again = kind.from_json(text)
    assert again.to_json() == text
    assert again.to_bytes() == made.to_bytes()
    kind.from_bytes(made.to_bytes())


ROSTERED = [VectorClock(), VectorClock({"node-3": 5, "node-11": MOST}), CLOCKS[-1]]
READERS = {f"{name} bytes": (read_bytes, [made.to_bytes() for made in all]) for name, all in BYTES.items()}
READERS |= {
    f"{name} JSON": (read_json, [made.to_json().encode() for made in all]) for name, all in JSON.items()
}
READERS["VectorClock roster"] = (read_with_roster, [made.to_bytes(roster=ROSTER) for made in ROSTERED])

# Numbers at which varints, lengths and counters end or change.
VARINTS = "00 01 7f 8001 8000 ff7f ffffffff0f ffffffffffffffff7f ffffffffffffffffff01 80808080808080808001"
VARINTS += " ffffffffffffffffff02 ffffffffffffffffffff01"
NUMBERS = [bytes.fromhex(varint) for varint in VARINTS.split()]
TEXT = """
0 1 -1 -0 00 1.0 1e3 NaN true null {} []
[[]] [1,1] [[1,1]] [1,["x"]] {"a":1} 9007199254740991 9007199254740992
9223372036854775807 9223372036854775808 18446744073709551615 "9223372036854775807" "9223372036854775808"
"18446744073709551615" "\\ud800" "\\u00e4" \\ "" "0" "1" "-1" "01" "a" "v" "k" "c" "p" "s" "h" "str" "bytes"
"int" "bloom" "hlc" "lamport" : , { } [ ] " 61 ff "a":1, "v":1, "v":2, ,"x":0 "k":"int" "k":"bytes" "k":"str"
"c":{}
"""
TOKENS = [token.encode() for token in TEXT.split()]
TOKENS += [b"\n ", b"[" * 2000, b'{"a":' * 900 + b"1" + b"}" * 900, b"1" * 5000]


def check(name, times, seed):
    """Reads so many damaged inputs; how many were accepted. Those are damaged further."""
    chance = random.Random(seed)
    read, samples = READERS[name]
    class_name, form = name.split()
    kind = type(BYTES[class_name][0])
    pieces = TOKENS if form == "JSON" else NUMBERS
    refusal = f"not {'an' if class_name[0] in 'AEIOU' else 'a'} {class_name}: "
    more, accepted, named = list(samples), 0, 0
    for sample in samples:
        read(kind, sample)
    for _ in range(times):
        data = damaged(chance, chance.choice(more), chance.choice(samples), pieces)
        try:
            read(kind, data)
        except DecodeError as error:
            named += str(error).startswith(refusal)
        except BaseException:
            print(repr(data))
            raise
        else:
            accepted += 1
            keep(chance, more, samples, data)
    assert accepted + named == times
    return accepted


@pytest.mark.parametrize("name", READERS)
def test_damaged(name):
    assert 0 < check(name, FEW, 1) < FEW


# Readers that take max_entries, each with what it reads.
LIMITED = {
    f"{name} {form}": (getattr(type(made[-1]), reader), getattr(made[-1], writer)())
    for form, reader, writer in (("bytes", "from_bytes", "to_bytes"), ("JSON", "from_json", "to_json"))
    for name, made in JSON.items()
    if name in ("VectorClock", "CausalContext", "DottedVersionVectorSet", "MatrixClock", "Message")
}
LIMITED["VectorClock with a roster"] = (
    functools.partial(VectorClock.from_bytes, roster=Roster(["a", "b"])),
    VectorClock({"b": 3}).to_bytes(roster=Roster(["a", "b"])),
)
LIMITED["ClockMatrix encoded"] = (ClockMatrix.from_encoded, [clock.to_bytes() for clock in CLOCKS[-1:]])


class Few:
    def __index__(self):
        return 100


@pytest.mark.parametrize("name", LIMITED)
def test_max_entries(name):
    """All readers check it in one way, and before they read."""
    read, data = LIMITED[name]
    made = read(data)
    for most in (2**64 - 1, 100, Few()):
        assert read(data, max_entries=most) == made
    for most, error, text in (
        (-1, ValueError, "max_entries is -1: pass an int of at least 0"),
        (-(2**70), ValueError, "pass an int of at least 0"),
        (2**64, OverflowError, "the most is"),
        (1.5, TypeError, "max_entries is a float: pass an int"),
        ("1", TypeError, "max_entries is a str"),
        (None, TypeError, "max_entries is a NoneType"),
    ):
        with pytest.raises(error, match=text) as raised:
            read(data, max_entries=most)
        assert raised.type is error  # not DecodeError
    with pytest.raises(DecodeError):
        read(data, max_entries=0)


@pytest.mark.parametrize("name", JSON)
def test_numbers_that_are_written_otherwise(name):
    """Each number of each text."""
    number, refused = re.compile(r"(?<=[:,\[])[0-9]+(?=[],}])"), 0
    for made in JSON[name]:
        text = made.to_json()
        for found in number.finditer(text):
            n = found[0]
            for other in ("-0", " -0 ", "-0.0", "0.0", f"-{n}", f"{n}.0", f"{n}e0", f"0{n}", f"+{n}", "true"):
                with pytest.raises(DecodeError):
                    type(made).from_json(f"{text[: found.start()]}{other}{text[found.end() :]}")
                refused += 1
    assert refused > 0


@pytest.mark.slow
@pytest.mark.parametrize("name", READERS)
def test_much_that_is_damaged(name):
    assert 0 < check(name, MANY, 2) < MANY
