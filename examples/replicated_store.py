"""A store on five nodes that is cut in two, written on both sides, and healed: what is lost, and what is not.

    python examples/replicated_store.py [--writes 400] [--keys 20] [--seed 7]

A `HashRing` says which nodes keep a key. Writes and reads need two of three nodes; where those are out of
reach the next on the ring stand in for them and hand over later. Each node keeps a `DottedVersionVectorSet`
for a key: a write replaces what its writer had read, and nothing else. Beside it stands what two stores would
have lost in which the last write wins, by the clock on the wall or by hybrid stamps. The exit code is 1 if an
acknowledged write that nobody replaced is gone from the sets.
"""

import argparse
import random
import sys
from typing import NamedTuple

from coterie import DottedVersionVectorSet, HashRing, HybridLogicalClock, VectorClock

NODES = ["ada", "bob", "cyd", "dan", "eve"]
COPIES, WRITES, READS = 3, 2, 2  # N, W and R
LOSS = 0.1  # of the messages from node to node until the network is mended


class Write(NamedTuple):
    """A write that some node has taken, whether or not enough others did."""

    key: str
    value: str
    dot: object  # which write this is
    seen: VectorClock  # what its writer had read
    acknowledged: bool
    wall: tuple  # by what the last write wins: what the wall clock said
    stamp: tuple  # and the hybrid clock


class Node:
    """What one machine keeps."""

    def __init__(self, name, skew, network):
        self.name = name
        self.sets = {}  # by key
        self.hints = set()  # (key, the node for which it is kept)
        # Clocks on walls are wrong by some ms; these are read by both kinds of stamps.
        self.wall_ms = lambda: network.ms + skew
        self.clock = HybridLogicalClock(time_ns=lambda: self.wall_ms() * 10**6)

    def siblings(self, key):
        """The set of a key; an empty one at first."""
        return self.sets.setdefault(key, DottedVersionVectorSet())


