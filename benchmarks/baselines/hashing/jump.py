"""Jump consistent hash (Lamping and Veach 2014) as the paper states it."""

from benchmarks.baselines.keys import MASK


def jump(key, buckets):
    """The bucket, 0 .. buckets-1, of a 64-bit key."""
    b, j = -1, 0
    while j < buckets:
        b = j
        key = (key * 2862933555777941757 + 1) & MASK
        j = int((b + 1) * (float(1 << 31) / float((key >> 33) + 1)))
    return b
