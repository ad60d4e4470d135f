"""What `diff` takes and gives back: names, fields, copies, pickles, errors."""

import copy
import pickle

import numpy as np
import pytest

import coterie
from coterie import HashRing, JumpHash, Maglev, Rendezvous, diff
from coterie.placement import Diff, Flow, Ranges
from tests.placement.errors import NO_INTEGERS, called, refuse
from tests.placement.schemes import state

NODES = ["a", b"b", 3, -4, "é"]
KINDS = {
    "ring": lambda nodes, seed=0: HashRing(nodes, vnodes=20, seed=seed),
    "rendezvous": lambda nodes, seed=0: Rendezvous(nodes, seed=seed),
    "maglev": lambda nodes, seed=0: Maglev(nodes, table_size=101, seed=seed),
    "jump": lambda nodes, seed=0: JumpHash(len(nodes), seed=seed),
}
kinds = pytest.mark.parametrize("make", KINDS.values(), ids=KINDS)
CHANGES = {
    "ring": (KINDS["ring"](NODES), KINDS["ring"](NODES[1:])),
    "rendezvous": (KINDS["rendezvous"](NODES), KINDS["rendezvous"](NODES[1:])),
    "maglev": (KINDS["maglev"](NODES), KINDS["maglev"](NODES[1:])),
    "jump": (KINDS["jump"](NODES), KINDS["jump"](NODES[1:])),
    "ring and maglev": (KINDS["ring"](NODES), KINDS["maglev"](NODES)),
    "ring and rendezvous": (KINDS["ring"](NODES), KINDS["rendezvous"](NODES)),
    "seeds of a ring": (KINDS["ring"](NODES), KINDS["ring"](NODES, seed=1)),
    "seeds of jumps": (KINDS["jump"](NODES), KINDS["jump"](NODES, seed=1)),
}
changes = pytest.mark.parametrize(("before", "after"), CHANGES.values(), ids=CHANGES)


def facts(change):
    """All that a difference says, to compare it with later."""
    ranges = None if change.ranges is None else [column.tolist() for column in change.ranges]
    moved = change.moved(range(500)).tolist()
    return change.share, change.error, change.exact, change.least, change.flows, ranges, moved, repr(change)


def test_names():
    assert coterie.diff is coterie.placement.diff
    for name in ("Diff", "Flow", "Ranges", "diff"):
        assert name in coterie.placement.__all__
    assert Flow._fields == ("source", "target", "share")
    assert Ranges._fields == ("first", "last", "source", "target", "share")


@changes
def test_fields(before, after):
    change = diff(before, after)
    assert type(change) is Diff
    for number in (change.share, change.error, change.least):
        assert type(number) is float
    assert 0 < change.share <= 1
    assert 0 <= change.least <= 1
    assert type(change.exact) is bool
    assert (change.error == 0) == change.exact
    assert change.before == before
    assert change.after == after
    assert type(change.flows) is tuple
    assert all(type(flow) is Flow and type(flow.share) is float for flow in change.flows)
    shares = [flow.share for flow in change.flows]
    assert shares == sorted(shares, reverse=True)
    assert len({flow[:2] for flow in change.flows}) == len(change.flows)
    assert min(shares) > 0
    assert sum(shares) == pytest.approx(change.share, rel=1e-9)
    assert change.flows is change.flows


@changes
def test_what_is_exact(before, after):
    change = diff(before, after)
    ranged = all(isinstance(placement, HashRing | Maglev) for placement in (before, after))
    shards = isinstance(before, JumpHash)
    assert change.exact == (before.seed == after.seed and (ranged or shards))
    assert (change.ranges is not None) == (change.exact and not shards)


def test_types_of_ranges():
    change = diff(*CHANGES["ring"])
    assert type(change.ranges) is Ranges
    dtypes = np.uint64, np.uint64, np.int32, np.int32, np.float64
    for column, dtype in zip(change.ranges, dtypes, strict=True):
        assert type(column) is np.ndarray
        assert column.dtype == dtype
        assert column.shape == change.ranges.first.shape


