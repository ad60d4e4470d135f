"""The raw Maglev table: the paper's, Envoy's, and what the arguments may be."""

import hashlib
import json
import signal
from collections import Counter, deque
from fractions import Fraction
from math import inf, nan, nextafter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.baselines.hashing.maglev import maglev as plain_maglev
from coterie.hashing import maglev, xxh64
from tests.containers import INT_TYPES, PlainSequence, layouts

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "maglev.json").read_text())
PRIMES = [2, 3, 5, 7, 17, 101, 257, 1009]
LARGEST = nextafter(inf, 0)
OFFSETS, SKIPS = [3, 0, 3], [4, 2, 1]
TABLE = [1, 0, 1, 0, 2, 2, 0]
ANY_WEIGHT = st.one_of(
    st.floats(5e-324, LARGEST, allow_subnormal=True), st.floats(0.1, 10), st.integers(1, 5).map(float)
)


def test_paper():
    paper = VECTORS["paper"]
    offsets, skips = zip(*paper["offset_skip"], strict=True)
    assert [f"B{i}" for i in maglev(offsets, skips, 7)] == paper["table"]
    left = [0, 2]
    without = maglev([offsets[i] for i in left], [skips[i] for i in left], 7)
    assert [f"B{left[i]}" for i in without] == paper["after_removing_B1"]


def envoy(case):
    """The table by Envoy's hashes, with hosts in the order of their turns and weights that add up to 1."""
    hosts, size = sorted(case["hosts"]), case["table_size"]
    keys, weights = [host for host, _ in hosts], np.array([weight for _, weight in hosts])
    weights = weights / weights.sum()
    owners = maglev(xxh64(keys) % size, xxh64(keys, seed=1) % (size - 1) + 1, size, weights)
    return [keys[owner] for owner in owners]


@pytest.mark.parametrize("case", VECTORS["envoy"], ids=lambda case: case["hosts"][0][0])
def test_envoy(case):
    assert envoy(case) == case["table"]


@pytest.mark.parametrize("case", VECTORS["large"], ids=lambda case: f"{len(case['hosts'])} hosts")
def test_large_tables_of_envoy(case):
    table = envoy(case)
    assert table[: len(case["first"])] == case["first"]
    assert Counter(table) == case["counts"]
    lines = "".join(f"{host}\n" for host in table)
    assert hashlib.md5(lines.encode()).hexdigest() == case["md5_of_newline_joined_table"]


# ---- agreement with the plain model ----


