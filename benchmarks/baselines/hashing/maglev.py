"""The table of Maglev hashing (Eisenbud et al. 2016), with the weights of Envoy."""

from math import frexp, ldexp


def maglev(offsets, skips, table_size, weights=None):
    """The owner of each slot: nodes take turns, each at the next free slot of its permutation.

    Node i's permutation is (offset + j * skip) mod table_size, j = 0, 1, ... A node has a
    turn in round r = 1, 2, ... if r * weight reaches its target, which grows by the largest weight each turn.
    """
    weights = parts(weights or [1] * len(offsets))
    largest = max(weights)
    table = [None] * table_size
    targets = [0.0] * len(offsets)
    slots = list(offsets)
    left = table_size
    r = 0
    while True:
        r += 1
        for node, weight in enumerate(weights):
            if r * weight < targets[node]:
                continue
            while table[slots[node]] is not None:
                slots[node] = (slots[node] + skips[node]) % table_size
            table[slots[node]] = node
            targets[node] += largest
            left -= 1
            if not left:
                return table


def parts(weights):
    """The weights over their sum, which a power of two keeps finite."""
    scale = frexp(max(weights))[1]
    weights = [ldexp(weight, -scale) for weight in weights]
    total = 0.0
    for weight in weights:  # sum() may round otherwise
        total += weight
    return [weight / total for weight in weights]
