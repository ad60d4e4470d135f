"""The split block Bloom filter of Parquet (parquet-format, BloomFilter.md): header, bits and hashes."""

import xxhash

SALTS = (0x47B6137B, 0x44974D91, 0x8824AD5B, 0xA2B7289D, 0x705495C7, 0x2DF1424B, 0x9EFC4947, 0x5C6BFB31)
STRUCT, STOP = 0x1C, 0  # of Thrift's compact protocol: the next field, a structure; the end of one


def plain(value, type):
    """The PLAIN encoding of a value, of texts without their length."""
    if type in ("INT32", "INT64"):
        width = 4 if type == "INT32" else 8
        return (value % 2 ** (8 * width)).to_bytes(width, "little")
    return value.encode() if isinstance(value, str) else value


class ParquetBloomFilter:
    def __init__(self, nbytes, type="BYTE_ARRAY"):
        self.type = type
        self.blocks = [[0] * 8 for _ in range(nbytes // 32)]

    def places(self, value):
        """(block, the bit in each of its eight words)."""
        h = xxhash.xxh64_intdigest(plain(value, self.type))
        x = h % 2**32
        return self.blocks[(h >> 32) * len(self.blocks) >> 32], [1 << (x * s % 2**32 >> 27) for s in SALTS]

    def add(self, value):
        block, bits = self.places(value)
        for i in range(8):
            block[i] |= bits[i]

    def __contains__(self, value):
        block, bits = self.places(value)
        return all(block[i] & bits[i] for i in range(8))

    def to_bytes(self):
        union = bytes([STRUCT, STRUCT, STOP, STOP])
        header = b"\x15" + varint(64 * len(self.blocks)) + 3 * union + bytes([STOP])
        return header + b"".join(word.to_bytes(4, "little") for block in self.blocks for word in block)


def varint(x):
    out = b""
    while x > 127:
        out += bytes([x % 128 + 128])
        x //= 128
    return out + bytes([x])
