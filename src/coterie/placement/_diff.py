"""What moves when one placement takes the place of another."""

from collections.abc import Sequence
from functools import cached_property
from itertools import product
from math import sqrt
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from coterie._core import digests
from coterie._types import Buffer, Keys, Node
from coterie.placement._jump import JumpHash
from coterie.placement._nodes import NodeScheme

SEED = 2026  # of the sampled digests: the same two placements have the same difference
MAX_SAMPLES = 1 << 32
MAX_FLOWS = 1 << 20  # between shards, whose numbers can make far more

Placement: TypeAlias = NodeScheme | JumpHash
Positions: TypeAlias = NDArray[np.int32]
Tokens: TypeAlias = NDArray[np.uint64]


class Flow(NamedTuple):
    """The part of all keys that moves from one node to another."""

    source: Node
    target: Node
    share: float


class Ranges(NamedTuple):
    """Ranges of tokens, ascending, as four arrays.

    first, last: the first and the last token of each range, uint64, both inclusive.
    source, target: the position of its node in `before.nodes` and in `after.nodes`, int32.
    """

    first: Tokens
    last: Tokens
    source: Positions
    target: Positions


def diff(before: Placement, after: Placement, /, *, samples: int = 1 << 20) -> "Diff":
    """What moves when `after` takes the place of `before`: how much, from where to where, and which keys.

    before, after: two placements of nodes, or two of shards. They may differ in anything: nodes, weights,
    options, seed and scheme.
    samples: how many digests are drawn where the difference is not computed exactly, 1 .. 2**32.

    Exact for rings and Maglev tables with equal seeds, from the ranges of tokens between points or slots, and
    for two JumpHash with equal seeds, from the numbers of shards. Otherwise an estimate from samples, whose
    standard error is stated. Takes time linear in the points and slots but for a sort, or in the samples.

    LookupError if a placement has no nodes, TypeError for shards beside nodes, ValueError for samples out of
    range.

    >>> from coterie import HashRing, diff
    >>> ring = HashRing(["cache-a", "cache-b", "cache-c"])
    >>> bigger = ring.copy()
    >>> bigger.add_node("cache-d")
    >>> change = diff(ring, bigger)
    >>> change
    <Diff: 23.026% of the keys move, the least is 25.000%>
    >>> [(flow.source, flow.target, round(flow.share, 3)) for flow in change.flows]
    [('cache-c', 'cache-d', 0.087), ('cache-b', 'cache-d', 0.083), ('cache-a', 'cache-d', 0.06)]
    >>> change.moved(["user:1", "user:2", "user:3"])
    array([ True, False, False])
    """
    for placement in (before, after):
        if not isinstance(placement, Placement):
            raise TypeError(f"diff of a {type(placement).__name__}: pass two placements")
        if len(placement) == 0:
            raise LookupError("there are no nodes: a placement without any has no keys that could move")
    if isinstance(before, JumpHash) != isinstance(after, JumpHash):
        raise TypeError("diff of shards and nodes: pass two placements of either kind")
    if not 1 <= samples <= MAX_SAMPLES:
        raise ValueError(f"samples is {samples}: pass 1 .. 2**32")
    return Diff(before.copy(), after.copy(), samples)