@changes
def test_nodes_in_flows_are_those_of_the_placements(before, after):
    for flow in diff(before, after).flows:
        assert flow.source in before.nodes
        assert flow.target in after.nodes
        assert type(flow.source) is type(before.nodes[before.nodes.index(flow.source)])
        assert type(flow.target) is type(after.nodes[after.nodes.index(flow.target)])


@kinds
@pytest.mark.parametrize("nodes", [NODES, ["one"]], ids=len)
def test_nothing_moves_between_equal_placements(make, nodes):
    """Exactly nothing, also where a difference would be sampled."""
    placement = make(nodes, seed=7)
    for after in (placement, placement.copy(), make(nodes[::-1], seed=7)):
        for samples in (1, 2**32):  # which are not drawn
            change = diff(placement, after, samples=samples)
            assert change.exact is True
            assert (change.share, change.error, change.least, change.flows) == (0, 0, 0, ())
            assert not change.moved(range(1000)).any()
            assert repr(change) == "<Diff: 0 % of the keys move, the least is 0 %>"
            if isinstance(placement, HashRing | Maglev):
                assert [len(column) for column in change.ranges] == [0] * 5
            else:
                assert change.ranges is None


@pytest.mark.parametrize("kind", ["ring", "rendezvous", "maglev"])
def test_one_node_takes_the_place_of_another(kind):
    change = diff(KINDS[kind](["old"]), KINDS[kind](["new"]))
    assert change.share == 1
    assert change.least == 1
    assert change.flows == (Flow("old", "new", 1.0),)
    assert change.moved(range(1000)).all()
    if change.ranges is not None:
        assert [column.tolist() for column in change.ranges] == [[0], [2**64 - 1], [0], [0], [1.0]]


@changes
def test_the_difference_keeps_what_it_was_made_of(before, after):
    """Flows are made late, and all the same of the placements as they were."""
    want = facts(diff(before, after))
    first, second = before.copy(), after.copy()
    change = diff(first, second)
    for placement in (first, second):
        placement.add_node(len(placement) if isinstance(placement, JumpHash) else "later")
    first.__init__(NODES[:2] if not isinstance(first, JumpHash) else 2, seed=99)
    assert facts(change) == want
    assert change.before == before
    assert change.after == after


@changes
def test_arguments_are_left_alone(before, after):
    states = state(before), state(after)
    change = diff(before, after)
    facts(change)
    change.before.remove_node(change.before.nodes[-1])
    change.after.add_node(len(change.after))
    assert (state(before), state(after)) == states


@changes
def test_before_and_after_are_copies(before, after):
    """What becomes of them does not matter to the difference."""
    change = diff(before, after, samples=1000)
    want = facts(change)
    fresh = diff(before, after, samples=1000)
    for side, placement in (("before", before), ("after", after)):
        answer = getattr(fresh, side)
        assert type(answer) is type(placement)
        assert answer == placement
        assert answer is not placement
        assert answer is not getattr(fresh, side)
        answer.add_node(len(answer) if isinstance(answer, JumpHash) else "later")
        answer.remove_node(answer.nodes[-1])
        answer.remove_node(answer.nodes[-1])
        with pytest.raises(AttributeError):
            setattr(fresh, side, answer)
        assert getattr(fresh, side) == placement
    assert facts(fresh) == want


@changes
def test_answers_are_new_arrays(before, after):
    change = diff(before, after)
    want = facts(change)
    change.moved(range(100))[:] = True
    assert facts(change) == want
    assert facts(diff(before, after)) == want


@changes
def test_the_same_answer_each_time(before, after):
    assert facts(diff(before, after)) == facts(diff(before, after))


# ---- repr, pickle ----