class Store:
    """All nodes, and the network between them."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.ms = 1_767_225_600_000
        self.ring = HashRing(NODES)
        self.nodes = {name: Node(name, self.random.randrange(-200, 201), self) for name in NODES}
        self.sides = [set(NODES)]  # who reaches whom
        self.loss = LOSS
        self.log = []  # all writes that were taken
        self.refused = self.handed = self.repaired = 0

    def side(self, name):
        """The nodes that a node reaches, itself among them."""
        return next((side for side in self.sides if name in side), {name})

    def arrives(self):
        """Whether a message does."""
        self.ms += 1
        return self.random.random() >= self.loss

    def preferred(self, key, at):
        """(nodes, homes): the first in reach of a client at `at`, and for whom each stands in, or None."""
        order = self.ring.get_nodes(key, len(NODES))
        homes, reached = order[:COPIES], self.side(at)
        absent = [home for home in homes if home not in reached]
        taken = [name for name in order if name in reached][:COPIES]
        return taken, [None if name in homes else absent.pop(0) for name in taken]

    def read(self, key, at):
        """A set of all that the first R nodes to answer know, or None if there are too few. Repairs them."""
        taken, _ = self.preferred(key, at)
        answers = [self.nodes[name].siblings(key) for name in taken if self.arrives()][:READS]
        if len(answers) < READS:
            return None
        merged = answers[0].copy()
        for answer in answers[1:]:
            merged.merge(answer)
        for answer in answers:
            self.repaired += answer < merged
            answer.merge(merged)
        return merged

    def write(self, key, value, seen, at):
        """Put a value in the place of what the writer has seen. Whether it is acknowledged."""
        taken, homes = self.preferred(key, at)
        if len(taken) < WRITES:
            self.refused += 1
            return False
        first = self.nodes[taken[0]]
        # The set of the first node gives the dot. So that it gives each once, a node never forgets a set, not
        # even one that it has handed over.
        dot = first.siblings(key).put(value, seen, first.name)
        wall, stamp = (first.wall_ms(), value), (first.clock.now(), value)
        acknowledged = 0
        for name, home in zip(taken, homes, strict=True):
            node = self.nodes[name]
            if node is not first and not self.arrives():
                continue
            if node is not first:
                node.siblings(key).merge(first.siblings(key))
                node.clock.merge(stamp[0])
            if home is not None:
                node.hints.add((key, home))
            acknowledged += node is first or self.arrives()
        self.log.append(Write(key, value, dot, seen.copy(), acknowledged >= WRITES, wall, stamp))
        return acknowledged >= WRITES

    def hand_over(self):
        """Who stood in for a node that is in reach again gives it what it kept."""
        for node in self.nodes.values():
            for key, home in sorted(node.hints):
                if home in self.side(node.name):
                    self.nodes[home].siblings(key).merge(node.siblings(key))
                    node.hints.remove((key, home))
                    self.handed += 1

    def exchange(self):
        """Anti-entropy: the nodes of each key merge their sets. Returns how many were behind."""
        behind = 0
        for key in sorted({write.key for write in self.log}):
            sets = [self.nodes[name].siblings(key) for name in self.ring.get_nodes(key, COPIES)]
            merged = DottedVersionVectorSet()
            for one in sets:
                merged.merge(one)
            for one in sets:
                behind += one != merged
                one.merge(merged)
        return behind


class Shopper:
    """A client: reads now and then, and writes with what it read last, which may be old."""

    def __init__(self, store, at):
        self.store, self.at = store, at
        self.read = {}

    def act(self, key, value):
        """Read and write; or write with what was read before, or as if nothing had been read."""
        chance = self.store.random.random()
        if chance < 0.7:
            found = self.store.read(key, self.at)
            if found is not None:
                self.read[key] = found.context()
        seen = VectorClock() if chance > 0.95 else self.read.get(key, VectorClock())
        return self.store.write(key, value, seen, self.at)


def use(store, shoppers, keys, writes):
    """Random shoppers write random keys. Returns how many writes were tried and acknowledged."""
    acknowledged = 0
    for _ in range(writes):
        store.ms += store.random.randrange(50)
        shopper = store.random.choice(shoppers)
        value = f"{shopper.at}'s write {len(store.log) + store.refused}"
        acknowledged += shopper.act(store.random.choice(keys), value)
    return writes, acknowledged


def unreplaced(log):
    """By key, the writes that no writer had seen when it wrote: what must be there at the end."""
    by_key = {}
    for write in log:
        by_key.setdefault(write.key, []).append(write)
    return {
        key: [write for write in writes if not any(write.dot in other.seen for other in writes)]
        for key, writes in by_key.items()
    }


def lost_by(order, log):
    """How many acknowledged writes, seen by no later writer, are gone where the greatest `order` wins."""
    winners = {}
    for write in log:
        winners[write.key] = max(winners.get(write.key, write), write, key=lambda one: getattr(one, order))
    return sum(
        write.acknowledged and write is not winners[key]
        for key, writes in unreplaced(log).items()
        for write in writes
    )


def lost_by_sets(store):
    """(acknowledged writes that nobody replaced and some node lacks, values that should be gone)."""
    live, lost, ghosts = unreplaced(store.log), 0, 0
    for key, writes in live.items():
        kept = [set(store.nodes[name].siblings(key)) for name in store.ring.get_nodes(key, COPIES)]
        lost += sum(write.acknowledged and not all(write.value in one for one in kept) for write in writes)
        ghosts += len(set().union(*kept) - {write.value for write in writes})
    return lost, ghosts


def main():
    """Use, cut, use, heal, resolve. The exit code: 1 if a write was lost silently."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--writes", type=int, default=400, help="writes to try (default: %(default)s)")
    parser.add_argument("--keys", type=int, default=20, help="keys to write to (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=7, help="of all that is random (default: %(default)s)")
    options = parser.parse_args()
    if options.writes < 4 or options.keys < 1:
        parser.error("--writes: 4 or more; --keys: 1 or more")

    store = Store(options.seed)
    shoppers = [Shopper(store, name) for name in NODES]
    keys = [f"cart:{number}" for number in range(options.keys)]
    quarter = options.writes // 4
    left, right = {"ada", "bob"}, {"cyd", "dan", "eve"}

    print(f"{'':38}{'tried':>7}{'acknowledged':>14}")
    for what, sides, writes in (
        ("all nodes reach each other", [set(NODES)], quarter),
        (f"cut: {' '.join(sorted(left))} | {' '.join(sorted(right))}", [left, right], 2 * quarter),
        ("and bob is cut off from ada", [{"ada"}, {"bob"}, right], options.writes - 3 * quarter),
    ):
        store.sides = sides
        tried, acknowledged = use(store, shoppers, keys, writes)
        print(f"{what:38}{tried:7,}{acknowledged:14,}")
    taken = len(store.log)
    acknowledged = sum(write.acknowledged for write in store.log)
    print(f"{store.refused:,} were refused, as fewer than {WRITES} nodes were in reach;")
    print(f"{taken - acknowledged:,} were taken by one node and not acknowledged: they may be there or not")

    store.sides, store.loss = [set(NODES)], 0
    store.hand_over()
    behind = store.exchange()
    print(f"\nhealed: {store.handed:,} sets handed over by stand-ins, {store.repaired:,} repaired by reads,")
    print(f"{behind:,} brought up to date by comparing")

    lost, ghosts = lost_by_sets(store)
    print(f"\n{acknowledged:,} writes acknowledged, of which are lost, though nobody had replaced them:")
    print(f"  the last write wins, by wall clocks     {lost_by('wall', store.log):5,}")
    print(f"  the last write wins, by hybrid stamps   {lost_by('stamp', store.log):5,}")
    print(f"  DottedVersionVectorSet                  {lost:5,}")

    # People look at what is left side by side, and write what they make of it.
    before = {key: store.nodes[store.ring[key]].siblings(key).copy() for key in keys}
    several = {key: siblings for key, siblings in before.items() if len(siblings) > 1}
    kept = sum(map(len, several.values()))
    print(f"\n{kept:,} siblings of {len(several):,} keys are kept side by side")
    for key, siblings in list(several.items())[:1]:
        print(f"  {key}: {', '.join(siblings)}")
    for key in several:
        found = store.read(key, "ada")
        store.write(key, " + ".join(found), found.context(), "ada")
    resolved = sum(len(store.nodes[store.ring[key]].siblings(key)) == 1 for key in several)
    lost_then, ghosts_then = lost_by_sets(store)
    print(f"{resolved:,} of {len(several):,} keys resolved: a write that has seen all siblings replaces them")

    bad = lost + lost_then + ghosts + ghosts_then + len(several) - resolved
    print(f"\nchecked: {bad or 'nothing'} is lost, came back or is left")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
