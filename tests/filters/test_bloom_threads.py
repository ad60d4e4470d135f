"""Threads that change, read and copy one filter at the same time lose nothing."""

import subprocess
import sys
from threading import Barrier, Thread

import numpy as np
import pytest

from coterie import BloomFilter
from tests.filters.blooms import FRONT, PARAMETERS, aligned, bits, filled, layouts

N = 20_000  # keys of each thread
WAYS = {
    "add": lambda bloom, keys: [bloom.add(key) for key in keys],
    "add_new": lambda bloom, keys: [bloom.add_new(key) for key in keys],
    "update a list": lambda bloom, keys: bloom.update(keys),
    "update an array": lambda bloom, keys: bloom.update(np.array(keys)),
    "update by tens": lambda bloom, keys: [
        bloom.update(keys[at : at + 10]) for at in range(0, len(keys), 10)
    ],
    "add_new_many": lambda bloom, keys: bloom.add_new_many(np.array(keys)),
}
ways = pytest.mark.parametrize("add", WAYS.values(), ids=WAYS)


@pytest.fixture(autouse=True)
def _frequent_switches():
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    yield
    sys.setswitchinterval(before)


def together(*works):
    """The results of functions that run in threads which start together."""
    barrier, results, failures = Barrier(len(works)), [None] * len(works), []

    def run(at):
        barrier.wait()
        try:
            results[at] = works[at]()
        except BaseException as failure:
            failures.append(failure)

    threads = [Thread(target=run, args=(at,)) for at in range(len(works))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
    return results


@layouts
@ways
def test_nothing_is_lost(layout, add):
    """In a filter so small that threads meet in every word."""
    bloom = BloomFilter(4 * N, 0.5, layout=layout)
    together(*(lambda at=at: add(bloom, list(range(at * N, at * N + N))) for at in range(4)))
    assert bits(bloom) == bits(filled(np.arange(4 * N), 4 * N, 0.5, layout=layout))


@layouts
def test_all_ways_at_once(layout):
    bloom = BloomFilter(len(WAYS) * N, 0.5, layout=layout)
    together(
        *(
            lambda at=at, add=add: add(bloom, list(range(at * N, at * N + N)))
            for at, add in enumerate(WAYS.values())
        )
    )
    assert bits(bloom) == bits(filled(np.arange(len(WAYS) * N), len(WAYS) * N, 0.5, layout=layout))


@layouts
def test_a_new_key_is_new_to_someone(layout):
    """Of those who add one key at the same time."""
    bloom, alone = (BloomFilter(N, 1e-3, layout=layout) for _ in range(2))
    want = alone.add_new_many(np.arange(N))
    found = together(
        lambda: [bloom.add_new(key) for key in range(N)],
        lambda: bloom.add_new_many(np.arange(N)).tolist(),
        lambda: bloom.add_new_many(list(range(N))).tolist(),
    )
    someone = np.array(found).any(0)
    # In another order another key may be the one that changed no bit: as many, but for a few.
    assert abs(int(someone.sum()) - int(want.sum())) <= 20
    assert bits(bloom) == bits(alone)


@layouts
def test_readers_find_what_was_added_before(layout):
    bloom = filled(np.arange(N), 4 * N, 0.5, layout=layout)
    missing = []

    def read():
        for _ in range(20):
            missing.append(int((~bloom.contains_many(np.arange(N))).sum()))
            missing.append(sum(key not in bloom for key in range(500)))

    together(
        read,
        read,
        lambda: bloom.update(np.arange(N, 3 * N)),
        lambda: [bloom.add(key) for key in range(3 * N, 4 * N)],
    )
    assert not any(missing)


@layouts
def test_copies_while_a_batch_runs(layout):
    """A copy has what was there before, and nothing that nobody added."""
    bloom = filled(np.arange(N), 1_000_000, layout=layout)
    whole = filled(np.arange(500_000), 1_000_000, layout=layout)
    before = bloom.copy()
    copies = []
    together(
        lambda: bloom.update(np.arange(500_000)),
        lambda: copies.extend(bloom.copy() for _ in range(10)),
        lambda: copies.extend(BloomFilter.from_bytes(bloom.to_bytes()) for _ in range(5)),
    )
    assert bloom == whole
    assert all(before <= copied <= whole for copied in copies)


@layouts
def test_unions_while_a_batch_runs(layout):
    options = {"capacity": 600_000, "fpr": 0.05, "layout": layout}
    bloom = BloomFilter(**options)
    others = [filled(np.arange(at * N, at * N + N), **options) for at in range(10, 20)]

    def unite():
        nonlocal bloom
        same = bloom
        for other in others:
            same |= other

    together(unite, lambda: bloom.update(np.arange(10 * N)), lambda: [bloom.add(-key) for key in range(1, N)])
    want = filled(np.arange(20 * N), **options)
    want.update(-np.arange(1, N))
    assert bits(bloom) == bits(want)


def test_two_filters_united_with_each_other():
    """Nobody waits for ever."""
    a, b = (filled(np.arange(first, first + N), 3 * N) for first in (0, N))

    def unite(left, right):
        for _ in range(300):
            left |= right

    together(lambda: unite(a, b), lambda: unite(b, a))
    assert a == b == filled(np.arange(2 * N), 3 * N)


def test_cleared_while_others_add():
    """Nothing breaks; what is added afterwards is there."""
    bloom = BloomFilter(10 * N)
    together(
        lambda: [bloom.clear() for _ in range(300)],
        lambda: [bloom.update(np.arange(N)) for _ in range(30)],
        lambda: [bloom.add(key) for key in range(N)],
    )
    bloom.update(np.arange(N))
    assert bloom.contains_many(np.arange(N)).all()
    assert bloom <= filled(np.arange(N), 10 * N)


@layouts
@pytest.mark.parametrize("one", [True, False], ids=["one object", "two objects"])
def test_unions_in_shared_memory(layout, one):
    """Another thread, or a process, adds meanwhile."""
    n = 1_000_000
    memory = aligned(BloomFilter(n, 0.5, layout=layout).to_bytes())
    bloom = BloomFilter.from_buffer(memory)
    same = bloom if one else BloomFilter.from_buffer(memory)
    other = filled(-np.arange(1, 1000), n, 0.5, layout=layout)
    added = []

    def unite():
        nonlocal same
        while not added:
            same |= other

    def add():
        for first in range(0, n - 10_000, 10_000):
            bloom.update(np.arange(first, first + 10_000))
        added.append(True)

    together(unite, add)
    assert bloom.contains_many(np.arange(n - 10_000)).all()


@layouts
@pytest.mark.parametrize("one", [True, False], ids=["one object", "two objects"])
def test_intersections_in_shared_memory(layout, one):
    """A key that is in both filters stays, and one that is added to both meanwhile too."""
    n = 3_000_000
    whole = filled(np.arange(n), n, 0.5, layout=layout)
    memory = aligned(BloomFilter(n, 0.5, layout=layout).to_bytes())
    bloom = BloomFilter.from_buffer(memory)
    same = bloom if one else BloomFilter.from_buffer(memory)
    added = []

    def intersect():
        nonlocal same
        stray = -1
        while not added:
            same.add(stray)  # or there is nothing to do
            same &= whole
            stray -= 1

    def add():
        for first in range(0, n, 50_000):
            bloom.update(np.arange(first, first + 50_000))
        added.append(True)

    together(intersect, add)
    assert bloom.contains_many(np.arange(n)).all()


@pytest.mark.parametrize("live", [False, True], ids=["own", "live"])
@layouts
def test_no_count_is_lost(layout, live):
    """Of single keys while others come in batches."""
    bloom = BloomFilter(20 * N, 1e-4, layout=layout)
    if live:
        bloom = BloomFilter.from_buffer(aligned(bloom.to_bytes()))
    together(
        lambda: bloom.update(np.arange(18 * N)),
        lambda: [bloom.add(-key) for key in range(1, N // 2)],
        lambda: [bloom.add_new(-key) for key in range(N // 2, N + 1)],
    )
    adds = PARAMETERS.unpack(bloom.to_bytes()[64:FRONT])[7]
    assert 19 * N - 20 <= adds <= 19 * N  # but for keys that seemed to be there


def test_strict_filters_lose_nothing():
    """Of single keys that others add at the same time as batches, in a filter that is never too full."""
    together_with = np.tile(np.arange(300), 30)
    for _ in range(20):
        bloom, done = BloomFilter(1000, strict=True), []

        def add(bloom=bloom, done=done):
            for key in range(10**6, 10**6 + 300):
                bloom.add(key)
            done.append(True)

        def batches(bloom=bloom, done=done):
            while not done:
                bloom.update(together_with)

        together(add, batches)
        assert bloom.contains_many(np.arange(10**6, 10**6 + 300)).all()


REINIT = """
import sys, warnings
from threading import Thread
import numpy as np
from coterie import BloomFilter
warnings.simplefilter("ignore")
bloom, keys, done = BloomFilter(20_000_000), np.arange(5_000_000), []
other = BloomFilter(20_000_000)
other.add("more")
def again():
    while not done:
        bloom.__init__(10)
        bloom.__init__(1_000_000)
thread = Thread(target=again)
thread.start()
try:
    for _ in range(6):
        bloom.__init__(20_000_000)
        try:
            CALL
        except ValueError:  # another shape by now
            pass
finally:
    done.append(True)
    thread.join()
print("alive")
"""


@pytest.mark.parametrize(
    "call",
    [
        *("bloom.update(keys)", "bloom.add_new_many(keys)", "bloom.contains_many(keys)", "bloom.clear()"),
        *("bloom |= bloom.copy()", "bloom &= bloom.copy()", "bloom == bloom.copy()", "bloom <= bloom.copy()"),
        *("bloom |= other", "bloom &= other"),
        *("bloom.copy()", "bloom.to_bytes()", "bloom.approx_len()", "bloom.estimated_fpr()"),
    ],
)
def test_initialised_again_while_it_is_used(call):
    """Whatever comes of it, the memory in use stays."""
    command = [sys.executable, "-c", REINIT.replace("CALL", call)]
    result = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert (result.returncode, result.stdout) == (0, "alive\n"), result.stderr


COPIED = """
import sys
from threading import Barrier, Thread
from coterie import BloomFilter
BloomFilter(10_000_000).save(sys.argv[1])
for _ in range(20):
    bloom, barrier = BloomFilter.open(sys.argv[1], sys.argv[2]), Barrier(2)
    def again():
        barrier.wait()
        bloom.__init__(10)
    thread = Thread(target=again)
    thread.start()
    barrier.wait()
    bloom.copy()
    thread.join()
print("alive")
"""


@pytest.mark.parametrize("mode", ["r", "r+", "c"])
def test_initialised_again_while_its_file_is_copied(mode, tmp_path):
    command = [sys.executable, "-c", COPIED, str(tmp_path / "bloom"), mode]
    result = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert (result.returncode, result.stdout) == (0, "alive\n"), result.stderr


def test_keys_that_change_the_filter():
    """An iterable of keys may add to the filter that reads it, and ask it."""
    bloom = BloomFilter(10_000)

    def keys():
        for key in range(2000):
            bloom.add(key + 5000)
            bloom.update([key + 7000])
            assert key + 5000 in bloom
            yield key

    bloom.update(keys())
    want = filled(range(2000), 10_000)
    want.update(range(5000, 9000))
    assert bloom == want


def test_strict_among_threads():
    """At most as many as the capacity, but for what threads that add at the same moment cannot know."""
    bloom = BloomFilter(4 * N, 1e-3, strict=True)
    together(*(lambda at=at: bloom.update(np.arange(at * N, at * N + N)) for at in range(4)))
    assert bloom.contains_many(np.arange(4 * N)).all()
