"""CausalContext against the plainest model: the set of its dots."""

import copy
import operator
import pickle

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from benchmarks.baselines.clocks.context import ranges
from coterie import CausalContext, DecodeError, Dot, Relation, VectorClock
from tests.clocks.vectors import IDS, MOST, flips

dots = st.sets(st.tuples(st.sampled_from("abcd"), st.integers(1, 9)), max_size=25)
CROWD = {(id, n) for id in ["c", "d", *map(str, range(150))] for n in (1, 2, 4, 7)}
clocks = st.dictionaries(st.sampled_from("abcd"), st.integers(0, 9), max_size=4)


def context(some, clock=None):
    """A context with some dots, which come in any order."""
    return CausalContext(clock, [Dot(*dot) for dot in some])


def model(clock):
    """The dots of a clock."""
    return {(id, counter) for id, count in clock.items() for counter in range(1, count + 1)}


def check(made, expected):
    assert made.ranges() == ranges(expected)
    prefixes = {id: last for id, first, last in ranges(expected) if first == 1}
    assert made.vector.to_dict() == prefixes
    assert made.cloud == [item for item in ranges(expected) if item[1] > 1]
    assert bool(made) == bool(expected)
    assert made == context(sorted(expected))
    assert made.to_bytes() == context(sorted(expected, reverse=True)).to_bytes()


@given(dots, dots, clocks)
@settings(max_examples=300)
def test_pairs(x, y, clock):
    check_pair(x, y, clock)


@given(dots, dots, clocks)
@settings(max_examples=50)
def test_one_with_few_ids_and_one_with_many(x, y, clock):
    check_pair(x, y | CROWD, clock)
    check_pair(x | CROWD, y, clock)
    check_pair(x, y, clock | {id: n for id, n in CROWD if n == 4})


def check_pair(x, y, clock):
    a, b, c = context(x), context(list(y)), context(x, VectorClock(clock))
    check(a, x)
    check(c, x | model(clock))
    assert all((Dot(id, n) in a) == ((id, n) in x) for id in "abcde" for n in range(1, 11))
    relation = Relation((not y <= x) + 2 * (not x <= y))
    assert a.compare(b) is relation
    assert b.compare(a) is relation.flipped
    assert (a == b, a != b, a < b, a <= b, a > b, a >= b) == (x == y, x != y, x < y, x <= y, x > y, x >= y)
    assert a.concurrent(b) == (relation is Relation.CONCURRENT)
    assert a.missing(b) == ranges(y - x)
    assert a.missing(VectorClock(clock)) == ranges(model(clock) - x)
    check(a | b, x | y)
    check(a & b, x & y)
    check(a | VectorClock(clock), x | model(clock))
    merged = a.copy()
    merged.merge(b)
    merged |= VectorClock(clock)
    check(merged, x | y | model(clock))
    check(a, x)
    check(b, y)


@given(dots, st.sampled_from(["bytes", "json", "pickle", "copy", "deepcopy"]))
def test_there_and_back(x, way):
    made = context(x)
    again = {
        "bytes": lambda: CausalContext.from_bytes(made.to_bytes()),
        "json": lambda: CausalContext.from_json(made.to_json()),
        "pickle": lambda: pickle.loads(pickle.dumps(made)),
        "copy": made.copy,
        "deepcopy": lambda: copy.deepcopy(made),
    }[way]()
    check(again, x)
    again.add(Dot("a", 20))
    check(made, x)
    assert CausalContext.from_bytes(made.to_bytes()).to_bytes() == made.to_bytes()


