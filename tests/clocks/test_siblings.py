"""DottedVersionVectorSet: no concurrent write is lost, and none that was overwritten comes back."""

import copy
import operator
import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from benchmarks.baselines.clocks.siblings import PlainSiblings
from benchmarks.baselines.clocks.vector import dots
from coterie import DecodeError, Dot, DottedVersionVectorSet, Relation, VectorClock
from tests.clocks.vectors import IDS, MOST, flips, known

REPLICAS = "ABC"


def state(siblings):
    """What it knows, as the plain model has it."""
    live = {tuple(dot): value for dot, value in siblings.siblings()}
    return live, dots(siblings.context().to_dict())


class Store(RuleBasedStateMachine):
    """Replicas of a key, whose clients have read any context: old ones, none, and those of other replicas."""

    @initialize(n=st.integers(2, 5))
    def start(self, n):
        self.ids = "ABCDE"[:n]
        self.made = [DottedVersionVectorSet() for _ in self.ids]
        self.plain = [PlainSiblings() for _ in self.ids]
        self.read = [(VectorClock(), set())]
        self.values = 0

    def at(self, data):
        return data.draw(st.integers(0, len(self.ids) - 1))

    @rule(data=st.data())
    def get(self, data):
        at = self.at(data)
        self.read.append((self.made[at].context(), set(self.plain[at].seen)))

    @rule(data=st.data())
    def put(self, data):
        at, (context, seen) = self.at(data), data.draw(st.sampled_from(self.read))
        self.values += 1
        dot = self.made[at].put(self.values, context, self.ids[at])
        assert tuple(dot) == self.plain[at].put(self.values, seen, self.ids[at])

    @rule(data=st.data())
    def discard(self, data):
        at, (context, seen) = self.at(data), data.draw(st.sampled_from(self.read))
        assert self.made[at].discard(context) == self.plain[at].discard(seen)

    @rule(data=st.data())
    def merge(self, data):
        at, other = self.at(data), self.at(data)
        before = self.made[other].entries()
        merged = self.made[at] | self.made[other]
        assert self.made[at] <= merged
        assert (self.made[other] <= self.made[at]) == (merged == self.made[at])
        self.made[at].merge(self.made[other])
        self.plain[at].merge(self.plain[other])
        assert self.made[at] == merged == self.made[other] | self.made[at] if at != other else True
        assert self.made[other].entries() == before

    @invariant()
    def same(self):
        for made, plain in zip(self.made, self.plain, strict=True):
            assert state(made) == (plain.live, plain.seen)
            assert made.values() == [plain.live[dot] for dot in sorted(plain.live)]
            assert len(made) == len(plain.live)


TestStore = Store.TestCase
TestStore.settings = settings(max_examples=80, stateful_step_count=30)


def test_the_example():
    s = DottedVersionVectorSet()
    assert s.put("v1", None, "A") == Dot("A", 1)
    seen = s.context()
    s.put("v2", None, "A")
    s.put("v3", seen, "A")
    assert s.values() == list(s) == ["v2", "v3"]
    assert s.siblings() == [(Dot("A", 2), "v2"), (Dot("A", 3), "v3")]
    assert s.entries() == [("A", 3, ["v3", "v2"])]
    assert s.context() == VectorClock({"A": 3})
    assert (len(s), bool(s), repr(s)) == (2, True, "<DottedVersionVectorSet of 2 siblings>")


def test_contexts():
    s = DottedVersionVectorSet()
    s.put("old", None, "A")
    ahead = VectorClock({"A": 1, "B": 3})
    assert s.put("new", ahead, "A") == Dot("A", 2)
    assert s.entries() == [("A", 2, ["new"]), ("B", 3, [])]
    late = DottedVersionVectorSet.from_entries([("B", 3, ["c", "b"])])
    s.merge(late)
    assert s.values() == ["new"]  # they were seen elsewhere, and are overwritten
    assert s.put("own", VectorClock({"C": 5}), "C") == Dot("C", 6)
    assert s.discard(None) == s.discard(VectorClock()) == 0
    assert s.discard(VectorClock({"A": 9, "C": 6})) == 2
    assert s.entries() == [("A", 9, []), ("B", 3, []), ("C", 6, [])]
    assert not s
    assert s.put("again", None, "A") == Dot("A", 10)


