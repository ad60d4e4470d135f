"""Bloom filters that forget: a window of the last keys, in generations."""

from benchmarks.baselines.filters.bloom import BloomFilter
from benchmarks.baselines.keys import digest

MOST = 64  # generations


class Generation:
    """Keys that came one after the other, and the times of the first and the last."""

    def __init__(self, capacity, fpr, seed):
        self.bloom = BloomFilter(capacity, fpr, seed)
        self.keys = 0
        self.first = self.last = None


class RotatingBloomFilter:
    """Of the last `capacity` keys; with `window`, of those that came within that time by `clock`."""

    def __init__(self, capacity, fpr=0.01, window=None, generations=2, clock=None, seed=0):
        self.capacity, self.fpr, self.window, self.generations = capacity, fpr, window, generations
        self.clock, self.seed = clock, seed
        self.latest = clock() if clock else 0
        self.kept = []  # generations, the oldest first
        self.begin()

    def begin(self):
        """Begin another generation."""
        share = -(-self.capacity // self.generations)
        self.kept.append(Generation(share, self.fpr / (self.generations + 1), self.seed))

    def live(self):
        """The generations with a key that is young enough, and the newest if it waits for its first."""
        if self.window is None:
            return self.kept
        now = max(self.clock(), self.latest)
        return [kept for kept in self.kept if kept.last is None or now - kept.last < self.window]

    def rotate(self):
        """End the newest generation; one whose time has not begun goes on."""
        if self.window is None:
            self.kept = self.kept[-self.generations :]
            self.begin()
            return
        self.turn()
        if self.kept[-1].keys and len(self.kept) < MOST:
            self.begin()

    def turn(self):
        """What time asks for before a key is added."""
        if self.window is None:
            return
        self.latest = max(self.clock(), self.latest)
        self.kept = self.live()
        if not self.kept:
            self.begin()
        newest = self.kept[-1]
        over = newest.keys and self.latest - newest.first >= self.window / self.generations
        if over and len(self.kept) < MOST:
            self.begin()

    def add_new(self, key):
        """Add a key to the newest generation; whether none that is kept had it."""
        d = digest(key)
        self.turn()
        new = not any(kept.bloom.has_digest(d) for kept in self.kept)
        newest = self.kept[-1]
        if newest.keys >= newest.bloom.capacity and not newest.bloom.has_digest(d):
            self.rotate()
            newest = self.kept[-1]
        if newest.keys == 0:
            newest.first = self.latest
        newest.keys += newest.bloom.add_digest(d)
        newest.last = self.latest
        return new

    def add(self, key):
        """Add a key, or make it young again."""
        self.add_new(key)

    def __contains__(self, key):
        d = digest(key)
        return any(kept.bloom.has_digest(d) for kept in self.live())

    def estimated_fpr(self):
        """The share of other keys that a generation has."""
        none = 1
        for kept in self.live():
            none *= 1 - kept.bloom.estimated_fpr()
        return 1 - none
