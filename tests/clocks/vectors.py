"""Known answers, ids, and clocks to try."""

import json
from pathlib import Path

from hypothesis import strategies as st

from coterie import Relation, VectorClock

FOLDER = Path(__file__).parents[1] / "vectors"
RELATIONS = {relation.name.lower(): relation for relation in Relation}
MOST = 2**63 - 1
IDS = {
    "str": ["a", "b", "ä", "node-1"],
    "bytes": [b"a", b"b", b"\xff", b"node-1"],
    "int": [0, 1, 255, 2**64 - 1],
}

counters = st.one_of(st.integers(0, 3), st.sampled_from([2**53, 2**62, MOST]))
entries = st.dictionaries(st.sampled_from("abcdefgh"), counters, max_size=8)
many_entries = st.dictionaries(st.integers(0, 200), counters, max_size=60)


def flips(data, start=0):
    """The bytes with one bit changed: each bit in turn, from byte `start` on."""
    for bit in range(8 * start, 8 * len(data)):
        flipped = bytearray(data)
        flipped[bit // 8] ^= 1 << bit % 8
        yield bytes(flipped)


def known(name):
    """The known answers of a file."""
    return json.loads((FOLDER / f"clocks_{name}.json").read_text())


def without_zeros(entries):
    """What a clock keeps of entries."""
    return {id: count for id, count in entries.items() if count}


def grown(entries):
    """The same clock, made one id after the other, the last first."""
    clock = VectorClock()
    for id, count in reversed(entries.items()):
        clock.advance(id, count)
    return clock
