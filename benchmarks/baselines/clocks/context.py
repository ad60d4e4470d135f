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
