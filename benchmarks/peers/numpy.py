"""What NumPy users write."""

import numpy as np
import xxhash

import coterie
from benchmarks.baselines.keys import GOLDEN, splitmix64
from benchmarks.baselines.placement import maglev
from benchmarks.baselines.placement.ring import HashRing
from benchmarks.peers import adapter
from benchmarks.peers.coterie import Column


class Searchsorted(adapter.Placement):
    """A ring as a sorted array. The keys of a batch come hashed and mixed: only the search is timed."""

    role, label, exact = adapter.IDIOM, "NumPy searchsorted", True
    make = HashRing

    def __init__(self, nodes):
        super().__init__(nodes)
        position = {node: i for i, node in enumerate(self.scheme.nodes)}
        owners = [position[node] for node in self.scheme.owners]
        self.points = np.array(self.scheme.points, np.uint64)
        self.owners = np.array([*owners, owners[0]], np.int32)

    def ready(self, keys):
        return mixed(coterie.digests(keys))

    def assign(self, keys):
        return self.owners[np.searchsorted(self.points, keys)]


class HashedSearchsorted(Searchsorted):
    """The same from a list of text, which xxhash hashes."""

    label, limit, kinds = "xxhash + NumPy searchsorted", 100_000, ("str",)

    def ready(self, keys):
        return keys[: self.limit]

    def assign(self, keys):
        hashes = np.fromiter(map(xxhash.xxh3_64_intdigest, map(str.encode, keys)), np.uint64, len(keys))
        return super().assign(mixed(hashes))


class Maglev(adapter.Placement):
    """A Maglev table and a remainder. The keys come hashed; the slot is not the baseline's, which scales."""

    role, label = adapter.IDIOM, "NumPy table[h % M]"
    make = maglev.Maglev

    def __init__(self, nodes):
        super().__init__(nodes)
        position = {node: i for i, node in enumerate(self.scheme.nodes)}
        self.table = np.array([position[owner] for owner in self.scheme.table], np.int32)

    def ready(self, keys):
        return mixed(coterie.digests(keys))

    def assign(self, keys):
        return self.table[keys % np.uint64(self.table.size)]


class Rendezvous(adapter.EveryNode):
    """One node after another over all keys, with a mixer of its own. The keys come hashed."""

    role, label = adapter.IDIOM, "NumPy, node by node"
    make = tuple
    asks = 2**23

    def __init__(self, nodes):
        super().__init__(nodes)
        self.seeds = coterie.digests(list(nodes))

    def ready(self, keys):
        return coterie.digests(keys[: self.limit])

    def assign(self, keys):
        best = np.zeros(len(keys), np.uint64)
        node = np.zeros(len(keys), np.int32)
        for i, seed in enumerate(self.seeds):
            score = (keys ^ seed) * np.uint64(GOLDEN)
            score ^= score >> np.uint64(32)
            better = score > best
            node[better] = i
            np.maximum(best, score, out=best)
        return node


class RawJump(adapter.Placement):
    """Jump hash step by step over the keys that are not done."""

    role, label, exact = adapter.IDIOM, "NumPy, step by step", True
    kinds = ("int",)
    limit = 2**18
    make = int

    def ready(self, keys):
        return keys[: self.limit]

    def assign(self, keys):
        bucket = np.zeros(len(keys), np.int32)
        todo = np.arange(len(keys))
        key = keys.copy()
        while len(todo):
            key = key * np.uint64(2862933555777941757) + np.uint64(1)
            step = 2.0**31 / ((key >> np.uint64(33)) + np.uint64(1)).astype(np.float64)
            after = ((bucket[todo] + 1) * step).astype(np.int64)
            going = after < self.scheme
            todo, key = todo[going], key[going]
            bucket[todo] = after[going]
        return bucket


class Jump(RawJump):
    """The same after the mix; the keys come hashed."""

    label = "NumPy, step by step"

    def ready(self, keys):
        return mixed(coterie.digests(keys[: self.limit]))


def mixed(digests):
    """The baseline's `mix` with seed 0."""
    w = (digests ^ digests >> np.uint64(32) ^ np.uint64(splitmix64(0))) * np.uint64(GOLDEN)
    return w ^ w >> np.uint64(32)


class S16(Column):
    label = "coterie, NumPy S16"

    def ready(self, keys):
        return np.array(keys, "S16")


class U16(Column):
    label = "coterie, NumPy U16"

    def ready(self, keys):
        return np.array(keys, "U16")


class StringDType(Column):
    label = "coterie, NumPy StringDType"

    def ready(self, keys):
        return np.array(keys, np.dtypes.StringDType())


class UInt64(Column):
    label = "coterie, NumPy uint64"

    def ready(self, keys):
        return np.array(keys, np.uint64)


class ClockMatrix(adapter.ClockMatrix):
    """One row after the other against all of them."""

    role, label, exact = adapter.IDIOM, "NumPy broadcasting", True

    def __init__(self, counts, slots=None):
        super().__init__(counts, slots)
        self.columns = np.asfortranarray(counts) if slots is not None else None

    def compare(self, row):
        before, after = (self.counts < row).any(1), (self.counts > row).any(1)
        return before.view(np.uint8) | after.view(np.uint8) << 1

    def pairwise(self):
        n = len(self.counts)
        relations = np.empty((n, n), np.uint8)
        for i in range(n):
            relations[:, i] = self.compare(self.counts[i])
        return relations

    def happened_before(self):
        """One scan of a column for each event."""
        n = len(self.counts)
        before = np.empty((n, n), bool)
        for i, slot in enumerate(self.slots):
            np.greater_equal(self.columns[:, slot], self.columns[i, slot], out=before[i])
        np.fill_diagonal(before, False)
        return before

    def merge_all(self):
        return self.counts.max(0)

    def frontier(self):
        return self.counts.min(0)
