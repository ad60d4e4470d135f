"""IntervalTreeClock: its histories are ordered as the events that they stand for, whoever comes and goes."""

import copy
import functools
import json
import operator
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.baselines.clocks import itc
from coterie import DecodeError, IntervalTreeClock, Relation, VectorClock
from tests.clocks.vectors import MOST, flips, known

DEEPEST = 1024


def tuples(tree):
    """A tree of lists as one of tuples."""
    return tuple(map(tuples, tree)) if isinstance(tree, list) else tree


def parts(stamp):
    """What a stamp has."""
    return stamp.id, stamp.history


# ---- known answers ----


def made(case):
    return IntervalTreeClock(case["id"], case["event"])


def of_case(case):
    return tuples(case["id"]), tuples(case["event"])


def check_encode(case):
    data = bytes.fromhex(case["hex_msb_zero_padded"])
    assert made(case["stamp"]).to_bytes() == data
    assert parts(IntervalTreeClock.from_bytes(data)) == of_case(case["stamp"])
    assert itc.to_bytes(*of_case(case["stamp"])) == data
    assert case["bits"] in range(8 * len(data) - 7, 8 * len(data) + 1)


def check_event(case):
    assert parts(made(case["in"]).event()) == of_case(case["out"])
    assert itc.event(*of_case(case["in"])) == of_case(case["out"])[1]


def check_fork(case):
    assert list(map(parts, made(case["in"]).fork())) == list(map(of_case, case["out"]))


def check_join(case):
    a, b = map(made, case["in"])
    assert parts(a | b) == parts(b.join(a)) == of_case(case["out"])


def check_leq(case):
    a, b = map(made, case["in"])
    assert [a <= b, b <= a] == case["out"]


CHECKS = {
    "encode": check_encode,
    "event": check_event,
    "fork": check_fork,
    "join": check_join,
    "leq": check_leq,
}


@pytest.mark.parametrize("kind", CHECKS)
def test_known_answers(kind):
    cases = [case for case in known("itc")["cases"] if case["k"] == kind]
    assert len(cases) > 10
    for case in cases:
        CHECKS[kind](case)


def test_the_example():
    a, b = IntervalTreeClock().fork()
    a = a.event()
    assert (a.id, a.history, b < a) == ((1, 0), (0, 1, 0), True)
    assert (a | b).id == 1
    assert a.peek().to_bytes() != a.to_bytes()


# ---- all that can happen, beside the paper's definitions and sets of events ----


class Replica:
    """A stamp; what the paper says that it is; and the events that it knows, by the stamps that had them."""

    def __init__(self, stamp, id, history, events):
        self.stamp, self.key, self.events = stamp, (id, history), events

    def event(self):
        id, history = self.key
        grown = itc.event(id, history)
        return Replica(event_of(self.stamp, id, grown), id, grown, self.events | {(id, grown)})

    def fork(self):
        halves = zip(fork_of(self.stamp, self.key[0]), itc.split(self.key[0]), strict=True)
        return [Replica(stamp, id, self.key[1], self.events) for stamp, id in halves]

    def join(self, other):
        id, history = itc.add(self.key[0], other.key[0]), itc.join(self.key[1], other.key[1])
        return Replica(join_of(self.stamp, other.stamp, id, history), id, history, self.events | other.events)

    def hear(self, other):
        id, history = self.key[0], itc.join(self.key[1], other.key[1])
        stamp = join_of(self.stamp, other.stamp.peek(), id, history)
        return Replica(stamp, id, history, self.events | other.events)


def event_of(stamp, id, grown):
    after = stamp.event()
    assert parts(after) == (id, grown)
    assert stamp < after
    return after


def fork_of(stamp, id):
    left, right = stamp.fork()
    assert (left.id, right.id) == itc.split(id)
    assert left == right == stamp
    assert parts(left | right) == parts(stamp)
    return left, right


def join_of(a, b, id, history):
    both = a | b
    assert parts(both) == parts(b | a) == (id, history)
    assert a <= both >= b
    return both


