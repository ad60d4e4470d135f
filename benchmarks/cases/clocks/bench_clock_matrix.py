"""What does a question cost that is asked of many clocks at once, beside plain Python and NumPy?"""

from functools import partial

import numpy as np
import pytest

from benchmarks import contenders
from benchmarks.baselines.clocks import clock_matrix as plain
from benchmarks.floors import Floor

OURS, PLAIN, NUMPY = "coterie.ClockMatrix", "plain.ClockMatrix", "numpy.ClockMatrix"
LARGE = 2**27  # bytes of a matrix that no cache holds

widths = pytest.mark.parametrize("width", [16, 128, 1024])


def chain(n, width, step=1):
    """Each row after the one before in every column, so that no look at a part of a pair decides."""
    return np.arange(n, dtype=np.uint64)[:, None] * np.uint64(step) + np.arange(
        width, dtype=np.uint64
    ) // np.uint64(9)


def execution(n, width):
    """The clocks of events of which a third hear of another one, and the columns of these."""
    random = np.random.default_rng(1)
    slots, heard = random.integers(width, size=n), random.integers(n, size=n)
    now, rows = np.zeros((width, width), np.uint64), np.empty((n, width), np.uint64)
    for i, slot in enumerate(slots):
        if heard[i] % 3 == 0 and i:
            np.maximum(now[slot], rows[heard[i] % i], out=now[slot])
        now[slot, slot] += np.uint64(1)
        rows[i] = now[slot]
    return rows, slots


@pytest.mark.parametrize("who", [OURS, NUMPY, PLAIN])
@widths
@pytest.mark.parametrize("counters", ["range under 256", "wide counters"])
def test_pairwise(row, counters, width, who):
    """All pairs of 256 clocks, all of them ordered."""
    n = 64 if who == PLAIN else 256
    if who == PLAIN and width > 16:
        pytest.skip("too slow")
    row.ask(f"ClockMatrix.pairwise, {counters}", f"{width} replicas", unit="ordered pair")
    counts = chain(n, width, 2**40 if counters == "wide counters" else 1)
    m = contenders.find(who)(counts)
    answers = np.asarray(m.pairwise())
    expected = np.where(np.arange(n)[:, None] < np.arange(n), 1, 2) * (1 - np.eye(n, dtype=int))
    row.check(m, [answers], [expected.tolist()])
    return row.time(m, m.pairwise, per=n * n)


@pytest.mark.parametrize("who", [OURS, NUMPY, PLAIN])
def test_happened_before(row, who):
    """By dots: the events of an execution of 16 replicas."""
    n = 128 if who == PLAIN else 4096
    row.ask("ClockMatrix.happened_before", "16 replicas", unit="ordered pair")
    counts, slots = execution(n, 16)
    m = contenders.find(who)(counts, slots)
    few = contenders.find(who)(counts[:100], slots[:100])
    row.check(
        m,
        [np.asarray(few.happened_before())],
        [plain.happened_before(counts[:100].tolist(), slots[:100].tolist())],
    )
    return row.time(m, m.happened_before, per=n * n)


@pytest.mark.parametrize("who", [OURS, NUMPY, PLAIN, "floor"])
@pytest.mark.parametrize("question", ["compare", "merge_all", "frontier"])
@pytest.mark.parametrize("width", [3, 16, 128, 1024])
def test_from_memory(row, width, question, who):
    """Questions that look at each counter once, of a matrix that no cache holds."""
    row.ask(f"ClockMatrix.{question}", f"{width} replicas", unit="counter")
    counts = chain(LARGE // 8 // width, width)
    if who == "floor":
        return row.floor(Floor("read all (NumPy's sum)", counts.sum, counts.size))
    if who == PLAIN:
        counts = counts[:1000]
    m = contenders.find(who)(counts)
    ask = getattr(m, question)
    if ask is None:
        pytest.skip("nothing to compare")
    if question == "compare":
        middle = counts[len(counts) // 2].copy()
        ask = partial(ask, middle)
        few = range(0, len(counts), len(counts) // 50)
        answers = np.asarray(ask())
        row.check(
            m,
            [[int(answers[i]) for i in few]],
            [[plain.relation(counts[i].tolist(), middle.tolist()) for i in few]],
        )
    else:
        row.check(m, [ask()], [counts[-1 if question == "merge_all" else 0].tolist()])
    return row.time(m, ask, per=counts.size)


@pytest.mark.parametrize("who", [OURS, PLAIN])
def test_siblings(row, who):
    """Which of the clocks of each key are live: 16 replicas, one to five clocks for each of many keys."""
    row.ask("ClockMatrix.maximal(offsets)", "16 replicas", unit="clock")
    random = np.random.default_rng(1)
    n = 1000 if who == PLAIN else 100_000
    counts = random.integers(0, 3, size=(n, 16)).astype(np.uint64) * (random.random((n, 16)) < 0.2)
    counts = counts.astype(np.uint64)
    offsets = np.minimum(np.cumsum([0, *random.integers(1, 6, size=n)]), n)
    m = contenders.find(who)(counts)
    few = offsets[offsets <= 500]
    part = contenders.find(who)(counts[: few[-1]])
    row.check(m, [np.asarray(part.live(few))], [plain.maximal(counts[: few[-1]].tolist(), few.tolist())])
    return row.time(m, partial(m.live, offsets), per=n)
