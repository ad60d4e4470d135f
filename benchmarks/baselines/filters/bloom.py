"""Bloom filters: the split blocks of Apache Parquet, pairs of them, and Bloom's own (1970)."""

from math import log, log1p

from benchmarks.baselines.filters.bloom_size import size
from benchmarks.baselines.keys import MASK, digest, mix, splitmix64

SALTS = [0x47B6137B, 0x44974D91, 0x8824AD5B, 0xA2B7289D, 0x705495C7, 0x2DF1424B, 0x9EFC4947, 0x5C6BFB31]
SECOND = 0x243F6A8885A308D3  # the fraction of pi
SALT = 0x13198A2E03707344  # goes on there
BLOCK = 256  # bits


class BloomFilter:
    """`layout`: "block", "pair", "classic", or "auto" for whichever of the first two is smaller."""

    def __init__(self, capacity, fpr=0.01, seed=0, layout="auto"):
        self.capacity, self.fpr, self.seed = capacity, fpr, seed
        self.layout = layout if layout != "auto" else "block" if fpr >= 1e-3 else "pair"
        self.z, self.probes = size(self.layout, capacity, fpr)
        self.salt = filter_salt(seed)
        self.bits = set()  # the numbers of those that are set

    def places(self, d):
        """The bits of a digest."""
        word = mix(d, self.salt) if self.salt else d
        if self.layout == "block":
            return block_bits(word, self.z)
        if self.layout == "pair":
            return block_bits(word, self.z) + block_bits(mix(word, SECOND), self.z)
        return classic_bits(word, self.z, self.probes)

    def add_new(self, key):
        """Add a key; whether that changed a bit."""
        return self.add_digest(digest(key))

    def add(self, key):
        """Add a key."""
        self.add_new(key)

    def add_digest(self, d):
        """Add what has this digest; whether that changed a bit."""
        places = self.places(d)
        new = not self.bits.issuperset(places)
        self.bits.update(places)
        return new

    def __contains__(self, key):
        return self.has_digest(digest(key))

    def has_digest(self, d):
        """Whether all bits of a digest are set."""
        return self.bits.issuperset(self.places(d))

    def union(self, other):
        """The filter of what is in either: as if all had been added to one."""
        return self.of(self.bits | other.bits)

    def intersection(self, other):
        """A filter that has what is in both, and may have more."""
        return self.of(self.bits & other.bits)

    def of(self, bits):
        """A filter like this one with other bits."""
        new = BloomFilter.__new__(BloomFilter)
        vars(new).update(vars(self), bits=bits)
        return new

    def fill_ratio(self):
        """The share of bits that are set."""
        return len(self.bits) / (BLOCK * self.z)

    def approx_len(self):
        """How many distinct keys leave so many bits empty, in the mean."""
        if self.layout == "classic":
            one = self.probes * log1p(-1 / (BLOCK * self.z))
        else:
            one = self.probes // 8 * log1p(-8 / (BLOCK * self.z))
        return log(1 - self.fill_ratio()) / one

    def estimated_fpr(self):
        """The share of other keys of which all bits are set."""
        if self.layout == "classic":
            return self.fill_ratio() ** self.probes
        lanes = [[0] * 8 for _ in range(self.z)]
        for bit in self.bits:
            lanes[bit // BLOCK][bit % BLOCK // 32] += 1
        total = 0
        for block in lanes:
            share = 1
            for count in block:
                share *= count / 32
            total += share
        mean = total / self.z
        return mean if self.layout == "block" else mean * mean

    def to_bits(self):
        """The bits as bytes, the lowest bit of a byte first."""
        data = bytearray(BLOCK // 8 * self.z)
        for bit in self.bits:
            data[bit >> 3] |= 1 << (bit & 7)
        return bytes(data)


def filter_salt(seed):
    """What digests are mixed with, by no placement of the same seed; 0: they are taken as they are."""
    return (splitmix64(splitmix64(seed) ^ SALT) or 1) if seed else 0


def block_bits(word, z):
    """One bit in each lane of a block: the upper half of the word chooses that, the lower half the bits."""
    block = (word >> 32) * z >> 32
    low = word & 0xFFFFFFFF
    return [block * BLOCK + lane * 32 + ((low * salt & 0xFFFFFFFF) >> 27) for lane, salt in enumerate(SALTS)]


def classic_bits(word, z, probes):
    """`probes` bits anywhere, by a double hash (Kirsch, Mitzenmacher 2006) rotated after each step."""
    x, y = word, mix(word, SECOND) | 1
    found = []
    for _ in range(probes):
        found.append(x * BLOCK * z >> 64)
        x = ((x << 23 | x >> 41) + y) & MASK
    return found
