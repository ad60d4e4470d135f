"""Files and shared memory: what is written is read, altered bytes are refused, processes share one filter."""

import mmap
import os
import signal
import subprocess
import sys
import time
import warnings
from multiprocessing.shared_memory import SharedMemory

import numpy as np
import pytest

from coterie import BloomFilter, CapacityWarning, DecodeError, HashRing, JumpHash
from coterie.hashing import xxh3_64
from tests.core.container import parse, reseal
from tests.filters.blooms import FRONT, KEY, PARAMETERS, aligned, bits, filled, layouts, shape, state

KEYS = [f"user:{i}" for i in range(1000)]
FROZEN = ValueError
BLOOM, LIVE = 5, 4
CHANGES = {
    "add": lambda bloom: bloom.add("new"),
    "add what is there": lambda bloom: bloom.add("user:1"),
    "add_new": lambda bloom: bloom.add_new("new"),
    "update": lambda bloom: bloom.update(["new"]),
    "update none": lambda bloom: bloom.update([]),
    "add_new_many": lambda bloom: bloom.add_new_many(["new"]),
    "clear": lambda bloom: bloom.clear(),
    "|=": lambda bloom: bloom.__ior__(bloom.copy()),
    "&=": lambda bloom: bloom.__iand__(bloom.copy()),
}


@pytest.fixture
def path(tmp_path):
    return tmp_path / "bloom"


def saved(path, keys=KEYS, capacity=2000, fpr=0.01, **options):
    """A filter of these keys, which is also in the file."""
    bloom = filled(keys, capacity, fpr, **options)
    assert bloom.save(path) is None
    return bloom


