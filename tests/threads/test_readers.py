"""While one thread changes a placement, others get answers that were right before the change or after."""

import copy
import pickle
import random
from functools import cache

import numpy as np
import pytest

from coterie import HashRing, Maglev, digests
from tests.placement.schemes import schemes
from tests.threads.race import while_changing

CHANGES = 10_000
KEYS = [f"user:{i}" for i in range(300)] + list(range(100))
DIGESTS = digests(KEYS)
BASE = {f"node-{i}": 1 for i in range(8)} | {b"blob": 2, 7: 0.5}
# What a placement is between changes.
STATES = [BASE, BASE | {"flapping": 1}, BASE | {"flapping": 3}, BASE | {"flapping": 3, "": 1}, BASE | {"": 1}]
SHARDS = [10, 11, 12]
# How the writer goes around, from the first state back to it.
STEPS = [
    lambda placement: placement.add_node("flapping"),
    lambda placement: placement.set_weight("flapping", 3),
    lambda placement: placement.add_nodes([""]),
    lambda placement: placement.remove_node("flapping"),
    lambda placement: placement.remove_node(""),
]
SHARD_STEPS = [
    lambda shards: shards.add_node(),
    lambda shards: shards.add_node(11),
    lambda shards: shards.remove_node(11),
    lambda shards: shards.remove_node(),
]


def go_around(scheme, placement, changes=CHANGES):
    """Change the placement from each state to the next."""
    steps = SHARD_STEPS if scheme.numbered else STEPS
    for i in range(changes):
        steps[i % len(steps)](placement)


class Answers:
    """All that a reader may be told."""

    def __init__(self, scheme):
        self.scheme = scheme
        self.states = [scheme.of(members) for members in (SHARDS if scheme.numbered else STATES)]
        self.out = self.states[0].nodes[1]
        self.node = [{state[key] for state in self.states} for key in KEYS]
        self.nodes = [{tuple(state.get_nodes(key, 3)) for state in self.states} for key in KEYS]
        self.without = [
            {tuple(state.get_nodes(key, 20, exclude=[self.out])) for state in self.states} for key in KEYS
        ]
        self.positions = {state.assign(KEYS).tobytes() for state in self.states}
        self.rows = {n: {state.assign_replicas(KEYS, n).tobytes() for state in self.states} for n in (2, 17)}
        self.places = {tuple(state[key] for key in KEYS) for state in self.states}
        self.tuples = {tuple(state.nodes) for state in self.states}
        self.bytes = {state.to_bytes() for state in self.states}
        self.reprs = {repr(state) for state in self.states}
        self.tokens = self.states[0].tokens(KEYS).tobytes()
        self.weights = [] if scheme.numbered else [dict(state.weights) for state in self.states]

    def start(self):
        return self.states[0].copy()


answers_of = cache(Answers)


# ---- what readers ask ----


def one_key(answers, placement):
    at = random.randrange(len(KEYS))
    assert placement[KEYS[at]] in answers.node[at]
    assert placement.get_node(KEYS[at]) in answers.node[at]


def replicas(answers, placement):
    at = random.randrange(len(KEYS))
    assert tuple(placement.get_nodes(KEYS[at], 3)) in answers.nodes[at]
    assert tuple(placement.get_nodes(KEYS[at], 20, exclude=[answers.out])) in answers.without[at]


def batch(answers, placement):
    """All of it of one state."""
    assert placement.assign(KEYS).tobytes() in answers.positions
    assert placement.assign(DIGESTS, hashed=True).tobytes() in answers.positions
    assert placement.assign(key for key in KEYS).tobytes() in answers.positions
    assert placement.tokens(KEYS).tobytes() == answers.tokens


def rows(answers, placement):
    for n, want in answers.rows.items():
        assert placement.assign_replicas(KEYS, n).tobytes() in want
        assert placement.assign_replicas(DIGESTS, n, hashed=True).tobytes() in want


def copies(answers, placement):
    """Positions decode with the copy that made them."""
    for copied in (placement.copy(), copy.copy(placement), copy.deepcopy(placement)):
        assert tuple(copied.nodes[at] for at in copied.assign(KEYS)) in answers.places
        copied.add_node(answers.scheme.newcomer(copied))
        assert len(copied) == len(copied.nodes)


def contents(answers, placement):
    assert tuple(placement.nodes) in answers.tuples
    assert tuple(placement) in answers.tuples
    assert len(placement) in {len(state) for state in answers.states}
    assert answers.out in placement
    assert "stranger" not in placement
    assert ((11 if answers.scheme.numbered else "flapping") in placement) in (True, False)
    if not answers.scheme.numbered:
        assert dict(placement.weights) in answers.weights
        assert placement.nbytes > 0


def as_text(answers, placement):
    assert repr(placement) in answers.reprs


