"""ClockMatrix: what many clocks answer at once is what they answer one by one."""

import copy
import itertools
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.baselines.clocks import clock_matrix as plain
from coterie import ClockMatrix, DecodeError, Relation, VectorClock
from tests.clocks.vectors import IDS, MOST

VALUES = [0, 1, 200, 300, 70_000, 2**53, 2**62, MOST - 1, MOST]
shapes = [(0, 0), (0, 3), (3, 0), (1, 1), (2, 1), (63, 2), (64, 3), (65, 5), (130, 33), (71, 64), (200, 17)]


def rows_of(n, width, values, seed):
    """Rows, some of which differ little from the one before."""
    random = np.random.default_rng(seed)
    rows = random.choice(np.array(values, np.uint64), (n, width))
    for i in range(1, n):
        same = random.random(width) < 0.6
        rows[i, same] = rows[i - 1, same]
    return rows


def both_orders(rows):
    return ClockMatrix(np.ascontiguousarray(rows)), ClockMatrix(np.asfortranarray(rows))


def some_offsets(n, random):
    return np.array([0, *np.sort(random.integers(0, n + 1, 5)), n])


def check(rows):
    n, width = rows.shape
    lists, random = rows.tolist(), np.random.default_rng(n)
    offsets = some_offsets(n, random)
    expected = plain.pairwise(lists)
    for m in both_orders(rows):
        assert m.shape == rows.shape
        assert m.pairwise().tolist() == expected
        assert m.concurrent_pairs().tolist() == plain.concurrent_pairs(lists)
        assert m.maximal().tolist() == plain.maximal(lists, [0, n])
        assert m.maximal(offsets).tolist() == plain.maximal(lists, offsets)
        assert m.merge_all().tolist() == plain.merge_all(lists, [0, n], width)[0]
        assert m.merge_all(offsets).tolist() == plain.merge_all(lists, offsets, width)
        assert m.topological_order().tolist() == plain.topological_order(lists)
        if n:
            assert m.compare(rows[n // 2]).tolist() == plain.compare(lists, lists[n // 2])
            assert m.dominated_by(rows[n // 2]).tolist() == [x in (0, 1) for x in m.compare(rows[n // 2])]
            assert m.frontier().tolist() == plain.frontier(lists) or width == 0


@pytest.mark.parametrize("values", [VALUES[:2], VALUES[:4], VALUES[:5], VALUES], ids=len)
@pytest.mark.parametrize("shape", shapes, ids=str)
def test_as_the_plain_rows(level, shape, values):
    check(rows_of(*shape, values, 1))


@given(st.integers(0, 9), st.integers(0, 5), st.data())
def test_as_the_plain_rows_whatever_they_are(n, width, data):
    counters = st.sampled_from([0, 1, 2, 2**53, 2**62, MOST])
    rows = data.draw(st.lists(st.lists(counters, min_size=width, max_size=width), min_size=n, max_size=n))
    check(np.array(rows, np.uint64).reshape(n, width))


@pytest.mark.parametrize("width", range(1, 10))
def test_many_narrow_rows(level, width):
    rows = rows_of(1300, width, VALUES, width)
    for m in both_orders(rows):
        for i in (0, 600, 1299):
            assert m.compare(rows[i]).tolist() == plain.compare(rows.tolist(), rows[i].tolist())


@pytest.mark.parametrize("by_columns", [False, True])
def test_whichever_column_decides(level, by_columns):
    """At every width, with the greatest counters: rows that are one counter above or below the first."""
    for width in range(131):
        for low, high in [(0, 1), (1, 2**53), (2**53, 2**62), (2**62, MOST), (MOST - 1, MOST), (0, MOST)]:
            rows = np.full((2 * width + 1, width), low, np.uint64)
            rows[width + 1 :] = high
            for r in range(width):
                rows[1 + r, r] = high
                rows[1 + width + r, r] = low
            if by_columns:
                rows = np.asfortranarray(rows)
            m = ClockMatrix(rows)
            assert m.compare(rows[0]).tolist() == [0] + [2] * width + [2 if width > 1 else 0] * width
            relations, i = m.pairwise(), np.arange(width)
            one, all_but = relations[1 : width + 1], relations[width + 1 :]
            expected = np.where(i[:, None] == i, 0, 3)
            assert (one[:, 1 : width + 1] == expected).all()
            assert (all_but[:, width + 1 :] == expected).all()
            if width > 2:
                assert (one[:, width + 1 :] == np.where(i[:, None] == i, 3, 1)).all()
            assert m.merge_all().tolist() == [high] * width
            assert m.frontier().tolist() == [low] * width


# ---- events ----


def execution(n, width, seed):
    """The clocks of n events of an execution, and where each happened."""
    random = np.random.default_rng(seed)
    now, rows, slots = np.zeros((width, width), np.uint64), [], random.integers(0, width, n)
    for slot in slots:
        if rows and random.random() < 0.4:
            now[slot] = np.maximum(now[slot], rows[random.integers(len(rows))])
        now[slot, slot] += np.uint64(1)
        rows.append(now[slot].copy())
    return np.array(rows, np.uint64).reshape(n, width), slots


@pytest.mark.parametrize("n", [0, 1, 8, 63, 64, 65, 300, 1300])
def test_happened_before(level, n):
    rows, slots = execution(n, 5, n)
    expected = np.array(plain.happened_before(rows.tolist(), slots.tolist()), bool).reshape(n, n)
    for m in both_orders(rows):
        assert (m.happened_before(slots) == expected).all()
        packed = m.happened_before(slots, packed=True)
        assert packed.dtype == np.uint8
        assert (packed == np.packbits(expected, axis=1, bitorder="little")).all()
        assert ((m.pairwise() == Relation.BEFORE) == expected).all()
        order = m.topological_order()
        assert not np.tril(expected[np.ix_(order, order)]).any()


def test_happened_before_of_large_counts(level):
    rows, slots = execution(100, 4, 1)
    for more in (300, 70_000, 2**40, MOST - 100):
        m = ClockMatrix(np.where(rows > 1, rows + np.uint64(more), rows))
        assert (m.happened_before(slots) == ClockMatrix(rows).happened_before(slots)).all()


# ---- ids and clocks ----


def test_ids_beyond_the_matrix():
    m = ClockMatrix([[1, 0], [0, 0]], ["a", "b"])
    assert m.compare(VectorClock({"c": 1})).tolist() == [3, 1]
    assert m.compare(VectorClock({"a": 1, "c": 1})).tolist() == [1, 1]
    assert m.compare(VectorClock()).tolist() == [2, 0]
    assert m.dominated_by(VectorClock({"a": 1, "c": 1})).tolist() == [True, True]
    with pytest.raises(TypeError, match="str and of kind int"):
        m.compare(VectorClock({1: 1}))
    assert ClockMatrix([[1]]).compare(VectorClock({0: 1})).tolist() == [0]


@pytest.mark.parametrize("kind", IDS)
def test_clocks_and_back(kind):
    ids = sorted(IDS[kind])
    clocks = [VectorClock(), VectorClock({ids[2]: 5}), VectorClock({ids[0]: 1, ids[3]: MOST})]
    m = ClockMatrix.from_clocks(clocks)
    assert m.ids == (ids[0], ids[2], ids[3])
    assert m.to_clocks() == clocks
    assert list(m) == clocks
    assert [m[-1], m[np.int64(1)]] == [clocks[2], clocks[1]]
    assert ClockMatrix.from_encoded([clock.to_bytes() for clock in clocks]) == m
    wider = ClockMatrix.from_clocks(iter(clocks), ids[::-1])
    assert wider.ids == tuple(ids[::-1])
    assert wider.to_clocks() == clocks
    assert ClockMatrix.from_encoded((clock.to_bytes() for clock in clocks), ids[::-1]) == wider
    m[0].increment(ids[0])
    assert m.to_clocks() == clocks


@given(st.lists(st.dictionaries(st.integers(0, 30), st.sampled_from([1, 2, MOST]), max_size=8), max_size=12))
def test_clocks_of_any_ids(entries):
    clocks = [VectorClock(some) for some in entries]
    m = ClockMatrix.from_clocks(clocks)
    assert m.ids == tuple(sorted(set().union(*entries)))
    assert [clock.to_dict() for clock in m] == entries
    assert ClockMatrix.from_encoded([clock.to_bytes() for clock in clocks]) == m
    for clock in clocks:
        assert m.compare(clock).tolist() == [row.compare(clock) for row in clocks]


def test_encoded_columns():
    arrow = pytest.importorskip("pyarrow")
    data = [VectorClock({"a": 1}).to_bytes(), VectorClock({"b": 2}).to_bytes()]
    assert ClockMatrix.from_encoded(arrow.array(data)) == ClockMatrix.from_encoded(data)
    assert ClockMatrix.from_encoded(arrow.chunked_array([data])).ids == ("a", "b")
    assert ClockMatrix.from_encoded(np.array(data, object)).ids == ("a", "b")


def test_encoded_rows_that_are_none():
    good = VectorClock({"a": 1}).to_bytes()
    for bad in (b"", good[:-1], good + b"\0", VectorClock({"b": 1, "a": 1}).to_json().encode()):
        with pytest.raises(DecodeError, match="row 1 is not a VectorClock"):
            ClockMatrix.from_encoded([good, bad])
    for bad in (None, "text", 5):
        with pytest.raises(TypeError, match="row 1 is a"):
            ClockMatrix.from_encoded([good, bad])
    with pytest.raises(TypeError, match="str and of kind int"):
        ClockMatrix.from_encoded([good, VectorClock({1: 1}).to_bytes()])
    with pytest.raises(DecodeError, match=r"row 1.*max_entries"):
        ClockMatrix.from_encoded([good, VectorClock({"b": 1}).to_bytes()], max_entries=1)
    with pytest.raises(ValueError, match="row 1 counts events of 'b'"):
        ClockMatrix.from_encoded([good, VectorClock({"b": 1}).to_bytes()], ["a"])
    with pytest.raises(ValueError, match="row 0 counts events of 'b'"):
        ClockMatrix.from_clocks([VectorClock({"b": 1})], ["a"])
    with pytest.raises(TypeError, match="pass VectorClocks"):
        ClockMatrix.from_clocks([{"a": 1}])
    with pytest.raises(TypeError, match="str and of kind int"):
        ClockMatrix.from_clocks([VectorClock({"a": 1}), VectorClock({1: 1})])


# ---- arguments ----


@pytest.mark.parametrize("dtype", ["u1", "i1", "<u2", ">u2", "i4", ">i8", "<u8", ">u8"])
def test_every_kind_of_ints(dtype):
    rows = np.array([[1, 2, 0], [3, 0, 100]], dtype)
    for array in (rows, rows.T.copy().T, rows[::-1][::-1], np.repeat(rows, 2, axis=1)[:, ::2]):
        m = ClockMatrix(array)
        assert m.counts.tolist() == rows.tolist()
        assert m.compare(array[0]).tolist() == [0, 3]


def test_arrays_in_place():
    rows = np.arange(12, dtype=np.uint64).reshape(3, 4)
    for array in (rows, np.asfortranarray(rows)):
        assert np.shares_memory(ClockMatrix(array).counts, array)
    assert not np.shares_memory(ClockMatrix(rows[:, ::2]).counts, rows)
    reshaped = np.arange(4, dtype=np.uint64).reshape(2, 2)
    m = ClockMatrix(reshaped)
    reshaped.shape = (4, 1)
    assert (m.counts.tolist(), m[1].to_dict(), len(m.to_bytes())) == ([[0, 1], [2, 3]], {0: 2, 1: 3}, 160)
    counts = ClockMatrix(rows).counts
    assert not counts.flags.writeable
    unaligned = np.frombuffer(b"\0" + rows.tobytes(), np.uint64, offset=1).reshape(3, 4)
    assert ClockMatrix(unaligned) == ClockMatrix(rows)
    rows.flags.writeable = False
    assert ClockMatrix(rows).merge_all().tolist() == [8, 9, 10, 11]


@pytest.mark.parametrize(
    ("counts", "ids", "error"),
    [
        ([[1.0]], None, TypeError),
        ([[True]], None, TypeError),
        ([["1"]], None, TypeError),
        (np.array([[1]], "m8[s]"), None, TypeError),
        ([[None]], None, TypeError),
        (5, None, ValueError),
        ([1], None, ValueError),
        ([[[1]]], None, ValueError),
        ([[-1]], None, ValueError),
        ([[2**63]], None, OverflowError),
        ([[2**63, 1]], None, OverflowError),
        ([[1, 2.0]], None, TypeError),
        ([[2**64]], None, OverflowError),
        ([[-(2**64)]], None, ValueError),
        ([[1]], [], ValueError),
        ([[1]], ["a", "b"], ValueError),
        ([[1, 2]], ["a", "a"], ValueError),
        ([[1, 2]], ["a", b"a"], TypeError),
        ([[1]], [True], TypeError),
        ([[1]], [""], ValueError),
        ([[1]], [-1], OverflowError),
        ([[1]], 5, TypeError),
        ([[1]], itertools.count(), ValueError),
        (np.array([[True]], object), None, TypeError),
    ],
)
def test_bad_matrices(counts, ids, error):
    with pytest.raises(error):
        ClockMatrix(counts, ids)


@pytest.mark.parametrize("mask", [False, True, [False, True]], ids=str)
def test_masked_arrays(mask):
    m, masked = ClockMatrix([[1, 0], [0, 2]]), np.ma.array([0, 1], mask=mask)
    for name, call in [
        ("counts", lambda: ClockMatrix(masked[None])),
        (r"counts\[1\]", lambda: ClockMatrix([[1, 2], masked])),
        (r"counts\[0\]", lambda: ClockMatrix((masked,))),
        ("clock", lambda: m.compare(masked)),
        ("clock", lambda: m.dominated_by(masked)),
        ("slots", lambda: m.happened_before(masked)),
        ("offsets", lambda: m.maximal(masked)),
        ("offsets", lambda: m.merge_all(masked)),
    ]:
        with pytest.raises(TypeError, match=rf"^{name} is a masked array: pass {name}\.filled\(0\)$"):
            call()
    assert m.compare(masked.filled(0)).tolist() == plain.compare([[1, 0], [0, 2]], masked.filled(0).tolist())


def test_frames_are_not_masked():
    """Though they have a method of that name."""
    frame = pytest.importorskip("pandas").DataFrame([[1, 0], [0, 2]])
    m = ClockMatrix(frame)
    assert m.counts.tolist() == [[1, 0], [0, 2]]
    assert m.compare(frame[1]).tolist() == [3, 0]


@pytest.mark.parametrize(
    ("clock", "error"),
    [
        ([1], ValueError),
        ([1, 2, 3], ValueError),
        ([[1, 2]], ValueError),
        ([1.0, 2.0], TypeError),
        ([-1, 2], ValueError),
        ([2**63, 2], OverflowError),
        ({"a": 1}, TypeError),
        (None, TypeError),
        ("ab", TypeError),
    ],
)
def test_bad_clocks(clock, error):
    m = ClockMatrix([[1, 2]])
    for method in (m.compare, m.dominated_by):
        with pytest.raises(error):
            method(clock)


@pytest.mark.parametrize(
    "offsets",
    [[], [0], [1, 2], [0, 1], [0, 3], [0, 2, 1, 2], [-1, 2], [0, 2**63, 2], [0, MOST, -2, 2], [[0, 2]]],
    ids=str,
)
def test_offsets_that_do_not_tile(offsets):
    m = ClockMatrix([[1, 2], [3, 4]])
    for method in (m.maximal, m.merge_all):
        with pytest.raises(ValueError, match="offsets"):
            method(np.array(offsets, np.uint64 if offsets and max(offsets) == 2**63 else None))


def test_more_rows_than_there_is_memory_for():
    m = ClockMatrix(np.zeros((2**59, 0), np.uint64))
    for method in (m.pairwise, m.concurrent_pairs, m.maximal, m.topological_order):
        with pytest.raises((MemoryError, ValueError)):
            method()
    with pytest.raises((MemoryError, ValueError)):
        m.compare([])
    assert m.merge_all().tolist() == []
    assert ClockMatrix.from_bytes(m.to_bytes()) == m


def test_empty_groups():
    m = ClockMatrix([[1, 2], [3, 4]])
    assert m.merge_all([0, 0, 2, 2]).tolist() == [[0, 0], [3, 4], [0, 0]]
    assert m.maximal([0, 0, 1, 1, 2]).tolist() == [True, True]
    none = ClockMatrix(np.zeros((0, 2), np.uint64))
    assert none.merge_all([0]).shape == (0, 2)
    assert none.merge_all().tolist() == [0, 0]
    assert none.maximal([0, 0]).tolist() == []
    with pytest.raises(ValueError, match="no rows"):
        none.frontier()
    with pytest.raises(TypeError, match="offsets"):
        m.maximal([0.0, 2.0])


def test_events_that_are_none():
    m = ClockMatrix([[1, 0], [0, 1], [1, 1]])
    for slots, problem in [
        ([0, 1], "one for each"),
        ([0, 1, 2], "0 .. 1"),
        ([0, -1, 1], "0 .. 1"),
        ([0, 0, 1], "row 1 counts no event"),
        ([0, 1, 1], "rows 1 and 2"),
        ([[0, 1, 1]], "dimensions"),
    ]:
        with pytest.raises(ValueError, match=problem):
            m.happened_before(slots)
    with pytest.raises(TypeError, match="pass ints"):
        m.happened_before([0.0, 1.0, 1.0])


def test_rows_that_are_none():
    m = ClockMatrix([[1, 0], [0, 1]])
    for i in (2, -3, 2**70, -(2**70)):
        with pytest.raises(IndexError):
            m[i]
    for i in (1.0, "a", slice(None), None):
        with pytest.raises(TypeError, match="pass an int"):
            m[i]
    with pytest.raises(TypeError):
        ClockMatrix()
    with pytest.raises(TypeError):
        ClockMatrix.__new__(ClockMatrix)


# ---- equal ones, copies ----


def test_equal_matrices():
    rows = np.array([[1, 2], [3, 4]], np.uint64)
    a, b = both_orders(rows)
    assert a == b
    assert a != ClockMatrix(rows, ["a", "b"])
    assert ClockMatrix(rows, ["a", "b"]) != ClockMatrix(rows, [b"a", b"b"])
    assert ClockMatrix(rows, ["a", "b"]) != ClockMatrix(rows, ["b", "a"])
    assert a != ClockMatrix(rows[:1])
    assert a != rows.tolist()
    with pytest.raises(TypeError):
        hash(a)
    assert repr(a) == "<ClockMatrix of 2 clocks, 2 replicas>"
    assert a.nbytes == 32


class Named(ClockMatrix):
    pass


def test_a_new_of_another_kind():
    class Bad(ClockMatrix):
        def __new__(cls, *arguments):
            return ClockMatrix(*arguments)

    for make in (lambda: Bad.from_clocks([]), lambda: Bad.from_bytes(ClockMatrix([[1]]).to_bytes())):
        with pytest.raises(TypeError, match="has to make a Bad"):
            make()


def test_copies():
    m = ClockMatrix(np.asfortranarray([[1, 2], [3, 4]]), ["b", "a"])
    assert m.copy() is copy.copy(m) is copy.deepcopy(m) is m
    for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1):
        assert pickle.loads(pickle.dumps(m, protocol)) == m
    named = Named([[1]], ["a"])
    named.name = "x"
    again = pickle.loads(pickle.dumps(named))
    assert (type(again), again, again.name) == (Named, named, "x")
    assert type(Named.from_clocks([VectorClock({"a": 1})])) is Named


def test_pickles_out_of_band():
    m, buffers = ClockMatrix(np.arange(4000, dtype=np.uint64).reshape(40, 100)), []
    data = pickle.dumps(m, 5, buffer_callback=buffers.append)
    assert len(data) < 3000
    assert pickle.loads(data, buffers=[bytes(b) for b in buffers]) == m