def python(program, *arguments):
    """A process that runs a program, which prints "ready" when it has begun."""
    command = [sys.executable, "-c", program, *map(str, arguments)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "ready\n", process.communicate()[1]
    return process


def finished(process):
    """What a process printed from then on."""
    output, errors = process.communicate(timeout=60)
    assert (process.returncode, errors) == (0, "")
    return output


# ---- bytes ----


@layouts
@pytest.mark.parametrize("options", [{}, {"seed": 2**64 - 1}, {"strict": True}, {"key": KEY}], ids=str)
def test_layout_of_the_bytes(layout, options):
    bloom = filled(KEYS, 2000, 1e-3, layout=layout, **options)
    container = parse(bloom.to_bytes())
    assert (container.kind, container.version, container.reserved) == (BLOOM, 1, 0)
    assert (container.count, container.seed) == (2000, options.get("seed", 0))
    assert container.flags == ("strict" in options) + 2 * ("key" in options)
    number, probes, fpr, z, check, zero, sum_, adds, end = PARAMETERS.unpack(container.payload[:64])
    assert (number, fpr, z) == (["block", "pair", "classic"].index(layout), 1e-3, bloom.nbytes // 32)
    assert (check != 0) == ("key" in options)
    assert (zero, end) == (0, 0)
    assert (
        sum_ == parse(container.but(payload=container.payload[:40], payload_sum=None).to_bytes()).payload_sum
    )
    assert probes == {"block": 8, "pair": 16}.get(layout, probes)
    assert 950 <= adds <= 1050
    assert len(container.payload) == 64 + bloom.nbytes
    assert reseal(bloom.to_bytes()) == bloom.to_bytes()


@layouts
def test_equal_filters_have_equal_bytes(layout):
    a = filled(KEYS, 2000, layout=layout)
    assert a.to_bytes() == filled(KEYS, 2000, layout=layout).to_bytes()
    assert BloomFilter.from_bytes(a.to_bytes()).to_bytes() == a.to_bytes()
    assert state(BloomFilter.from_bytes(a.to_bytes())) == state(a)


@pytest.mark.parametrize("make", [bytes, bytearray, memoryview, lambda data: np.frombuffer(data, np.uint8)])
def test_any_buffer(make):
    bloom = filled(KEYS, 2000)
    assert BloomFilter.from_bytes(make(bloom.to_bytes())) == bloom


def test_bytes_are_copied():
    data = bytearray(filled(["a"]).to_bytes())
    bloom = BloomFilter.from_bytes(data)
    data[:] = bytes(len(data))
    assert bloom == filled(["a"])
    bloom.add("b")
    assert data == bytes(len(data))


@pytest.mark.parametrize("offset", range(1, 64, 7))
def test_any_alignment(offset):
    bloom = filled(KEYS, 2000)
    data = bytes(offset) + bloom.to_bytes()
    assert BloomFilter.from_bytes(memoryview(data)[offset:]) == bloom


# ---- bytes that are not right ----


def doors(data, path):
    """Every way in for bytes."""
    path.write_bytes(data)
    yield lambda: BloomFilter.from_bytes(data)
    yield lambda: BloomFilter.from_buffer(aligned(data).toreadonly())
    yield lambda: BloomFilter.from_buffer(aligned(data))
    for mode in ("r", "c", "r+"):
        yield lambda mode=mode: BloomFilter.open(path, mode)


def refused(data, path):
    """Nobody lets the bytes in, and nobody changes the file."""
    for door in doors(data, path):
        with pytest.raises(DecodeError, match="not a BloomFilter: "):
            door()
    assert path.read_bytes() == data


def found(data, path):
    """What lets the bytes in, since it does not look at all, says when asked that they are altered."""
    path.write_bytes(data)
    with pytest.raises(DecodeError, match="not a BloomFilter: "):
        BloomFilter.from_bytes(data)
    for door in (
        lambda: BloomFilter.open(path),
        lambda: BloomFilter.open(path, "c"),
        lambda: BloomFilter.from_buffer(aligned(data).toreadonly()),
    ):
        with pytest.raises(DecodeError, match="not a BloomFilter: "):
            door().verify()
    assert path.read_bytes() == data


@layouts
def test_every_shorter_file(layout, path):
    data = filled(["a", "b"], 3, layout=layout).to_bytes()
    for size in range(len(data)):
        refused(data[:size], path)


@layouts
def test_every_longer_file(layout, path):
    """A buffer may be longer: shared memory comes in pages."""
    data = filled(["a", "b"], 3, layout=layout).to_bytes()
    for more in (b"\0", b"\0" * 32, b"\0" * 4096, data):
        longer = data + more
        path.write_bytes(longer)
        with pytest.raises(DecodeError, match="go on after their end"):
            BloomFilter.from_bytes(longer)
        for mode in ("r", "r+", "c"):
            with pytest.raises(DecodeError, match="go on after their end"):
                BloomFilter.open(path, mode)
        assert path.read_bytes() == longer
        bloom = BloomFilter.from_buffer(aligned(longer))
        bloom.verify()
        assert bloom == filled(["a", "b"], 3, layout=layout)
        assert bloom.to_bytes() == data


@layouts
def test_every_altered_byte(layout, path):
    data = filled(["a", "b"], 3, layout=layout).to_bytes()
    for at in range(len(data)):
        for flip in (*(1 << bit for bit in range(8)), 0xFF):
            altered = bytearray(data)
            altered[at] ^= flip
            # What others may change, and the bits, have no checksum but that of the whole.
            opens = 64 + 48 <= at < 64 + 56 or at >= FRONT
            (found if opens else refused)(bytes(altered), path)


@layouts
def test_every_altered_byte_under_right_checksums(layout):
    """Refused, or read as what writes the same bytes."""
    data = filled(["a", "b"], 3, layout=layout).to_bytes()
    for at in [*range(40), *range(64, FRONT)]:
        for flip in (1, 2, 4, 0x80, 0xFF):
            altered = bytearray(data)
            altered[at] ^= flip
            altered = resealed(bytes(altered))
            try:
                read = BloomFilter.from_bytes(altered)
            except (DecodeError, ValueError):
                continue
            except MemoryError:
                pytest.fail(f"allocated by what byte {at} says")
            if not parse(altered).flags & LIVE:
                assert read.to_bytes() == altered, at
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", CapacityWarning)  # for so many the bytes say it has
                read.update(["b"])
            assert "b" in read
            assert read


def resealed(data):
    """The same bytes with all three checksums right."""
    container = parse(data)
    front = container.payload[:40]
    payload = front + xxh3_64(front).to_bytes(8, "little") + container.payload[48:]
    return reseal(container.but(payload=payload).to_bytes())


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *((0, layout) for layout in (3, 2**31, 2**32 - 1)),
        *((1, probes) for probes in (0, 1, 9, 65, 2**32 - 1)),
        *((2, fpr) for fpr in (0.0, 1.0, -1.0, float("nan"), float("inf"))),
        *((3, z) for z in (0, 2, 2**31, 2**32 + 1, 2**59 + 1, 2**63, 2**64 - 1)),
        (4, 1),
        (5, 1),
        (8, 1),
    ],
    ids=str,
)
def test_parameters_that_lie(field, value, path):
    """Under checksums that are right."""
    data = filled(["a"], 3).to_bytes()
    parameters = list(PARAMETERS.unpack(data[64:FRONT]))
    assert parameters[3] == 1
    parameters[field] = value
    refused(resealed(data[:64] + PARAMETERS.pack(*parameters) + data[FRONT:]), path)


