"""How large a Bloom filter must be to keep its promise.

The rate of blocks is exact for random words, since what is in a block is binomial (the usual formula puts
the mean there and promises too much); that of pairs is a close bound; that of `classic` has one correction.

The doubles are those of the C core: only + - * /, in the order in which they stand here.
"""

MOST = 2**31 - 1  # blocks
MOST_PROBES = 64
PREFIXES = 2**32  # of words, which decide the block


def rate(layout, z, k, n):
    """The expected share of false positives with n keys in z blocks; k bits for each key if `classic`."""
    if layout == "block":
        return block_rate(z, n)
    if layout == "pair":
        return pair_rate(z, n)
    return classic_rate(z, k, n)


def size(layout, capacity, fpr):
    """The fewest blocks whose rate with `capacity` keys is at most `fpr`, and the bits for each key.

    0 blocks if there are none.
    """
    if layout != "classic":
        return fewest(lambda z: rate(layout, z, 0, capacity) <= fpr), 8 if layout == "block" else 16
    best, probes = 0, 1
    for k in range(1, MOST_PROBES + 1):
        if best and (best == 1 or classic_rate(best - 1, k, capacity) > fpr):
            continue  # no better
        z = fewest(lambda z, k=k: classic_rate(z, k, capacity) <= fpr)
        if z and (not best or z < best):
            best, probes = z, k
    return best, probes


def fewest(enough):
    """The least number of blocks that is enough; 0 if there is none."""
    low, high = 0, 1
    while not enough(high):
        if high == MOST:
            return 0
        low, high = high, min(2 * high, MOST)
    while high - low > 1:
        middle = (low + high) // 2
        if enough(middle):
            high = middle
        else:
            low = middle
    return high


def hit_once(i):
    """The chance that a word finds its 8 bits in a block of i other words."""
    return power(1 - power(0.96875, i), 8)


def hit_twice(i):
    """The chance that two words do, each of which hits the same share of each lane."""
    empty, both_empty = power(0.96875, i), power(0.9375, i)
    return power(1 - empty - 0.96875 * (empty - both_empty), 8)


def pair_rate(z, n):
    """The mean square of a filter's rate: what it is in the mean, and how much it differs between filters.

    A bound: blocks are taken as independent, but a word that is in one is not in another.
    """
    once = block_rate(z, 2 * n)
    spread = max((block_rate(z, 2 * n, hit_twice) - once * once) / z, 0.0)
    return once * once + spread


def block_rate(z, n, hit=hit_once):
    """The mean of `hit` over z blocks into which n words fell; some own one prefix more than the others."""
    q, r = divmod(PREFIXES, z)
    total = 0.0
    for count, prefixes in ((r, q + 1), (z - r, q)):
        if count:
            p = prefixes / PREFIXES
            total += count * p * mixture(n, p, hit)
    return total


def mixture(n, p, hit):
    """The mean of `hit` over the number of n words in a block that each finds with probability p.

    From the likeliest number up and down, by the ratio of one binomial probability to the next.
    """
    if p >= 1:
        return hit(n)
    odds = p / (1 - p)
    mode = min(n, int((float(n) + 1) * p))
    if mode > 40000:
        return 1.0  # all bits are set
    total, value = 1.0, hit(mode)
    w = 1.0
    for i in range(mode, n):
        w = w * ((n - i) / (i + 1)) * odds
        if w < 1e-18:
            break
        total += w
        value += w * hit(i + 1)
    w = 1.0
    for i in range(mode, 0, -1):
        w = w * (i / (n - i + 1)) / odds
        if w < 1e-18:
            break
        total += w
        value += w * hit(i - 1)
    return value / total


def classic_rate(z, k, n):
    """The rate without blocks: the mean share of set bits to the power of k, and what its spread adds to that
    in second order."""
    if n == 0:
        return 0.0
    m = 256 * z
    empty = power(1 - 1 / m, k * n)
    full = 1 - empty
    load = (k * n) / m
    spread = max(empty * (1 - (1 + load) * empty) / m, 0.0)
    return min(power(full, k) * (1 + (k * (k - 1) / 2) * spread / (full * full)), 1.0)


def power(base, exponent):
    """By squaring, which rounds the same everywhere."""
    result = 1.0
    while exponent:
        if exponent & 1:
            result *= base
        base *= base
        exponent >>= 1
    return result
