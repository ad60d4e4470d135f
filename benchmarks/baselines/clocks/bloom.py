"""The cells of a Bloom clock, in plain Python."""

from benchmarks.baselines.keys import digest

MASK = 2**64 - 1
STEP = 0x9E3779B97F4A7C15


def splitmix(x):
    """The output of SplitMix64 whose counter was x."""
    x = (x + STEP) & MASK
    x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9 & MASK
    x = (x ^ x >> 27) * 0x94D049BB133111EB & MASK
    return x ^ x >> 31


def cells_of(key, cells, hashes, seed=0):
    """The distinct cells of an event, by Floyd's sampling."""
    w = digest(key)
    w = ((w ^ w >> 32 ^ splitmix(seed)) * STEP) & MASK
    state = w ^ w >> 32
    chosen = []
    for last in range(cells - hashes, cells):
        cell = splitmix(state) * (last + 1) >> 64
        state = (state + STEP) & MASK
        chosen.append(last if cell in chosen else cell)
    return chosen
