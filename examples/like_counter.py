"""Fifty servers count likes and gossip over a network that loses and repeats: by states, deltas and digests.

    python examples/like_counter.py [--servers 50] [--loss 0.2] [--seed 7]

Each server has an `ORMap` with a counter for each post: people like a post at one server and take it back
at another. While they do, and until all servers show the same, servers gossip in rounds, each with a few
others at random:

    states    each sends its whole state
    deltas    each sends what was liked at it since the last round to many; now and then its state to one,
              since a delta that is lost is not sent again
    digests   each sends a digest of what it knows, and who gets it answers with exactly what is lacking

The same people do the same in all three, so all have to end with what was really liked. The exit code is 1 if
they do not.
"""

import argparse
import random
import sys
from collections import Counter
from functools import partial
from typing import NamedTuple

from coterie import ORMap


class Plan(NamedTuple):
    """What all three ways have in common."""

    servers: int
    loss: float
    seed: int
    busy: int  # rounds in which people like
    most: int  # rounds after that


class Network:
    """Delivers bytes, or loses or repeats them, and counts what was sent."""

    def __init__(self, plan, seed):
        self.plan, self.random = plan, random.Random(seed)
        self.messages = self.bytes = 0

    def send(self, data, deliver):
        """Sends bytes to a function; what it answers, if anything, comes back as often."""
        self.messages += 1
        self.bytes += len(data)
        copies = 0 if self.random.random() < self.plan.loss else 1 + (self.random.random() < 0.1)
        return [deliver(data) for _ in range(copies)]


def people(plan):
    """What happens in each round: (server, post, likes), below 0 if they are taken back."""
    rng = random.Random(plan.seed)
    return [
        [
            (rng.randrange(plan.servers), f"post {rng.randrange(40)}", rng.choice([1, 1, 2, 5, -1]))
            for _ in range(plan.servers // 5 + 1)
        ]
        for _ in range(plan.busy)
    ]


def by_states(at, maps, network, others, number):
    """The whole state to one other."""
    network.send(maps[at].to_bytes(), others(1)[0].update_from)


def by_deltas(at, maps, network, others, number):
    """What is new here to many, if there is anything; every fourth round the state to one other."""
    delta = maps[at].take_delta()
    if delta != ORMap():
        for other in others(8):
            network.send(delta.to_bytes(), other.update_from)
    if number % 4 == at % 4:
        by_states(at, maps, network, others, number)


def by_digests(at, maps, network, others, number):
    """A digest to one other, which answers with what is lacking, if anything is."""
    for diff in network.send(maps[at].digest(), others(1)[0].diff):
        if diff != ORMap():
            network.send(diff.to_bytes(), maps[at].update_from)


WAYS = {"states": by_states, "deltas": by_deltas, "digests": by_digests}


def run(plan, way):
    """(rounds after the last like until all are equal, or None; what they show; the network)."""
    maps = [ORMap(replica=f"server {at:02}") for at in range(plan.servers)]
    network, choice, happens = Network(plan, plan.seed), random.Random(plan.seed + 1), people(plan)
    for number in range(plan.busy + plan.most):
        if number >= plan.busy and all(other == maps[0] for other in maps[1:]):
            return number - plan.busy, maps[0].value, network
        for server, post, likes in happens[number] if number < plan.busy else ():
            maps[server].counter(post).increment(likes) if likes > 0 else maps[server].counter(
                post
            ).decrement(-likes)
        for at in range(plan.servers):
            WAYS[way](at, maps, network, partial(sample, choice, maps[:at] + maps[at + 1 :]), number)
    return None, maps[0].value, network


def sample(choice, others, n):
    """So many others at random."""
    return choice.sample(others, min(n, len(others)))


def main():
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--servers", type=int, default=50, help="(default: %(default)s)")
    parser.add_argument("--loss", type=float, default=0.2, help="part that is lost (default: %(default)s)")
    parser.add_argument("--busy", type=int, default=20, help="rounds with likes (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=7, help="of all that is random (default: %(default)s)")
    options = parser.parse_args()
    if not 2 <= options.servers <= 1000 or not 0 <= options.loss <= 0.9 or not 1 <= options.busy <= 1000:
        parser.error("--servers: 2 to 1000; --loss: 0 to 0.9; --busy: 1 to 1000")
    plan = Plan(options.servers, options.loss, options.seed, options.busy, 300)

    liked = Counter()
    for happens in people(plan):
        for _, post, likes in happens:
            liked[post] += likes
    print(f"{plan.servers} servers, {plan.busy} rounds with likes, {plan.loss:.0%} of the messages lost\n")
    print(f"{'':8}{'rounds until equal':>20}{'messages':>10}{'bytes':>12}{'saved':>12}{'of states':>11}")
    whole, wrong = 0, []
    for way in WAYS:
        rounds, shown, network = run(plan, way)
        whole = whole or network.bytes
        saved, part = whole - network.bytes, network.bytes / whole
        print(
            f"{way:8}{rounds or 'never':>20}{network.messages:10,}{network.bytes:12,}{saved:12,}{part:11.0%}"
        )
        if rounds is None or shown != liked:
            wrong.append(way)
    if wrong:
        print(f"{parser.prog}: not what was liked: {', '.join(wrong)}", file=sys.stderr)
        return 1
    print(
        f"\nchecked: all servers show {liked.total():,} likes of {len(liked)} posts, whatever way they gossip"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
