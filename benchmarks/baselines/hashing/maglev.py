"""The table of Maglev hashing (Eisenbud et al. 2016), with the weights of Envoy."""

from math import frexp, ldexp


def maglev(offsets, skips, table_size, weights=None):
    """The owner of each slot: nodes take turns, each at the next free slot of its permutation.

    Node i's permutation is (offset + j * skip) mod table_size, j = 0, 1, ... In round r = 1, 2, ... a node
    that has had t turns has another if r * weight >= t * (the largest weight).
    """
    weights = list(map(float, weights or [1] * len(offsets)))
    scale = frexp(max(weights))[1]  # a power of two, so that no product overflows
    weights = [ldexp(weight, -scale) for weight in weights]
    largest = max(weights)
    table = [None] * table_size
    turns = [0] * len(offsets)
    slots = list(offsets)
    left = table_size
    r = 0
    while True:
        r += 1
        for node, weight in enumerate(weights):
            if r * weight < turns[node] * largest:
                continue
            while table[slots[node]] is not None:
                slots[node] = (slots[node] + skips[node]) % table_size
            table[slots[node]] = node
            turns[node] += 1
            left -= 1
            if not left:
                return table
