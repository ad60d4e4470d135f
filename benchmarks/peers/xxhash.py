"""xxhash: the hash in C, one key of bytes a call."""

from functools import partial

import numpy as np
import xxhash

from benchmarks import loops
from benchmarks.peers import adapter


class Bytes(adapter.Hash):
    label = "xxhash"
    limit = 100_000
    one = staticmethod(xxhash.xxh3_64_intdigest)

    def many(self, keys):
        keys = keys if isinstance(keys, list) else keys.tolist()
        return np.fromiter(map(xxhash.xxh3_64_intdigest, self.encoded(keys)), np.uint64, len(keys))

    def encoded(self, keys):
        return keys


class Text(Bytes):
    """Text, which is encoded first."""

    def loop(self, keys):
        return partial(loops.fresh(encode), xxhash.xxh3_64_intdigest, keys)

    def encoded(self, keys):
        return map(str.encode, keys)


class Ints(Bytes):
    """Integers, as 8 bytes."""

    def loop(self, keys):
        return partial(loops.fresh(to_bytes), xxhash.xxh3_64_intdigest, keys)

    def encoded(self, keys):
        return [k.to_bytes(8, "little") for k in keys]


def encode(xxh3, keys):
    for k in keys:
        xxh3(k.encode())


def to_bytes(xxh3, keys):
    for k in keys:
        xxh3(k.to_bytes(8, "little"))
