"""Replicas, each beside a plain model: what they send comes late, twice, mixed up, or never."""

import copy
import pickle

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from benchmarks.baselines.crdts.elements import name
from coterie.crdts._elements import to_bytes

draws = st.data()


class Replicas(RuleBasedStateMachine):
    """Of a class whose changes are events. Subclasses say which, what its model is, and how it changes."""

    kind = model = None

    @staticmethod
    def shown(made):
        """What the model shows too."""
        return made.value

    def check_changes(self, changes, before, after):
        """What a merge says that it changed, of what is shown."""
        assert (changes.old, changes.new, bool(changes)) == (before, after, before != after)

    def check_stats(self, stats, model):
        """Numbers that a class knows."""

    @initialize(n=st.integers(2, 5))
    def begin(self, n):
        self.log = {}
        self.made = [self.kind(replica=f"r{at}") for at in range(n)]
        self.models = [self.model(self.log) for _ in range(n)]
        self.pending = [set() for _ in range(n)]
        self.sent = []
        self.next = n

    def at(self, data):
        return data.draw(st.integers(0, len(self.made) - 1))

    def change(self, data, name, *arguments, by=True):
        """A local change, of the model too."""
        at = self.at(data)
        getattr(self.made[at], name)(*arguments)
        by = [self.made[at].replica] if by else []
        self.pending[at] |= getattr(self.models[at], name)(*by, *arguments)

    @rule(data=draws, what=st.sampled_from(["state", "bytes", "delta", "diff", "diff"]))
    def send(self, data, what):
        at, to = self.at(data), self.at(data)
        made, model = self.made[at], self.models[at]
        part = set(model.known), set(model.gone)
        assert made.stats()["pending"] >= len(self.pending[at])
        if what == "delta":
            part = model.part(self.pending[at])
            self.pending[at] = set()
            state = made.take_delta()
        elif what == "diff":
            part = model.beyond(self.models[to])
            state = made.diff(self.made[to].digest())
        else:
            state = made.to_bytes() if what == "bytes" else made.copy()
        self.sent.append((state, part))
        if what != "bytes":
            other = self.model(self.log)
            other.merge(part)
            assert state <= made
            assert self.shown(state) == other.shown()
            assert state.stats()["dots"] == len(other.live())

    @rule(data=draws, changes=st.booleans())
    def receive(self, data, changes):
        if self.sent:
            at, (state, part) = self.at(data), data.draw(st.sampled_from(self.sent))
            before = self.made[at].copy()
            take = self.made[at].update_from if isinstance(state, bytes) else self.made[at].merge
            answer = take(state, changes=changes)
            self.models[at].merge(part)
            if changes:
                self.check_changes(answer, self.shown(before), self.shown(self.made[at]))

    @rule(data=draws, way=st.sampled_from([copy.copy, lambda a: pickle.loads(pickle.dumps(a))]))
    def replace(self, data, way):
        """One replica goes on as a copy, under another id."""
        at = self.at(data)
        self.made[at] = way(self.made[at]).fork(f"r{self.next}")
        self.next += 1
        self.pending[at] = set()

    @invariant()
    def same(self):
        made, models = getattr(self, "made", []), getattr(self, "models", [])
        for one, model in zip(made, models, strict=True):
            stats = one.stats()
            assert self.shown(one) == model.shown()
            assert stats["dots"] == len(model.live())
            self.check_stats(stats, model)
            again = self.kind.from_bytes(one.to_bytes())
            assert again == one
            assert again.to_bytes() == one.to_bytes()
            assert self.shown(again) == self.shown(one)
        for one, model in zip(made, models, strict=True):
            first = models[0]
            less = model.known <= first.known and model.gone <= first.gone
            more = first.known <= model.known and first.gone <= model.gone
            assert (one <= made[0], made[0] <= one) == (less, more)
            assert (one == made[0]) == (one.to_bytes() == made[0].to_bytes()) == (less and more)
            assert (one.digest() == made[0].digest()) == (less and more)
            assert (one | made[0]) == (made[0] | one)
            assert (made[0] | one.diff(made[0].digest())) == (made[0] | one)


class ReplicatedSets(Replicas):
    """Of sets."""

    @staticmethod
    def shown(made):
        return {*map(name, made)}

    def check_changes(self, changes, before, after):
        came, went = ({*map(name, elements)} for elements in (changes.added, changes.removed))
        assert (came, went, bool(changes)) == (after - before, before - after, before != after)
        for elements in (changes.added, changes.removed):
            assert elements == sorted(elements, key=to_bytes)

    def check_stats(self, stats, model):
        assert stats["entries"] == len(model.shown())

    @rule(data=draws)
    def look(self, data):
        at = self.at(data)
        made, shown = self.made[at], self.models[at].shown()
        assert (len(made), bool(made)) == (len(shown), shown != set())