def test_a_stale_client_makes_no_explosion():
    s = DottedVersionVectorSet()
    s.put(0, None, "A")
    stale = s.context()
    for value in range(1, 50):
        s.put(value, stale, "A")
    assert len(s) == 49
    s.put("all", s.context(), "A")
    assert s.values() == ["all"]
    for value in range(50):  # each has read what it overwrites
        s.put(value, s.context(), "AB"[value % 2])
    assert len(s) == 1


def erlang(entries):
    """The set that a known answer describes, without anonymous values."""
    return DottedVersionVectorSet.from_entries([(id, count, values) for id, count, values in entries[0]])


def test_known_answers():
    answers = known("dvvset")
    a = DottedVersionVectorSet()
    for step, (context, value, id) in zip(
        answers["update_script"], [(False, "v1", "a"), (True, "v2", "a"), (True, "v3", "b")], strict=True
    ):
        a.put(value, a.context() if context else None, id)
        assert a.entries() == erlang(step["out"]).entries()
    b, seen = DottedVersionVectorSet(), None
    for step, value in zip(answers["blind_writes"], ["v1", "v2"], strict=True):
        b.put(value, seen, "a")
        assert b.entries() == erlang(step["out"]).entries()
    for case in answers["sync"]:
        one, other = (erlang(entries) for entries in case["in"])
        assert (one | other).entries() == (other | one).entries() == erlang(case["out"]).entries()
    for case in answers["join"]:
        assert erlang(case["in"]).context().to_dict() == case["out"]


def test_a_replica_id_that_was_used_twice():
    a, b = DottedVersionVectorSet(), DottedVersionVectorSet()
    a.put("x", None, "A")
    b.put("y", None, "A")
    b.put("z", None, "B")
    before = a.entries(), b.entries()
    for call in (lambda: a.merge(b), lambda: a | b, lambda: b.merge(a), lambda: a.sync(b)):
        with pytest.raises(ValueError, match="twice"):
            call()
    assert (a.entries(), b.entries()) == before
    c = DottedVersionVectorSet()
    c.put("x", None, "A")
    a.merge(c)
    assert a.values() == ["x"]


class Broken:
    """A value that cannot be compared."""

    def __eq__(self, other):
        raise LookupError("these are not compared")

    __ne__ = __eq__
    __hash__ = None


@pytest.mark.parametrize(
    "value", [float("nan"), np.float32("nan"), np.arange(3), np.zeros((2, 2)), Broken()], ids=repr
)
def test_values_that_cannot_be_told_apart(value):
    """The dot says that they are the same, as those are that were pickled."""
    a, b = DottedVersionVectorSet(), DottedVersionVectorSet()
    for s in (a, b):
        s.put(pickle.loads(pickle.dumps(value)), None, "A")
    b.put("more", None, "B")
    assert repr(a.values()[0]) == repr(b.values()[0]) or isinstance(value, Broken)
    assert a.values()[0] is not b.values()[0]
    for one, other in ((a, b), (b, a)):
        merged = one | other
        assert merged == b
        assert merged.values()[0] is one.values()[0]
        assert merged.values()[1] == "more"


def test_values_that_equal_themselves_and_not_each_other():
    for one, other in ((1.0, 2.0), (1, "1"), ("1", b"1"), (["x"], ["y"]), (np.ones(1), np.zeros(1))):
        a, b = (DottedVersionVectorSet.from_entries([("A", 1, [value])]) for value in (one, other))
        for call in (a.merge, b.__or__):
            with pytest.raises(ValueError, match="twice"):
                call(b if call == a.merge else a)
        assert (a.values(), b.values()) == ([one], [other])


def test_comparisons_that_write():
    """Into the sets that are merged: each is made no more often than twice for a dot."""

    class Writer:
        def __eq__(self, other):
            compared.append(self)
            if len(compared) < 100:  # or it goes on for ever
                for s in (a, b):
                    s.put("more", None, "W")
            return True

        def __ne__(self, other):
            return not self == other

        __hash__ = None

    a, b, compared = DottedVersionVectorSet(), DottedVersionVectorSet(), []
    for s, own in ((a, "a"), (b, "b")):
        s.put(Writer(), None, "A")
        s.put(Writer(), None, "B")
        s.put(own, None, own)
    a.merge(b)
    assert len(compared) == 2 * 2
    dots = [dot for dot, _ in a.siblings()]
    more = [Dot("W", count) for count in range(1, 5)]
    assert dots == [Dot("A", 1), Dot("B", 1), *more, Dot("a", 1), Dot("b", 1)]
    assert a.values()[2:] == ["more"] * 4 + ["a", "b"]