def check_two(a, b):
    """They stand to each other as the events do, and own nothing in common."""
    before, after = a.events < b.events, a.events > b.events
    relation = Relation.EQUAL if a.events == b.events else Relation.CONCURRENT
    relation = Relation.BEFORE if before else Relation.AFTER if after else relation
    assert a.stamp.compare(b.stamp) is relation
    assert a.stamp.concurrent(b.stamp) == (relation is Relation.CONCURRENT)
    assert (a.stamp == b.stamp, a.stamp != b.stamp) == (a.events == b.events, a.events != b.events)
    assert (a.stamp < b.stamp, a.stamp <= b.stamp) == (before, a.events <= b.events)
    assert (a.stamp > b.stamp, a.stamp >= b.stamp) == (after, a.events >= b.events)
    assert itc.leq(a.key[1], b.key[1]) == (a.events <= b.events)
    assert a.stamp != b.stamp or hash(a.stamp) == hash(b.stamp)


def check_one(replica):
    stamp, (id, history) = replica.stamp, replica.key
    assert stamp.to_bytes() == itc.to_bytes(id, history)
    for again in (
        IntervalTreeClock.from_bytes(stamp.to_bytes()),
        IntervalTreeClock.from_json(stamp.to_json()),
        eval(repr(stamp)),
    ):
        assert parts(again) == (id, history)
        assert again == stamp


def follow(live, at, other, what):
    """The replicas after one of them has done something."""
    if what == "fork":
        return [*live[:at], *live[at].fork(), *live[at + 1 :]]
    if what == "event":
        return [*live[:at], live[at].event(), *live[at + 1 :]]
    if what == "hear":
        return [*live[:at], live[at].hear(live[other]), *live[at + 1 :]]
    rest = [replica for i, replica in enumerate(live) if i not in (at, other)]
    return [live[at].join(live[other]), *rest]


def steps(n):
    """All that one of n replicas can do."""
    for at in range(n):
        yield at, at, "fork"
        yield at, at, "event"
        for other in range(n):
            if other != at:
                yield at, other, "hear"
            if other > at:
                yield at, other, "join"


FIRST = Replica(IntervalTreeClock(), 1, 0, frozenset())


@pytest.mark.parametrize("length", [6, pytest.param(7, marks=pytest.mark.slow)])
def test_all_short_runs(length):
    states, seen, met = {(): [FIRST]}, set(), set()
    for _ in range(length):
        found = {}
        for live in states.values():
            for step in steps(len(live)):
                after = follow(live, *step)
                key = frozenset((replica.key, replica.events) for replica in after)
                if key in seen:
                    continue
                seen.add(key)
                found[key] = after
                for i, a in enumerate(after):
                    for b in after[i:]:
                        if (a.key, a.events, b.key, b.events) not in met:
                            met.add((a.key, a.events, b.key, b.events))
                            check_two(a, b)
                            check_two(b, a)
        states = found
    assert len(seen) > 9000


replicas, choices = st.integers(0, 99), st.sampled_from(["fork", "event", "event", "hear", "join"])


@given(st.lists(st.tuples(replicas, replicas, choices)))
def test_long_runs(choices):
    live = [FIRST]
    for at, other, what in choices:
        at, other = at % len(live), other % len(live)
        if what in ("fork", "event") or at != other:
            live = follow(live, at, other, what)
    for a in live:
        check_one(a)
        for b in live:
            check_two(a, b)
            if a is not b:
                with pytest.raises(ValueError, match="overlap"):
                    (a.stamp | b.stamp) | a.stamp
    whole = functools.reduce(operator.or_, (replica.stamp for replica in live))
    assert whole.id == 1
    assert all(replica.stamp <= whole for replica in live)


ids = st.recursive(st.integers(0, 1), lambda id: st.tuples(id, id) | st.lists(id, min_size=2, max_size=2))
histories = st.recursive(
    st.integers(0, 3) | st.sampled_from([2**53 - 1, 2**53, 2**62]),
    lambda history: st.tuples(st.integers(0, 3) | st.just(2**40), history, history),
)


