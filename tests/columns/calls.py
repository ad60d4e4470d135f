"""The batch methods, so that each rule about columns is written once."""

from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import pytest

from coterie import HashRing, JumpHash, Maglev, Rendezvous, diff, digests
from coterie.hashing import jump, siphash13, xxh3_64, xxh64

NODES = {"a": 1, "b": 2.5, b"c": 1, 7: 0.5}
PLACEMENTS = {
    "HashRing": HashRing(NODES, vnodes=20, seed=3),
    "Rendezvous": Rendezvous(NODES, seed=4),
    "Maglev": Maglev(NODES, table_size=101, seed=5),
    "JumpHash": JumpHash(9, seed=6),
}
CHANGE = diff(PLACEMENTS["HashRing"], HashRing({**NODES, "new": 3}, vnodes=20, seed=3), samples=1)
MOST = {np.uint64: 2**64 - 1, np.int32: 2**31 - 1, np.bool_: 1}
LEAST = {np.uint64: 0, np.int32: -(2**31), np.bool_: 0}


@dataclass(frozen=True, eq=False)
class Call:
    """One batch method.

    skipped: the answer for a null with nulls="skip"; None if that is refused.
    width: the entries in a row; None: no rows.
    """

    name: str
    function: Callable
    dtype: type
    skipped: object = None
    width: int | None = None
    ints: bool = False  # it takes no keys but ints
    hashable: bool = True  # it has hashed=

    def __call__(self, keys, **options):
        return self.function(keys, **options)

    def __str__(self):
        return self.name

    def shape(self, rows):
        return (rows,) if self.width is None else (rows, self.width)

    def out(self, rows):
        """An array for the answer, full of something else."""
        return np.full(self.shape(rows), 1 if self.dtype is np.bool_ else 99, self.dtype)

    def values(self):
        """Answers that may stand for a null."""
        return LEAST[self.dtype], 1, MOST[self.dtype]

    def expected(self, keys, null=None, **options):
        """The answer for a list of keys, in which None is a null that gets the answer `null`."""
        answer = np.empty(self.shape(len(keys)), self.dtype)
        present = np.array([key is not None for key in keys], bool)
        if not present.all():
            answer[~present] = null
        answer[present] = self([key for key in keys if key is not None], **options)
        return answer


def placement_calls(name, placement):
    yield Call(f"{name}.assign", placement.assign, np.int32, -1)
    for n in (3, 12):  # the latter more than there are nodes

        def replicas(keys, n=n, **options):
            return placement.assign_replicas(keys, n, **options)

        yield Call(f"{name}.assign_replicas {n}", replicas, np.int32, -1, width=n)
    yield Call(f"{name}.tokens", placement.tokens, np.uint64)


DIGESTS = Call("digests", digests, np.uint64, hashable=False)
HASHES = [
    DIGESTS,
    Call("xxh3_64", xxh3_64, np.uint64, hashable=False),
    Call(
        "xxh3_64 seeded",
        lambda keys, **options: xxh3_64(keys, seed=2**64 - 5, **options),
        np.uint64,
        hashable=False,
    ),
    Call("xxh64", xxh64, np.uint64, hashable=False),
    Call(
        "siphash13",
        lambda keys, **options: siphash13(keys, b"a secret of ours", **options),
        np.uint64,
        hashable=False,
    ),
    Call("xxh64 seeded", lambda keys, **options: xxh64(keys, seed=77, **options), np.uint64, hashable=False),
]
JUMP = Call(
    "jump", lambda keys, **options: jump(keys, 1000, **options), np.int32, -1, ints=True, hashable=False
)
PLACED = [call for item in PLACEMENTS.items() for call in placement_calls(*item)]
MOVED = Call("Diff.moved", CHANGE.moved, np.bool_, False)
CALLS = [*HASHES, JUMP, *PLACED, MOVED]


def calls(of=CALLS, **wanted):
    """Run a test for each call that has these attributes."""
    fitting = [call for call in of if all(getattr(call, name) == value for name, value in wanted.items())]
    return pytest.mark.parametrize("call", fitting, ids=str)


def same(got, want):
    """Whether an answer is an array just like another."""
    return type(got) is np.ndarray and got.dtype == want.dtype and np.array_equal(got, want)


@contextmanager
def raises(error, match, form):
    """As pytest.raises; if it fails it says for which form of the keys."""
    try:
        with pytest.raises(error, match=match):
            yield
    except BaseException as failure:
        failure.add_note(f"form: {form}")
        raise
