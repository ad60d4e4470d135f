"""How large a counting Bloom filter must be to keep its promise.

The rates are exact for random words: the keys in a line are binomial, and columns are independent. The
doubles are those of the C core: only + - * /, in the order in which they stand here.
"""

MOST = 2**31 - 1  # rows
FULL = 2**16  # keys that leave no counter of a line at 0
PREFIXES = 2**32  # of words, which decide the row
NEGLIGIBLE = 2.0**-70  # beside the weight of the likeliest number of keys


def power(base, exponent):
    """`base` to the power of a natural number."""
    result = 1.0
    while exponent:
        if exponent & 1:
            result *= base
        base *= base
        exponent >>= 1
    return result


def hit(zero):
    """The chance that a word hits in all four lanes of a line, of whose counters the share `zero` is 0."""
    square = (1 - zero) * (1 - zero)
    return square * square


def mixture(n, p):
    """The mean of `hit` over a line that takes each of n keys with chance p."""
    if p >= 1:
        return hit(power(31 / 32, n))
    odds = p / (1 - p)
    keys = min(int((n + 1.0) * p), n)
    if keys > FULL:
        return 1.0
    weight = 1.0  # of the likeliest number of keys, so that none underflows that counts
    while keys > 0 and weight > NEGLIGIBLE:
        weight = weight * (keys / (n - keys + 1)) / odds
        keys -= 1
    zero = power(31 / 32, keys)
    most = total = value = 0.0
    while True:
        total += weight
        value += weight * hit(zero)
        most = max(most, weight)
        if keys == n or weight < most * NEGLIGIBLE:
            return value / total
        weight = weight * ((n - keys) / (keys + 1)) * odds
        zero *= 31 / 32
        keys += 1


def rate(rows, columns, n):
    """The expected share of false positives with n keys."""
    each, larger = divmod(PREFIXES, rows)
    p = each / PREFIXES
    value = (rows - larger) * p * mixture(n, p)
    if larger:
        p = (each + 1) / PREFIXES
        value += larger * p * mixture(n, p)
    while columns > 1:
        value *= value
        columns //= 2
    return value


def columns_for(fpr):
    """The lines of a key: more where they save a seventh of the memory."""
    return 1 if fpr >= 1e-2 else 2 if fpr >= 1e-4 else 4 if fpr >= 1e-8 else 8


def size(capacity, fpr, columns):
    """The fewest rows whose rate with `capacity` keys is at most `fpr`; 0 if there are none."""
    few, enough = 0, 1
    while rate(enough, columns, capacity) > fpr:
        if enough == MOST:
            return 0
        few, enough = enough, min(2 * enough, MOST)
    while enough - few > 1:
        rows = few + (enough - few) // 2
        if rate(rows, columns, capacity) > fpr:
            few = rows
        else:
            enough = rows
    return enough


def root(x):
    """The square root, by Newton's method from above."""
    high = max(x, 1.0)
    while (following := (high + x / high) / 2) < high:
        high = following
    return high


def limit(rows, columns, n):
    """How many counters are filled at most, but for less than one filter in 10^8, that holds n keys."""
    lane = 32.0 * rows
    counters = 4.0 * columns * lane
    zero = power(1 - 1 / lane, n)
    variance = counters * zero * (1 - (1 + n / lane) * zero)
    most = counters * (1 - zero) + 8 * root(max(variance, 0.0)) + 4 * columns
    return int(min(most, counters))