def normal_id(id):
    return id if isinstance(id, int) else itc.norm_id(tuple(map(normal_id, id)))


def normal(history):
    return history if isinstance(history, int) else itc.norm(history[0], *map(normal, history[1:]))


@given(ids, histories, ids, histories)
def test_any_trees(id, history, other_id, other_history):
    """Those too that no run makes."""
    stamp, key = IntervalTreeClock(id, history), (normal_id(id), normal(history))
    check_one(Replica(stamp, *key, None))
    assert parts(stamp) == key
    assert stamp.is_anonymous == (key[0] == 0)
    other = IntervalTreeClock(other_id, other_history)
    other_key = normal_id(other_id), normal(other_history)
    assert (stamp <= other, other <= stamp) == (itc.leq(key[1], other_key[1]), itc.leq(other_key[1], key[1]))
    assert (stamp | other.peek()).history == itc.join(key[1], other_key[1])
    try:
        added = itc.add(key[0], other_key[0])
    except ValueError:
        with pytest.raises(ValueError, match="overlap"):
            stamp.join(other)
    else:
        assert parts(stamp | other) == (added, itc.join(key[1], other_key[1]))
    if stamp.is_anonymous:
        assert list(map(parts, stamp.fork())) == [key, key]
        with pytest.raises(ValueError, match="anonymous"):
            stamp.event()
    else:
        assert parts(stamp.event()) == (key[0], itc.event(*key))
        assert tuple(half.id for half in stamp.fork()) == itc.split(key[0])


def test_anonymous():
    stamp = IntervalTreeClock((1, 0), (0, 1, 3))
    message = stamp.peek()
    assert (message.id, message.is_anonymous, stamp.is_anonymous) == (0, True, False)
    assert message == stamp
    assert hash(message) == hash(stamp)
    assert parts(IntervalTreeClock((0, 1)) | message) == ((0, 1), (1, 0, 2))
    assert parts(message | IntervalTreeClock((0, 1))) == ((0, 1), (1, 0, 2))
    assert parts(message | message) == (0, (1, 0, 2))


# ---- the deepest and the greatest ----


def comb(depth, leaf, side, *number):
    """A tree that goes down on one side."""
    for _ in range(depth):
        leaf = (*number, leaf, 0) if side == 0 else (*number, 0, leaf)
    return leaf


@pytest.mark.parametrize("side", [0, 1])
def test_the_deepest(side):
    stamp = IntervalTreeClock()
    for depth in range(DEEPEST):
        stamp = stamp.fork()[side].event()
        if depth in (10, 60):
            check_one(Replica(stamp, *parts(stamp), None))
    with pytest.raises(OverflowError, match="1024"):
        stamp.fork()
    deeper = stamp.event()
    assert stamp < deeper
    data, text = deeper.to_bytes(), deeper.to_json()
    for again in (IntervalTreeClock.from_bytes(data), IntervalTreeClock.from_json(text)):
        assert again == deeper
        assert again.to_bytes() == data
        assert again.to_json() == text
    again = IntervalTreeClock(deeper.id, deeper.history)
    assert again.to_bytes() == data
    assert repr(again) == repr(deeper)
    assert pickle.loads(pickle.dumps(deeper)).to_bytes() == data
    stamp = IntervalTreeClock(comb(DEEPEST, 1, side))
    assert IntervalTreeClock.from_bytes(stamp.to_bytes()).to_bytes() == stamp.to_bytes()
    assert IntervalTreeClock(comb(DEEPEST, 0, side)).is_anonymous
    for id in (comb(DEEPEST + 1, 1, side), [comb(DEEPEST, 0, side), 1]):
        with pytest.raises(OverflowError, match="1024"):
            IntervalTreeClock(id)
    for tree in (comb(DEEPEST + 1, 1, side, 0), (0, comb(DEEPEST, 1, side, 0), 1)):
        with pytest.raises(OverflowError, match="1024"):
            IntervalTreeClock(1, tree)
    around = []
    around += [around, 1]
    with pytest.raises(OverflowError):
        IntervalTreeClock(around)


