"""Counters of replicas as dicts, and as the operations that each replica knows."""


def increment(counts, replica):
    """Count an event."""
    counts[replica] = counts.get(replica, 0) + 1


def merge(counts, other):
    """The greater count of each replica, in place."""
    for replica, count in other.items():
        if count > counts.get(replica, 0):
            counts[replica] = count


class PlainCounter:
    """The additions and subtractions that are known: of each replica and sign how many, in their order."""

    def __init__(self, log):
        self.log = log  # (replica, sign) -> all amounts, which all counters of a run share
        self.known = {}

    def add(self, replica, n):
        """An operation of a replica."""
        own = self.log.setdefault((replica, n > 0), [])
        own.append(n)
        self.known[replica, n > 0] = len(own)

    @property
    def value(self):
        """The sum of the operations that are known."""
        return sum(sum(self.log[line][:n]) for line, n in self.known.items())

    def merge(self, known):
        """Know more of them."""
        for line, n in known.items():
            self.known[line] = max(n, self.known.get(line, 0))

    def beyond(self, known):
        """What is known here and not there."""
        return {line: n for line, n in self.known.items() if n > known.get(line, 0)}
