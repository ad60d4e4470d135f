"""Which entries of a vector clock go when it is pruned."""


def pruned(ids, times, now, small, big, young, old):
    """The ids that go, the oldest first: by the rule of `riak_core`'s `vclock:prune`."""
    oldest_first = sorted(ids, key=lambda id: (times.get(id, 0), id))
    removed = []
    for id in oldest_first:
        left, age = len(ids) - len(removed), now - times.get(id, 0)
        if left <= small or age < young or not (left > big or age > old):
            break
        removed.append(id)
    return removed