@pytest.mark.parametrize("capacity", [0, 2**63, 2**64 - 1])
def test_capacity_that_lies(capacity, path):
    refused(parse(filled(["a"], 3).to_bytes()).but(count=capacity, header_sum=None).to_bytes(), path)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"text\n",
        bytes(500),
        HashRing(["a"]).to_bytes(),
        JumpHash(5).to_bytes(),
        filled(["a"]).to_bytes()[64:],
    ],
    ids=["empty", "text", "zeros", "ring", "shards", "payload"],
)
def test_what_is_no_filter(data, path):
    refused(data, path)


def test_other_kinds_and_newer_versions(path):
    container = parse(filled(["a"]).to_bytes())
    for change in (
        {"kind": 6},
        {"kind": 0},
        {"version": 2},
        {"flags": 8},
        {"flags": 1 << 31},
        {"reserved": 1},
    ):
        refused(container.but(**change, header_sum=None).to_bytes(), path)


# ---- files ----


@layouts
def test_there_and_back(layout, path):
    bloom = saved(path, layout=layout, seed=7)
    assert path.read_bytes() == bloom.to_bytes()
    for mode in ("r", "r+", "c"):
        opened = BloomFilter.open(path, mode)
        assert type(opened) is BloomFilter
        assert opened == bloom
        assert bits(opened) == bits(bloom)
        assert (opened.capacity, opened.fpr, opened.layout) == (2000, 0.01, layout)
        assert opened.contains_many(KEYS).all()
        assert "user:5" in opened
        if mode == "r":
            opened.verify()
    assert BloomFilter.open(path, mode="r") == BloomFilter.open(str(path)) == bloom


@layouts
@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_opened_to_read_it_is_frozen(layout, change, path):
    bloom = saved(path, layout=layout)
    opened = BloomFilter.open(path)
    with pytest.raises(FROZEN):
        change(opened)
    assert opened == bloom
    assert path.read_bytes() == bloom.to_bytes()


@layouts
def test_copies_of_what_is_frozen_are_not(layout, path):
    bloom = saved(path, layout=layout)
    opened = BloomFilter.open(path)
    for copied in (opened.copy(), opened | opened, BloomFilter.from_bytes(opened.to_bytes())):
        copied.add("new")
        assert "new" in copied
    assert path.read_bytes() == bloom.to_bytes()
    assert opened == bloom


def test_opened_to_write_and_only_read(path):
    """The file keeps its checksum until it is changed."""
    data = saved(path).to_bytes()
    opened = BloomFilter.open(path, "r+")
    assert "user:1" in opened
    opened.verify()
    opened.add("user:1")
    assert path.read_bytes() == data
    opened.add("new")
    with pytest.raises(ValueError, match="checksum"):
        opened.verify()


@layouts
@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_opened_as_a_copy_it_leaves_the_file(layout, change, path):
    bloom = saved(path, layout=layout)
    opened = BloomFilter.open(path, "c")
    change(opened)
    change(bloom)
    assert opened == bloom
    assert path.read_bytes() == saved(path.with_name("same"), layout=layout).to_bytes()