def test_comparisons_that_are_not_made():
    """Of a value that both have from the same object, and of those that one of the sets has overwritten."""
    a = DottedVersionVectorSet()
    a.put(Broken(), None, "A")
    b = a.copy()
    b.put("new", b.context(), "B")
    a.put(Broken(), None, "C")
    assert len(a | b) == len(b | a) == 2
    assert a.concurrent(b)
    assert a != b


def test_contexts_with_a_state_that_writes():
    class Writer(VectorClock):
        def __getstate__(self):
            asked.append(self)
            if len(asked) < 100:  # or it goes on for ever
                s.put("more", None, "W")

    s, asked = DottedVersionVectorSet(), []
    s.put("old", None, "A")
    assert s.put("new", Writer({"A": 1}), "A") == Dot("A", 2)
    assert s.discard(Writer({"A": 2})) == 1
    assert not s
    assert not asked


@pytest.mark.parametrize("kind", IDS)
def test_kinds_and_copies(kind):
    ids = IDS[kind]
    s = DottedVersionVectorSet()
    for id in ids:
        s.put(f"by {id!r}", None, id)
    ways = (copy.copy, copy.deepcopy, DottedVersionVectorSet.copy, lambda s: pickle.loads(pickle.dumps(s)))
    for way in (
        *ways,
        lambda s: DottedVersionVectorSet.from_bytes(s.to_bytes()),
        lambda s: type(s).from_json(s.to_json()),
    ):
        again = way(s)
        assert again == s
        assert again.entries() == s.entries()
        again.put("more", again.context(), ids[0])
        assert again > s
        assert len(s) == len(ids)
    other = "x" if kind != "str" else 5
    mixed = DottedVersionVectorSet()
    mixed.put("other", None, other)
    calls = [
        lambda: s.put("x", None, other),
        lambda: s.put("x", VectorClock({other: 1}), ids[0]),
        lambda: s.discard(VectorClock({other: 1})),
        lambda: s.merge(mixed),
        lambda: s.compare(mixed),
        lambda: s < mixed,
    ]
    for call in calls:
        with pytest.raises(TypeError, match="kind"):
            call()
    assert s != mixed
    assert DottedVersionVectorSet() < s
    assert DottedVersionVectorSet() | s == s


def test_order():
    a = DottedVersionVectorSet()
    a.put("x", None, "A")
    b = a.copy()
    b.put("y", None, "B")
    c = a.copy()
    c.discard(c.context())
    assert a < b
    assert a < c
    assert a.compare(b) is Relation.BEFORE
    assert b.concurrent(c)
    assert (b | c).values() == ["y"]
    assert a != b
    assert a != "x"
    with pytest.raises(TypeError):
        hash(a)


def test_deep_copies_have_values_of_their_own():
    s = DottedVersionVectorSet()
    value = ["milk"]
    s.put(value, None, "A")
    deep, shallow = copy.deepcopy(s), s.copy()
    value.append("bread")
    assert (deep.values(), shallow.values()) == ([["milk"]], [["milk", "bread"]])


