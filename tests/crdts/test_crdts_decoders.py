"""Damaged bytes under a right checksum are refused with DecodeError, or read into what writes the same."""

import contextlib
import random

import pytest
import xxhash

from coterie import (
    BoundedCounter,
    DecodeError,
    DisableWinsFlag,
    EnableWinsFlag,
    GCounter,
    GSet,
    LWWMap,
    LWWRegister,
    LWWSet,
    MVRegister,
    ORMap,
    ORSet,
    PNCounter,
    RemoveWinsSet,
    TwoPhaseSet,
)
from coterie.clocks._forms import a
from tests.damaging import damaged, keep

FEW, MANY = 3000, 10**6
PIECES = [
    b"\0",
    b"\1",
    b"\x80\1",
    b"\xff" * 9 + b"\1",
    b"\xff" * 9 + b"\x7f",
    b"\x10" + b"r" * 16,
    b"\x8aCR\1",
]


def counter(kind, counts):
    made = kind()
    for replica, count in counts.items():
        one = kind(replica=replica)
        one += count
        made |= one
    return made


def bounded(bound, counts):
    made = BoundedCounter(bound)
    for replica, count in counts.items():
        one = BoundedCounter(bound, replica=replica)
        one += count
        one.transfer(count // 3, "other")
        one -= count // 3
        made |= one
    return made


def register(value, time, replica="a"):
    made = LWWRegister(replica=replica, codec=(bytes, bytes))
    made.set(value, time=time)
    return made


def or_set(n, gone, replicas):
    """Of so many elements, every so many of which is removed; with gaps."""
    made = ORSet(replica="z")
    for replica in replicas:
        one = ORSet(replica=replica)
        for at in range(n):
            one.add((replica, at) if at % 3 else at)
        late = ORSet()
        late.merge(one.take_delta())
        one.add("unseen")
        one.take_delta()
        one.discard_many(list(one)[:: gone or n + 1])
        made.merge(one.take_delta())
        made.merge(late)
    return made


def or_map(n, replicas):
    """With so many of all that keys hold, in maps within maps, with gaps."""
    made = ORMap(replica="z")
    for replica in replicas:
        one = ORMap(replica=replica)
        here = one
        for at in range(n):
            here.counter(at).increment(2**60 * at + 1)
            here.counter(at).decrement(2**63)
            here.set((at, "s")).update([at, "x"])
            here.rw_set(at).update([replica, at])
            here.rw_set(at).discard(at)
            here.register("\u00e4").set(at)
            here.lww(at).set(-at, time=at + 1)
            here.flag(True).enable()
            here.dw_flag(b"f").disable()
            here = here.map(at)
            if at % 2:
                made.merge(one.take_delta())
            one.discard(at - 1)
        made.merge(one.take_delta())
    return made


def remove_wins_set(n, gone, replicas):
    """The same, with removals of what others add; elements of one byte and more."""
    made = RemoveWinsSet(replica="z")
    for replica in replicas:
        one = RemoveWinsSet(replica=replica)
        for at in range(n):
            one.add(at if at % 3 else str(at))
        one.take_delta()
        one.add(None)
        made.merge(one.take_delta())
        one.discard_many(range(0, n + gone, gone or 1))
        one.add(-n)
        made.merge(one)
    made.discard(None)
    return made


def mv_register(kept, n, replicas):
    """Written by each of some replicas so many times, and by others at the same time."""
    made = MVRegister(replica="z")
    for replica in replicas:
        one = MVRegister(replica=replica)
        for at in range(n):
            one.set((replica, at % 3))
            if at % 2:
                made.merge(one.take_delta())
        one.take_delta()
        for value in kept:
            other = MVRegister(replica=f"{replica} {value}")
            other.set(value)
            made.merge(other)
        one.set(None)
        made.merge(one.take_delta())
    return made


def flag(kind, n, replicas):
    """The same; with gaps."""
    made = kind(replica="z")
    for replica in replicas:
        one = kind(replica=replica)
        for at in range(n):
            one.enable()
            one.disable()
            if at % 3 == 1:
                made.merge(one.take_delta())
            one.take_delta()
        one.enable()
        one.disable()
        one.enable() if kind is EnableWinsFlag else one.disable()
        made.merge(one.take_delta())
    return made


def some_keys(n):
    """Keys of many kinds, some that begin alike."""
    return [(f"item-{at}", at * 1000, f"{'longer than what is shared ' * 2}{at}")[at % 3] for at in range(n)]


def grown(n):
    return GSet([*some_keys(n), ("a", None), 2**70])


def two_phases(n):
    made = TwoPhaseSet(some_keys(n))
    made.discard_many(some_keys(n)[::3])
    return made


def timed_set(n, bias, first=10**17):
    made = LWWSet(bias=bias, time_ns=lambda: first // 2)
    for at, key in enumerate(some_keys(n)):
        made.add(key, time=first + at * at)
        if at % 3:
            made.discard(key, time=first + (at * 70_000))
    made.discard("never there", time=1)
    return made


def timed_map(n, first=10**17):
    made = LWWMap()
    for at, key in enumerate(some_keys(n)):
        one = LWWMap(replica=("a", "ab", "z" * 64)[at % 3])
        one.set(key, ("value", at), time=first + at * at)
        if at % 4 == 0:
            one.delete(key, time=first + at * 70_000)
        made.merge(one)
    return made


def rebased(made):
    made.rebase()
    return made


COUNTS = [{}, {"a": 1}, {"a": 1, "ab": 200, "abc": 2**63, b"\xff" * 64: 2**64 - 1}]
STATES = {
    "GCounter": [counter(GCounter, counts) for counts in COUNTS] + [rebased(counter(GCounter, COUNTS[1]))],
    "PNCounter": [counter(PNCounter, counts | {"z": -3}) for counts in COUNTS]
    + [rebased(counter(PNCounter, COUNTS[1]))],
}
STATES["BoundedCounter"] = [bounded(0, {}), bounded(-5, COUNTS[2]), rebased(bounded(2**62, COUNTS[1]))]
STATES["LWWRegister"] = [
    register(("x", 2**70, None, (True, -1.5, b"a")), 2**64 - 1),
    register(bytearray(b"made by a codec"), 5),
    register("\u00e4", 5, "b" * 64),
    register(-(2**600), 7),
]
STATES["ORSet"] = [
    or_set(0, 0, []),
    or_set(300, 2, ["a", "b"]),
    or_set(12, 3, ["a", "abc", "b"]),
    rebased(or_set(5, 0, ["a"])),
]
STATES["RemoveWinsSet"] = [
    RemoveWinsSet(),
    remove_wins_set(100, 3, ["a", "b"]),
    remove_wins_set(7, 2, ["a", "abc"]),
    rebased(remove_wins_set(5, 2, ["a"])),
]
STATES["MVRegister"] = [
    mv_register([], 0, []),
    mv_register([True, 1.5, "x"], 9, ["a", "ab"]),
    mv_register([b"x"], 1, ["a"]),
    rebased(mv_register(["x", 2], 2, ["a"])),
]
for kind in (EnableWinsFlag, DisableWinsFlag):
    STATES[kind.__name__] = [
        kind(),
        flag(kind, 12, ["a", "b", "ab"]),
        flag(kind, 1, ["a"]),
        rebased(flag(kind, 3, ["a"])),
    ]
STATES["GSet"] = [GSet(), grown(20), rebased(grown(3))]
STATES["TwoPhaseSet"] = [TwoPhaseSet(), two_phases(20), rebased(two_phases(3))]
STATES["LWWSet"] = [LWWSet(), timed_set(9, "remove", 1), timed_set(20, "add"), rebased(timed_set(3, "add"))]
STATES["LWWMap"] = [LWWMap(), timed_map(9, 1), timed_map(20), rebased(timed_map(3))]
STATES["ORMap"] = [
    or_map(0, []),
    or_map(2, ["a"]),
    or_map(4, ["a", "abc", "b"]),
    rebased(or_map(2, ["a"])),
]
READERS = {f"{name} {form}": name for name in STATES for form in ("state", "digest")}


def parameter(made):
    return getattr(made, "bound", getattr(made, "bias", None))


def read_all(made):
    """All that it shows."""
    kind = type(made)
    with contextlib.suppress(TypeError):  # without a codec
        list(made) if hasattr(kind, "__iter__") else made.values if hasattr(kind, "values") else made.value
    (made.take_delta(), made.diff(made.digest()), made.stats(), repr(made))


def sealed(data):
    """With a right checksum."""
    return data[:-8] + xxhash.xxh3_64_intdigest(data[:-8]).to_bytes(8, "little")


def check(name, times, seed):
    """Reads so many damaged inputs; how many were accepted. Those are damaged further."""
    chance = random.Random(seed)
    states, form = STATES[name.split()[0]], name.split()[1]
    kind, full = type(states[0]), states[-2]
    samples = [state.to_bytes() if form == "state" else state.digest() for state in states]
    more, accepted, refused = list(samples), 0, 0
    for _ in range(times):
        data = damaged(chance, chance.choice(more)[:-8], chance.choice(samples)[:-8], PIECES)
        data = sealed(data + bytes(8))
        try:
            if form == "state":
                read = kind.from_bytes(data)
                assert read.to_bytes() == data
                read.merge(read.fork())
                read_all(read)
                if (read.generation, parameter(read)) == (full.generation, parameter(full)):
                    assert read <= read | full
            else:
                assert full.diff(data) <= full
        except DecodeError as error:
            refused += str(error).startswith(f"not {a(kind.__name__)}: ")
        except ValueError as error:  # of a digest
            refused += form == "digest" and ("generation" in str(error) or "parameters" in str(error))
        else:
            accepted += 1
            keep(chance, more, samples, data)
    assert accepted + refused == times
    return accepted


@pytest.mark.parametrize("name", READERS)
def test_damaged(name):
    assert 0 < check(name, FEW, 1) < FEW


@pytest.mark.slow
@pytest.mark.parametrize("name", READERS)
def test_damaged_a_million_times(name):
    assert 0 < check(name, MANY, 2) < MANY
