"""Many clocks as lists of counters, one after the other."""

from itertools import pairwise as pairs


def relation(a, b):
    """How one list of counters stands to another: 0 equal, 1 before, 2 after, 3 concurrent."""
    return any(x < y for x, y in zip(a, b, strict=True)) + 2 * any(x > y for x, y in zip(a, b, strict=True))


def compare(rows, clock):
    return [relation(row, clock) for row in rows]


def pairwise(rows):
    return [[relation(a, b) for b in rows] for a in rows]


def concurrent_pairs(rows):
    n = len(rows)
    return [[i, j] for i in range(n) for j in range(i + 1, n) if relation(rows[i], rows[j]) == 3]


def groups(offsets):
    return pairs(offsets)


def maximal(rows, offsets):
    """Rows of each group that no other is after, nor equal to and before it."""

    def kept(i, group):
        return not any(
            relation(rows[i], rows[j]) == 1 or (rows[i] == rows[j] and j < i) for j in range(*group)
        )

    return [kept(i, group) for group in groups(offsets) for i in range(*group)]


def merge_all(rows, offsets, width):
    return [[max((row[r] for row in rows[a:b]), default=0) for r in range(width)] for a, b in groups(offsets)]


def frontier(rows):
    return [min(column) for column in zip(*rows, strict=True)]


def happened_before(rows, slots):
    """By the definition: i happened before j if j knows the event of i, and is another."""
    return [
        [i != j and b[slot] >= a[slot] for j, b in enumerate(rows)]
        for i, (a, slot) in enumerate(zip(rows, slots, strict=True))
    ]


def topological_order(rows):
    return sorted(range(len(rows)), key=lambda i: (sum(rows[i]), i))