REPRS = {
    "25 % of the keys move, the least is 25 %": (JumpHash(3), JumpHash(4)),
    "85.71 % of the keys move, the least is 85.71 %": (JumpHash(1), JumpHash(7)),
    "4.657e-08 % of the keys move, the least is 4.657e-08 %": (JumpHash(2**31 - 2), JumpHash(2**31 - 1)),
    "100 % of the keys move, the least is 100 %": (HashRing(["a"]), Maglev(["b"])),
    "100 % (± 0.01 %) of the keys move, the least is 100 %": (Rendezvous(["a"]), Rendezvous(["b"])),
    "0 % (± 0.01 %) of the keys move, the least is 0 %": (Rendezvous(["a"]), Rendezvous({"a": 2})),
}


@pytest.mark.parametrize(("text", "placements"), REPRS.items(), ids=REPRS)
def test_repr(text, placements):
    assert repr(diff(*placements, samples=10**4)) == f"<Diff: {text}>"


@pytest.mark.parametrize(("samples", "error"), [(1, "1e+02"), (3, "33"), (7, "14"), (2**20, "9.5e-05")])
def test_repr_of_the_error(samples, error):
    change = diff(Rendezvous(["a"]), Rendezvous({"a": 2}), samples=samples)
    assert repr(change) == f"<Diff: 0 % (± {error} %) of the keys move, the least is 0 %>"


@changes
def test_repr_rounds(before, after):
    """Four digits of the shares and two of the error."""
    change = diff(before, after)
    text = repr(change)
    assert text.startswith("<Diff: ")
    assert text.endswith(" %>")
    assert ("±" in text) == (not change.exact)
    numbers = [float(word) for word in text.replace(")", " ").split() if word[0].isdigit()]
    want = [change.share, change.least] if change.exact else [change.share, change.error, change.least]
    for number, full in zip(numbers, want, strict=True):
        assert number == pytest.approx(full * 100, rel=0.05 if full == change.error else 5e-4)


@changes
@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize("used", [False, True], ids=["new", "used"])
def test_pickles(before, after, protocol, used):
    change = diff(before, after, samples=1000)
    if used:
        facts(change)
    read = pickle.loads(pickle.dumps(change, protocol))
    assert type(read) is Diff
    assert facts(read) == facts(change)
    assert read.before == before
    assert read.after == after


@changes
@pytest.mark.parametrize("way", [copy.copy, copy.deepcopy], ids=lambda way: way.__name__)
def test_copies(before, after, way):
    change = diff(before, after, samples=1000)
    assert facts(way(change)) == facts(change)


@changes
def test_a_pickle_holds_the_placements_and_the_answer(before, after):
    """Not what the answer was made of: neither samples nor ranges that stay."""
    change = diff(before, after, samples=10**5)
    size = len(pickle.dumps(change))
    parts = sum(len(pickle.dumps(part)) for part in (before, after, change.ranges))
    assert size <= parts + 20 * len(change.flows) + 1500


def test_a_pickle_of_many_samples():
    """A pair takes 16 bytes, however many samples met it."""
    before, after = Rendezvous(range(40)), Rendezvous(range(20, 60), seed=1)
    sizes = [len(pickle.dumps(diff(before, after, samples=samples))) for samples in (10**5, 10**6)]
    parts = len(pickle.dumps(before)) + len(pickle.dumps(after))
    assert sizes[0] == pytest.approx(sizes[1], abs=20)
    assert sizes[1] <= parts + 16 * 40**2 + 1500


# ---- errors ----


@kinds
def test_no_nodes(make):
    placement = make(NODES)
    empty = type(placement).__new__(type(placement))
    for arguments in ((placement, empty), (empty, placement), (empty, empty)):
        refuse(placement, LookupError, "no nodes", diff, *arguments)


