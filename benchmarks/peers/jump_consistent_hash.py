"""jump-consistent-hash: the paper's function in C, for integers; with xxhash in front for other keys."""

from functools import partial

import jump
import xxhash

from benchmarks import loops
from benchmarks.peers import adapter


class Raw(adapter.Placement):
    label = "jump-consistent-hash"
    kinds = ("int",)
    exact = True
    limit = 100_000
    make = int

    def __init__(self, n):
        super().__init__(n)
        self.get = lambda key: jump.hash(key, n)

    def loop(self, keys):
        return partial(loops.fresh(loops.call_with), jump.hash, keys, self.scheme)

    def assign(self, keys):
        n, hash_key = self.scheme, jump.hash
        return [hash_key(k, n) for k in keys]


class Ints(Raw):
    """A placement of integers: the function as it is, without mixing the keys."""

    exact = False


class Text(Raw):
    """A placement of text: what its users write, with xxhash."""

    kinds = ("str",)
    exact = False

    def __init__(self, n):
        super().__init__(n)
        self.get = lambda key: jump.hash(xxhash.xxh3_64_intdigest(key.encode()), n)

    def loop(self, keys):
        return partial(loops.fresh(loop), keys, self.scheme, jump.hash, xxhash.xxh3_64_intdigest)


def loop(keys, n, jump_hash, xxh3):
    for k in keys:
        jump_hash(xxh3(k.encode()), n)
