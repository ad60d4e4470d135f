"""VectorClock against the plainest model: a clock is a set of dots."""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.baselines.clocks import vector as plain
from coterie import Relation, VectorClock
from tests.clocks.vectors import MOST, counters, entries, grown, many_entries, without_zeros

few_entries = st.dictionaries(st.integers(95, 105), counters, max_size=4)
crowds = many_entries.map(lambda some: dict.fromkeys(range(100, 400), 3) | some)
both = st.one_of(
    st.tuples(entries, entries),
    st.tuples(many_entries, many_entries),
    st.tuples(few_entries, crowds),
    st.tuples(crowds, few_entries),
)
MAKE = {"at once": VectorClock, "grown": grown}
make = pytest.mark.parametrize("make", MAKE.values(), ids=MAKE)
small = st.dictionaries(st.sampled_from("abcde"), st.integers(0, 4))


def check_pair(a, b, x, y):
    relation = Relation(plain.relation(without_zeros(x), without_zeros(y)))
    assert a.compare(b) is relation
    assert b.compare(a) is relation.flipped
    assert (a == b, a != b) == (relation == 0, relation != 0)
    assert (a < b, a > b) == (relation is Relation.BEFORE, relation is Relation.AFTER)
    assert (a <= b, a >= b) == (relation in (0, 1), relation in (0, 2))
    assert a.dominates(b) == (relation in (0, 2))
    assert a.concurrent(b) == b.concurrent(a) == (relation is Relation.CONCURRENT)
    assert (a.to_bytes() == b.to_bytes()) == (relation == 0)
    merged = a | b
    assert merged.to_dict() == without_zeros(plain.merge(x, y))
    assert (a <= b) == (merged == b)
    for merge in (VectorClock.merge, lambda a, b: a.merge_within(b, MOST)):
        into = a.copy()
        merge(into, b)
        assert into == merged
    assert a.missing(b) == [
        (id, x.get(id, 0) + 1, count) for id, count in sorted(y.items()) if count > x.get(id, 0)
    ]
    assert (a & b).to_dict() == {id: min(x[id], y[id]) for id in sorted(x) if min(x[id], y.get(id, 0))}
    assert a.without(b).to_dict() == {id: x[id] for id in sorted(x) if x[id] > y.get(id, 0)}
    assert (a.to_dict(), b.to_dict()) == tuple(dict(sorted(without_zeros(z).items())) for z in (x, y))


@make
@given(both)
@settings(max_examples=300)
def test_pairs(make, pair):
    x, y = pair
    check_pair(make(x), VectorClock(y), x, y)
    check_pair(make(x), make(y), x, y)


@make
def test_all_small_pairs(make):
    """All clocks over three ids with counters 0 .. 2, each with each."""
    all_entries = [dict(zip("abc", counts, strict=True)) for counts in itertools.product(range(3), repeat=3)]
    clocks = [make(x) for x in all_entries]
    for (a, x), (b, y) in itertools.product(zip(clocks, all_entries, strict=True), repeat=2):
        check_pair(a, b, x, y)


def test_all_small_triples():
    """The order is transitive, and merging and meeting are those of a lattice."""
    clocks = [
        VectorClock(dict(zip("abc", counts, strict=True))) for counts in itertools.product(range(3), repeat=3)
    ]
    for a, b, c in itertools.product(clocks, repeat=3):
        assert (a | b) | c == a | (b | c)
        assert a | (a & b) == a == a & (a | b)
        assert not (a <= b <= c) or a <= c
        if a <= c and b <= c:
            assert a | b <= c


@given(small, small)
def test_a_clock_is_a_set_of_dots(x, y):
    a, b = VectorClock(x), grown(y)
    dots = plain.dots(x), plain.dots(y)
    assert plain.dots((a | b).to_dict()) == dots[0] | dots[1]
    assert plain.dots((a & b).to_dict()) == dots[0] & dots[1]
    assert (a <= b) == (dots[0] <= dots[1])
    missing = {(id, n) for id, first, last in a.missing(b) for n in range(first, last + 1)}
    assert missing == dots[1] - dots[0]


@given(st.lists(st.tuples(st.sampled_from("abcdefgh"), counters), max_size=12))
def test_advancing(steps):
    clock, model = VectorClock(), {}
    for id, count in steps:
        before = clock.copy()
        clock.advance(id, count)
        model[id] = max(model.get(id, 0), count)
        assert before <= clock
    assert clock == VectorClock(model) == grown(model)
    assert clock.to_bytes() == VectorClock(model).to_bytes()


@given(st.data())
@settings(max_examples=50)
def test_true_causality(data):
    """In any run of a few processes that lose, repeat and reorder messages, clocks know what led to what."""
    replicas = data.draw(st.integers(2, 5))
    clocks = [VectorClock() for _ in range(replicas)]
    histories = [set() for _ in range(replicas)]
    events, messages = [], []
    for _ in range(data.draw(st.integers(1, 40))):
        at = data.draw(st.integers(0, replicas - 1))
        if messages and data.draw(st.booleans()):
            clock, history = data.draw(st.sampled_from(messages))
            clocks[at].merge(clock)
            histories[at] |= history
        clocks[at].increment(f"r{at}")
        histories[at].add(len(events))
        events.append((clocks[at].copy(), set(histories[at])))
        messages.append(events[-1])
    for (a, x), (b, y) in itertools.combinations(events, 2):
        assert (a < b) == (x < y)
        assert a.concurrent(b) == (not x <= y and not y <= x)