def as_bytes(answers, placement):
    assert placement.to_bytes() in answers.bytes
    assert tuple(pickle.loads(pickle.dumps(placement, 5)).nodes) in answers.tuples
    assert tuple(type(placement).from_bytes(placement.to_bytes()).nodes) in answers.tuples


def equality(answers, placement):
    copied = placement.copy()
    assert [copied == state for state in answers.states].count(True) == 1
    assert (placement == copied) in (True, False)
    assert placement != answers.scheme.make(3)


READS = [one_key, replicas, batch, rows, copies, contents, as_text, as_bytes, equality]


@schemes()
def test_the_states_differ(scheme):
    answers = answers_of(scheme)
    for seen in (answers.positions, answers.rows[2], answers.places, answers.bytes):
        assert len(seen) == len(answers.states)
    placement = answers.start()
    go_around(scheme, placement, 2 * (len(SHARD_STEPS) if scheme.numbered else len(STEPS)))
    assert placement == answers.states[0]


@schemes()
@pytest.mark.parametrize("read", READS, ids=lambda read: read.__name__)
def test_reads_of_one_kind(scheme, read):
    answers = answers_of(scheme)
    placement = answers.start()
    readers = [lambda: read(answers, placement)] * 2
    while_changing(lambda: go_around(scheme, placement), *readers)
    assert placement == answers.states[0]


@schemes()
def test_reads_of_all_kinds(scheme):
    answers = answers_of(scheme)
    placement = answers.start()
    readers = [lambda read=read: read(answers, placement) for read in READS]
    while_changing(lambda: go_around(scheme, placement), *readers)
    assert placement == answers.states[0]


@schemes()
def test_large_batches(scheme):
    """Long enough that nodes change many times before they end; with the GIL released, and without."""
    answers = answers_of(scheme)
    placement = answers.start()
    many = np.arange(200_000)
    want = {state.assign(many).tobytes() for state in answers.states}
    want_of_few = {state.assign(many[:20_000]).tobytes() for state in answers.states}

    def column():
        assert placement.assign(many).tobytes() in want

    def in_list():
        assert placement.assign(many[:20_000].tolist()).tobytes() in want_of_few

    def iterator():
        assert placement.assign(iter(range(20_000))).tobytes() in want_of_few

    while_changing(lambda: go_around(scheme, placement), column, in_list, iterator)


@pytest.mark.parametrize(
    ("narrow", "rounds"),
    [(lambda: HashRing(range(2**15 - 1), vnodes=1), 15), (lambda: Maglev(range(2**16)), 5)],
    ids=["HashRing", "Maglev"],
)
def test_owners_that_widen_and_narrow(narrow, rounds):
    """They are stored in 16 bits as long as these nodes are not exceeded."""
    placement, keys = narrow(), np.arange(2000)
    before = placement.copy()
    after = placement.copy()
    after.add_node("one more", 3)
    want = {before.assign(keys).tobytes(), after.assign(keys).tobytes()}
    assert len(want) == 2

    def change():
        for _ in range(rounds):
            placement.add_node("one more", 3)
            placement.remove_node("one more")

    def read():
        assert placement.assign(keys).tobytes() in want
        assert placement[5] in (before[5], after[5])

    while_changing(change, read, read)


@schemes()
def test_new_beginnings(scheme):
    """One that is initialised again is one or the other, never a mixture of nodes, seed and options."""
    others = scheme.others or ({}, {})
    beginnings = [
        (scheme.members(3), {"seed": 1, **others[0]}),
        (scheme.members(1), {"seed": 2}),
        (scheme.members(40), others[1]),
    ]
    states = [scheme.cls(members, **options) for members, options in beginnings]
    placement = states[0].copy()
    want = {state.assign(KEYS).tobytes() for state in states}
    as_bytes = {state.to_bytes() for state in states}

    def change():
        for _ in range(300):
            for members, options in (*beginnings[1:], beginnings[0]):
                placement.__init__(members, **options)

    def read():
        assert placement.assign(KEYS).tobytes() in want
        assert placement.to_bytes() in as_bytes

    while_changing(change, read, read)


@schemes(numbered=False)
def test_emptied_and_filled(scheme):
    """Readers of an empty placement get its error."""
    placement = scheme.of([])

    def change():
        for _ in range(CHANGES // 4):
            placement.add_node("a")
            placement.add_node("b")
            placement.remove_node("a")
            placement.remove_node("b")

    def read():
        try:
            assert placement["key"] in ("a", "b")
            assert set(placement.get_nodes("key", 2)) <= {"a", "b"}
            assert set(placement.assign(KEYS).tolist()) <= {0, 1}
        except LookupError as error:
            assert "no nodes" in str(error)  # noqa: PT017

    while_changing(change, read, read)
    assert placement == scheme.of([])
