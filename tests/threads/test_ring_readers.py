"""While one thread changes a ring, others always get an answer that was right before the change or after."""

import copy
import pickle
import random

import numpy as np
import pytest

from coterie import HashRing, digests
from tests.threads.race import while_changing

CHANGES = 10_000
KEYS = [f"user:{i}" for i in range(300)] + list(range(100))
DIGESTS = digests(KEYS)
BASE = {f"node-{i}": 1 for i in range(8)} | {b"blob": 2, 7: 0.5}
# What the ring is between changes: the writer goes around.
STATES = [BASE, BASE | {"flapping": 1}, BASE | {"flapping": 3}, BASE | {"flapping": 3, "": 1}, BASE | {"": 1}]


def go_around(ring, changes=CHANGES):
    """Change the ring from each state to the next."""
    steps = [
        lambda: ring.add_node("flapping"),
        lambda: ring.set_weight("flapping", 3),
        lambda: ring.add_nodes([""]),
        lambda: ring.remove_node("flapping"),
        lambda: ring.remove_node(""),
    ]
    for i in range(changes):
        steps[i % len(steps)]()


RINGS = [HashRing(weights, vnodes=10) for weights in STATES]
NODE = [{ring[key] for ring in RINGS} for key in KEYS]
NODES = [{tuple(ring.get_nodes(key, 3)) for ring in RINGS} for key in KEYS]
WITHOUT = [{tuple(ring.get_nodes(key, 20, exclude=["node-1"])) for ring in RINGS} for key in KEYS]
POSITIONS = {ring.assign(KEYS).tobytes() for ring in RINGS}
ROWS = {n: {ring.assign_replicas(KEYS, n).tobytes() for ring in RINGS} for n in (2, 17)}
PLACES = {tuple(ring[key] for key in KEYS) for ring in RINGS}
TUPLES = {ring.nodes for ring in RINGS}
BYTES = {ring.to_bytes() for ring in RINGS}
REPRS = {repr(ring) for ring in RINGS}
WEIGHTS = [dict(ring.weights) for ring in RINGS]


def one_key(ring):
    at = random.randrange(len(KEYS))
    assert ring[KEYS[at]] in NODE[at]
    assert ring.get_node(KEYS[at]) in NODE[at]


def replicas(ring):
    at = random.randrange(len(KEYS))
    assert tuple(ring.get_nodes(KEYS[at], 3)) in NODES[at]
    assert tuple(ring.get_nodes(KEYS[at], 20, exclude=["node-1"])) in WITHOUT[at]


def batch(ring):
    """All of it of one state."""
    assert ring.assign(KEYS).tobytes() in POSITIONS
    assert ring.assign(DIGESTS, hashed=True).tobytes() in POSITIONS
    assert ring.assign(key for key in KEYS).tobytes() in POSITIONS


def rows(ring):
    for n, want in ROWS.items():
        assert ring.assign_replicas(KEYS, n).tobytes() in want
        assert ring.assign_replicas(DIGESTS, n, hashed=True).tobytes() in want


def copies(ring):
    """Positions decode with the copy that made them."""
    for copied in (ring.copy(), copy.copy(ring), copy.deepcopy(ring)):
        assert tuple(copied.nodes[at] for at in copied.assign(KEYS)) in PLACES
        copied.add_node("only here")
        assert len(copied) == len(copied.nodes)


def contents(ring):
    assert ring.nodes in TUPLES
    assert tuple(ring) in TUPLES
    assert len(ring) in {len(weights) for weights in STATES}
    assert dict(ring.weights) in WEIGHTS
    assert "node-1" in ring
    assert "stranger" not in ring
    assert ("flapping" in ring) in (True, False)
    assert ring.nbytes > 0


def as_text(ring):
    assert repr(ring) in REPRS


def as_bytes(ring):
    assert ring.to_bytes() in BYTES
    assert pickle.loads(pickle.dumps(ring, 5)).nodes in TUPLES
    assert HashRing.from_bytes(ring.to_bytes()).nodes in TUPLES


