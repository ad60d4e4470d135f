"""The hashes of 8-byte keys run backwards, to make keys and nodes that lie wherever a test wants them.

XXH3-64 of 8 bytes is a bijection for every seed, and so is the mix.
"""

import numpy as np
import xxhash

from benchmarks.baselines.keys import GOLDEN, MASK, digest

SECRET = 0xC73AB174C5ECD5A2
FACTOR_INVERSE = pow(0x9FB21C651E98DF25, -1, 2**64)
GOLDEN_INVERSE = pow(GOLDEN, -1, 2**64)


def rotate(x, bits):
    bits %= 64
    return (x << bits | x >> (64 - bits)) & MASK


def swap_halves(x):
    return rotate(x, 32)


def swap32(x):
    return int.from_bytes(x.to_bytes(4, "little"), "big")


def backwards(h):
    """What XXH3-64 makes of the input and the seed before it multiplies anything."""
    h ^= h >> 28 ^ h >> 56
    h = h * FACTOR_INVERSE & MASK
    h ^= (h >> 35) + 8
    h = h * FACTOR_INVERSE & MASK
    # f(h) = h ^ rotate(h, 49) ^ rotate(h, 24) changes nothing when it is applied 64 times, so 63 more times
    # undo it: 1 + 2 + 4 + ... Applied 2^k times it rotates by 2^k times as much.
    for k in range(6):
        h ^= rotate(h, 49 << k) ^ rotate(h, 24 << k)
    return h


def mixed_seed(seed):
    return seed ^ swap32(seed & 0xFFFFFFFF) << 32


def key_of(d):
    """The int key 0 .. 2**64-1 whose digest is d."""
    return swap_halves(backwards(d) ^ SECRET)


def node_with_point(point, salt, i=0):
    """The int node whose point number i is the given one."""
    seed = mixed_seed((SECRET - (backwards(point) ^ swap_halves(i))) & MASK)  # which undoes itself
    return key_of(seed ^ salt)


def digest_at(w, salt):
    """The digest that the mix takes to w. w: an int, or an array of uint64."""
    if isinstance(w, np.ndarray):
        d = (w ^ w >> np.uint64(32)) * np.uint64(GOLDEN_INVERSE) ^ np.uint64(salt)
        return d ^ d >> np.uint64(32)
    d = ((w ^ w >> 32) * GOLDEN_INVERSE & MASK) ^ salt
    return d ^ d >> 32


def key_at(w, salt):
    """The int key that a placement with this salt sees at w."""
    return key_of(digest_at(w, salt))


def point_of(node, salt, i=0):
    """Point number i of a node, by the library that all agree with."""
    return xxhash.xxh3_64_intdigest(i.to_bytes(8, "little"), seed=digest(node) ^ salt)