def test_bad_arguments():
    s = DottedVersionVectorSet()
    s.put("x", None, "A")
    before = s.entries()
    for bad in ({}, 5, "A", Dot("A", 1)):
        with pytest.raises(TypeError, match="context"):
            s.put("y", bad, "A")
        with pytest.raises(TypeError, match="context"):
            s.discard(bad)
    for bad, error in ((None, TypeError), (True, TypeError), ("", ValueError), (-1, OverflowError)):
        with pytest.raises(error):
            s.put("y", None, bad)
    for order in (operator.or_, operator.ior, operator.le):
        with pytest.raises(TypeError):
            order(s, {})
    with pytest.raises(TypeError):
        s.merge(VectorClock())
    full = DottedVersionVectorSet.from_entries([("A", MOST, ["last"])])
    with pytest.raises(OverflowError, match="writes no more"):
        full.put("y", None, "A")
    with pytest.raises(OverflowError):
        s.put("y", VectorClock({"A": MOST}), "A")
    assert s.entries() == before
    for bad in (
        [("A", 1, ["x", "y"])],
        [("A", 0, ["x"])],
        [("A", 1, []), ("A", 2, [])],
        [("A", -1, [])],
    ):
        with pytest.raises(ValueError, match=r"values|twice|counter"):
            DottedVersionVectorSet.from_entries(bad)
    with pytest.raises(TypeError):
        DottedVersionVectorSet.from_entries([("A", 1, []), (1, 1, [])])
    for bad, message in (
        ([("A", 3, "abc")], "values is a str"),
        ([("A", 3, b"abc")], "values is a bytes"),
        ([("A", 3, 5)], "values is a int"),
        ([("A", True, [])], "counter is a bool"),
        (["A12", b"A12"], "entries holds 'A12': pass triples"),
        ([b"A12"], "entries holds b'A12': pass triples"),
        ([5], "entries holds 5: pass triples"),
        ([("A", 1)], "pass triples"),
        ("A12", "entries is a str: pass an iterable"),
        (5, "entries is a int: pass an iterable"),
    ):
        with pytest.raises(TypeError, match=message):
            DottedVersionVectorSet.from_entries(bad)
    assert DottedVersionVectorSet.from_entries([("A", 0, [])]) == DottedVersionVectorSet()


FROZEN = [
    ([], "011000"),
    ([("A", 3, ["v3", "v2"])], "011101" + "0141" + "0302" + "057633" + "057632"),
    ([("A", 1, [b""]), ("B", 2, [])], "011102" + "0141" + "0101" + "00" + "000142" + "0200"),
]


@pytest.mark.parametrize(("entries", "frozen"), FROZEN)
def test_frozen(entries, frozen):
    s = DottedVersionVectorSet.from_entries(entries)
    assert s.to_bytes().hex() == frozen
    assert DottedVersionVectorSet.from_bytes(bytes.fromhex(frozen)).entries() == entries


def accepted(data):
    try:
        made = DottedVersionVectorSet.from_bytes(data)
    except DecodeError:
        return False
    assert made.to_bytes() == data
    return True


@pytest.mark.parametrize("frozen", [frozen for _, frozen in FROZEN])
def test_every_truncation_and_flip(frozen):
    data = bytes.fromhex(frozen)
    for size in range(len(data)):
        assert not accepted(data[:size])
    assert not accepted(data + b"\0")
    for flipped in flips(data):
        accepted(flipped)


@given(st.binary(max_size=30), st.sampled_from([b"", b"\1\x11", b"\1\x12", b"\1\x13\1", b"\1\x11\1\1A\2\2"]))
def test_any_bytes(rest, head):
    accepted(head + rest)


def test_values_that_have_no_bytes():
    for value in (5, None, ["x"], bytearray(b"x")):
        s = DottedVersionVectorSet()
        s.put(value, None, "A")
        with pytest.raises(TypeError, match="value"):
            s.to_bytes()
        with pytest.raises(TypeError, match="value"):
            s.to_json()
    s = DottedVersionVectorSet()
    s.put(b"x", None, "A")
    with pytest.raises(TypeError):
        s.to_json()
    assert DottedVersionVectorSet().to_json() == '{"v":1,"c":{}}'
    s = DottedVersionVectorSet.from_entries([("A", 2, ["milk"])])
    assert s.to_json() == '{"v":1,"k":"str","c":{"A":[2,["milk"]]}}'
    for bad in (
        '{"v":1,"k":"str","c":{"A":[2,[5]]}}',
        '{"v":1,"k":"str","c":{"A":[0,[]]}}',
        '{"v":1,"k":"str","c":{"A":[1,["x","y"]]}}',
        '{"v":1,"k":"str","c":{"A":2}}',
        '{"v":1,"k":"str","c":{"A":[2,["\\ud800"]]}}',
    ):
        with pytest.raises(DecodeError):
            DottedVersionVectorSet.from_json(bad)
    big = DottedVersionVectorSet.from_entries([("A", 200, [str(n) for n in range(100)])])
    assert DottedVersionVectorSet.from_bytes(big.to_bytes(), max_entries=101) == big
    assert DottedVersionVectorSet.from_json(big.to_json(), max_entries=101) == big
    for read, data in ((big.from_bytes, big.to_bytes()), (big.from_json, big.to_json())):
        with pytest.raises(DecodeError, match="max_entries"):
            read(data, max_entries=100)
