"""BoundedCounter against what each replica did, and never below its bound."""

import copy
import pickle

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from benchmarks.baselines.crdts.counters import PlainBoundedCounter
from coterie import BoundedCounter, Changes, InsufficientRights, ReplicaError

MOST = 2**64 - 1
amounts = st.integers(1, 9)


class Bounded(RuleBasedStateMachine):
    """Replicas that add, take away and hand over; what they send comes late, twice, mixed up, or never."""

    @initialize(n=st.integers(2, 4), bound=st.sampled_from([0, -7, 10**6]))
    def begin(self, n, bound):
        self.log, self.bound = {}, bound
        self.made = [BoundedCounter(bound, replica=f"r{at}") for at in range(n)]
        self.models = [PlainBoundedCounter(self.log, bound) for _ in range(n)]
        self.pending = [set() for _ in range(n)]
        self.sent = []

    def at(self, data):
        return data.draw(st.integers(0, len(self.made) - 1))

    def note(self, at, *line):
        self.pending[at].add(line)

    @rule(data=st.data(), n=amounts)
    def add(self, data, n):
        at = self.at(data)
        self.made[at].increment(n)
        self.models[at].add(at, n)
        self.note(at, at, "add", at)

    @rule(data=st.data(), n=amounts)
    def take(self, data, n):
        at = self.at(data)
        if n > self.models[at].rights(at):
            with pytest.raises(InsufficientRights):
                self.made[at].decrement(n)
            return
        self.made[at] -= n
        self.models[at].take(at, n)
        self.note(at, at, "take", at)

    @rule(data=st.data(), n=amounts)
    def hand(self, data, n):
        at, to = self.at(data), self.at(data)
        if at == to or n > self.models[at].rights(at):
            with pytest.raises(ValueError, match="id of this object" if at == to else "rights"):
                self.made[at].transfer(n, f"r{to}")
            return
        self.made[at].transfer(n, f"r{to}")
        self.models[at].hand(at, n, to)
        self.note(at, at, "hand", to)

    @rule(data=st.data(), what=st.sampled_from(["state", "bytes", "delta", "diff"]))
    def send(self, data, what):
        at = self.at(data)
        made, known = self.made[at], dict(self.models[at].known)
        if what == "delta":
            known = {line: n for line, n in known.items() if line in self.pending[at]}
            self.pending[at] = set()
            state = made.take_delta()
        elif what == "diff":
            to = self.at(data)
            known = self.models[at].beyond(self.models[to].known)
            state = made.diff(self.made[to].digest())
        else:
            state = made.to_bytes() if what == "bytes" else made.copy()
        self.sent.append((state, known))
        if what != "bytes":
            assert state <= made
            assert state.value >= self.bound

    @rule(data=st.data())
    def receive(self, data):
        if self.sent:
            at, (state, known) = self.at(data), data.draw(st.sampled_from(self.sent))
            before = self.made[at].value
            take = self.made[at].update_from if isinstance(state, bytes) else self.made[at].merge
            changes = take(state, changes=True)
            self.models[at].merge(known)
            after = self.models[at].value
            assert changes == Changes(old=before, new=after, differs=before != after)

    @invariant()
    def same(self):
        made, models = getattr(self, "made", []), getattr(self, "models", [])
        for at, (one, model) in enumerate(zip(made, models, strict=True)):
            assert (one.value, one.bound, one.rights()) == (model.value, self.bound, model.rights(at))
            assert one.value >= self.bound
            for other in range(len(made)):
                assert one.rights(f"r{other}") == max(model.rights(other), 0)
        if made:
            everything = PlainBoundedCounter(self.log, 0)
            everything.known = {line: len(all) for line, all in self.log.items()}
            assert everything.sum(lambda _, what, to: what == "add") >= everything.sum(
                lambda _, what, to: what == "take"
            )
            less = not models[1].beyond(models[0].known), not models[0].beyond(models[1].known)
            assert (made[1] <= made[0], made[0] <= made[1]) == less
            assert (made[0] == made[1]) == (made[0].to_bytes() == made[1].to_bytes()) == all(less)


TestBounded = Bounded.TestCase
TestBounded.settings = settings(max_examples=60, stateful_step_count=40)


def shop():
    """Two replicas in one state, with 6 and 1 rights left."""
    a = BoundedCounter(2, replica="a")
    a += 10
    a.transfer(4, "b")
    b = a.fork("b")
    b -= 3
    a.merge(b)
    return a, b


