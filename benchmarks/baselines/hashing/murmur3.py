"""MurmurHash3 for 64-bit machines, 128 bits (Austin Appleby)."""

from benchmarks.baselines.keys import MASK

FACTOR1, FACTOR2 = 0x87C37B91114253D5, 0x4CF5AD432745937F


def murmur3(data, seed=0):
    """The two halves of the hash of bytes."""
    h1 = h2 = seed
    whole = len(data) // 16 * 16
    for i in range(0, whole, 16):
        k1, k2 = words(data[i : i + 16])
        h1 = (rotate(h1 ^ mix(k1, FACTOR1, 31, FACTOR2), 27) + h2) * 5 + 0x52DCE729 & MASK
        h2 = (rotate(h2 ^ mix(k2, FACTOR2, 33, FACTOR1), 31) + h1) * 5 + 0x38495AB5 & MASK
    k1, k2 = words(data[whole:].ljust(16, b"\0"))
    h1 ^= mix(k1, FACTOR1, 31, FACTOR2) ^ len(data)
    h2 ^= mix(k2, FACTOR2, 33, FACTOR1) ^ len(data)
    h1 = h1 + h2 & MASK
    h2 = h2 + h1 & MASK
    h1, h2 = avalanche(h1), avalanche(h2)
    h1 = h1 + h2 & MASK
    return h1, h2 + h1 & MASK


def words(data):
    return int.from_bytes(data[:8], "little"), int.from_bytes(data[8:], "little")


def mix(k, factor, bits, other):
    return rotate(k * factor & MASK, bits) * other & MASK


def avalanche(h):
    h = (h ^ h >> 33) * 0xFF51AFD7ED558CCD & MASK
    h = (h ^ h >> 33) * 0xC4CEB9FE1A85EC53 & MASK
    return h ^ h >> 33


def rotate(x, bits):
    return (x << bits | x >> (64 - bits)) & MASK
