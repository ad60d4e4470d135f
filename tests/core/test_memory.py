"""Batches and errors leave nothing behind."""

import gc
import resource
import statistics
import subprocess
import sys
import tracemalloc
from itertools import pairwise

import numpy as np
import pytest

from coterie import HashRing, JumpHash, digest, digests
from coterie.hashing import jump, xxh3_64

TEXT, BLOB, BAD = "a key that is é", bytearray(b"a key"), 2**70


def resident():
    """The bytes of memory that the process has touched."""
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * resource.getpagesize()


def resident_growth(work, rounds=9):
    """How many bytes one round of repeated work adds to the process: the median of the rounds.

    What leaks is added in every round; what an allocator keeps for later is added in some.
    """
    sizes = []
    for _ in range(rounds + 1):
        work()
        sizes.append(resident())
    return statistics.median(after - before for before, after in pairwise(sizes))


def growth(work, rounds=20):
    """How many bytes that Python knows of, and NumPy's arrays, are left by repeated work."""
    for _ in range(3):
        work()
    gc.collect()
    tracemalloc.start()
    try:
        work()
        gc.collect()
        before = tracemalloc.get_traced_memory()[0]
        for _ in range(rounds):
            work()
        gc.collect()
        return tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()


def refused(call, *arguments, **options):
    try:
        call(*arguments, **options)
    except (TypeError, ValueError, OverflowError):
        return
    raise AssertionError("nothing was refused")


def own_keys():
    """Keys that nobody else refers to."""
    return [TEXT + "!", bytearray(BLOB), BAD // 1024]


def object_array(keys):
    array = np.empty(len(keys), object)
    array[:] = keys
    return array


MAKERS = {"list": list, "tuple": tuple, "iterator": iter, "array": object_array}


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
def test_batches_keep_no_reference_to_keys(make):
    some = own_keys()
    keys = some * 2000
    before = [sys.getrefcount(key) for key in some]
    for call in (digests, xxh3_64, JumpHash(5).assign, HashRing(["a", "b"]).assign):
        assert len(call(make(keys))) == 6000
    assert [sys.getrefcount(key) for key in some] == before


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
@pytest.mark.parametrize("bad", [BAD, object(), "\ud800", 1.5], ids=lambda bad: type(bad).__name__)
def test_errors_keep_no_reference_to_keys(make, bad):
    some = own_keys()
    keys = some * 700 + [bad]
    before = [sys.getrefcount(key) for key in [*some, bad]]
    for _ in range(10):
        refused(digests, make(keys))
        refused(digest, bad)
    assert [sys.getrefcount(key) for key in [*some, bad]] == before


def test_a_container_is_let_go():
    for container in ([TEXT], (TEXT,), {TEXT}, object_array([TEXT]), np.arange(3)):
        before = sys.getrefcount(container)
        digests(container)
        assert sys.getrefcount(container) == before
    for container in ([None], (None,), {None}, object_array([None]), np.ones((2, 2)), np.ones(3), {}, None):
        before = sys.getrefcount(container)
        refused(digests, container)
        assert sys.getrefcount(container) == before or container is None


@pytest.mark.parametrize(
    "work",
    [
        lambda: digests([TEXT, 5, b"b"] * 1000),
        lambda: digests(f"key {i}" for i in range(5000)),
        lambda: digests(np.array(["é", "b"])),
        lambda: digests(np.array(["é", "b" * 100], np.dtypes.StringDType())),
        lambda: [digest(key) for key in (TEXT, BLOB, memoryview(BLOB), np.int64(5), 2**63, -1)],
        lambda: jump([1, 2, 3], 5),
        lambda: refused(digests, [1, 2, BAD]),
        lambda: refused(digests, iter([1, 2, BAD])),
        lambda: refused(digests, np.array(["\ud800"])),
        lambda: refused(digest, memoryview(BLOB)[::2]),
        lambda: refused(xxh3_64, "a", seed=-1),
        lambda: HashRing(["a", "b"]).assign(iter("abc")),
        lambda: HashRing.from_bytes(HashRing(["a", b"b", 3]).to_bytes()),
        lambda: refused(HashRing.from_bytes, HashRing(["a", b"b", 3]).to_bytes()[:-1]),
        lambda: JumpHash.from_bytes(JumpHash(5).to_bytes()),
    ],
)
def test_nothing_is_left(work):
    assert growth(work) < 2000


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_a_million_keys_over_and_over():
    """They leave nothing behind that stays."""
    keys = [f"user:{i}" for i in range(10**6)]
    column = np.array(keys)

    def work():
        digests(keys)
        digests(key for key in keys)
        digests(column)
        HashRing(["a", "b"]).assign(column)

    assert resident_growth(work) < 2 << 20  # one result that stays would be 8 million bytes


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_an_iterator_is_not_collected_first():
    """Three million keys take the memory of their result and of its last growth."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    result = digests(iter(range(3 * 10**6)))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 - before
    assert peak < 3 * result.nbytes


@pytest.mark.parametrize("text", ["ключ 42", "naïve", "😀 and text"], ids=ascii)
def test_a_text_does_not_keep_its_utf8(text):
    """What Python counts as the size of a str includes UTF-8 that was made of it."""
    keys = [(text + "?")[:-1] for _ in range(7)]  # none of them has been encoded yet
    before = sys.getsizeof(keys[0])
    digest(keys[0])
    digests(keys[1:2])
    digests(iter(keys[2:3]))
    xxh3_64(keys[3], seed=5)
    HashRing(["a"])[keys[4]]
    JumpHash(5).assign([keys[5]])
    assert [sys.getsizeof(key) for key in keys] == [before] * 7


WIDE = """
import resource
import subprocess
import numpy as np
import coterie
keys = np.array(["x" * 10**7, "y"])
with open("/proc/self/statm") as file:
    room = int(file.read().split()[0]) * resource.getpagesize() + (200 << 20)
resource.setrlimit(resource.RLIMIT_AS, (room, room))
print(coterie.digests(keys).tolist() == [coterie.digest(key) for key in keys.tolist()])
"""


@pytest.mark.skipif(sys.platform != "linux", reason="limits memory by RLIMIT_AS")
def test_wide_texts_take_little_memory():
    """A column of 80 million bytes is read in less than 200 million."""
    result = subprocess.run([sys.executable, "-c", WIDE], capture_output=True, text=True, timeout=60)
    assert result.stdout == "True\n", result.stderr