def test_deeper_bytes_and_json():
    for bits in ("10" * 1024, "10" * 1025, "01" * 1024, "01" * 1025):
        bits += "001" + "1000"
        data = int(bits + "0" * (-len(bits) % 8), 2).to_bytes((len(bits) + 7) // 8, "big")
        if len(bits) == 2 * 1024 + 7:
            assert accepted(data)
        else:
            with pytest.raises(DecodeError, match="deeper"):
                IntervalTreeClock.from_bytes(data)
    for size in (1, 10**6):
        assert not accepted(b"\xaa" * size)
    id = '{"v":1,"id":' + "[" * 1025 + "1" + ",0]" * 1025 + ',"event":0}'
    with pytest.raises(DecodeError, match="deeper"):
        IntervalTreeClock.from_json(id)
    for text in ("[" * 10**6, '{"v":1,"id":' + "[" * 10**6, '{"v":' * 10**5):
        with pytest.raises(DecodeError):
            IntervalTreeClock.from_json(text)


def test_the_greatest():
    full = IntervalTreeClock(1, MOST - 1).event()
    assert full.history == MOST
    with pytest.raises(OverflowError, match=r"2\*\*63-1"):
        full.event()
    assert accepted(full.to_bytes())
    assert full.to_json() == '{"v":1,"id":1,"event":"9223372036854775807"}'
    half = IntervalTreeClock((1, 0), (MOST - 1, 1, 0))
    assert accepted(half.to_bytes())
    assert IntervalTreeClock.from_json(half.to_json()) == half
    with pytest.raises(OverflowError):
        half.event()
    assert IntervalTreeClock((0, 1), (MOST - 1, 1, 0)).event().history == MOST
    for history in (MOST + 1, (MOST, 0, 1), (1, MOST, 0), (2**62, (2**62, 0, 0), 0), 2**100):
        with pytest.raises(OverflowError):
            IntervalTreeClock(1, history)
    bits = "001" + "1" + "1" * 61 + "0" + f"{4:063b}"  # of 2**63
    assert not accepted(int(bits + "0" * (-len(bits) % 8), 2).to_bytes((len(bits) + 7) // 8, "big"))
    for event in ("9223372036854775808", "[9223372036854775807,0,1]"):
        with pytest.raises(DecodeError):
            IntervalTreeClock.from_json(f'{{"v":1,"id":1,"event":{event}}}')


def test_wide():
    """Many leaves, and ids of many parts: all of it takes a moment."""
    id, other, history = 1, 0, 0
    for depth in range(16):
        id, other, history = ((id, 0), (0, other), (1, history, 0)) if depth else ((1, 0), (0, 1), (0, 1, 0))
        if depth % 2:
            id, other, history = (id, id), (other, other), (0, history, (1, history, 0))
    stamp, another = IntervalTreeClock(id, history), IntervalTreeClock(other, history)
    live, leaves = [IntervalTreeClock()], 2**15
    while len(live) < leaves:
        live = [half for replica in live for half in replica.fork()]
    live = [replica.event() for replica in live[::2]]
    while len(live) > 1:
        live = [a | b for a, b in zip(live[::2], live[1::2], strict=True)]
    big = live[0]
    assert str(big.id).count("1") == leaves // 2
    assert len(big.to_bytes()) > leaves // 4
    for one in (stamp, another, big):
        after = one.event()
        assert one < after
        assert (one | after.peek()) == after
        left, right = after.fork()
        assert parts(left | right) == parts(after)
        assert IntervalTreeClock.from_bytes(after.to_bytes()).to_bytes() == after.to_bytes()
        assert IntervalTreeClock.from_json(after.to_json()).to_bytes() == after.to_bytes()
        assert parts(IntervalTreeClock(*parts(after))) == parts(after)


# ---- bytes and JSON ----

FROZEN = [
    (1, 0, "30"),
    (0, 0, "10"),
    ((1, 0), 0, "8c00"),
    ((1, 0), (0, 1, 0), "8990"),
    (((1, 0), (1, 0)), (2, (0, 0, 1), (1, 3, 0)), "e317a12d9b"),
    ((0, (1, 0)), (7, (0, (0, (0, 0, 1), 0), (0, 0, 1)), (2, 1, 0)), "62f9a2244b6a40"),
    (1, 65535, "3fffc00060"),
    (1, MOST, "3fffffffffffffff800000000000000180"),
]


@pytest.mark.parametrize(("id", "history", "frozen"), FROZEN)
def test_frozen(id, history, frozen):
    assert IntervalTreeClock(id, history).to_bytes().hex() == frozen
    assert parts(IntervalTreeClock.from_bytes(bytes.fromhex(frozen))) == (id, history)


def accepted(data):
    try:
        stamp = IntervalTreeClock.from_bytes(data)
    except DecodeError:
        return False
    assert stamp.to_bytes() == bytes(data)
    if len(data) < 100:
        assert parts(IntervalTreeClock(*parts(stamp))) == parts(stamp)
        assert itc.to_bytes(*parts(stamp)) == bytes(data)
    return True


@pytest.mark.parametrize("frozen", [frozen for *_, frozen in FROZEN])
def test_every_truncation_and_flip(frozen):
    data = bytes.fromhex(frozen)
    for size in range(len(data)):
        assert not accepted(data[:size])
    assert not accepted(data + b"\0")
    for flipped in flips(data):
        accepted(flipped)


def test_all_of_two_bytes():
    good = sum(accepted(number.to_bytes(2, "big")) for number in range(2**16))
    assert 100 < good < 2**16


@given(st.binary(max_size=40))
def test_any_bytes(data):
    accepted(data)


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview])
def test_buffers(kind):
    assert IntervalTreeClock.from_bytes(kind(b"\x89\x90")).id == (1, 0)
    assert IntervalTreeClock.from_json(kind(b'{"v":1,"id":1,"event":5}')).history == 5


def test_json():
    stamp = IntervalTreeClock((1, 0), (1, 0, 2))
    assert stamp.to_json() == '{"v":1,"id":[1,0],"event":[1,0,2]}'
    assert json.loads(stamp.to_json()) == {"v": 1, "id": [1, 0], "event": [1, 0, 2]}
    spaced = ' {"event" : [ "1", 0\n,2 ] ,"\\u0069d": [1 , 0], "v":1}'
    assert parts(IntervalTreeClock.from_json(spaced)) == parts(stamp)
    assert IntervalTreeClock(1, 2**53).to_json() == '{"v":1,"id":1,"event":"9007199254740992"}'
    for history in ((2**53, 0, 2**60), 2**53 - 1):
        text = IntervalTreeClock(1, history).to_json()
        assert IntervalTreeClock.from_json(text).to_json() == text


BAD_IDS = ["true", "false", "null", "2", "-1", "1.0", "1e0", '"a"', "[]", "[1]", "[0,0]", "[1,1]", "[0,1,0]"]
BAD_IDS += ["{}", '{"a":1}', "[0,[0,0]]", "[[1,1],0]", "[0,1", "0,1]", "[0,1]]", "[[0,1]", "[0 1]", "[,1]"]
BAD_IDS += ["[1,]", "[0,true]", "[true,0]", "[0,NaN]", "[0,-Infinity]", "", "[0,[1,0]1]", "[0[1,0]]"]
BAD_IDS += ['["1",0]', '"1"']
BAD_EVENTS = ["true", "null", "-1", "1.5", '"01"', '"-1"', '""', "[1,0]", "[0,0,0]", "[0,1,1]", "[0,1,2]"]
BAD_EVENTS += ["[0,0]", "[0]", "[0,0,0,1]", "[[0,0,1],0,1]", "[0,0,true]", "[0,0,1e2]", "[true,0,1]"]
BAD_EVENTS += ["[0,[0,0,0],1]", "-0", "[-0,0,1]", "[0,-0,1]", "0.0", "1e3", "[0,0,1.0]"]
BAD_IDS += ["-0", "[1,-0]", "0.0", "[1,0e0]"]
BAD_EVENTS += ["[0,0,null]", "[0,0,{}]", "[[]]", "[0,0,[]]", "[0,0,1],0", "9" * 5000, '"' + "9" * 5000 + '"']
BAD_TEXTS = [f'{{"v":1,"id":{id},"event":0}}' for id in BAD_IDS]
BAD_TEXTS += [f'{{"v":1,"id":[{id},1],"event":0}}' for id in BAD_IDS]
BAD_TEXTS += [f'{{"v":1,"id":1,"event":{event}}}' for event in BAD_EVENTS]
BAD_TEXTS += ["", "[]", "1", "null", "{}", "[[]]", "]", "]["]
BAD_TEXTS += ['{"v":2,"id":1,"event":0}', '{"id":1,"event":0}']
BAD_TEXTS += ['{"v":1,"id":1}', '{"v":1,"id":1,"event":0,"k":1}', '{"v":1,"id":1,"id":1,"event":0}']
BAD_TEXTS += ['{"v":true,"id":1,"event":0}', '{"v":[1],"id":1,"event":0}', '{"v":1,"id":1,"event":0}]', '"[']
BAD_TEXTS += [b"\xff", b'{"v":1,"id":1,"event":0', 5, None]


@pytest.mark.parametrize("text", BAD_TEXTS, ids=lambda text: str(text)[:40])
def test_bad_json(text):
    with pytest.raises(DecodeError, match="not an IntervalTreeClock: "):
        IntervalTreeClock.from_json(text)


@given(st.text('[],01" ', max_size=12), st.sampled_from(["id", "event"]))
def test_any_json(text, field):
    other = "event" if field == "id" else "id"
    text = f'{{"v":1,"{other}":1,"{field}":{text}}}'
    try:
        stamp = IntervalTreeClock.from_json(text)
    except DecodeError:
        return
    frame = json.loads(text.replace('"0"', "0").replace('"1"', "1"))
    assert json.loads(stamp.to_json()) == frame


# ---- what it is ----


class Named(IntervalTreeClock):
    pass


def test_copies():
    stamp = Named((1, 0), (1, 0, 2))
    stamp.name = ["a"]
    assert stamp.copy() is copy.copy(stamp) is copy.deepcopy(stamp) is stamp
    for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1):
        again = pickle.loads(pickle.dumps(stamp, protocol))
        assert (type(again), parts(again), again.name) == (Named, parts(stamp), ["a"])
    for other in (
        stamp.event(),
        *stamp.fork(),
        stamp.peek(),
        stamp | IntervalTreeClock((0, 1)),
        Named.from_bytes(stamp.to_bytes()),
        Named.from_json(stamp.to_json()),
        stamp.peek().fork()[0],
    ):
        assert type(other) is Named
    assert repr(stamp) == "Named((1, 0), (1, 0, 2))"
    assert stamp == IntervalTreeClock((0, 1), (1, 0, 2))
    assert len({stamp, IntervalTreeClock(1, (1, 0, 2)), stamp.event()}) == 2


