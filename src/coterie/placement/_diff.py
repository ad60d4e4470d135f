"""What moves when one placement takes the place of another."""

from collections.abc import Sequence
from functools import cached_property
from math import sqrt
from operator import index
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from coterie._core import _bools, _digests_and_valid, digests
from coterie._types import Buffer, Keys, Node, Nulls
from coterie.placement._jump import JumpHash
from coterie.placement._nodes import NodeScheme

MAX_SAMPLES = 1 << 32
CHUNK = 1 << 20  # samples at a time
MAX_FLOWS = 1 << 20  # between shards, whose numbers can make far more

Placement: TypeAlias = NodeScheme | JumpHash
Positions: TypeAlias = NDArray[np.int32]
Tokens: TypeAlias = NDArray[np.uint64]
Codes: TypeAlias = NDArray[np.int64]
Shares: TypeAlias = NDArray[np.float64]


class Flow(NamedTuple):
    """The part of all keys that moves from one node to another."""

    source: Node
    target: Node
    share: float


class Ranges(NamedTuple):
    """Ranges of tokens, ascending, as arrays.

    first, last: the first and the last token of each range, uint64, both inclusive.
    source, target: the position of its node in `before.nodes` and in `after.nodes`, int32.
    share: the part of all tokens that it holds, float64.
    """

    first: Tokens
    last: Tokens
    source: Positions
    target: Positions
    share: Shares


def diff(before: Placement, after: Placement, /, *, samples: int = 1 << 20) -> "Diff":
    """What moves when `after` takes the place of `before`: how much, from where to where, and which keys.

    before, after: two placements of nodes, or two of shards. They may differ in anything: nodes, weights,
    options, seed and scheme.
    samples: how many digests are drawn where the difference is not computed exactly, 1 .. 2**32.

    Exact for rings and Maglev tables with equal seeds, from the ranges of tokens between points or slots, and
    for two JumpHash with equal seeds, from the numbers of shards. Otherwise an estimate from samples, whose
    standard error is stated. Takes time linear in the points and slots but for a sort, or in the samples.

    LookupError if a placement has no nodes, TypeError for shards beside nodes and samples that are no int,
    ValueError for samples out of range.

    >>> from coterie import HashRing, diff
    >>> ring = HashRing(["cache-a", "cache-b", "cache-c"])
    >>> bigger = ring.copy()
    >>> bigger.add_node("cache-d")
    >>> change = diff(ring, bigger)
    >>> change
    <Diff: 23.03 % of the keys move, the least is 25 %>
    >>> [(flow.source, flow.target, round(flow.share, 3)) for flow in change.flows]
    [('cache-c', 'cache-d', 0.087), ('cache-b', 'cache-d', 0.083), ('cache-a', 'cache-d', 0.06)]
    >>> change.moved(["user:1", "user:2", "user:3"])
    array([ True, False, False])
    """
    for placement in (before, after):
        if not isinstance(placement, Placement):
            raise TypeError(f"diff of a {type(placement).__name__}: pass two placements")
    if isinstance(before, JumpHash) != isinstance(after, JumpHash):
        raise TypeError("diff of shards and nodes: pass two placements of either kind")
    try:
        count = index(samples)
    except TypeError:
        raise TypeError(f"samples is a {type(samples).__name__}: pass an int, 1 .. 2**32") from None
    if not 1 <= count <= MAX_SAMPLES:
        raise ValueError("samples lies outside of 1 .. 2**32")
    return Diff(before.copy(), after.copy(), count)


