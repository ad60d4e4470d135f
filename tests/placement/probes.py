"""Where a ring could go wrong: at every point, beside it, and at the edges of a table over the top bits."""

from bisect import bisect_left

import numpy as np

from benchmarks.baselines.placement.ring import HashRing as PlainRing
from tests.placement.inverse import digest_at, key_at


def places(points, bits=10):
    """Mixed digests to look up in a ring of these points."""
    near = np.array(points, np.uint64)
    edges = np.arange(2**bits, dtype=np.uint64) << np.uint64(64 - bits)
    at = np.concatenate([near, edges])
    return np.concatenate([at, at - np.uint64(1), at + np.uint64(1)])  # they wrap around at both ends


def check(ring, plain=None, bits=10):
    """Compare the ring with its plain model at all these places."""
    plain = plain or PlainRing(ring.weights, ring.vnodes, ring.seed)
    position = {node: at for at, node in enumerate(plain.nodes)}
    owners = np.array([position[owner] for owner in plain.owners])
    w = places(plain.points, bits)
    want = owners[np.searchsorted(np.array(plain.points, np.uint64), w) % len(owners)]
    got = ring.assign(digest_at(w, plain.salt), hashed=True)
    wrong = np.flatnonzero(got != want)
    assert not len(wrong), (
        f"{len(wrong)} of {len(w)} places, the first {w[wrong[0]]:#x}, {len(owners)} points"
    )
    assert ring.nodes == tuple(plain.nodes)


def check_replicas(ring, n, count=30):
    """Compare the replicas of some of these places, which may lie in a crowd."""
    plain = PlainRing(ring.weights, ring.vnodes, ring.seed)
    some = places(plain.points, 3)
    for w in some[:: max(1, len(some) // count)].tolist():
        key = key_at(w, plain.salt)
        want = walk(plain, bisect_left(plain.points, w), n)
        assert ring.get_nodes(key, n) == want
        assert [ring.nodes[at] for at in ring.assign_replicas([key], n)[0] if at >= 0] == want


def walk(plain, at, n):
    """The first n owners from a point on, without the quadratic search of the plain model."""
    found = {}
    for step in range(len(plain.owners)):
        found.setdefault(plain.owners[(at + step) % len(plain.owners)])
        if len(found) >= n:
            break
    return list(found)[:n]