def test_new():
    stamp = IntervalTreeClock.__new__(IntervalTreeClock)
    assert parts(stamp) == parts(IntervalTreeClock()) == (1, 0)
    assert repr(stamp) == "IntervalTreeClock(1, 0)"
    assert parts(stamp.event()) == (1, 1)
    assert [half.id for half in stamp.fork()] == [(1, 0), (0, 1)]
    assert parts(stamp | stamp.peek()) == (1, 0)
    assert stamp.to_bytes() == b"\x30"
    assert stamp.to_json() == '{"v":1,"id":1,"event":0}'
    assert stamp == IntervalTreeClock(0, 0)
    assert hash(stamp) == hash(IntervalTreeClock(0, 0))
    assert stamp.compare(stamp) is Relation.EQUAL
    assert not stamp.concurrent(stamp)
    assert pickle.loads(pickle.dumps(stamp)) == stamp


def test_never_changes():
    stamp = IntervalTreeClock((1, 0), 5)
    for other in (stamp, stamp.event()):
        with pytest.raises(TypeError, match="never changes"):
            other.__init__(1, 0)
    assert parts(stamp) == ((1, 0), 5)
    for name in ("id", "history", "is_anonymous", "more"):
        with pytest.raises(AttributeError):
            setattr(stamp, name, 1)


