"""GSet, TwoPhaseSet, LWWSet and LWWMap against all changes that each replica knows."""

import copy
import pickle

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from benchmarks.baselines.crdts.elements import name
from benchmarks.baselines.crdts.keyed import PlainGSet, PlainLWWMap, PlainLWWSet, PlainTwoPhaseSet
from coterie import GSet, LWWMap, LWWSet, TwoPhaseSet

ELEMENTS = [1, True, 1.0, "1", b"1", None, (1,), "x"]
elements = st.sampled_from(ELEMENTS)
values = st.sampled_from([1, 2, -5, 300])  # of one kind, which the model compares
stamps = st.integers(0, 20).flatmap(lambda ms: st.integers((ms << 16) + 1, (ms << 16) + 3))


class Keyed(RuleBasedStateMachine):
    """Replicas that change; what they send comes late, twice, mixed up, or never."""

    def new(self, at):
        raise NotImplementedError

    def model(self):
        raise NotImplementedError

    def visible(self, made):
        """What is seen of it, as the model says it."""
        return {*map(name, made)}

    def has(self, made, element):
        """Whether anything is kept of it."""
        return element in made

    @initialize(n=st.integers(2, 5))
    def begin(self, n):
        self.clocks = [0] * n
        self.made = [self.new(at) for at in range(n)]
        self.models = [self.model() for _ in range(n)]
        self.sent = []
        self.next = n

    def at(self, data):
        return data.draw(st.integers(0, len(self.made) - 1))

    @rule(data=st.data(), ms=st.integers(0, 20))
    def jump(self, data, ms):
        self.clocks[self.at(data)] = ms

    @rule(data=st.data(), what=st.sampled_from(["state", "bytes", "delta", "diff", "diff"]))
    def send(self, data, what):
        at, to = self.at(data), self.at(data)
        made, model = self.made[at], self.models[at]
        part = set(model.known)
        if what == "delta":
            part = model.take_pending()
            state = made.take_delta()
        elif what == "diff":
            state = made.diff(self.made[to].digest())
            part = model.part({name(element) for element in ELEMENTS if self.has(state, element)})
            other = self.models[to].state()
            lacking = {key for key, entry in model.state().items() if other.get(key) != entry}
            assert lacking <= {change[0] for change in part}
        else:
            state = made.to_bytes() if what == "bytes" else made.copy()
        if what == "delta":
            expected = self.model()
            expected.known = part
            assert self.visible(state) == expected_visible(expected)
            assert sum(state.stats()[which] for which in ("entries", "tombstones")) == len(expected.keys())
        if what != "bytes":
            assert state <= made
        self.sent.append((state, part))

    @rule(data=st.data(), changes=st.booleans())
    def receive(self, data, changes):
        if self.sent:
            at, (state, part) = self.at(data), data.draw(st.sampled_from(self.sent))
            before = self.models[at].visible()
            take = self.made[at].update_from if isinstance(state, bytes) else self.made[at].merge
            answer = take(state, changes=changes)
            self.models[at].known |= part
            after = self.models[at].visible()
            if changes:
                assert {*map(name, answer.added)} == after.keys() - before.keys()
                assert {*map(name, answer.removed)} == before.keys() - after.keys()
                assert {*map(name, answer.changed)} == self.differ(before, after)
                assert bool(answer) == bool(answer.added or answer.removed or answer.changed)

    def differ(self, before, after):
        """Keys that show another value."""
        return set()

    @rule(data=st.data(), way=st.sampled_from([copy.copy, lambda a: pickle.loads(pickle.dumps(a))]))
    def replace(self, data, way):
        """One replica goes on as a copy, under another id."""
        at = self.at(data)
        clock = {} if not hasattr(self.made[at], "time") else {"time_ns": self.clock(at)}
        kind = type(self.made[at])
        copied = way(self.made[at])
        assert copied == self.made[at]
        self.made[at] = kind.from_bytes(copied.to_bytes(), replica=f"r{self.next}", **clock)
        self.next += 1
        self.models[at].pending = set()

    def clock(self, at):
        return lambda: self.clocks[at] * 10**6

    @invariant()
    def same(self):
        made, models = getattr(self, "made", []), getattr(self, "models", [])
        for one, model in zip(made, models, strict=True):
            assert self.visible(one) == expected_visible(model)
            assert len(one) == len(model.visible())
            stats = one.stats()
            assert (stats["entries"], stats["tombstones"]) == (
                len(model.visible()),
                len(model.keys()) - len(model.visible()),
            )
            again = type(one).from_bytes(one.to_bytes())
            assert again == one
            assert again.to_bytes() == one.to_bytes()
        for one, model in zip(made, models, strict=True):
            both = self.model()
            both.known = model.known | models[0].known
            less, more = both.state() == models[0].state(), both.state() == model.state()
            assert (one <= made[0], made[0] <= one) == (less, more)
            assert one.concurrent(made[0]) == (not less and not more)
            assert (one == made[0]) == (one.to_bytes() == made[0].to_bytes()) == (less and more)
            assert (one.digest() == made[0].digest()) == (less and more)
            assert (one | made[0]) == (made[0] | one)
            assert self.visible(one | made[0]) == expected_visible(both)
            assert (made[0] | one.diff(made[0].digest())) == (made[0] | one)
            assert one.diff(made[0].digest()) <= one


def expected_visible(model):
    """As `visible` says it: the keys of sets, the keys and values of maps."""
    seen = model.visible()
    return (
        {key: entry[2][0] for key, entry in seen.items()} if isinstance(model, PlainLWWMap) else seen.keys()
    )


