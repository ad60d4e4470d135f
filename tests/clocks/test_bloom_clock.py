"""BloomClock: concurrent is certain, the rest is likely, and how likely is known."""

import copy
import operator
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.baselines.clocks.bloom import cells_of
from coterie import BloomClock, DecodeError, Relation
from tests.clocks.vectors import MOST, flips

keys = st.lists(st.one_of(st.text(max_size=3), st.integers(-5, 5), st.binary(max_size=3)), max_size=20)


def filled(some, *shape, **options):
    clock = BloomClock(*shape, **options)
    for key in some:
        clock.add(key)
    return clock


@given(
    keys,
    st.sampled_from([(1, 1), (2, 2), (5, 3), (64, 3), (64, 17), (200, 200)]),
    st.sampled_from([0, 1, 2**64 - 1]),
)
def test_as_the_plain_cells(some, shape, seed):
    clock = filled(some, *shape, seed=seed)
    counts = np.zeros(shape[0], np.uint64)
    for key in some:
        chosen = cells_of(key, *shape, seed)
        assert len(set(chosen)) == shape[1]
        counts[chosen] += np.uint64(1)
    assert (clock.cells == counts).all()
    assert clock.cells.dtype == np.uint64


@given(keys, keys)
def test_two(x, y):
    a, b = filled(x, 8, 2), filled(y, 8, 2)
    cells = a.cells.astype(int), b.cells.astype(int)
    relation = Relation(int((cells[0] < cells[1]).any()) + 2 * int((cells[0] > cells[1]).any()))
    assert a.compare(b) is relation
    assert (a == b, a < b, a <= b, a > b, a >= b) == (
        *(relation == 0, relation == 1, relation in (0, 1)),
        *(relation == 2, relation in (0, 2)),
    )
    assert a.concurrent(b) == (relation == 3)
    assert ((a | b).cells == np.maximum(*cells)).all()
    rate = (1 - (1 - 1 / 8) ** cells[1].sum()) ** cells[0].sum() if relation in (0, 1) else 0.0
    assert a.false_before_rate(b) == pytest.approx(rate)
    c = filled([*x, *y], 8, 2)
    assert a <= c
    assert b <= c
    assert (a == b) == (a.to_bytes() == b.to_bytes())


def test_the_rate_is_true():
    """Of clocks of other events, about as many seem to come before."""
    rng = np.random.default_rng(1)
    seen = expected = 0
    for _ in range(3000):
        a = filled(rng.integers(2**60, size=2).tolist(), 64, 3)
        b = filled(rng.integers(2**60, size=40).tolist(), 64, 3)
        seen += a <= b
        expected += (1 - (1 - 1 / 64) ** 120) ** 6
    assert abs(seen - expected) < 5 * expected**0.5 + 0.1 * expected


def test_copies_bytes_and_json():
    clock = filled(["e1", "e2"], 5, 2, seed=7)
    assert (clock.hashes, clock.seed, repr(clock)) == (2, 7, "<BloomClock of 5 cells, 2 hashes>")
    ways = (copy.copy, copy.deepcopy, BloomClock.copy, lambda clock: pickle.loads(pickle.dumps(clock)))
    for way in (
        *ways,
        lambda c: BloomClock.from_bytes(c.to_bytes()),
        lambda c: BloomClock.from_json(c.to_json()),
    ):
        again = way(clock)
        assert again == clock
        again.add("e3")
        assert clock < again
    clock.cells[0] = 99
    assert clock == filled(["e1", "e2"], 5, 2, seed=7)
    assert BloomClock(2, 1).to_bytes() == bytes([1, 28, 2, 1]) + bytes(8) + bytes(2)
    assert BloomClock(2, 1).to_json() == '{"v":1,"k":"bloom","h":1,"s":0,"c":[0,0]}'
    data = clock.to_bytes()
    for size in range(len(data)):
        with pytest.raises(DecodeError):
            BloomClock.from_bytes(data[:size])
    with pytest.raises(DecodeError):
        BloomClock.from_bytes(data + b"\0")
    for flipped in flips(data):
        try:
            made = BloomClock.from_bytes(flipped)
        except DecodeError:
            continue
        assert made.to_bytes() == flipped
    for bad in (
        '{"v":1,"k":"bloom","h":0,"s":0,"c":[0]}',
        '{"v":1,"k":"bloom","h":2,"s":0,"c":[0]}',
        '{"v":1,"k":"bloom","h":1,"s":0,"c":[]}',
        '{"v":1,"k":"bloom","h":1,"s":0,"c":[-1]}',
        '{"v":1,"k":"str","h":1,"s":0,"c":[0]}',
    ):
        with pytest.raises(DecodeError):
            BloomClock.from_json(bad)


def test_full_cells():
    data = BloomClock(1, 1).to_bytes()[:-1] + bytes([255] * 8 + [127])
    clock = BloomClock.from_bytes(data)
    assert clock.cells.tolist() == [MOST]
    with pytest.raises(OverflowError):
        clock.add("x")
    assert clock.to_bytes() == data


def test_bad_arguments():
    for bad in ((0,), (2**20 + 1,), (4, 5), (4, 0), (-1,)):
        with pytest.raises(ValueError, match=r"cells|hashes"):
            BloomClock(*bad)
    for bad in ((1.5,), ("a",), (4, 1.0)):
        with pytest.raises(TypeError):
            BloomClock(*bad)
    with pytest.raises(ValueError, match="seed"):
        BloomClock(seed=-1)
    a = filled(["x"])
    for other in (BloomClock(32), BloomClock(64, 2), BloomClock(seed=1)):
        for call in (
            a.merge,
            a.compare,
            a.concurrent,
            a.false_before_rate,
            lambda other: a | other,
            lambda other: a <= other,
        ):
            with pytest.raises(ValueError, match="differ"):
                call(other)
        assert a != other
    for order in (operator.lt, operator.or_):
        with pytest.raises(TypeError):
            order(a, 5)
    for call in (a.merge, a.compare, a.false_before_rate):
        with pytest.raises(TypeError):
            call({})
    with pytest.raises(TypeError):
        a.add(1.5)
    with pytest.raises(TypeError):
        hash(a)
    assert a == filled(["x"])
    assert BloomClock.__new__(BloomClock) == BloomClock(1, 1)
    big = BloomClock(2**20, 2**20)
    big.add("x")
    assert (big.cells == 1).all()