def equality(ring):
    copied = ring.copy()
    assert [copied == other for other in RINGS].count(True) == 1
    assert (ring == copied) in (True, False)
    assert ring != HashRing(BASE, vnodes=11)


READS = [one_key, replicas, batch, rows, copies, contents, as_text, as_bytes, equality]


def test_the_states_differ():
    assert len(POSITIONS) == len(ROWS[2]) == len(PLACES) == len(TUPLES) + 1 == len(BYTES) == len(STATES)


@pytest.mark.parametrize("read", READS, ids=lambda read: read.__name__)
def test_reads_of_one_kind(read):
    ring = RINGS[0].copy()
    while_changing(lambda: go_around(ring), lambda: read(ring), lambda: read(ring))
    assert ring == RINGS[0]


def test_reads_of_all_kinds():
    ring = RINGS[0].copy()
    while_changing(lambda: go_around(ring), *(lambda read=read: read(ring) for read in READS))
    assert ring == RINGS[0]


def test_large_batches():
    """Long enough that the ring changes many times before they end; with the GIL released, and without."""
    ring = RINGS[0].copy()
    many = np.arange(200_000)
    want = {other.assign(many).tobytes() for other in RINGS}
    want_of_few = {other.assign(many[:20_000]).tobytes() for other in RINGS}

    def column():
        assert ring.assign(many).tobytes() in want

    def in_list():
        assert ring.assign(many[:20_000].tolist()).tobytes() in want_of_few

    def iterator():
        assert ring.assign(iter(range(20_000))).tobytes() in want_of_few

    while_changing(lambda: go_around(ring), column, in_list, iterator)


def test_rings_that_widen_and_narrow():
    """Owners are stored in 16 bits up to 2^15 - 1 nodes."""
    narrow = HashRing(range(2**15 - 1), vnodes=1)
    wide = narrow.copy()
    wide.add_node("one more", 3)
    ring, keys = narrow.copy(), np.arange(2000)
    want = {narrow.assign(keys).tobytes(), wide.assign(keys).tobytes()}
    assert len(want) == 2

    def change():
        for _ in range(15):
            ring.add_node("one more", 3)
            ring.remove_node("one more")

    def read():
        assert ring.assign(keys).tobytes() in want
        assert ring[5] in (narrow[5], wide[5])

    while_changing(change, read, read)


def test_new_beginnings():
    """A ring that is initialised again is one or the other, never a mixture of nodes, seed and vnodes."""
    rings = [
        HashRing(["a", "b", "c"], vnodes=5, seed=1),
        HashRing({"x": 2}, seed=2),
        HashRing(range(40), vnodes=3),
    ]
    ring = rings[0].copy()
    want = {other.assign(KEYS).tobytes() for other in rings}
    as_bytes = {other.to_bytes() for other in rings}

    def change():
        for _ in range(500):
            ring.__init__({"x": 2}, seed=2)
            ring.__init__(range(40), vnodes=3)
            ring.__init__(["a", "b", "c"], vnodes=5, seed=1)

    def read():
        assert ring.assign(KEYS).tobytes() in want
        assert ring.to_bytes() in as_bytes

    while_changing(change, read, read)


def test_emptied_and_filled():
    """Readers of an empty ring get its error."""
    ring = HashRing()

    def change():
        for _ in range(CHANGES // 4):
            ring.add_node("a")
            ring.add_node("b")
            ring.remove_node("a")
            ring.remove_node("b")

    def read():
        try:
            assert ring["key"] in ("a", "b")
            assert set(ring.get_nodes("key", 2)) <= {"a", "b"}
            assert set(ring.assign(KEYS).tolist()) <= {0, 1}
        except LookupError as error:
            assert "no nodes" in str(error)  # noqa: PT017

    while_changing(change, read, read)
    assert ring == HashRing()
