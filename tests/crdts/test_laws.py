"""The laws of lattices, for all types alike, on random states that replicas reach, deltas and diffs too."""

import contextlib
import copy
import pickle
import random
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coterie import (
    BoundedCounter,
    DisableWinsFlag,
    EnableWinsFlag,
    GCounter,
    GSet,
    InsufficientRights,
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

VALUES = [0, 1, True, 1.0, "1", b"1", None, ("a", 1)]
KEYS = ["x", "y", 1, "1"]


def clock():
    """Stands still: ties are many."""
    return 10**15


def count(a, rng):
    a.increment(rng.randrange(5))


def count_both_ways(a, rng):
    (a.increment if rng.random() < 0.5 else a.decrement)(rng.randrange(5))


def spend(a, rng):
    to = rng.choice([other for other in "xyz" if other.encode() != a.replica])
    with contextlib.suppress(InsufficientRights):
        rng.choice([a.increment, a.decrement, lambda n: a.transfer(n, to)])(rng.randrange(4))


def write(a, rng):
    a.set(rng.choice(VALUES), time=rng.choice([None, None, rng.randrange(1, 2**63)]))


def write_or_clear(a, rng):
    a.clear() if rng.random() < 0.2 else a.set(rng.choice(VALUES))


def switch(a, rng):
    rng.choice([a.enable, a.disable])()


def grow(a, rng):
    a.add(rng.choice(VALUES))


def add_or_discard(a, rng):
    rng.choice([a.add, a.discard])(rng.choice(VALUES))


def add_once(a, rng):
    value = rng.choice(VALUES)
    if value in a or rng.random() < 0.2:
        a.discard(value)
    else:
        try:
            a.add(value)
        except ValueError:  # it was removed
            assert value not in a


def add_or_discard_at(a, rng):
    rng.choice([a.add, a.discard])(rng.choice(VALUES), time=rng.choice([None, rng.randrange(1, 2**63)]))


def write_key(a, rng):
    key, time = rng.choice(KEYS), rng.choice([None, rng.randrange(1, 2**63)])
    a.delete(key, time=time) if rng.random() < 0.3 else a.set(key, rng.choice(VALUES), time=time)


def change_map(a, rng):
    while rng.random() < 0.3:
        a = a.map(rng.choice(KEYS))
    key, value = rng.choice(KEYS), rng.choice(VALUES)
    rng.choice(
        [
            lambda: a.counter(key).increment(rng.randrange(3)),
            lambda: a.counter(key).decrement(2),
            lambda: a.counter(key).reset(),
            lambda: a.set(key).add(value),
            lambda: a.set(key).discard(value),
            lambda: a.rw_set(key).add(value),
            lambda: a.rw_set(key).discard(value),
            lambda: a.register(key).set(value),
            lambda: a.lww(key).set(value, time=rng.choice([None, rng.randrange(1, 2**63)])),
            lambda: a.flag(key).enable(),
            lambda: a.dw_flag(key).disable(),
            lambda: a.discard(key),
            lambda: a.clear() if rng.random() < 0.1 else None,
        ]
    )()


# What changes an object, and what it is made with.
TYPES = {
    GCounter: (count, {}),
    PNCounter: (count_both_ways, {}),
    BoundedCounter: (spend, {"bound": -3}),
    LWWRegister: (write, {"time_ns": clock}),
    MVRegister: (write_or_clear, {}),
    EnableWinsFlag: (switch, {}),
    DisableWinsFlag: (switch, {}),
    GSet: (grow, {}),
    TwoPhaseSet: (add_once, {}),
    LWWSet: (add_or_discard_at, {"bias": "remove", "time_ns": clock}),
    ORSet: (add_or_discard, {}),
    RemoveWinsSet: (add_or_discard, {}),
    LWWMap: (write_key, {"time_ns": clock}),
    ORMap: (change_map, {"time_ns": clock}),
}
LEAST = (ORSet, RemoveWinsSet, MVRegister, EnableWinsFlag, DisableWinsFlag, ORMap)


def states(kind, rng):
    """Replicas after a history, and parts of states that were on their way."""
    change, arguments = TYPES[kind]
    replicas = [kind(replica=name, **arguments) for name in "xyz"]
    parts = []
    for _ in range(rng.randrange(30)):
        a, b = rng.choice(replicas), rng.choice(replicas)
        what = rng.randrange(8)
        if what < 4:
            change(a, rng)
        elif what == 4:
            parts.append(a.take_delta())
        elif what == 5:
            parts.append(a.diff(b.digest()))
        elif what == 6:
            a.merge(rng.choice([b, *parts]))
        else:
            a.update_from(b.to_bytes())
    return [*replicas, *parts]


def empty(kind):
    """One in which nothing has happened, with the parameters that are of the state."""
    return kind(**{name: value for name, value in TYPES[kind][1].items() if name != "time_ns"})


every_type = pytest.mark.parametrize("kind", TYPES, ids=lambda kind: kind.__name__)
seeds = st.integers(0, 2**32)


@every_type
@given(seed=seeds)
def test_joins(kind, seed):
    """Merges commute, associate and change nothing when repeated, and give the least of all bounds."""
    rng = random.Random(seed)
    a, b, c = rng.choices(states(kind, rng), k=3)
    before = [one.to_bytes() for one in (a, b, c)]
    assert a | b == b | a
    assert (a | b) | c == a | (b | c)
    assert a | a == a
    assert a <= a | b
    assert b <= a | b
    if a <= c and b <= c:
        assert a | b <= c
    if a <= b:
        assert a | c <= b | c
    together = [a.copy() for _ in permutations(range(3))]
    for one, order in zip(together, permutations([a, b, c]), strict=True):
        one.merge_many([other if rng.random() < 0.5 else other.to_bytes() for other in order])
    assert len({one.to_bytes() for one in together}) == 1
    assert [one.to_bytes() for one in (a, b, c)] == before


@every_type
@given(seed=seeds)
def test_order(kind, seed):
    """<=, ==, concurrent, bytes and digests agree."""
    rng = random.Random(seed)
    a, b = rng.choices(states(kind, rng), k=2)
    assert (a <= b) == (a | b == b)
    assert (a == b) == (a <= b and b <= a) == (a.to_bytes() == b.to_bytes())
    assert (a < b) == (b > a) == (a <= b and a != b)
    assert a.concurrent(b) == (not a <= b and not b <= a)
    assert a != b or a.digest() == b.digest()
    assert (a >= b) == (b <= a)
    for other in (
        kind.from_bytes(bytes(a)),
        a.copy(),
        copy.deepcopy(a),
        pickle.loads(pickle.dumps(a)),
        a.fork("q"),
    ):
        assert other == a
        assert other.replica != a.replica
        assert other.stats()["pending"] == 0


@every_type
@given(seed=seeds)
def test_diffs(kind, seed):
    """A diff brings what is lacking, also to one that has gone on, and nothing that is not there."""
    rng = random.Random(seed)
    change, _ = TYPES[kind]
    all_of_them = states(kind, rng)
    a, b = rng.choices(all_of_them, k=2)
    digest = b.digest()
    diff = a.diff(digest)
    assert diff <= a
    assert b | diff == b | a
    later = b.fork("later")
    change(later, rng)
    later.merge(rng.choice(all_of_them))
    assert later | diff == later | a
    if a <= b and kind in LEAST:
        assert diff == empty(kind)
    assert a.diff(a.digest()) == empty(kind)


@every_type
@given(seed=seeds)
def test_deltas(kind, seed):
    """Deltas lie below the state; those of all replicas make the state of all, in any order and twice."""
    rng = random.Random(seed)
    change, arguments = TYPES[kind]
    replicas = [kind(replica=name, **arguments) for name in "xyz"]
    deltas = []
    for _ in range(rng.randrange(20)):
        a = rng.choice(replicas)
        change(a, rng)
        if rng.random() < 0.5:
            deltas.append(a.take_delta())
            assert deltas[-1] <= a
    deltas += [one.take_delta() for one in replicas]
    assert all(one.take_delta() == empty(kind) for one in replicas)
    rng.shuffle(deltas)
    total = empty(kind)
    total.merge_many(deltas + rng.choices(deltas, k=3))
    whole = empty(kind)
    whole.merge_many(replicas)
    assert total == whole


@every_type
@given(seed=seeds)
def test_rebase(kind, seed):
    """Equal members rebase to equal states with the same content; those of before are refused."""
    rng = random.Random(seed)
    x, y, z, *_ = states(kind, rng)
    a, b = x | y | z, z | y | x
    before = a.copy()
    a.rebase()
    b.rebase()
    assert a == b
    assert a.generation == b.generation != before.generation == b""
    assert shown(a) == shown(before)
    assert a.stats()["pending"] == 0
    if kind is not LWWSet:  # in which a removal may still be needed
        assert a.stats()["tombstones"] == 0
    for refused in (
        lambda: a.merge(before),
        lambda: before.merge(a),
        lambda: a <= before,
        lambda: a.diff(before.digest()),
        lambda: a.update_from(before.to_bytes()),
        lambda: a | before,
    ):
        with pytest.raises(ValueError, match="generation"):
            refused()
    assert a != before


def shown(a):
    """What users see."""
    for name in ("values", "value"):
        if hasattr(type(a), name) and not callable(getattr(a, name)):
            return getattr(a, name)
    return {repr(x) for x in (a.items() if hasattr(a, "items") else a)}