class GSets(Keyed):
    def new(self, at):
        return GSet(replica=f"r{at}")

    def model(self):
        return PlainGSet()

    @rule(data=st.data(), some=st.lists(elements, max_size=3))
    def add(self, data, some):
        at = self.at(data)
        if len(some) == 1:
            self.made[at].add(some[0])
        else:
            self.made[at].update(some)
        for element in some:
            self.models[at].do((name(element),), noted=(name(element),) not in self.models[at].known)


class TwoPhaseSets(Keyed):
    def new(self, at):
        return TwoPhaseSet(replica=f"r{at}")

    def model(self):
        return PlainTwoPhaseSet()

    def has(self, made, element):
        return TwoPhaseSet([element]) <= made

    @rule(data=st.data(), some=st.lists(elements, max_size=3))
    def add(self, data, some):
        at = self.at(data)
        made, model = self.made[at], self.models[at]
        if any(model.state().get(name(element)) for element in some):
            before, pending = made.to_bytes(), made.stats()["pending"]
            with pytest.raises(ValueError, match="was removed, and cannot be added again"):
                made.add_many(some)
            if len(some) == 1:
                with pytest.raises(ValueError, match="was removed"):
                    made.add(some[0])
            assert (made.to_bytes(), made.stats()["pending"]) == (before, pending)
            return
        made.add_many(some)
        for element in some:
            model.do((name(element), False), noted=not model.of(name(element)))

    @rule(data=st.data(), some=st.lists(elements, max_size=3))
    def discard(self, data, some):
        at = self.at(data)
        made, model = self.made[at], self.models[at]
        there = [element for element in some if name(element) in model.visible()]
        if len(some) == 1:
            if there:
                made.remove(some[0])
            else:
                with pytest.raises(KeyError):
                    made.remove(some[0])
                made.discard(some[0])
        else:
            made.discard_many(some)
        for element in there:
            model.do((name(element), True))


class LWWSets(Keyed):
    bias = "add"

    def new(self, at):
        return LWWSet(replica=f"r{at}", bias=self.bias, time_ns=self.clock(at))

    def model(self):
        return PlainLWWSet(self.bias)

    def has(self, made, element):
        return any(made.times(element))

    @rule(data=st.data(), some=st.lists(elements, min_size=1, max_size=3), removal=st.booleans())
    def change(self, data, some, removal):
        at = self.at(data)
        made, model = self.made[at], self.models[at]
        some = [element for element in some if not removal or name(element) in model.visible()]
        if len(some) == 1:
            (made.remove if removal else made.add)(some[0])
        else:
            (made.discard_many if removal else made.add_many)(some)
        for element in some:
            assert (element in made) != removal
            stamp = made.times(element)[removal]
            assert stamp >= self.clocks[at] << 16
            model.do((name(element), removal, stamp))

    @rule(data=st.data(), element=elements, removal=st.booleans(), stamp=stamps)
    def change_at(self, data, element, removal, stamp):
        at = self.at(data)
        made, model = self.made[at], self.models[at]
        before = made.times(element)
        (made.discard if removal else made.add)(element, time=stamp)
        model.do((name(element), removal, stamp), noted=stamp > before[removal])
        assert made.times(element) == model.entry(name(element))

    @rule(data=st.data(), element=elements)
    def discard_absent(self, data, element):
        at = self.at(data)
        if element not in self.made[at]:
            before = self.made[at].to_bytes()
            self.made[at].discard(element)
            with pytest.raises(KeyError):
                self.made[at].remove(element)
            assert self.made[at].to_bytes() == before


class LWWSetsThatRemove(LWWSets):
    bias = "remove"


class LWWMaps(Keyed):
    def new(self, at):
        return LWWMap(replica=f"r{at}", time_ns=self.clock(at))

    def model(self):
        return PlainLWWMap()

    def has(self, made, element):
        return made.time(element) > 0

    def visible(self, made):
        return {name(key): value for key, value in made.items()}

    def differ(self, before, after):
        return {key for key in before.keys() & after.keys() if before[key][2] != after[key][2]}

    @rule(data=st.data(), some=st.lists(st.tuples(elements, values), min_size=1, max_size=3))
    def write(self, data, some):
        at = self.at(data)
        made, model = self.made[at], self.models[at]
        if len(some) == 1:
            assert made.set(*some[0])
        else:
            made.add_many([key for key, _ in some], [value for _, value in some])
        for key, value in {name(key): (key, value) for key, value in some}.values():
            assert made[key] == value
            assert made.time(key) >= self.clocks[at] << 16
            model.do((name(key), made.time(key), made.replica, (value,)))

    @rule(data=st.data(), key=elements, value=st.one_of(st.none(), values), stamp=stamps)
    def write_at(self, data, key, value, stamp):
        at = self.at(data)
        made, model = self.made[at], self.models[at]
        write = stamp, made.replica, () if value is None else (value,)
        before = model.state().get(name(key))
        wins = made.delete(key, time=stamp) if value is None else made.set(key, value, time=stamp)
        model.do((name(key), *write), noted=False)
        assert wins == (model.entry(name(key)) == write)
        if wins and before != write:
            model.pending.add(name(key))

    @rule(data=st.data(), key=elements)
    def delete(self, data, key):
        at = self.at(data)
        made, model = self.made[at], self.models[at]
        there = name(key) in model.visible()
        assert (key in made) == there
        assert made.delete(key) == there
        if there:
            model.do((name(key), made.time(key), made.replica, ()))
        else:
            with pytest.raises(KeyError):
                del made[key]


for machine in (GSets, TwoPhaseSets, LWWSets, LWWSetsThatRemove, LWWMaps):
    case = machine.TestCase
    case.settings = settings(max_examples=60, stateful_step_count=30)
    globals()[f"Test{machine.__name__}"] = case
del case, machine
