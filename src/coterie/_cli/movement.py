"""What a change of nodes moves, beside the least that any scheme would have to move."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from coterie import digests
from coterie._cli.load import Load, expected_shares
from coterie._cli.schemes import Choice

ROUNDING = 1e-12  # a share below this is none


class Flow(NamedTuple):
    """The keys that one node loses to another."""

    source: str
    target: str
    keys: int


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
    def moved_share(self) -> float:
        """The same as a part of all keys."""
        return self.moved / max(1, self.before.keys)

    @property
    def least_share(self) -> float:
        """The part of all keys that has to move for every node to have its weight's share."""
        return least_share(self.before.weights, self.after.weights)

    @property
    def least(self) -> float:
        """The same in keys."""
        return self.least_share * self.before.keys


def least_share(before: Sequence[float], after: Sequence[float]) -> float:
    """What the nodes' shares shrink by, in sum; a node has the same index in both lists of weights."""
    shares = zip(expected_shares(before), expected_shares(after), strict=True)
    least = sum(max(0.0, old - new) for old, new in shares)
    return least if least > ROUNDING else 0.0


class Tally:
    """Places keys before and after a change, and counts."""

    def __init__(self, choice: Choice, after: Mapping[str, float]) -> None:
        self._names = list(dict.fromkeys([*choice.weights, *after]))
        self._before = _Side(choice, choice.weights, self._names)
        self._after = _Side(choice, after, self._names)
        self._flows: Counter[int] = Counter()  # by source * number of names + target

    def add(self, keys: list[bytes]) -> None:
        """Count these keys too."""
        hashes = digests(keys)
        source, target = self._before.place(hashes), self._after.place(hashes)
        moved = source != target
        pairs, counts = np.unique(source[moved] * len(self._names) + target[moved], return_counts=True)
        self._flows.update(dict(zip(pairs.tolist(), counts.tolist(), strict=True)))

    def movement(self, empty_lines: int) -> Movement:
        """The outcome so far."""
        flows = sorted(self._flows.items(), key=lambda item: (-item[1], item[0]))
        ends = [divmod(pair, len(self._names)) for pair, _ in flows]
        return Movement(
            self._before.load(empty_lines),
            self._after.load(empty_lines),
            [
                Flow(self._names[source], self._names[target], keys)
                for (source, target), (_, keys) in zip(ends, flows, strict=True)
            ],
        )


class _Side:
    """One of the two placements. It answers with indices of `names`."""

    def __init__(self, choice: Choice, weights: Mapping[str, float], names: list[str]) -> None:
        self._placement, by_position = choice.place(weights)
        index = {name: i for i, name in enumerate(names)}
        self._index = np.array([index[name] for name in by_position], dtype=np.int64)
        self._noun = choice.noun
        self._names = names
        self._weights = [weights.get(name, 0.0) for name in names]
        self._counts = np.zeros(len(names), dtype=np.int64)

    def place(self, hashes: NDArray[np.uint64]) -> NDArray[np.int64]:
        placed = self._index[self._placement.assign(hashes, hashed=True)]
        self._counts += np.bincount(placed, minlength=len(self._counts))
        return placed

    def load(self, empty_lines: int) -> Load:
        return Load(
            noun=self._noun,
            names=self._names,
            weights=self._weights,
            counts=self._counts.tolist(),
            keys=int(self._counts.sum()),
            empty_lines=empty_lines,
            replicas=1,
        )
