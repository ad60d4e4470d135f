"""SipHash-c-d (Aumasson and Bernstein 2012), 64 bits."""

from benchmarks.baselines.keys import MASK

START = (0x736F6D6570736575, 0x646F72616E646F6D, 0x6C7967656E657261, 0x7465646279746573)


def siphash(data, key, c=1, d=3):
    """The hash of bytes under a key of 16 bytes."""
    k0, k1 = int.from_bytes(key[:8], "little"), int.from_bytes(key[8:], "little")
    v = [k0 ^ START[0], k1 ^ START[1], k0 ^ START[2], k1 ^ START[3]]
    whole = len(data) // 8 * 8
    last = data[whole:].ljust(7, b"\0") + bytes([len(data) % 256])
    for word in (*(data[i : i + 8] for i in range(0, whole, 8)), last):
        m = int.from_bytes(word, "little")
        v[3] ^= m
        rounds(v, c)
        v[0] ^= m
    v[2] ^= 0xFF
    rounds(v, d)
    return v[0] ^ v[1] ^ v[2] ^ v[3]


def rounds(v, n):
    for _ in range(n):
        half(v, 0, 1, 13, 2, 3, 16)
        half(v, 2, 1, 17, 0, 3, 21)


def half(v, a, b, bits, c, d, more):
    v[a] = (v[a] + v[b]) & MASK
    v[b] = rotate(v[b], bits) ^ v[a]
    v[c] = (v[c] + v[d]) & MASK
    v[d] = rotate(v[d], more) ^ v[c]
    v[a] = rotate(v[a], 32)


def rotate(x, bits):
    return (x << bits | x >> (64 - bits)) & MASK
