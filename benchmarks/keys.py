"""The keys of the cases and of the floors: made once a process, the same in every run."""

from functools import cache

import numpy as np

FEW = 1_000  # keys of a Python loop: everything stays in the first caches
MANY = 1_000_000  # keys of a list: more than the caches hold
ARRAY = 2**20  # keys of an array


def rng():
    return np.random.default_rng(3)


def text(i):
    """A key of 13 characters."""
    return f"user:{i:08d}"


@cache
def few(kind):
    """A thousand distinct keys of one kind: str, bytes or int."""
    if kind == "int":
        return rng().integers(2**60, size=FEW, dtype=np.uint64).tolist()
    strs = [text(i) for i in range(FEW)]
    return strs if kind == "str" else [s.encode() for s in strs]


@cache
def many(kind):
    """A million keys in a list: "str", "bytes" or "int" in order of allocation; "shuffled" str; or "repeated"
    str, a thousand of which differ."""
    if kind == "int":
        return rng().integers(2**64, size=MANY, dtype=np.uint64).tolist()
    if kind == "bytes":
        return [text(i).encode() for i in range(MANY)]
    if kind == "str":
        return [text(i) for i in range(MANY)]
    if kind == "repeated":
        strs = few("str")
        return [strs[i] for i in rng().integers(FEW, size=MANY).tolist()]
    strs = many("str")
    return [strs[i] for i in rng().permutation(MANY).tolist()]


@cache
def array():
    """A uint64 array of random keys."""
    return rng().integers(2**64, size=ARRAY, dtype=np.uint64)


def sample(keys, size=1_000):
    """Evenly spaced positions in `keys`."""
    return range(0, len(keys), max(1, len(keys) // size))