@pytest.mark.parametrize("kind", ["ring", "rendezvous", "maglev"])
def test_shards_beside_nodes(kind):
    placement, shards = KINDS[kind](NODES), JumpHash(5)
    refuse(placement, TypeError, "shards", diff, placement, shards)
    refuse(shards, TypeError, "shards", diff, shards, placement)


@kinds
@pytest.mark.parametrize("other", [None, 5, "a", NODES, {"a": 1}, HashRing, object()], ids=repr)
def test_no_placement(make, other):
    placement = make(NODES)
    refuse(placement, TypeError, "placement", diff, placement, other)
    refuse(placement, TypeError, "placement", diff, other, placement)


# Where no samples are drawn, and where they are.
drawn = pytest.mark.parametrize("change", ["ring", "rendezvous"])


@drawn
@pytest.mark.parametrize("samples", [0, -1, -(2**70), 2**32 + 1, 2**40, 2**64, 10**100])
def test_samples_out_of_range(change, samples):
    before, after = CHANGES[change]
    refuse(before, ValueError, "samples", diff, before, after, samples=samples)


@drawn
@pytest.mark.parametrize("samples", [*NO_INTEGERS, "", object(), int, np.arange(3), np.True_], ids=called)
def test_samples_that_are_no_integer(change, samples):
    """Also where none are drawn: a mistake shows before the day on which it matters."""
    before, after = CHANGES[change]
    match = f"^samples is a {type(samples).__name__}: pass an int"
    refuse(before, TypeError, match, diff, before, after, samples=samples)
    refuse(before, TypeError, match, diff, before, before, samples=samples)


class Index:
    """An integer of another make."""

    def __init__(self, value):
        self.value = value

    def __index__(self):
        return self.value


@drawn
@pytest.mark.parametrize("samples", [np.int64(10), np.uint8(10), np.array(10), Index(10)], ids=type)
def test_samples_by_any_integer(change, samples):
    before, after = CHANGES[change]
    assert facts(diff(before, after, samples=samples)) == facts(diff(before, after, samples=10))


@drawn
def test_samples_by_bool(change):
    """True is 1 and False is 0, as ever."""
    before, after = CHANGES[change]
    assert facts(diff(before, after, samples=True)) == facts(diff(before, after, samples=1))
    for samples in (False, Index(0), Index(2**32 + 1), np.int64(-1)):
        refuse(before, ValueError, "samples", diff, before, after, samples=samples)


def test_an_error_in_the_samples_passes():
    class Broken:
        def __index__(self):
            raise ZeroDivisionError("mine")

    before, after = CHANGES["rendezvous"]
    refuse(before, ZeroDivisionError, "mine", diff, before, after, samples=Broken())


def test_arguments_by_position_and_by_name():
    before, after = CHANGES["ring"]
    with pytest.raises(TypeError):
        diff(before=before, after=after)
    with pytest.raises(TypeError):
        diff(before, after, 1000)
    with pytest.raises(TypeError):
        diff(before)


# ---- subclasses ----


class Ring(HashRing):
    """With attributes, and lookups of its own."""

    def __getitem__(self, key):
        return "slot"

    def get_node(self, key, /):
        return "method"


class Shards(JumpHash):
    """With an argument more."""

    def __init__(self, name, n):
        super().__init__(n)
        self.name = name


def test_subclasses():
    ring, base = Ring(NODES, vnodes=20), HashRing(NODES, vnodes=20)
    ring.label = ["x"]
    smaller = HashRing(NODES[1:], vnodes=20)
    change = diff(ring, smaller)
    assert facts(change) == facts(diff(base, smaller))
    assert facts(diff(smaller, ring)) == facts(diff(smaller, base))
    assert diff(ring, base).share == 0
    assert type(change.before) is Ring
    assert change.before.label == ["x"]
    change = diff(Shards("mine", 5), JumpHash(6))
    assert facts(change) == facts(diff(JumpHash(5), JumpHash(6)))
    assert change.before.name == "mine"