class Contexts(RuleBasedStateMachine):
    """Two contexts to which anything is added, and their sets."""

    def __init__(self):
        super().__init__()
        self.made, self.sets = [CausalContext(), CausalContext()], [set(), set()]

    @rule(at=st.integers(0, 1), id=st.sampled_from("abcdef"), counter=st.integers(1, 12))
    def add(self, at, id, counter):
        new = (id, counter) not in self.sets[at]
        assert self.made[at].add(Dot(id, counter)) == new
        self.sets[at].add((id, counter))

    @rule(at=st.integers(0, 1), id=st.sampled_from("abcdef"))
    def next_dot(self, at, id):
        highest = max((n for i, n in self.sets[at] if i == id), default=0)
        assert self.made[at].next_dot(id) == Dot(id, highest + 1)
        self.sets[at].add((id, highest + 1))

    @rule(at=st.integers(0, 1))
    def merge(self, at):
        self.made[at].merge(self.made[1 - at])
        self.sets[at] |= self.sets[1 - at]

    @rule(at=st.integers(0, 1))
    def meet(self, at):
        self.made[at] = self.made[at] & self.made[1 - at]
        self.sets[at] = self.sets[at] & self.sets[1 - at]

    @invariant()
    def same(self):
        for made, expected in zip(self.made, self.sets, strict=True):
            assert made.ranges() == ranges(expected)
        assert (self.made[0] <= self.made[1]) == (self.sets[0] <= self.sets[1])


TestContexts = Contexts.TestCase
TestContexts.settings = settings(max_examples=60, stateful_step_count=30)


def test_the_example():
    seen = CausalContext(VectorClock({"a": 2}), [Dot("a", 4)])
    assert (seen.cloud, seen.vector["a"], seen.add(Dot("a", 3))) == ([("a", 4, 4)], 2, True)
    assert seen == CausalContext(VectorClock({"a": 4}))
    assert repr(seen) == "CausalContext(VectorClock({'a': 4}))"
    assert repr(CausalContext()) == "CausalContext()"
    assert "cloud" not in repr(context([("a", 3)]))


@pytest.mark.parametrize("kind", IDS)
def test_the_greatest_counters(kind):
    id = IDS[kind][0]
    made = CausalContext()
    assert made.add(Dot(id, MOST))
    assert not made.add(Dot(id, MOST))
    assert made.cloud == [(id, MOST, MOST)]
    with pytest.raises(OverflowError, match="none after it"):
        made.next_dot(id)
    made.add(Dot(id, MOST - 1))
    assert made.ranges() == [(id, MOST - 1, MOST)]
    made.merge(VectorClock({id: MOST - 2}))
    assert made.ranges() == [(id, 1, MOST)]
    assert made.cloud == []
    for data in (made, context([(id, MOST)])):
        assert CausalContext.from_bytes(data.to_bytes()) == data
        assert CausalContext.from_json(data.to_json()) == data
    with pytest.raises(OverflowError):
        made.next_dot(id)
    assert CausalContext().next_dot(id) == Dot(id, 1)


def test_dots_have_to_be_dots():
    for bad in (5, None, "ab", b"ab", 1.5, True, object()):
        with pytest.raises(TypeError, match=r"dots is a .*: pass an iterable of Dots"):
            CausalContext(None, bad)
    for bad in ([5], [("a", 1)], ["ab"], {"a": 1}, Dot("a", 1)):
        with pytest.raises(TypeError, match=r"dot is a .*: pass a Dot"):
            CausalContext(None, bad)


def test_kinds_do_not_mix():
    a, b, none = context([("x", 3)]), context([(1, 3)]), CausalContext()
    calls = [
        lambda: a.add(Dot(1, 1)),
        lambda: a.next_dot(1),
        lambda: a.merge(b),
        lambda: a | b,
        lambda: a & b,
        lambda: a.merge(VectorClock({1: 1})),
        lambda: a.missing(b),
        lambda: a.compare(b),
        lambda: a.concurrent(b),
        lambda: CausalContext(VectorClock({"a": 1}), [Dot(1, 1)]),
        *(lambda order=order: order(a, b) for order in (operator.lt, operator.le, operator.gt, operator.ge)),
    ]
    for call in calls:
        with pytest.raises(TypeError, match="str"):
            call()
    assert a != b
    assert (a.ranges(), b.ranges()) == ([("x", 3, 3)], [(1, 3, 3)])
    for some in (a, b):
        assert none < some
        assert none | some == some == some | none
        assert (some & none) == none
    assert Dot(1, 3) not in a
    assert (a & none).next_dot(b"bytes") == Dot(b"bytes", 1)


