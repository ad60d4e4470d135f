"""A hybrid logical clock in plain Python, without a lock and without checks."""

COUNTER = 16  # bits


class PlainHybridClock:
    """Milliseconds and a counter in one int."""

    def __init__(self, time_ns, last=0):
        self.time_ns, self.last = time_ns, last

    def now(self):
        """The next stamp."""
        self.last = max(self.last + 1, self.time_ns() // 1_000_000 << COUNTER)
        return self.last

    def recv(self, stamp):
        """The stamp of an arrival."""
        self.last = max(self.last + 1, stamp + 1, self.time_ns() // 1_000_000 << COUNTER)
        return self.last

    def merge(self, stamp):
        """Above that from now on."""
        self.last = max(self.last, stamp)