class Diff:
    """The difference of two placements, as `coterie.diff` makes it.

    before, after: copies of the placements.
    share: the part of all keys that moves, 0 .. 1.
    exact: whether `share` and `flows` are exact.
    error: the standard error of `share`; 0 if that is exact.
    least: the part that any scheme would have to move: the sum of what nodes gain, if all have what their
        weights ask for. A placement whose loads are uneven may move less.
    ranges: the ranges of tokens that move, where the difference of two placements of nodes is exact; else
        None. `placement.tokens(keys)` gives the token of each key.
    """

    def __init__(self, before: Placement, after: Placement, samples: int) -> None:
        self.before: Placement = before
        self.after: Placement = after
        self.exact: bool = before.seed == after.seed
        self.error: float = 0.0
        self.ranges: Ranges | None = None
        if isinstance(before, JumpHash) or isinstance(after, JumpHash):
            self._same = None
            self.least: float = 1 - min(len(before), len(after)) / max(len(before), len(after))
            if self.exact:
                self.share: float = self.least
                return
        else:
            self._same = _same(before.nodes, after.nodes)
            self.least = _least(before, after, self._same)
            ranges = _ranges(before, after) if self.exact else None
            if ranges is not None:
                moved = self._differ(ranges.source, ranges.target)
                first, last = ranges.first[moved], ranges.last[moved]
                source, target = ranges.source[moved], ranges.target[moved]
                self.ranges = Ranges(first, last, source, target)
                self._pairs = source, target, ((last - first).astype(np.float64) + 1) * 2.0**-64
                self.share = float(self._pairs[2].sum())
                return
        hashes = np.random.default_rng(SEED).integers(2**64, size=samples, dtype=np.uint64)
        source, target = before.assign(hashes, hashed=True), after.assign(hashes, hashed=True)
        moved = self._differ(source, target)
        self._pairs = source[moved], target[moved], np.full(moved.sum(), 1 / samples)
        self.share = float(moved.mean())
        self.exact = False
        self.error = sqrt(max(self.share * (1 - self.share), 1 / samples) / samples)

    def moved(self, keys: Keys, /, *, hashed: bool = False) -> NDArray[np.bool]:
        """Which of the keys move, as a bool array.

        keys: any container that `coterie.digests` takes; with hashed=True the uint64 array that it made.
        """
        hashes: Keys = keys if hashed else digests(keys)
        return self._differ(self.before.assign(hashes, hashed=True), self.after.assign(hashes, hashed=True))

    @cached_property
    def flows(self) -> tuple[Flow, ...]:
        """The part of all keys that moves between each two nodes, where any does, the largest first.

        ValueError if shards make more than 2**20 pairs.
        """
        if isinstance(self.before, JumpHash) and self.exact:
            return _jump_flows(len(self.before), len(self.after))
        source, target, shares = self._pairs
        pairs, which = np.unique(source.astype(np.int64) << 32 | target, return_inverse=True)
        sums = np.bincount(which, shares, len(pairs))
        order = np.argsort(-sums, kind="stable")
        old, new = self.before.nodes, self.after.nodes
        columns = (pairs[order] >> 32).tolist(), (pairs[order] & 0xFFFFFFFF).tolist(), sums[order].tolist()
        return tuple(Flow(old[a], new[b], share) for a, b, share in zip(*columns, strict=True))

    def _differ(self, source: Positions, target: Positions) -> NDArray[np.bool]:
        return np.not_equal(source, target if self._same is None else self._same[target])

    def __repr__(self) -> str:
        error = "" if self.exact else f" (± {self.error:.3%})"
        return f"<Diff: {self.share:.3%}{error} of the keys move, the least is {self.least:.3%}>"


def _same(before: Sequence[Node], after: Sequence[Node]) -> Positions:
    """For each position after, that of the same node before; -1 if it was not there."""
    positions = {_key_bytes(node): at for at, node in enumerate(before)}
    return np.array([positions.get(_key_bytes(node), -1) for node in after], np.int32)


def _key_bytes(node: Node) -> bytes:
    if isinstance(node, int):
        return (node & (1 << 64) - 1).to_bytes(8, "little")
    return node.encode() if isinstance(node, str) else node


def _least(before: NodeScheme, after: NodeScheme, same: Positions) -> float:
    """The sum of what nodes gain, as the weights have it."""
    gains, stay = _parts(after), same >= 0
    gains[stay] -= _parts(before)[same[stay]]
    return float(gains[gains > 0].sum())


def _parts(placement: NodeScheme) -> NDArray[np.float64]:
    weights = np.array(list(placement.weights.values()), np.float64)
    weights /= weights.max()  # so that their sum is finite
    parts: NDArray[np.float64] = weights / weights.sum()
    return parts


def _ranges(before: NodeScheme, after: NodeScheme) -> Ranges | None:
    """All ranges of tokens with one node before and one after; None if a scheme has no ranges."""
    old, new = before._ranges(), after._ranges()
    if old is None or new is None:
        return None
    (old_last, old_owners), (new_last, new_owners) = _columns(*old), _columns(*new)
    last = np.union1d(old_last, new_last)
    first = np.concatenate([np.zeros(1, np.uint64), last[:-1] + np.uint64(1)])
    source = old_owners[np.searchsorted(old_last, last)]
    target = new_owners[np.searchsorted(new_last, last)]
    begins = np.concatenate([[True], (source[1:] != source[:-1]) | (target[1:] != target[:-1])])
    ends = np.concatenate([begins[1:], [True]])
    return Ranges(first[begins], last[ends], source[begins], target[begins])


def _columns(last: Buffer, owners: Buffer) -> tuple[Tokens, Positions]:
    return np.frombuffer(last, np.uint64), np.frombuffer(owners, np.int32)


def _jump_flows(before: int, after: int) -> tuple[Flow, ...]:
    """Each shard that stays gives the same part to each that joins, or takes it from each that leaves."""
    stay, change = range(min(before, after)), range(min(before, after), max(before, after))
    if len(stay) * len(change) > MAX_FLOWS:
        raise ValueError(f"{before} and {after} shards make too many pairs to list: at most 2**20")
    pairs = product(stay, change) if after > before else product(change, stay)
    return tuple(Flow(source, target, 1 / (before * after)) for source, target in pairs)