def test_arguments():
    made = context([("a", 1)])
    for bad in (("a", 1), None, "a", 5):
        for call in (made.add, made.__contains__, lambda bad: CausalContext(None, [bad])):
            with pytest.raises(TypeError, match="Dot"):
                call(bad)
    for name in ("merge", "missing", "compare", "concurrent"):
        with pytest.raises(TypeError, match="CausalContext"):
            getattr(made, name)({"a": 1})
    for name in ("compare", "concurrent"):
        with pytest.raises(TypeError):
            getattr(made, name)(VectorClock())
    for bad in ({}, [Dot("a", 1)]):
        with pytest.raises(TypeError, match="clock is a"):
            CausalContext(bad)
    with pytest.raises(TypeError):
        made < VectorClock()  # noqa: B015
    assert made != VectorClock({"a": 1})
    with pytest.raises(TypeError):
        hash(made)
    made.__init__(None, [Dot(b"b", 2)])
    assert made.ranges() == [(b"b", 2, 2)]
    assert CausalContext.__new__(CausalContext).next_dot("a") == Dot("a", 1)
    with pytest.raises(TypeError):
        made.__init__(None, [5])
    assert made.ranges() == [(b"b", 2, 2)]


FROZEN = [
    ([], None, "010c00"),
    ([("a", 1)], None, "010d01" + "0161" + "0100"),
    (
        [("a", 4), ("a", 5), ("a", 9)],
        {"a": 2, "b": 1},
        "010d02" + "0161" + "0202" + "0001" + "0200" + "000162" + "0100",
    ),
    ([("a", 2)], None, "010d01" + "0161" + "0001" + "0000"),
    ([(7, MOST)], None, "010f01" + "07" + "0001" + "fdffffffffffffff7f" + "00"),
]


@pytest.mark.parametrize(("some", "clock", "frozen"), FROZEN)
def test_frozen(some, clock, frozen):
    made = context(some, clock and VectorClock(clock))
    assert made.to_bytes().hex() == frozen
    assert CausalContext.from_bytes(bytes.fromhex(frozen)) == made


def accepted(data):
    try:
        made = CausalContext.from_bytes(data)
    except DecodeError:
        return False
    assert made.to_bytes() == data
    return True


@pytest.mark.parametrize("case", FROZEN, ids=str)
def test_every_truncation_and_flip(case):
    data = bytes.fromhex(case[2])
    assert accepted(data)
    for size in range(len(data)):
        assert not accepted(data[:size])
    assert not accepted(data + b"\0")
    for flipped in flips(data):
        accepted(flipped)


@given(
    st.binary(max_size=40),
    st.sampled_from([b"", b"\1\x0d", b"\1\x0e", b"\1\x0f", b"\1\x0d\1\1a", b"\1\x0f\2"]),
)
def test_any_bytes(rest, head):
    accepted(head + rest)


def test_limits_and_json():
    made = context([("a", 2 * n) for n in range(1, 100)], VectorClock({"b": 1}))
    assert CausalContext.from_bytes(made.to_bytes(), max_entries=101) == made
    assert CausalContext.from_json(made.to_json(), max_entries=101) == made
    for read, data in (
        (CausalContext.from_bytes, made.to_bytes()),
        (CausalContext.from_json, made.to_json()),
    ):
        with pytest.raises(DecodeError, match="max_entries"):
            read(data, max_entries=100)
    assert context([("a", 2), ("b", 1)]).to_json() == '{"v":1,"k":"str","c":{"a":[[2,2]],"b":[[1,1]]}}'
    for bad in (
        '{"v":1,"k":"str","c":{"a":[]}}',
        '{"v":1,"k":"str","c":{"a":5}}',
        '{"v":1,"k":"str","c":{"a":[[1]]}}',
        '{"v":1,"k":"str","c":{"a":[[0,1]]}}',
        '{"v":1,"k":"str","c":{"a":[[2,1]]}}',
        '{"v":1,"k":"str","c":{"a":[[1,1],[2,3]]}}',
        '{"v":1,"k":"str","c":{"a":[[3,3],[1,1]]}}',
        '{"v":1,"k":"str","c":{"a":[[1,9223372036854775808]]}}',
        '{"v":1,"k":"str","c":{"a":[[1,2.0]]}}',
    ):
        with pytest.raises(DecodeError, match="not a CausalContext"):
            CausalContext.from_json(bad)
