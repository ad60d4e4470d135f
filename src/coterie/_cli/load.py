"""How many keys each node got, beside what its weight asks for."""

import math
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Load:
    """The outcome of a placement: one entry for each node in every list."""

    noun: str  # what a node is called: "node" or "shard"
    names: list[str]
    weights: list[float]  # at least one is above 0
    counts: list[int]  # keys on the node, copies included
    keys: int
    empty_lines: int
    replicas: int

    @property
    def copies(self) -> int:
        """All keys with all their copies."""
        return self.keys * self.replicas

    @property
    def expected(self) -> list[float]:
        """Each node's part of the weights."""
        return expected_shares(self.weights)

    @property
    def shares(self) -> list[float]:
        """Each node's part of the copies; zeros if there are none."""
        return [count / max(1, self.copies) for count in self.counts]

    @property
    def deviations(self) -> list[float]:
        """How far each share is from the expected one, as a part of that: 0.1 is a tenth too many."""
        pairs = zip(self.shares, self.expected, strict=True)
        return [share / expected - 1 if expected else math.inf for share, expected in pairs]


def expected_shares(weights: Sequence[float]) -> list[float]:
    """Each weight as a part of all of them, of which at least one is above 0."""
    largest = max(weights)  # so that no sum overflows
    total = sum(weight / largest for weight in weights)
    return [weight / largest / total for weight in weights]
