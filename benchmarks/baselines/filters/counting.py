"""A counting Bloom filter (Fan, Cao, Almeida, Broder 2000) in lines of 4 lanes of 32 counters."""

from collections import Counter
from math import ceil, log1p

from benchmarks.baselines.filters.bloom import SALTS, SECOND, filter_salt
from benchmarks.baselines.filters.counting_size import columns_for, size
from benchmarks.baselines.keys import digest, mix

LANES, LANE, MOST = 4, 32, 15
LINE = LANES * LANE  # counters


class CountingBloomFilter:
    def __init__(self, capacity, fpr=0.01, seed=0):
        self.capacity, self.fpr, self.seed = capacity, fpr, seed
        self.columns = columns_for(fpr)
        self.rows = size(capacity, fpr, self.columns)
        self.salt = filter_salt(seed)
        self.counters = Counter()  # those that are not 0, by number
        self.keys = 0  # as often as they were added and not removed

    def places(self, key):
        """The counters of a key: in each column a line of its own row, in each of its lanes one."""
        word = digest(key)
        if self.salt:
            word = mix(word, self.salt)
        found = []
        for column in range(self.columns):
            line = ((word >> 32) * self.rows >> 32) * self.columns + column
            low = word & 0xFFFFFFFF
            for lane in range(LANES):
                found.append(line * LINE + lane * LANE + ((low * SALTS[lane] & 0xFFFFFFFF) >> 27))
            word = mix(word, SECOND)
        return found

    def count(self, key):
        """The least of a key's counters."""
        return min(self.counters[place] for place in self.places(key))

    def __contains__(self, key):
        return self.count(key) > 0

    def add_new(self, key):
        """Add a key; whether it certainly was not there."""
        new = key not in self
        for place in self.places(key):
            self.counters[place] = min(self.counters[place] + 1, MOST)
        self.keys += 1
        return new

    def add(self, key):
        """Add a key."""
        self.add_new(key)

    def discard(self, key):
        """Remove a key once, unless it certainly is not there; whether it was.

        A counter that no longer knows how many keys it counts stays as it is.
        """
        if key not in self:
            return False
        for place in self.places(key):
            if self.counters[place] < MOST:
                self.counters[place] -= 1
                if not self.counters[place]:
                    del self.counters[place]
        self.keys = max(self.keys - 1, 0)
        return True

    def remove(self, key):
        """Remove a key once; KeyError if it certainly is not there."""
        if not self.discard(key):
            raise KeyError(key)

    def remove_many(self, keys):
        """Remove each key once; if one is not there then, KeyError with its position, and nothing changes."""
        before, before_keys = self.counters.copy(), self.keys
        for i, key in enumerate(keys):
            if not self.discard(key):
                self.counters, self.keys = before, before_keys
                raise KeyError(i)

    def sum(self, other):
        """The filter with the keys of both."""
        new = CountingBloomFilter(self.capacity, self.fpr, self.seed)
        for place, count in (self.counters + other.counters).items():
            new.counters[place] = min(count, MOST)
        new.keys = self.keys + other.keys
        return new

    def copy(self):
        """An independent filter in the same state."""
        new = CountingBloomFilter(self.capacity, self.fpr, self.seed)
        new.counters, new.keys = self.counters.copy(), self.keys
        return new

    def fill_ratio(self):
        """The share of counters that are not 0."""
        return len(self.counters) / (LINE * self.rows * self.columns)

    def approx_len(self):
        """About how many distinct keys fill so many counters: as many as it takes, at most those added."""
        filled, ratio = len(self.counters), self.fill_ratio()
        least = ceil(filled / (LANES * self.columns))
        if ratio == 1:
            return max(least, self.keys)
        distinct = round(log1p(-ratio) / log1p(-1 / (LANE * self.rows)))
        return max(least, min(distinct, self.keys))

    def estimated_fpr(self):
        """The share of other keys whose counters are all filled."""
        rate = 1
        for column in range(self.columns):
            lanes = Counter(p // LANE for p in self.counters if p // LINE % self.columns == column)
            hits = 0
            for line in range(column, self.rows * self.columns, self.columns):
                product = 1
                for lane in range(LANES):
                    product *= lanes[line * LANES + lane]
                hits += product
            rate *= hits / (LANE**LANES * self.rows)
        return rate

    def to_lines(self):
        """The lines as bytes: two counters in each, the first in the low half."""
        data = bytearray(LINE // 2 * self.rows * self.columns)
        for place, count in self.counters.items():
            data[place // 2] |= count << (place % 2 * 4)
        return bytes(data)
