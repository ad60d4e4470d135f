"""MatrixClock: what all are known to know, and that this never goes back."""

import copy
import pickle

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from benchmarks.baselines.clocks.matrix import PlainMatrixClock
from coterie import DecodeError, Dot, MatrixClock, Relation, VectorClock
from tests.clocks.vectors import IDS, entries, flips, without_zeros

IDS_OF = "abcde"


class Cluster(RuleBasedStateMachine):
    """Members that learn, join and leave, in two clocks; beside dicts."""

    @initialize(n=st.integers(1, 4))
    def start(self, n):
        self.made, self.plain = MatrixClock(list(IDS_OF[:n])), PlainMatrixClock(IDS_OF[:n])
        self.before = self.made.frontier()

    @rule(data=st.data(), clock=entries)
    def update(self, data, clock):
        member = data.draw(st.sampled_from(sorted(self.plain.rows)))
        self.made.update(member, VectorClock(clock))
        self.plain.update(member, clock)

    @rule(data=st.data(), clock=entries)
    def join(self, data, clock):
        new = sorted(set(IDS_OF) - set(self.plain.rows))
        if not new:
            return
        id = data.draw(st.sampled_from(new))
        known = VectorClock(clock)
        if not known.dominates(self.made.frontier()):
            with pytest.raises(ValueError, match="frontier"):
                self.made.add_member(id, known)
            known |= self.made.frontier()
        self.made.add_member(id, known)
        self.plain.rows[id] = known.to_dict()
        known.increment("later")

    @rule(data=st.data())
    def leave(self, data):
        id = data.draw(st.sampled_from(sorted(self.plain.rows)))
        if len(self.plain.rows) == 1:
            with pytest.raises(ValueError, match="last"):
                self.made.remove_member(id)
        else:
            self.made.remove_member(id)
            del self.plain.rows[id]

    @invariant()
    def same(self):
        frontier = self.made.frontier()
        assert frontier.to_dict() == self.plain.frontier()
        assert self.made.members == tuple(sorted(self.plain.rows))
        assert self.before <= frontier
        self.before = frontier
        for member, row in self.plain.rows.items():
            assert self.made[member].to_dict() == without_zeros(row)
            assert frontier <= self.made[member]
        assert MatrixClock.from_bytes(self.made.to_bytes()) == self.made
        assert MatrixClock.from_json(self.made.to_json()) == self.made


TestCluster = Cluster.TestCase
TestCluster.settings = settings(max_examples=60, stateful_step_count=20)


def matrix(rows):
    made = MatrixClock(rows)
    for member, clock in rows.items():
        made.update(member, VectorClock(clock))
    return made


rows = st.fixed_dictionaries({"x": entries, "y": entries})


@given(rows, rows)
def test_two(one, other):
    a, b = matrix(one), matrix(other)
    relations = {VectorClock(one[id]).compare(VectorClock(other[id])) for id in one}
    before, after = (any(relation & bit for relation in relations) for bit in (1, 2))
    assert a.compare(b) is Relation(before + 2 * after)
    assert (a == b, a <= b, a < b) == (not before and not after, not after, before and not after)
    assert a.concurrent(b) == (before and after)
    merged = a | b
    assert all(merged[id] == VectorClock(one[id]) | VectorClock(other[id]) for id in one)
    assert (a <= b) == (merged == b)
    assert a == matrix(one)
    assert (a == b) == (a.to_bytes() == b.to_bytes())
    a |= b
    assert a == merged


def test_the_example():
    m = MatrixClock(["a", "b"])
    m.update("a", VectorClock({"a": 5, "b": 2}))
    m.update("b", VectorClock({"a": 3, "b": 4}))
    assert m.frontier() == VectorClock({"a": 3, "b": 2})
    assert (m.is_stable(Dot("a", 3)), m.is_stable(Dot("a", 4))) == (True, False)
    assert (len(m), list(m), "a" in m, "c" in m, 1 in m) == (2, ["a", "b"], True, False, False)
    assert repr(m) == "<MatrixClock of ['a', 'b']>"
    assert m.to_json() == '{"v":1,"k":"str","c":{"a":{"a":5,"b":2},"b":{"a":3,"b":4}}}'
    row = m["a"]
    row.increment("a")
    assert m["a"]["a"] == 5


@pytest.mark.parametrize("kind", IDS)
def test_kinds_copies_and_bytes(kind):
    ids = IDS[kind]
    m = MatrixClock(reversed(ids))
    assert m.members == tuple(sorted(ids))
    m.update(ids[0], VectorClock({ids[1]: 7}))
    for again in (
        m.copy(),
        copy.deepcopy(m),
        pickle.loads(pickle.dumps(m)),
        MatrixClock.from_bytes(m.to_bytes()),
    ):
        assert again == m
        again.update(ids[1], VectorClock({ids[1]: 1}))
        assert again > m
    data = m.to_bytes()
    for size in range(len(data)):
        with pytest.raises(DecodeError, match="not a MatrixClock"):
            MatrixClock.from_bytes(data[:size])
    for flipped in flips(data):
        try:
            made = MatrixClock.from_bytes(flipped)
        except DecodeError:
            continue
        assert made.to_bytes() == flipped
    other = VectorClock({"s" if kind != "str" else 5: 1})
    for call in (lambda: m.update(ids[0], other), lambda: m.add_member("new" if kind != "str" else 9, other)):
        with pytest.raises(TypeError, match="kind"):
            call()
    with pytest.raises(TypeError, match="kind"):
        m <= MatrixClock(list(other))  # noqa: B015
    assert m != MatrixClock(list(other))


def test_errors():
    m = matrix({"a": {"a": 1}, "b": {"a": 2}})
    before = m.to_bytes()
    for call in (
        lambda: m["c"],
        lambda: m.update("c", VectorClock()),
        lambda: m.remove_member("c"),
        lambda: m[5],
    ):
        with pytest.raises(KeyError):
            call()
    for call in (
        lambda: MatrixClock([]),
        lambda: MatrixClock(["a", "a"]),
        lambda: m.add_member("a", VectorClock({"a": 9})),
        lambda: m.add_member("c", VectorClock()),
        lambda: m.merge(MatrixClock(["a"])),
        lambda: m | MatrixClock(["a", "c"]),
        lambda: m <= MatrixClock(["a", "c"]),
    ):
        with pytest.raises(ValueError, match=r"members|twice|member already|frontier"):
            call()
    for call in (
        lambda: MatrixClock(["a", 1]),
        lambda: MatrixClock(5),
        lambda: m.update("a", {"a": 1}),
        lambda: m.merge({}),
        lambda: m.is_stable(("a", 1)),
        lambda: hash(m),
    ):
        with pytest.raises(TypeError):
            call()
    assert m != MatrixClock(["a", "c"])
    assert m.to_bytes() == before
    with pytest.raises(DecodeError, match="max_entries"):
        MatrixClock.from_bytes(before, max_entries=3)
    assert MatrixClock.from_bytes(before, max_entries=4) == m
    with pytest.raises(DecodeError, match="not a MatrixClock: an entry"):  # of a row
        MatrixClock.from_bytes(before[:-1] + b"\0")
    for bad in ('{"v":1,"c":{}}', '{"v":1,"k":"str","c":{"a":5}}', '{"v":1,"k":"str","c":{"a":{"a":0}}}'):
        with pytest.raises(DecodeError):
            MatrixClock.from_json(bad)
