"""What each node got, beside what its weight asks for: keys, or what a column of them adds up to."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from coterie._cli.text import number_format


@dataclass(frozen=True)
class Sums:
    """What a column adds up to, over the keys of each node, copies included."""

    column: str
    values: list[float]


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
    nulls: int | None = None  # None if keys are not of a table
    sums: Sums | None = None  # None if every key counts the same

    @property
    def copies(self) -> int:
        """All keys with all their copies."""
        return self.keys * self.replicas

    @property
    def unit(self) -> str:
        """What amounts are of."""
        return "keys" if self.sums is None else f"sum({self.sums.column})"

    @property
    def amounts(self) -> Sequence[float]:
        """What shares are shares of: keys, or what they weigh."""
        return self.counts if self.sums is None else self.sums.values

    @property
    def total(self) -> float:
        """All of it, copies included."""
        return self.copies if self.sums is None else math.fsum(self.sums.values)

    @property
    def number_format(self) -> str:
        """How to write amounts."""
        return ",.0f" if self.sums is None else number_format(self.amounts)

    @property
    def skipped(self) -> list[str]:
        """Remarks on what was no key."""
        counts = {"empty lines": self.empty_lines, "nulls": self.nulls}
        return [f"{count:,} {noun} skipped" for noun, count in counts.items() if count]

    @property
    def expected(self) -> list[float]:
        """Each node's part of the weights."""
        return expected_shares(self.weights)

    @property
    def shares(self) -> list[float]:
        """Each node's part of the total; zeros if there is none."""
        total = self.total or 1
        return [amount / total for amount in self.amounts]

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