def test_what_was_hashed_never_changes():
    stamp = IntervalTreeClock.__new__(IntervalTreeClock)
    some = {stamp}
    with pytest.raises(TypeError, match="never changes"):
        stamp.__init__(1, 5)
    assert stamp in some
    with pytest.raises(TypeError, match="pass the bytes of an IntervalTreeClock"):
        IntervalTreeClock.from_bytes("x")


def test_a_new_of_another_kind():
    class Odd(IntervalTreeClock):
        def __new__(cls):
            return 5

    class Same(IntervalTreeClock):
        def __new__(cls):
            return one

    one = IntervalTreeClock(1, 7)
    for kind in (Odd, Same):
        with pytest.raises(TypeError, match="__new__"):
            kind.from_bytes(b"\x30")
    assert parts(one) == (1, 7)


def test_bad_arguments():
    for id, error in (
        *((bad, TypeError) for bad in (True, False, None, 1.0, "1", b"1", {0: 1}, (1.0, 0), [None, 1])),
        *((bad, TypeError) for bad in ((True, 0), (0, False))),
        *((bad, ValueError) for bad in (2, -1, 2**64, (), (1,), (0, 1, 0), [[0, 1], [1, 0, 1]], (2, 0))),
    ):
        with pytest.raises(error, match="id"):
            IntervalTreeClock(id)
    for history, error in (
        *((bad, TypeError) for bad in (True, None, 1.0, "1", (True, 0, 1), (0, 0, "1"), ((0, 0, 1), 0, 1))),
        *((bad, ValueError) for bad in (-1, (), (0, 1), (0, 1, 2, 3), (0, -1, 2), (-1, 1, 2))),
        ([0, [1, 2], 3], ValueError),
    ):
        with pytest.raises(error, match="history"):
            IntervalTreeClock(1, history)
    with pytest.raises(TypeError):
        IntervalTreeClock(1, 0, 0)
    with pytest.raises(TypeError):
        IntervalTreeClock(id=1)
    stamp = IntervalTreeClock()
    for other in (1, None, (1, 0), VectorClock(), b"\x30"):
        for call in (stamp.join, stamp.compare, stamp.concurrent):
            with pytest.raises(TypeError, match="IntervalTreeClock"):
                call(other)
        for order in (operator.lt, operator.le, operator.gt, operator.ge, operator.or_):
            with pytest.raises(TypeError):
                order(stamp, other)
            with pytest.raises(TypeError):
                order(other, stamp)
        assert stamp != other
        with pytest.raises(TypeError if not isinstance(other, bytes) else DecodeError):
            IntervalTreeClock.from_bytes(other if other != b"\x30" else b"\x31")
    with pytest.raises(ValueError, match="overlap"):
        stamp.join(stamp)
    with pytest.raises(ValueError, match="overlap"):
        IntervalTreeClock((1, (0, 1))) | IntervalTreeClock((0, 1))


def test_lists_that_hold_themselves():
    id, history = [0, 1], [0, 0, 1]
    for _ in range(50):
        id, history = [id, id], [1, history, history]
    for arguments in ((id,), (1, history)):
        with pytest.raises(OverflowError, match="nodes"):
            IntervalTreeClock(*arguments)
    id[0] = id
    history[1] = history
    for arguments in ((id,), (1, history)):
        with pytest.raises(OverflowError, match="deeper"):
            IntervalTreeClock(*arguments)


def test_ints_of_all_kinds():
    import numpy as np

    stamp = IntervalTreeClock((np.int64(1), np.uint8(0)), [np.int32(1), 0, np.uint64(2)])
    assert parts(stamp) == ((1, 0), (1, 0, 2))
    assert [type(number) for number in (*stamp.id, *stamp.history)] == [int] * 5
