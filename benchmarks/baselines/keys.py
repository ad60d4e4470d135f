"""The key rule: the bytes of a key, its 64-bit digest, and the mix that every placement applies to it."""

import xxhash

MASK = 2**64 - 1
GOLDEN = 0x9E3779B97F4A7C15


def key_bytes(key):
    """The bytes that stand for `key`: UTF-8 for text, itself for bytes, 8 little-endian bytes for an int."""
    if isinstance(key, str):
        return key.encode()
    if isinstance(key, int):
        if not -(2**63) <= key < 2**64:
            raise OverflowError(f"key {key} is outside -2**63 .. 2**64-1")
        return (key & MASK).to_bytes(8, "little")
    return bytes(key)


def digest(key):
    """XXH3-64 with seed 0 of the key's bytes."""
    return xxhash.xxh3_64_intdigest(key_bytes(key))


def splitmix64(x):
    """The finaliser of SplitMix64 (Steele, Lea, Flood 2014) after one step of its counter."""
    z = (x + GOLDEN) & MASK
    z = ((z ^ z >> 30) * 0xBF58476D1CE4E5B9) & MASK
    z = ((z ^ z >> 27) * 0x94D049BB133111EB) & MASK
    return z ^ z >> 31


def mix(d, salt):
    """Spread a digest so that no placement sees what a filter or another placement sees."""
    w = ((d ^ d >> 32 ^ salt) * GOLDEN) & MASK
    return w ^ w >> 32
