"""ORMap against events with tombstones."""

import copy
import pickle

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from benchmarks.baselines.crdts.elements import name
from benchmarks.baselines.crdts.maps import KINDS, PlainORMap
from coterie import ORMap

WAYS = [(), ("a",), ("b", "a")]  # to maps
KEYS = ["a", "b", 1]
ELEMENTS = [1, True, "x", (None,)]
ways, keys, elements = st.sampled_from(WAYS), st.sampled_from(KEYS), st.sampled_from(ELEMENTS)


def map_at(made, way):
    for key in way:
        made = made.map(key)
    return made


class Replica:
    """A map, its model, views that it gave, and what is pending."""

    def __init__(self, made, model):
        self.made, self.model, self.views, self.pending = made, model, {}, set()

    def view(self, way, key, kind):
        """One that was had long ago."""
        if (way, key, kind) not in self.views:
            self.views[way, key, kind] = getattr(map_at(self.made, way), kind)(key)
        return self.views[way, key, kind]

    def fresh(self, way, key, kind):
        """One that is new."""
        return getattr(map_at(self.made, way), kind)(key)


class Maps(RuleBasedStateMachine):
    """Replicas that change and remove keys; what they send comes late, twice, mixed up, or never."""

    @initialize(n=st.integers(2, 5))
    def begin(self, n):
        self.log = {}
        self.replicas = [
            Replica(ORMap(replica=f"r{at}", time_ns=lambda: 5_000_000), PlainORMap(self.log))
            for at in range(n)
        ]
        self.sent = []
        self.next = n

    def any(self, data):
        return data.draw(st.sampled_from(self.replicas))

    @rule(data=st.data(), way=ways, key=keys, kind=st.sampled_from(KINDS[:7]), held=st.booleans())
    def change(self, data, way, key, kind, held):
        one = self.any(data)
        view = (one.view if held else one.fresh)(way, key, kind)
        one.pending |= getattr(self, kind)(data, view, one.model, one.made.replica, (*way, key))

    def counter(self, data, view, model, replica, at):
        amount = data.draw(st.integers(-3, 3))
        if amount == 0:
            view.reset()
            return model.clear(at, "counter")
        view.increment(amount) if amount > 0 else view.decrement(-amount)
        return model.count(replica, at, amount)

    def set(self, data, view, model, replica, at):
        element = data.draw(elements)
        if data.draw(st.booleans()):
            view.add(element)
            return model.add(replica, at, element)
        if name(element) in model.in_set(at):
            view.remove(element)
        else:
            with pytest.raises(KeyError):
                view.remove(element)
            view.discard(element)
        return model.discard(at, element)

    def rw_set(self, data, view, model, replica, at):
        element = data.draw(elements)
        is_in = data.draw(st.booleans())
        if is_in:
            view.add(element)
        elif name(element) in model.in_rw_set(at):
            view.remove(element)
        else:
            with pytest.raises(KeyError):
                view.remove(element)
            view.discard(element)
        return model.change(replica, at, is_in, element)

    def register(self, data, view, model, replica, at):
        value = data.draw(st.none() | elements)
        if value is None:
            view.clear()
            return model.clear(at, "register")
        view.set(value)
        return model.set(replica, at, "register", value)

    def lww(self, data, view, model, replica, at):
        value, stamp = data.draw(elements), data.draw(st.none() | st.integers(1, 5))
        wins = view.set(value, time=stamp)
        if stamp is None:
            before = model.winner(at)
            stamp = view.time
            assert stamp > (before[0] if before else 0)
            assert wins
        changed = model.write(replica, at, stamp, value)
        assert wins == bool(changed)
        return changed

    def flag(self, data, view, model, replica, at):
        if data.draw(st.booleans()):
            view.enable()
            return model.set(replica, at, "flag", None)
        view.disable()
        return model.clear(at, "flag")

    def dw_flag(self, data, view, model, replica, at):
        if data.draw(st.booleans()):
            view.disable()
            return model.set(replica, at, "dw_flag", None)
        view.enable()
        return model.clear(at, "dw_flag")

    @rule(data=st.data(), way=ways, key=keys, how=st.sampled_from(["del", "discard", "clear"]))
    def remove(self, data, way, key, how):
        one = self.any(data)
        made = map_at(one.made, way)
        if how == "clear":
            made.clear()
            one.pending |= one.model.empty(way)
        elif one.model.present((*way, key)):
            made.discard(key) if how == "discard" else made.__delitem__(key)
            one.pending |= one.model.delete((*way, key))
        else:
            made.discard(key)
            with pytest.raises(KeyError):
                del made[key]

    @rule(data=st.data(), what=st.sampled_from(["state", "bytes", "delta", "diff", "diff"]))
    def send(self, data, what):
        one, to = self.any(data), self.any(data)
        part = set(one.model.known), set(one.model.gone)
        if what == "delta":
            part = one.model.part(one.pending)
            one.pending = set()
            state = one.made.take_delta()
        elif what == "diff":
            part = one.model.beyond(to.model)
            state = one.made.diff(to.made.digest())
        else:
            state = one.made.to_bytes() if what == "bytes" else one.made.copy()
        self.sent.append((state, part))
        if what != "bytes":
            assert state <= one.made
            only = PlainORMap(self.log)
            only.merge(part)
            assert state.value == only.value()

    @rule(data=st.data(), changes=st.booleans())
    def receive(self, data, changes):
        if self.sent:
            one, (state, part) = self.any(data), data.draw(st.sampled_from(self.sent))
            before = one.model.value(see=name)
            take = one.made.update_from if isinstance(state, bytes) else one.made.merge
            answer = take(state, changes=changes)
            one.model.merge(part)
            after = one.model.value(see=name)
            if changes:
                assert {*answer.added} == after.keys() - before.keys()
                assert {*answer.removed} == before.keys() - after.keys()
                assert {*answer.changed} == {
                    key for key in before.keys() & after.keys() if before[key] != after[key]
                }
                assert bool(answer) == (before != after)

    @rule(data=st.data(), way=st.sampled_from([copy.copy, lambda a: pickle.loads(pickle.dumps(a))]))
    def replace(self, data, way):
        """One replica goes on as a copy, under another id."""
        one = self.any(data)
        new = Replica(way(one.made).fork(f"r{self.next}"), one.model)
        self.replicas[self.replicas.index(one)] = new
        self.next += 1

    @rule(data=st.data())
    def laws(self, data):
        one, other, third = (self.any(data).made for _ in range(3))
        again = ORMap.from_bytes(one.to_bytes())
        assert again == one
        assert again.to_bytes() == one.to_bytes()
        assert (one.to_bytes() == other.to_bytes()) == (one == other)
        assert (one | other) == (other | one)
        assert ((one | other) | third) == (one | (other | third))
        assert (one | one) == one
        assert (other | one.diff(other.digest())) == (other | one)
        assert one.diff(one.digest()) == ORMap()

    @rule(data=st.data())
    def rebase(self, data):
        one = self.any(data)
        made, again = one.made.copy(), ORMap.from_bytes(one.made.to_bytes())
        made.rebase()
        again.rebase()
        assert made == again
        assert made.value == one.made.value
        writers = {
            meaning[1] for _, kind, meaning in map(one.model.log.get, one.model.live()) if kind == "lww"
        }
        assert made.stats()["replicas"] <= 1 + len(writers)
        assert made.stats()["cloud"] == made.stats()["pending"] == 0
        with pytest.raises(ValueError, match="generations"):
            made.merge(one.made)

    @invariant()
    def same(self):
        replicas = getattr(self, "replicas", [])
        for one in replicas:
            self.check(one)
        for one in replicas:
            made, model, first = one.made, one.model, replicas[0]
            less = model.known <= first.model.known and model.gone <= first.model.gone
            more = first.model.known <= model.known and first.model.gone <= model.gone
            assert (made <= first.made, first.made <= made) == (less, more)
            assert (made == first.made) == (made.digest() == first.made.digest()) == (less and more)

    def check(self, one):
        made, model = one.made, one.model
        assert made.value == model.value()
        stats = made.stats()
        removals = [model.log[event] for event in model.live() if model.log[event][1] == "rw_set"]
        removals = {(at, name(meaning[1])) for at, _, meaning in removals if not meaning[0]}
        assert (stats["tombstones"], stats["entries"]) == (len(removals), len(made))
        for way in WAYS:
            here = map_at(made, way)
            assert {*here} == {*here.keys()} == model.keys(way)
            assert (len(here), bool(here)) == (len(model.keys(way)), bool(model.keys(way)))
            for key in KEYS:
                at = (*way, key)
                kinds = model.present(at)
                assert here.kinds(key) == tuple(kinds)
                assert (key in here) == bool(kinds)
                if kinds:
                    assert here[key] == getattr(here, kinds[0])(key)
                for kind in KINDS[:7]:
                    view = one.view(way, key, kind)
                    assert named(kind, view) == model.value(at, kind, name)
                    if kind == "lww":
                        assert (view.time, view.writer) == (model.winner(at) or (0, None))[:2]


def named(kind, view):
    """What a child shows, by names."""
    if kind in ("set", "rw_set"):
        return {*map(name, view)}
    return list(map(name, view.values)) if kind == "register" else name(view.value)


TestMaps = Maps.TestCase
TestMaps.settings = settings(max_examples=100, stateful_step_count=40, deadline=None)
