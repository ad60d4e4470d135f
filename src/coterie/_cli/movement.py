"""What a change of nodes moves, beside the least that any scheme would have to move."""

import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from coterie import digests
from coterie._cli.counts import Counts
from coterie._cli.keybatch import Batch
from coterie._cli.load import Load, expected_shares
from coterie._cli.schemes import Choice
from coterie._cli.text import number_format

ROUNDING = 1e-12  # a share below this is none


class Flow(NamedTuple):
    """The keys that one node loses to another."""

    source: str
    target: str
    keys: int
    sum: float | None = None  # what they weigh, if keys are weighed

    @property
    def amount(self) -> float:
        """What shares are shares of."""
        return self.keys if self.sum is None else self.sum


@dataclass(frozen=True)
class Movement:
    """The outcome of a change.

    Both loads have the same nodes: those before the change, then those that join. Where a node is not there
    its weight is 0.
    """

    before: Load
    after: Load
    flows: list[Flow]  # largest first

    @property
    def moved(self) -> int:
        """The keys that change their node."""
        return sum(flow.keys for flow in self.flows)

    @property
    def moved_amount(self) -> float:
        """What they weigh, if keys are weighed; else their number."""
        return self.moved if self.before.sums is None else math.fsum(flow.amount for flow in self.flows)

    @property
    def moved_share(self) -> float:
        """The same as a part of all."""
        return self.moved_amount / (self.before.total or 1)

    @property
    def least_share(self) -> float:
        """The part of all that has to move for every node to have its weight's share."""
        return least_share(self.before.weights, self.after.weights)

    @property
    def least(self) -> float:
        """The same in keys."""
        return self.least_share * self.before.keys

    @property
    def least_amount(self) -> float:
        """The same in what amounts are of."""
        return self.least_share * self.before.total

    @property
    def number_format(self) -> str:
        """How to write amounts of both loads."""
        if self.before.sums is None:
            return ",.0f"
        return number_format([*self.before.amounts, *self.after.amounts])


def least_share(before: Sequence[float], after: Sequence[float]) -> float:
    """What the nodes' shares shrink by, in sum; a node has the same index in both lists of weights."""
    shares = zip(expected_shares(before), expected_shares(after), strict=True)
    least = sum(max(0.0, old - new) for old, new in shares)
    return least if least > ROUNDING else 0.0


class Tally:
    """Places keys before and after a change, and counts."""

    def __init__(self, choice: Choice, after: Mapping[str, float], weight_column: str | None = None) -> None:
        self._names = list(dict.fromkeys([*choice.weights, *after]))
        self._before = _Side(choice, choice.weights, self._names, weight_column)
        self._after = _Side(choice, after, self._names, weight_column)
        self._flows: Counter[int] = Counter()  # by source * number of names + target
        self._flow_sums: defaultdict[int, float] = defaultdict(float)
        self._weighed = weight_column is not None

    def add(self, batch: Batch) -> None:
        """Count these keys too."""
        hashes = digests(batch.keys)
        source, target = self._before.place(hashes, batch.weights), self._after.place(hashes, batch.weights)
        moved = source != target
        ends = source[moved] * len(self._names) + target[moved]
        pairs, counts = np.unique(ends, return_counts=True)
        self._flows.update(dict(zip(pairs.tolist(), counts.tolist(), strict=True)))
        if batch.weights is not None:
            sums = np.bincount(np.searchsorted(pairs, ends), batch.weights[moved])
            for pair, value in zip(pairs.tolist(), sums.tolist(), strict=True):
                self._flow_sums[pair] += value

    def movement(self, empty_lines: int, nulls: int | None = None) -> Movement:
        """The outcome so far."""
        flows = [self._flow(pair, keys) for pair, keys in sorted(self._flows.items())]
        flows.sort(key=lambda flow: -flow.amount)
        return Movement(self._before.load(empty_lines, nulls), self._after.load(empty_lines, nulls), flows)

    def _flow(self, pair: int, keys: int) -> Flow:
        source, target = divmod(pair, len(self._names))
        weight = self._flow_sums[pair] if self._weighed else None
        return Flow(self._names[source], self._names[target], keys, weight)


class _Side:
    """One of the two placements. It answers with indices of `names`."""

    def __init__(
        self, choice: Choice, weights: Mapping[str, float], names: list[str], weight_column: str | None
    ) -> None:
        self._placement, by_position = choice.place(weights)
        index = {name: i for i, name in enumerate(names)}
        self._index = np.array([index[name] for name in by_position], dtype=np.int64)
        self._noun = choice.noun
        self._names = names
        self._weights = [weights.get(name, 0.0) for name in names]
        self._counts = Counts(len(names), weight_column)

    def place(self, hashes: NDArray[np.uint64], key_weights: NDArray[np.float64] | None) -> NDArray[np.int64]:
        placed = self._index[self._placement.assign(hashes, hashed=True)]
        self._counts.add(placed, key_weights)
        return placed

    def load(self, empty_lines: int, nulls: int | None) -> Load:
        return Load(
            noun=self._noun,
            names=self._names,
            weights=self._weights,
            counts=self._counts.keys.tolist(),
            keys=int(self._counts.keys.sum()),
            empty_lines=empty_lines,
            replicas=1,
            nulls=nulls,
            sums=self._counts.sums(),
        )