class Diff:
    """The difference of two placements, as `coterie.diff` makes it.

    share: the part of all keys that moves, 0 .. 1.
    exact: whether `share` and `flows` are exact, not estimates.
    error: the standard error of `share`; 0 if that is exact, at least 1 / samples if it is not.
    least: the part that any scheme would have to move: the sum of what nodes gain, if all have what their
        weights ask for. A placement whose loads are uneven may move less.
    ranges: the ranges of tokens that move, if the difference was computed from ranges; else None.
        `placement.tokens(keys)` gives the token of each key.
    """

    def __init__(self, before: Placement, after: Placement, samples: int) -> None:
        if len(before) == 0 or len(after) == 0:
            raise LookupError("there are no nodes: a placement without any has no keys that could move")
        self._before, self._after = before, after
        self._same = None if isinstance(before, JumpHash) else _same(before.nodes, after.nodes)
        self.least: float = _least(before, after, self._same)
        self.exact: bool = True
        self.error: float = 0.0
        self.share: float = 0.0
        self.ranges: Ranges | None = None
        self._pairs = _NO_PAIRS  # (source, target) of the keys that move, and their part of all keys
        ranges = _ranges(before, after) if before.seed == after.seed else None
        if ranges is not None:
            moved = self._differ(ranges.source, ranges.target)
            self.ranges = ranges = Ranges(
                ranges.first[moved],
                ranges.last[moved],
                ranges.source[moved],
                ranges.target[moved],
                ranges.share[moved],
            )
            self.share = min(1.0, float(ranges.share.sum()))  # of rounded parts
            self._pairs = _summed(_codes(ranges.source, ranges.target), ranges.share)
        elif before.seed == after.seed and isinstance(before, JumpHash):
            self.share = self.least
        elif before != after:
            pairs, counts = self._sampled(samples)
            self._pairs = pairs, counts / samples
            self.share = float(counts.sum() / samples)
            self.exact = False
            self.error = sqrt(max(self.share * (1 - self.share), 1 / samples) / samples)

    @property
    def before(self) -> Placement:
        """A copy of the placement before."""
        return self._before.copy()

    @property
    def after(self) -> Placement:
        """A copy of the placement after."""
        return self._after.copy()

    def moved(
        self,
        keys: Keys,
        /,
        *,
        hashed: bool = False,
        nulls: Nulls = "raise",
        out: NDArray[np.bool] | None = None,
    ) -> NDArray[np.bool]:
        """Which of the keys move, as a bool array.

        keys: any container that `coterie.digests` takes; with hashed=True the digests that it made.
        nulls, out: as for `coterie.digests`; nulls="skip" writes False.
        """
        hashes, valid = _digests_and_valid(keys, hashed, nulls, out)
        return _bools(self._differ(*self._assigned(hashes)), valid, nulls, out)

    @cached_property
    def flows(self) -> tuple[Flow, ...]:
        """The part of all keys that moves between each two nodes, where any does, the largest first.

        Estimates, where samples were drawn: pairs that none of them met are left out.
        ValueError if shards make more than 2**20 pairs.
        """
        if isinstance(self._before, JumpHash) and self.exact:
            return _jump_flows(len(self._before), len(self._after))
        pairs, shares = self._pairs
        order = np.argsort(-shares, kind="stable")
        old, new = self._before.nodes, self._after.nodes
        columns = (pairs[order] >> 32).tolist(), (pairs[order] & 0xFFFFFFFF).tolist(), shares[order].tolist()
        return tuple(Flow(old[a], new[b], share) for a, b, share in zip(*columns, strict=True))

    def _sampled(self, samples: int) -> tuple[Codes, Shares]:
        """The pairs between which samples move, and how many do."""
        pairs, counts = _NO_PAIRS
        for begin in range(0, samples, CHUNK):
            hashes = digests(np.arange(begin, min(begin + CHUNK, samples), dtype=np.uint64))
            source, target = self._assigned(hashes)
            moved = self._differ(source, target)
            codes, more = np.unique(_codes(source[moved], target[moved]), return_counts=True)
            pairs, counts = _summed(np.concatenate([pairs, codes]), np.concatenate([counts, more]))
        return pairs, counts

    def _assigned(self, hashes: Keys) -> tuple[Positions, Positions]:
        return self._before.assign(hashes, hashed=True), self._after.assign(hashes, hashed=True)

    def _differ(self, source: Positions, target: Positions) -> NDArray[np.bool]:
        return np.not_equal(source, target if self._same is None else self._same[target])

    def __repr__(self) -> str:
        error = "" if self.exact else f" (± {self.error * 100:.2g} %)"
        return (
            f"<Diff: {self.share * 100:.4g} %{error} of the keys move, the least is {self.least * 100:.4g} %>"
        )