@layouts
@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_opened_to_write_it_changes_the_file(layout, change, path):
    bloom = saved(path, layout=layout)
    opened = BloomFilter.open(path, "r+")
    before = path.stat().st_ino
    change(opened)
    change(bloom)
    assert opened == bloom
    for mode in ("r", "c", "r+"):
        assert BloomFilter.open(path, mode) == bloom
    del opened
    assert BloomFilter.open(path) == bloom
    assert BloomFilter.from_bytes(path.read_bytes()) == bloom
    assert path.stat().st_ino == before


def test_two_readers_and_a_writer_see_one_filter(path):
    saved(path, keys=[])
    reader, writer, other = (BloomFilter.open(path, mode) for mode in ("r", "r+", "r+"))
    writer.update(KEYS[:500])
    other.update(KEYS[500:])
    for bloom in (reader, writer, other, BloomFilter.open(path)):
        assert bloom.contains_many(KEYS).all()
    assert reader == writer == other == filled(KEYS, 2000)
    assert bool(reader)


def test_writing_a_file_again_and_again(path):
    """Each time it is opened anew."""
    saved(path, keys=[])
    for key in KEYS[:50]:
        BloomFilter.open(path, "r+").add(key)
    assert BloomFilter.open(path) == filled(KEYS[:50], 2000)


def test_what_was_changed_in_place_has_no_checksum(path):
    """Until it is saved."""
    saved(path)
    opened = BloomFilter.open(path, "r+")
    opened.add("new")
    for bloom in (opened, BloomFilter.open(path)):
        with pytest.raises(ValueError, match="checksum") as info:
            bloom.verify()
        assert info.type is ValueError
    opened.save(path)
    BloomFilter.open(path).verify()


def test_saved_over_the_file_it_was_opened_from(path):
    saved(path)
    for mode in ("r", "r+", "c"):
        opened = BloomFilter.open(path, mode)
        want = opened.copy()
        opened.save(path)
        assert opened == want == BloomFilter.open(path)
        assert opened.contains_many(KEYS).all()


def test_replaced_while_it_is_open(path):
    bloom = saved(path)
    opened = BloomFilter.open(path)
    saved(path, keys=["other"])
    assert opened == bloom
    assert BloomFilter.open(path) == filled(["other"], 2000)


def test_removed_while_it_is_open(path):
    bloom = saved(path)
    opened = BloomFilter.open(path, "r+")
    path.unlink()
    opened.add("new")
    bloom.add("new")
    assert opened == bloom


@pytest.mark.parametrize("mode", ["", "w", "a", "rb", "r ", "x", "w+", "R", None, 5, b"r"], ids=repr)
def test_unknown_mode(mode, path):
    data = saved(path).to_bytes()
    with pytest.raises((ValueError, TypeError), match="mode"):
        BloomFilter.open(path, mode)
    assert path.read_bytes() == data


@pytest.mark.parametrize("mode", ["r", "r+", "c"])
def test_files_that_are_not_there(mode, tmp_path):
    for path, error in [
        (tmp_path / "missing", FileNotFoundError),
        (tmp_path, IsADirectoryError),
        ("", FileNotFoundError),
        ("a\0b", ValueError),
        (None, TypeError),
        (5, TypeError),
    ]:
        with pytest.raises(error):
            BloomFilter.open(path, mode)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(os.name != "posix" or os.getuid() == 0, reason="root may write everywhere")
def test_file_that_may_not_be_written(path):
    bloom = saved(path)
    path.chmod(0o400)
    with pytest.raises(PermissionError):
        BloomFilter.open(path, "r+")
    assert BloomFilter.open(path) == BloomFilter.open(path, "c") == bloom


@pytest.mark.skipif(not os.path.exists("/proc/self/fd"), reason="counts open files in /proc")
def test_files_are_closed(path):
    saved(path)
    path.with_name("bad").write_bytes(path.read_bytes()[:-1])
    before = len(os.listdir("/proc/self/fd"))
    for mode in ("r", "r+", "c"):
        for _ in range(20):
            BloomFilter.open(path, mode)
            with pytest.raises(DecodeError):
                BloomFilter.open(path.with_name("bad"), mode)
    assert len(os.listdir("/proc/self/fd")) == before


