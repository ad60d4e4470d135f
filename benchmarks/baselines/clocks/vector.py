"""Vector clocks as the dicts that programs use in their stead, and as sets of dots, the plainest model."""


def increment(clock, id):
    """Count an event."""
    clock[id] = clock.get(id, 0) + 1


def merge(a, b):
    """A new clock that knows what both know."""
    result = dict(a)
    for id, count in b.items():
        if count > result.get(id, 0):
            result[id] = count
    return result


def merge_into(a, b):
    """The same in place."""
    for id, count in b.items():
        if count > a.get(id, 0):
            a[id] = count


def less(a, b):
    """Whether b knows all that a knows, and more."""
    return all(count <= b.get(id, 0) for id, count in a.items()) and a != b


def relation(a, b):
    """0 equal, 1 before, 2 after, 3 concurrent."""
    before = any(count > a.get(id, 0) for id, count in b.items())
    after = any(count > b.get(id, 0) for id, count in a.items())
    return before + 2 * after


def dots(clock):
    """The events that a clock knows."""
    return {(id, n) for id, count in clock.items() for n in range(1, count + 1)}