@pytest.mark.parametrize("size", PRIMES)
def test_plain(size):
    rng = np.random.default_rng(size)
    for n in {1, 2, 3, size // 2, size - 1, size}:
        if not 1 <= n <= size:
            continue
        offsets, skips = rng.integers(0, size, n), rng.integers(1, size, n)
        plain = offsets.tolist(), skips.tolist()
        assert maglev(offsets, skips, size).tolist() == plain_maglev(*plain, size)
        for weights in (rng.integers(1, 9, n), 10 ** rng.uniform(-3, 3, n), 10 ** rng.uniform(-300, 300, n)):
            assert maglev(offsets, skips, size, weights).tolist() == plain_maglev(
                *plain, size, weights.tolist()
            )


@given(data=st.data(), size=st.sampled_from(PRIMES))
def test_anything(data, size):
    node = st.tuples(st.integers(0, size - 1), st.integers(1, size - 1), ANY_WEIGHT)
    nodes = data.draw(st.lists(node, min_size=1, max_size=min(size, 30)))
    offsets, skips, weights = map(list, zip(*nodes, strict=True))
    assert maglev(offsets, skips, size, weights).tolist() == plain_maglev(offsets, skips, size, weights)
    assert maglev(offsets, skips, size).tolist() == plain_maglev(offsets, skips, size)


@pytest.mark.parametrize("size", PRIMES)
@pytest.mark.parametrize("skip", [1, 2, -1])
def test_nodes_of_one_permutation(size, skip):
    """All want the same slots: each takes the next one."""
    n, skip = min(size, 20), skip % size or 1
    table = maglev([1] * n, [skip] * n, size)
    assert table[np.arange(1, size * skip + 1, skip)[:size] % size].tolist() == [i % n for i in range(size)]
    assert table.tolist() == plain_maglev([1] * n, [skip] * n, size)


@pytest.mark.parametrize("n", [1, 2, 100, 65537])
def test_equal_weights_differ_by_one_slot(n):
    rng = np.random.default_rng(n)
    offsets, skips = rng.integers(0, 65537, n), rng.integers(1, 65537, n)
    table = maglev(offsets, skips, 65537)
    counts = np.bincount(table, minlength=n)
    assert counts.max() - counts.min() <= 1
    assert maglev(offsets, skips, 65537, [0.3] * n).tolist() == table.tolist()


def test_largest_table():
    table = maglev([0, 4_999_999], [1, 5_000_010], 5_000_011)
    assert len(table) == 5_000_011
    assert np.bincount(table).tolist() == [2_500_006, 2_500_005]


# ---- arguments ----


def test_answer():
    table = maglev(OFFSETS, SKIPS, 7)
    assert type(table) is np.ndarray
    assert table.dtype == np.dtype(np.int32)
    assert table.shape == (7,)
    assert table.flags.c_contiguous
    assert table.flags.owndata
    assert table.flags.writeable
    table[:] = 5
    assert maglev(OFFSETS, SKIPS, 7).tolist() == TABLE


INTEGERS = {
    "tuple": tuple,
    "deque": deque,
    "sequence": PlainSequence,
    "iterator": iter,
    "generator": lambda values: (value for value in values),
    "dict values": lambda values: dict(enumerate(values)).values(),
    "list of NumPy's": lambda values: [np.int16(value) for value in values],
    **{name: lambda values, name=name: np.array(values, name) for name in INT_TYPES},
}


@pytest.mark.parametrize("make", INTEGERS.values(), ids=INTEGERS)
def test_containers(make):
    assert maglev(make(OFFSETS), make(SKIPS), 7).tolist() == TABLE
    assert maglev(make(OFFSETS), SKIPS, 7, make([1, 1, 1])).tolist() == TABLE
    assert maglev(OFFSETS, make(SKIPS), 7, make([1, 2, 3])).tolist() == plain_maglev(
        OFFSETS, SKIPS, 7, [1, 2, 3]
    )


def test_layouts():
    for name, offsets in layouts(np.array(OFFSETS)):
        for _, skips in layouts(np.array(SKIPS, np.uint16)):
            assert maglev(offsets, skips, 7).tolist() == TABLE, name
    for name, weights in layouts(np.array([1, 2.5, 0.5])):
        assert maglev(OFFSETS, SKIPS, 7, weights).tolist() == plain_maglev(
            OFFSETS, SKIPS, 7, [1, 2.5, 0.5]
        ), name


@pytest.mark.parametrize("dtype", ["f2", "f4", ">f8", "i1", "u8", "g"])
def test_types_of_weights(dtype):
    want = plain_maglev(OFFSETS, SKIPS, 7, [1, 2, 3])
    assert maglev(OFFSETS, SKIPS, 7, np.array([1, 2, 3], dtype)).tolist() == want
    assert maglev(OFFSETS, SKIPS, 7, weights=np.array([1, 2, 3], dtype)).tolist() == want


def test_arguments_are_left_alone():
    arguments = [np.array(values) for values in (OFFSETS, SKIPS, [1.0, 2.0, 3.0])]
    kept = [values.copy() for values in arguments]
    maglev(arguments[0], arguments[1], 7, arguments[2])
    assert all(map(np.array_equal, arguments, kept))


@pytest.mark.parametrize("value", [-1, 7, 8, 2**31, 2**32 + 3, 2**63 - 1, -(2**63)])
def test_offset_out_of_range(value):
    for make in (list, np.array):
        with pytest.raises(ValueError, match=rf"offsets .*{value}.*0 \.\. 6"):
            maglev(make([3, value, 3]), SKIPS, 7)


@pytest.mark.parametrize("value", [0, -1, 7, 2**31, 2**32 + 3, 2**63 - 1, -(2**63)])
def test_skip_out_of_range(value):
    for make in (list, np.array):
        with pytest.raises(ValueError, match=rf"skips .*{value}.*1 \.\. 6"):
            maglev(OFFSETS, make([3, value, 3]), 7)


def test_integers_of_64_bits():
    large = np.array([2**63 + 3, 2**64 - 1, 0], np.uint64)
    with pytest.raises(ValueError, match="offsets"):
        maglev(large, SKIPS, 7)
    with pytest.raises(ValueError, match="skips"):
        maglev(OFFSETS, large, 7)


@pytest.mark.parametrize(
    "values",
    [
        *(None, 5, 1.5, "abc", b"abc", [1.0, 2.0, 3.0], ["1", "2", "3"]),
        *([True, True, False], [None, 1, 2], [1, "2", 3], [[1, 2, 3]], np.zeros((3, 3), int), np.array(3)),
        *(np.ones(3), np.ones(3, bool), np.ones(3, complex), np.zeros(3, "M8[s]"), [Fraction(1)] * 3),
    ],
    ids=repr,
)
def test_no_integers(values):
    with pytest.raises(TypeError):
        maglev(values, SKIPS, 7)
    with pytest.raises(TypeError):
        maglev(OFFSETS, values, 7)


@pytest.mark.parametrize("weight", [0, 0.0, -0.0, -1, -1e-9, nan, inf, -inf], ids=repr)
def test_weight_out_of_range(weight):
    for make in (list, np.array):
        with pytest.raises(ValueError, match=r"weights .*above 0"):
            maglev(OFFSETS, SKIPS, 7, make([1, weight, 2]))


@pytest.mark.parametrize(
    "weights",
    [
        *(5, 1.5, "abc", ["1", "2", "3"], [None, 1, 2], [[1, 2, 3]]),
        *(np.array(3.0), np.ones((3, 3)), np.ones(3, complex), np.ones(3, "m8[s]")),
    ],
    ids=repr,
)
def test_no_weights(weights):
    with pytest.raises(TypeError):
        maglev(OFFSETS, SKIPS, 7, weights)


def test_lengths_that_differ():
    for offsets, skips, weights in (
        (OFFSETS[:2], SKIPS, None),
        (OFFSETS, SKIPS[:2], None),
        (OFFSETS, SKIPS, [1, 1]),
        (OFFSETS, SKIPS, [1, 1, 1, 1]),
        (OFFSETS, SKIPS, []),
        (OFFSETS, [], None),
        ([], SKIPS, None),
    ):
        with pytest.raises(ValueError, match=r"offsets.*skips.*weights"):
            maglev(offsets, skips, 7, weights)


def test_number_of_nodes():
    with pytest.raises(ValueError, match=r"there are 0 nodes.*1 \.\. table_size"):
        maglev([], [], 7)
    with pytest.raises(ValueError, match="0 nodes"):
        maglev([], [], 7, [])
    with pytest.raises(ValueError, match="there are 8 nodes"):
        maglev([0] * 8, [1] * 8, 7)
    assert maglev([0] * 7, [1] * 7, 7).tolist() == list(range(7))


@pytest.mark.parametrize(
    ("size", "following"), [(-5, 2), (0, 2), (1, 2), (4, 5), (8, 11), (65536, 65537), (5_000_010, 5_000_011)]
)
def test_table_size_that_is_no_prime(size, following):
    with pytest.raises(ValueError, match=rf"table_size is {size}: .*prime.* {following}$"):
        maglev([0], [1], size)


@pytest.mark.parametrize("size", [5_000_012, 2**31 - 1, 2**32 + 7, 2**64 + 7, 10**30])
def test_table_size_too_large(size):
    with pytest.raises(ValueError, match=r"table_size .*5000011"):
        maglev([0], [1], size)


@pytest.mark.parametrize("size", [7.0, "7", None, [7], np.float64(7)], ids=repr)
def test_table_size_of_another_type(size):
    with pytest.raises(TypeError, match="table_size"):
        maglev(OFFSETS, SKIPS, size)


def test_arguments():
    for arguments, options in (
        ((), {}),
        ((OFFSETS, SKIPS), {}),
        ((OFFSETS, SKIPS, 7, None, 5), {}),
        ((OFFSETS, SKIPS), {"table_size": 7}),
        ((OFFSETS, SKIPS, 7), {"seed": 5}),
    ):
        with pytest.raises(TypeError):
            maglev(*arguments, **options)
    assert maglev(OFFSETS, SKIPS, np.int64(7), None).tolist() == TABLE


def test_values_that_fail():
    def failing():
        yield 1
        raise ZeroDivisionError

    for arguments in ((failing(), SKIPS, 7), (OFFSETS, failing(), 7), (OFFSETS, SKIPS, 7, failing())):
        with pytest.raises(ZeroDivisionError):
            maglev(*arguments)


def test_interrupt():
    """Equal permutations take long; Ctrl-C works meanwhile."""

    def interrupt(*_):
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, interrupt)
    signal.setitimer(signal.ITIMER_REAL, 0.05)
    try:
        with pytest.raises(KeyboardInterrupt):
            maglev([0] * 655373, [1] * 655373, 655373)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@pytest.mark.parametrize(
    "values",
    [{3: 0, 0: 1, 5: 2}, {3, 0, 5}, frozenset((3, 0, 5)), np.ma.array([3, 0, 5], mask=[0, 1, 0])],
    ids=repr,
)
def test_no_order_or_no_values(values):
    for arguments in ((values, SKIPS), (OFFSETS, values)):
        with pytest.raises(TypeError):
            maglev(*arguments, 7)
    with pytest.raises(TypeError):
        maglev(OFFSETS, SKIPS, 7, weights=values)


def test_arrays_that_change_meanwhile():
    """What was checked is what is used, also of memory that could be used in place."""
    room = np.zeros(864, np.uint8)
    start = -room.ctypes.data % 64
    offsets = room[start : start + 800].view(np.int64)

    def weights():
        for i in range(100):
            if i == 50:
                offsets[:] = 2**31 - 5 - np.arange(100) * 1000
            yield 1.0

    table = maglev(offsets, np.ones(100, np.int64), 65537, weights=weights())
    assert table.tolist() == maglev([0] * 100, [1] * 100, 65537).tolist()
