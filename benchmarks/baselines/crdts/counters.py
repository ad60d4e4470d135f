"""Counters of replicas as dicts, and as the operations that each replica knows."""


def increment(counts, replica):
    """Count an event."""
    counts[replica] = counts.get(replica, 0) + 1


def merge(counts, other):
    """The greater count of each replica, in place."""
    for replica, count in other.items():
        if count > counts.get(replica, 0):
            counts[replica] = count


class Operations:
    """What replicas did, as far as it is known: of each line of operations how many, in their order."""

    def __init__(self, log):
        self.log = log  # line -> all amounts, which all that take part share
        self.known = {}

    def do(self, line, n):
        """An operation of the replica that the line belongs to."""
        own = self.log.setdefault(line, [])
        own.append(n)
        self.known[line] = len(own)

    def sum(self, choose):
        """The sum of what is known of the lines that are chosen."""
        return sum(sum(self.log[line][:n]) for line, n in self.known.items() if choose(*line))

    def merge(self, known):
        """Know more of them."""
        for line, n in known.items():
            self.known[line] = max(n, self.known.get(line, 0))

    def beyond(self, known):
        """What is known here and not there."""
        return {line: n for line, n in self.known.items() if n > known.get(line, 0)}


class PlainCounter(Operations):
    """Lines are (replica, whether it adds)."""

    def add(self, replica, n):
        """An addition, or a subtraction."""
        self.do((replica, n > 0), n)

    @property
    def value(self):
        """The sum of the operations that are known."""
        return self.sum(lambda *_: True)


class PlainBoundedCounter(Operations):
    """Lines are (replica, what it does, to whom)."""

    def __init__(self, log, bound):
        super().__init__(log)
        self.bound = bound

    def add(self, replica, n):
        """An addition."""
        self.do((replica, "add", replica), n)

    def take(self, replica, n):
        """A subtraction."""
        self.do((replica, "take", replica), n)

    def hand(self, replica, n, to):
        """Rights that are handed over."""
        self.do((replica, "hand", to), n)

    def rights(self, replica):
        """What it got, less what it took away or gave."""
        got = self.sum(lambda _, what, to: to == replica and what != "take")
        return got - self.sum(lambda by, what, _: by == replica and what != "add")

    @property
    def value(self):
        """What was added, less what was taken away; subtractions may be known before what paid for them."""
        added = self.sum(lambda _, what, to: what == "add")
        return self.bound + max(added - self.sum(lambda _, what, to: what == "take"), 0)