def test_failing_save(path, monkeypatch):
    data = saved(path).to_bytes()

    def fail(*arguments, **options):
        raise OSError("no")

    for step in ("fsync", "replace"):
        with monkeypatch.context() as patched:
            patched.setattr(os, step, fail)
            with pytest.raises(OSError, match="no"):
                filled(["other"], 2000).save(path)
    assert path.read_bytes() == data
    assert os.listdir(path.parent) == ["bloom"]


# ---- processes ----

SAVES = """
import sys
from coterie import BloomFilter
a, b = BloomFilter(500_000), BloomFilter(500_000)
a.update(range(100_000)), b.update(range(100_000, 200_000))
a.save(sys.argv[1])
print("ready", flush=True)
while True:
    b.save(sys.argv[1])
    a.save(sys.argv[1])
"""


@pytest.mark.skipif(os.name != "posix", reason="kills by signals")
def test_killed_while_it_saves(path):
    """The file is the old one or the new one."""
    whole = [filled(keys, 500_000) for keys in (range(100_000), range(100_000, 200_000))]
    for delay in (0, 1e-3, 5e-3):
        process = python(SAVES, path)
        time.sleep(delay)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        opened = BloomFilter.open(path)
        opened.verify()
        assert opened in whole


ADDS = """
import sys
from coterie import BloomFilter
bloom = BloomFilter.open(sys.argv[1], "r+")
first, n = int(sys.argv[2]), int(sys.argv[3])
print("ready", flush=True)
sys.stdin.readline()
for i in range(first, first + n // 2):
    bloom.add(i)
bloom.update(range(first + n // 2, first + n * 3 // 4))
print(int(bloom.add_new_many(range(first + n * 3 // 4, first + n)).sum()))
"""


def adders(path, ranges):
    """Processes that begin to add these ranges of keys to one file at about the same time."""
    processes = []
    for first, n in ranges:
        command = [sys.executable, "-c", ADDS, str(path), str(first), str(n)]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        processes.append(subprocess.Popen(command, text=True, **pipes))
    for process in processes:
        assert process.stdout.readline() == "ready\n", process.communicate()[1]
    for process in processes:
        process.stdin.write("\n")
        process.stdin.flush()
    return processes


@layouts
def test_processes_that_add_to_one_file_lose_nothing(layout, path):
    """In a filter so small that they meet in every word."""
    n = 40_000
    saved(path, keys=[], capacity=2 * n, fpr=0.5, layout=layout)
    for process in adders(path, [(0, n), (n, n)]):
        finished(process)
    want = filled(np.arange(2 * n), 2 * n, 0.5, layout=layout)
    assert bits(BloomFilter.open(path)) == bits(want)
    assert BloomFilter.open(path) == want


@layouts
def test_who_adds_the_same_keys_finds_each_new_at_least_once(layout, path):
    n = 40_000
    saved(path, keys=[], capacity=2 * n, fpr=1e-4, layout=layout)
    found = [int(finished(process)) for process in adders(path, [(0, n), (0, n)])]
    # The last quarter goes by add_new_many. Of these 10,000 one or two may look as if they were there.
    assert sum(found) >= n // 4 - 20
    assert BloomFilter.open(path) == filled(np.arange(n), 2 * n, 1e-4, layout=layout)


KILLED = """
import sys
from coterie import BloomFilter
bloom = BloomFilter.open(sys.argv[1], "r+")
bloom.update(range(1000))
print("ready", flush=True)
i = 1000
while i < 90_000:
    bloom.add(i)
    i += 1
sys.stdin.readline()
"""


@pytest.mark.skipif(os.name != "posix", reason="kills by signals")
def test_killed_while_it_adds(path):
    """What was added before is there: the memory belongs to the file."""
    saved(path, keys=[], capacity=100_000)
    process = python(KILLED, path)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    for mode in ("r", "r+", "c"):
        opened = BloomFilter.open(path, mode)
        assert opened.contains_many(range(1000)).all()
    assert BloomFilter.from_bytes(path.read_bytes()).contains_many(range(1000)).all()