def test_bounds():
    for bound in (-(2**63), 2**63 - 1, 0, -1):
        a = BoundedCounter(bound, replica="a")
        a += 3
        a -= 3
        with pytest.raises(InsufficientRights):
            a -= 1
        again = BoundedCounter.from_bytes(a.to_bytes())
        assert (again, again.bound, again.value) == (a, bound, bound)
    for bound in (2**63, -(2**63) - 1):
        with pytest.raises(OverflowError):
            BoundedCounter(bound)
    for bound in ("1", 1.5, None, True):
        with pytest.raises(TypeError):
            BoundedCounter(bound)


def test_other_bounds_do_not_go_together():
    a, b = BoundedCounter(1), BoundedCounter(2)
    for use in (a.merge, a.concurrent, a.__le__, lambda b: a.diff(b.digest()), lambda b: a.merge_many([b])):
        with pytest.raises(ValueError, match="parameters"):
            use(b)
    assert a != b
    assert a.take_delta() == BoundedCounter(1)


def test_copies_have_no_rights():
    a, _ = shop()
    assert a.rights() == 6
    for other in (a.copy(), copy.deepcopy(a), pickle.loads(pickle.dumps(a)), a.fork("c")):
        assert (other, other.rights(), other.rights("a"), other.rights(b"b")) == (a, 0, 6, 1)
        with pytest.raises(InsufficientRights):
            other.decrement()
    again = BoundedCounter.from_bytes(a.to_bytes(), replica="a")
    again -= 6
    assert again.value == a.value - 6


def test_more_than_64_bits():
    total = BoundedCounter(replica="t")
    for replica in "abc":
        one = BoundedCounter(replica=replica)
        one += MOST
        with pytest.raises(OverflowError):
            one += 1
        one.transfer(MOST, "t")
        total |= one
    total = BoundedCounter.from_bytes(total.to_bytes(), replica="t")
    assert total.value == total.rights() == 3 * MOST
    total -= MOST
    with pytest.raises(OverflowError):
        total -= 1
    assert total.rights() == 2 * MOST
    assert total.take_delta().value == 0
    before = total.to_bytes()
    with pytest.raises(OverflowError, match="64 bits"):
        total.rebase()
    assert (total.to_bytes(), total.generation) == (before, b"")


def test_an_id_used_twice():
    a, _ = shop()
    twin = BoundedCounter.from_bytes(a.to_bytes(), replica="a")
    twin.transfer(1, "z")
    with pytest.raises(ReplicaError):
        a.merge(twin)
    with pytest.raises(ValueError, match="has written"):
        twin.copy().fork("a")


def test_generations():
    a, b = shop()
    with pytest.raises(ValueError, match="merge the states"):
        b.take_delta().rebase()  # which took away what it does not know to have been added
    old = a.copy()
    b.merge(a)
    a.rebase()
    b.rebase()
    assert a == b
    assert (a.value, a.rights(), a.rights("b")) == (9, 6, 1)
    b -= 1
    a.merge(b)
    assert (a.value, a.rights("b")) == (8, 0)
    with pytest.raises(ValueError, match="generation"):
        a.merge(old)


def test_heirs():
    a, b = shop()
    b.merge(a)
    for heirs, error in (
        (5, TypeError),
        ({"a": 5}, TypeError),
        ({"a": "b", "b": "c"}, ValueError),
        ({"": "a"}, ValueError),
    ):
        with pytest.raises(error):
            a.rebase(heirs)
    assert a == b
    a.rebase({"b": "a", "unknown": "z"})
    c = b.copy()
    b.rebase(heirs={"b": "a", "unknown": "z"})
    assert a == b
    assert (a.value, a.rights(), a.rights("b"), b.rights()) == (9, 7, 0, 0)
    c.rebase()
    assert c.generation != a.generation


def test_numbers():
    a, b = shop()
    assert (a.stats()["replicas"], b.stats()["replicas"], BoundedCounter().stats()["replicas"]) == (2, 2, 0)
    a.transfer(1, "c")
    assert a.stats()["replicas"] == 3


def test_begun_anew():
    a, _ = shop()
    data, pending = a.to_bytes(), a.stats()["pending"]
    for bad in ({"bound": 2**63}, {"bound": "1"}, {"replica": b""}, {"codec": 5}):
        with pytest.raises((OverflowError, TypeError, ValueError)):
            a.__init__(**{"bound": 7} | bad)
        assert (a.to_bytes(), a.replica, a.stats()["pending"]) == (data, b"a", pending)
    a.__init__(7, replica="z")
    assert (a, a.replica, a.bound, a.value) == (BoundedCounter(7), b"z", 7, 7)
    assert a.stats()["pending"] == 0
