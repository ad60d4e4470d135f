"""Causal delivery that looks through all held messages again and again."""

from benchmarks.baselines.clocks.vector import merge_into


class PlainBuffer:
    """Messages are triples of a sender, a dict and a payload."""

    def __init__(self):
        self.delivered, self.held = {}, []

    def receive(self, message):
        """What can be delivered now."""
        sender, clock, _ = message
        if clock[sender] <= self.delivered.get(sender, 0) or message in self.held:
            return []
        self.held.append(message)
        done = []
        while ready := next(filter(self.deliverable, self.held), None):
            self.held.remove(ready)
            merge_into(self.delivered, ready[1])
            done.append(ready)
        return done

    def deliverable(self, message):
        """Whether all that it needs is there."""
        sender, clock, _ = message
        have = self.delivered
        return all(count <= have.get(id, 0) + (id == sender) for id, count in clock.items())

    def missing(self):
        """The set of `(id, counter)` that those that are held need, and that did not come."""
        need = {(id, n) for _, clock, _ in self.held for id in clock for n in range(1, clock[id] + 1)}
        have = {(sender, clock[sender]) for sender, clock, _ in self.held}
        return {(id, n) for id, n in need - have if n > self.delivered.get(id, 0)}