# ---- any memory ----


def test_buffer_that_may_be_written():
    data = aligned(filled(KEYS[:10], 2000).to_bytes())
    a, b = BloomFilter.from_buffer(data), BloomFilter.from_buffer(data)
    a.add("from a")
    b.update(["from b"])
    for bloom in (a, b, BloomFilter.from_bytes(data), BloomFilter.from_buffer(data.toreadonly())):
        assert bloom.contains_many(["from a", "from b", *KEYS[:10]]).all()
    assert a == b


def test_buffer_is_held():
    memory = mmap.mmap(-1, 8192)
    data = filled(KEYS[:10], 2000).to_bytes()
    memory[: len(data)] = data
    bloom = BloomFilter.from_buffer(memory)
    with pytest.raises(BufferError):
        memory.close()
    bloom.add("new")
    del bloom
    assert "new" in BloomFilter.from_bytes(memory[: len(data)])
    memory.close()


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_buffer_that_may_not_be_written(change):
    data = aligned(filled(KEYS, 2000).to_bytes())
    for buffer in (data.toreadonly(), np.frombuffer(data.toreadonly(), np.uint8)):
        bloom = BloomFilter.from_buffer(buffer)
        with pytest.raises(FROZEN):
            change(bloom)
        assert bloom == filled(KEYS, 2000)
    assert data == filled(KEYS, 2000).to_bytes()


@pytest.mark.parametrize("buffer", [None, "text", 5, [1, 2], memoryview(bytes(1000))[::2]], ids=repr)
def test_no_buffer(buffer):
    for door in (BloomFilter.from_buffer, BloomFilter.from_bytes):
        with pytest.raises((TypeError, BufferError)):
            door(buffer)


@pytest.mark.parametrize("offset", [1, 4, 8, 16, 32, 63])
def test_buffer_of_another_alignment(offset):
    """It would have to be copied, and nobody else would see what is written."""
    data = filled(KEYS[:10], 2000).to_bytes()
    memory = aligned(bytes(offset) + data)
    for buffer in (memory[offset:], memory[offset:].toreadonly()):
        with pytest.raises(ValueError, match="64 bytes"):
            BloomFilter.from_buffer(buffer)
    assert memory[offset:] == data


SHARES = """
import sys
from multiprocessing.shared_memory import SharedMemory
from coterie import BloomFilter
try:
    memory = SharedMemory(sys.argv[1], track=False)
except TypeError:  # before Python 3.13
    from multiprocessing import resource_tracker
    resource_tracker.register = resource_tracker.unregister = lambda *arguments: None
    memory = SharedMemory(sys.argv[1])
bloom = BloomFilter.from_buffer(memory.buf[: int(sys.argv[2])])
print("ready", flush=True)
first, n = int(sys.argv[3]), int(sys.argv[4])
for i in range(first, first + n // 2):
    bloom.add(i)
bloom.update(range(first + n // 2, first + n))
del bloom
memory.close()
"""


@layouts
def test_shared_memory(layout):
    """Processes add to it at the same time and lose nothing."""
    n = 30_000
    data = BloomFilter(2 * n, 0.5, layout=layout).to_bytes()
    memory = SharedMemory(create=True, size=len(data))
    try:
        memory.buf[: len(data)] = data
        bloom = BloomFilter.from_buffer(memory.buf[: len(data)])
        process = python(SHARES, memory.name, len(data), 0, n)
        for i in range(n, 2 * n):
            bloom.add(i)
        finished(process)
        assert bits(bloom) == bits(filled(np.arange(2 * n), 2 * n, 0.5, layout=layout))
        kept = bloom.copy()
        del bloom
    finally:
        memory.close()
        memory.unlink()
    assert kept.contains_many(range(2 * n)).all()


def test_shape_survives(path):
    bloom = saved(path, fpr=1e-6, layout="classic", seed=5, strict=True)
    for opened in (BloomFilter.open(path), BloomFilter.from_buffer(aligned(bloom.to_bytes()))):
        assert shape(opened) == shape(bloom)
        assert opened.strict is True
        assert opened.fpr == 1e-6