_NO_PAIRS: tuple[Codes, Shares] = np.zeros(0, np.int64), np.zeros(0)


def _codes(source: Positions, target: Positions) -> Codes:
    """A number for each pair of positions."""
    return source.astype(np.int64) << 32 | target


def _summed(codes: Codes, shares: Shares) -> tuple[Codes, Shares]:
    """Each pair once, ascending."""
    pairs, which = np.unique(codes, return_inverse=True)
    sums: Shares = np.bincount(which, shares, len(pairs)).astype(np.float64)
    return pairs, sums


def _same(before: Sequence[Node], after: Sequence[Node]) -> Positions:
    """For each position after, that of the same node before; -1 if it was not there."""
    positions = {_key_bytes(node): at for at, node in enumerate(before)}
    return np.array([positions.get(_key_bytes(node), -1) for node in after], np.int32)


def _key_bytes(node: Node) -> bytes:
    if isinstance(node, int):
        return (node & (1 << 64) - 1).to_bytes(8, "little")
    return node.encode() if isinstance(node, str) else node


def _least(before: Placement, after: Placement, same: Positions | None) -> float:
    """The sum of what nodes gain, as the weights have it."""
    if isinstance(before, JumpHash) or isinstance(after, JumpHash) or same is None:
        return abs(len(before) - len(after)) / max(len(before), len(after))
    gains, stay = _parts(after), same >= 0
    gains[stay] -= _parts(before)[same[stay]]
    return min(1.0, float(gains[gains > 0].sum()))  # of rounded parts


def _parts(placement: NodeScheme) -> NDArray[np.float64]:
    weights = np.array(list(placement.weights.values()), np.float64)
    weights /= weights.max()  # so that their sum is finite
    parts: NDArray[np.float64] = weights / weights.sum()
    return parts


def _ranges(before: Placement, after: Placement) -> Ranges | None:
    """All ranges of tokens with one node before and one after; None if a scheme has no ranges."""
    if isinstance(before, JumpHash) or isinstance(after, JumpHash):
        return None
    old, new = before._ranges(), after._ranges()
    if old is None or new is None:
        return None
    (old_last, old_owners), (new_last, new_owners) = _columns(*old), _columns(*new)
    last = np.union1d(old_last, new_last)
    source = old_owners[np.searchsorted(old_last, last)]
    target = new_owners[np.searchsorted(new_last, last)]
    ends = np.concatenate([(source[1:] != source[:-1]) | (target[1:] != target[:-1]), [True]])
    last, source, target = last[ends], source[ends], target[ends]
    first = np.concatenate([np.zeros(1, np.uint64), last[:-1] + np.uint64(1)])
    return Ranges(first, last, source, target, ((last - first).astype(np.float64) + 1) * 2.0**-64)


def _columns(last: Buffer, owners: Buffer) -> tuple[Tokens, Positions]:
    return np.frombuffer(last, np.uint64), np.frombuffer(owners, np.int32)


def _jump_flows(before: int, after: int) -> tuple[Flow, ...]:
    """Each shard that stays gives the same part to each that joins, or takes it from each that leaves."""
    fewer, more = min(before, after), max(before, after)
    if fewer * (more - fewer) > MAX_FLOWS:
        raise ValueError(f"{before} and {after} shards make more than 2**20 pairs: take `share` and `moved`")
    share = 1 / (before * after)
    if before < after:
        return tuple(Flow(stays, joins, share) for joins in range(fewer, more) for stays in range(fewer))
    return tuple(Flow(leaves, stays, share) for leaves in range(fewer, more) for stays in range(fewer))
