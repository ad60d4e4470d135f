"""A causal context as the plain set of its dots."""


def ranges(dots):
    """The sorted ranges `(id, first, last)` of a set of `(id, counter)`."""
    result = []
    for id, counter in sorted(dots):
        if result and result[-1][0] == id and result[-1][2] + 1 == counter:
            result[-1] = (id, result[-1][1], counter)
        else:
            result.append((id, counter, counter))
    return result


class PlainContext:
    """As programs keep it: a dict of what is known without gaps, and a set of the dots beyond them."""

    def __init__(self):
        self.prefix, self.cloud = {}, set()

    def copy(self):
        """Another one with the same dots."""
        new = PlainContext()
        new.prefix, new.cloud = dict(self.prefix), set(self.cloud)
        return new

    def __contains__(self, dot):
        return dot[1] <= self.prefix.get(dot[0], 0) or dot in self.cloud

    def add(self, dot):
        """Whether it was not there."""
        if dot in self:
            return False
        self.cloud.add(dot)
        self.close(dot[0])
        return True

    def close(self, id):
        """Let the prefix of an id grow as far as it can."""
        last = self.prefix.get(id, 0)
        while (id, last + 1) in self.cloud:
            last += 1
            self.cloud.remove((id, last))
        self.prefix[id] = last

    def merge(self, other):
        """Add all that another one has."""
        for id, last in other.prefix.items():
            if last > self.prefix.get(id, 0):
                self.prefix[id] = last
        self.cloud = {(id, n) for id, n in self.cloud | other.cloud if n > self.prefix.get(id, 0)}
        for id in {id for id, _ in self.cloud}:
            self.close(id)

    def __le__(self, other):
        if any(dot not in other for dot in self.cloud):
            return False
        return all(
            last <= other.prefix.get(id, 0)
            or all((id, n) in other for n in range(other.prefix.get(id, 0) + 1, last + 1))
            for id, last in self.prefix.items()
        )

    def dots(self):
        """All of them as a set."""
        return self.cloud | {(id, n) for id, last in self.prefix.items() for n in range(1, last + 1)}
