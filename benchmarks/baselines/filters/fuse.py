"""Binary fuse filters (Graf, Lemire 2022) of three slots a key: a static set as a table of fingerprints."""

from benchmarks.baselines.keys import GOLDEN, MASK, digest, mix, splitmix64

SALT = 0xA4093822299F31D0  # the fraction of pi, from two places
FACTOR = 0x452821E638D01377
ATTEMPTS, GROWTH = 256, 8
# For each power of two from which on it holds: log2 of the slots of a segment, and slots for 1024 keys.
SIZES = [
    *((0, 3072), (1, 1120), (1, 2240), (2, 1856), (3, 1568), (4, 1504), (5, 1376), (5, 1408)),
    *((5, 1376), (6, 1344), (7, 1344), (7, 1328), (8, 1296), (9, 1296), (10, 1264), (10, 1232)),
    *((11, 1200), (12, 1200), (12, 1184), (13, 1168), (13, 1168), (14, 1152), (14, 1152), (15, 1152)),
    *((15, 1152), (16, 1152), (16, 1152), (17, 1152), (17, 1152), (18, 1152), (18, 1152), (18, 1152)),
]


def size(count, attempt):
    """How many segments may be a key's first, and log2 of the slots of a segment."""
    if count == 0:
        return 0, 0
    bits, slots = SIZES[count.bit_length() - 1]
    slots = -(-count * slots // 1024)
    segments = -(-(slots + slots * (attempt // GROWTH) // 8) >> bits)
    if segments << bits >= 2**32:
        segments = -(-slots >> bits)
    return max(segments - 2, 1), bits


def slots_of(word, segments, bits):
    """The slots of a key in three segments, each after the other."""
    first = (word >> 24) * segments >> (40 - bits)
    second = (first + 2**bits) ^ (word >> 18 & (2**bits - 1))
    third = (first + 2 * 2**bits) ^ (word & (2**bits - 1))
    return first, second, third


def fingerprint(word, bits):
    """The upper bits of a product, which depend on all bits of the word."""
    return (word * FACTOR & MASK) >> (64 - bits)


class FuseFilter:
    """What is in the table depends on the set of digests, the seed and the width in bits, on nothing else."""

    def __init__(self, keys, bits=8, seed=0):
        self.make({digest(key) for key in keys}, bits, seed)

    @classmethod
    def of_digests(cls, digests, bits=8, seed=0):
        made = cls.__new__(cls)
        made.make(set(digests), bits, seed)
        return made

    def make(self, digests, bits, seed):
        """Tries one salt after the other, until the keys can be filled in."""
        self.bits, self.count = bits, len(digests)
        for self.attempt in range(ATTEMPTS):
            self.salt = splitmix64((splitmix64(seed) ^ SALT) + self.attempt * GOLDEN & MASK)
            self.segments, self.segment_bits = size(len(digests), self.attempt)
            order = self.order({mix(digest, self.salt) for digest in digests})
            if len(order) == len(digests):
                break
        self.table = [0] * (self.segments + 2 << self.segment_bits if digests else 0)
        for slot, word in reversed(order):
            self.table[slot] = fingerprint(word, bits) ^ self.found(word)

    def order(self, words):
        """Takes out words that are alone in a slot, until there are none.

        Segment after segment gets its words; then come the slots of this segment, and the slots up to here
        where a word became alone. These are the slots with their words: in the opposite order, each finds its
        slot unused.
        """
        begins = {segment: [] for segment in range(self.segments)}  # the words with their first slot there
        has = {}  # slot: its words
        for word in words:
            first = slots_of(word, self.segments, self.segment_bits)[0]
            begins[first >> self.segment_bits].append(word)
        order = []
        for segment in range(self.segments + 2 if words else 0):
            for word in begins.get(segment, ()):
                for slot in slots_of(word, self.segments, self.segment_bits):
                    has.setdefault(slot, set()).add(word)
            end = segment + 1 << self.segment_bits
            queue = [slot for slot in range(end - 2**self.segment_bits, end) if len(has.get(slot, ())) == 1]
            for slot in queue:  # which grows meanwhile
                if not has[slot]:
                    continue  # the word went by another slot
                (word,) = has[slot]
                order.append((slot, word))
                for other in slots_of(word, self.segments, self.segment_bits):
                    has[other].remove(word)
                    if len(has[other]) == 1 and other < end:
                        queue.append(other)
        return order

    def found(self, word):
        """What the three slots say."""
        first, second, third = slots_of(word, self.segments, self.segment_bits)
        return self.table[first] ^ self.table[second] ^ self.table[third]

    def contains(self, key):
        """Whether the key may be in the set."""
        return self.contains_digest(digest(key))

    def contains_digest(self, digest):
        if not self.count:
            return False
        word = mix(digest, self.salt)
        return self.found(word) == fingerprint(word, self.bits)
