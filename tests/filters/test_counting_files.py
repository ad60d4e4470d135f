"""Bytes, files, buffers, copies and pickles of counting filters; altered bytes are refused."""

import copy
import json
import pickle
from pathlib import Path

import numpy as np
import pytest

from coterie import BloomFilter, CountingBloomFilter, DecodeError, HashRing, digests
from tests.core.container import parse, reseal
from tests.filters.countings import FRONT, PARAMETERS, filled, lines, numbers, rates, state

KEYS = [f"user:{i}" for i in range(1000)]
COUNTING = 7
VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "counting.json").read_text())["cases"]
CHANGES = {
    "add": lambda counting: counting.add("new"),
    "add what is there": lambda counting: counting.add("user:1"),
    "add_new": lambda counting: counting.add_new("new"),
    "update": lambda counting: counting.update(["new"]),
    "add_new_many": lambda counting: counting.add_new_many(["new"]),
    "remove": lambda counting: counting.remove("user:1"),
    "discard": lambda counting: counting.discard("user:1"),
    "remove_many": lambda counting: counting.remove_many(["user:1"]),
    "discard_many": lambda counting: counting.discard_many(["user:1"]),
    "clear": lambda counting: counting.clear(),
    "+=": lambda counting: counting.__iadd__(counting.copy()),
}
changes = pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)


class Tagged(CountingBloomFilter):
    """A subclass with something of its own."""

    tag = None


@pytest.fixture
def path(tmp_path):
    return tmp_path / "counting"


def saved(path, keys=KEYS, capacity=2000, fpr=0.01, **options):
    """A filter of these keys, which is also in the file."""
    counting = filled(keys, capacity, fpr, **options)
    assert counting.save(path) is None
    return counting


# ---- bytes ----


@rates
@pytest.mark.parametrize("options", [{}, {"seed": 2**64 - 1}, {"strict": True}], ids=str)
def test_layout_of_the_bytes(fpr, options):
    counting = filled(KEYS, 2000, fpr, **options)
    container = parse(counting.to_bytes())
    assert (container.kind, container.version, container.reserved) == (COUNTING, 1, 0)
    assert (container.count, container.seed) == (2000, options.get("seed", 0))
    assert container.flags == ("strict" in options)
    data = numbers(counting)
    columns = data["columns"]
    assert data["counters"] == 4 * columns
    assert (data["fpr"], 64 * data["lines"]) == (fpr, counting.nbytes)
    assert (data["check"], data["zero"], data["state"]) == (0, 0, 0)
    assert data["keys"] == 1000
    assert len(container.payload) == 64 + counting.nbytes
    assert reseal(counting.to_bytes()) == counting.to_bytes()


@pytest.mark.parametrize("case", VECTORS, ids=lambda case: f"{case['capacity']}-{case['fpr']}")
def test_frozen(case, level):
    """What was once written is written, and read, for ever."""
    counting = CountingBloomFilter(case["capacity"], case["fpr"], seed=case["seed"], strict=case["strict"])
    counting.update(case["keys"])
    data = bytes.fromhex(case["bytes"])
    assert counting.to_bytes() == data
    read = CountingBloomFilter.from_bytes(data)
    assert read == counting
    assert state(read) == state(counting)
    for key in set(case["keys"]):
        assert read.count(key) == min(case["keys"].count(key), 15)


@rates
def test_there_and_back(fpr):
    a = filled(KEYS, 2000, fpr, seed=3, strict=True)
    read = CountingBloomFilter.from_bytes(a.to_bytes())
    assert type(read) is CountingBloomFilter
    assert state(read) == state(a)
    assert read == a
    for counting in (a, read):
        counting.remove_many(KEYS[:500])
        counting.update(KEYS[:10])
    assert state(read) == state(a)
    assert read.to_bytes() == filled(KEYS[500:] + KEYS[:10], 2000, fpr, seed=3, strict=True).to_bytes()


@pytest.mark.parametrize("make", [bytes, bytearray, memoryview, lambda data: np.frombuffer(data, np.uint8)])
@pytest.mark.parametrize("offset", [0, 1, 9, 63])
def test_any_buffer(make, offset):
    counting = filled(KEYS, 2000)
    data = memoryview(make(bytes(offset) + counting.to_bytes()))[offset:]
    read = CountingBloomFilter.from_bytes(data)
    read.add("new")
    counting.add("new")
    assert read == counting
    assert bytes(data) == filled(KEYS, 2000).to_bytes()


def doors(data, path):
    """Every way in for bytes; in a file they are only read."""
    path.write_bytes(data)
    yield lambda: CountingBloomFilter.from_bytes(data)
    yield lambda: CountingBloomFilter.open(path).verify()
    if data:
        yield lambda: CountingBloomFilter.from_buffer(bytes_at_64(data)).verify()


def bytes_at_64(data):
    """A read-only buffer that begins at a multiple of 64 bytes."""
    room = np.zeros(len(data) + 64, np.uint8)
    first = -room.ctypes.data % 64
    view = room[first : first + len(data)]
    view[:] = np.frombuffer(data, np.uint8)
    view.flags.writeable = False
    return view


def refused(data, path):
    """Nobody lets the bytes in."""
    for door in doors(data, path):
        with pytest.raises(DecodeError, match="not a CountingBloomFilter: "):
            door()
    assert path.read_bytes() == data


@rates
def test_shorter_and_longer_files(fpr, path):
    data = filled(["a", "b"], 3, fpr).to_bytes()
    for size in [*range(0, len(data), 17), len(data) - 1]:
        refused(data[:size], path)
    for more in (b"\0", b"\0" * 64, data):
        with pytest.raises(DecodeError, match="not a CountingBloomFilter: "):
            CountingBloomFilter.from_bytes(data + more)


@rates
def test_every_altered_byte(fpr, path):
    data = filled(["a", "b"], 3, fpr).to_bytes()
    for at in range(len(data)):
        altered = bytearray(data)
        altered[at] ^= 1 << at % 8
        if at in range(64 + 56, FRONT) and not any(altered[64 + 56 : FRONT]):
            continue
        refused(bytes(altered), path)


def resealed(data):
    """The same bytes with all three checksums right."""
    container = parse(data)
    front = parse(container.but(payload=container.payload[:40], payload_sum=None).to_bytes()).payload_sum
    payload = container.payload[:40] + front.to_bytes(8, "little") + container.payload[48:]
    return reseal(container.but(payload=payload).to_bytes())


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *((0, columns) for columns in (0, 2, 3, 16, 2**31, 2**32 - 1)),
        *((1, counters) for counters in (0, 1, 8, 2**32 - 1)),
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
    altered = resealed(data[:64] + PARAMETERS.pack(*parameters) + data[FRONT:])
    refused(altered, path)


@pytest.mark.parametrize("capacity", [0, 2**63, 2**64 - 1])
def test_capacity_that_lies(capacity, path):
    refused(parse(filled(["a"], 3).to_bytes()).but(count=capacity, header_sum=None).to_bytes(), path)


def test_what_is_no_counting_filter(path):
    counting = filled(["a"])
    for data in (b"", b"text\n", bytes(500), HashRing(["a"]).to_bytes(), BloomFilter(100).to_bytes()):
        refused(data, path)
    with pytest.raises(DecodeError):
        BloomFilter.from_bytes(counting.to_bytes())


def test_numbers_of_keys_that_lie():
    """Nothing that counts depends on them: what is there is found, and may leave. But there is an end."""
    for keys in (0, 1, 2**62 - 1):
        data = bytearray(filled(["a", "b"], 10).to_bytes())
        data[64 + 48 : 64 + 56] = keys.to_bytes(8, "little")
        counting = CountingBloomFilter.from_bytes(reseal(bytes(data)))
        assert counting == filled(["a", "b"], 10)
        assert 1 <= counting.approx_len() <= 2
        counting.remove_many(["a", "b"])
        assert not counting
        counting.update(["a"])
    data[64 + 48 : 64 + 56] = (2**62).to_bytes(8, "little")
    with pytest.raises(DecodeError):
        CountingBloomFilter.from_bytes(reseal(bytes(data)))


def test_sums_do_not_run_over():
    """The number of keys has room in the bytes, however often a filter is doubled."""
    counting = filled(["a"], 1)
    for _ in range(70):
        counting += counting
    assert counting.count("a") == 15
    assert numbers(counting)["keys"] == 2**62 - 1
    counting.add("a")
    assert CountingBloomFilter.from_bytes(counting.to_bytes()) == counting


# ---- secret keys ----


def test_keyed(path):
    key = bytes(range(16))
    counting = filled(KEYS, 2000, key=key)
    assert counting != filled(KEYS, 2000)
    assert counting.contains_many(KEYS).all()
    assert all(key in counting for key in KEYS[:10])
    counting.save(path)
    for again in (
        CountingBloomFilter.open(path, key=key),
        CountingBloomFilter.from_bytes(counting.to_bytes(), key=key),
        pickle.loads(pickle.dumps(counting)),
        counting.copy(),
    ):
        assert again == counting
        assert again.count("user:1") == counting.count("user:1")
    assert key not in counting.to_bytes()
    assert (counting + counting).count("user:1") >= 2
    assert counting.discard_many(np.array(KEYS[:500])).all()
    counting.remove_many(KEYS[500:])
    assert counting == CountingBloomFilter(2000, key=key)
    for wrong in (None, bytes(16)):
        with pytest.raises(ValueError, match="key"):
            CountingBloomFilter.open(path, key=wrong)
    for call in (counting.update, counting.remove_many, counting.discard_many, counting.count_many):
        with pytest.raises(ValueError, match="hashed"):
            call(digests(["a"]), hashed=True)
    with pytest.raises(ValueError, match="seed or key"):
        counting += CountingBloomFilter(2000)


# ---- files ----


@rates
def test_opened(fpr, path):
    counting = saved(path, fpr=fpr, seed=7)
    assert path.read_bytes() == counting.to_bytes()
    for mode in ("r", "c"):
        opened = CountingBloomFilter.open(path, mode)
        assert type(opened) is CountingBloomFilter
        assert opened == counting
        assert lines(opened) == lines(counting)
        assert opened.contains_many(KEYS).all()
        assert opened.count("user:5") == counting.count("user:5")
        assert opened.approx_len() == counting.approx_len()
        assert opened.fill_ratio == counting.fill_ratio
        opened.verify()
    assert CountingBloomFilter.open(str(path), mode="r") == counting


@changes
def test_opened_to_read_it_is_frozen(change, path):
    counting = saved(path)
    buffer = bytes_at_64(path.read_bytes())
    for opened in (CountingBloomFilter.open(path), CountingBloomFilter.from_buffer(buffer)):
        with pytest.raises(ValueError, match="read-only"):
            change(opened)
        assert opened == counting
        for copied in (opened.copy(), opened + CountingBloomFilter(2000)):
            change(copied)
        assert opened == counting
    assert path.read_bytes() == counting.to_bytes()


@rates
@changes
def test_opened_as_a_copy_it_leaves_the_file(fpr, change, path):
    counting = saved(path, fpr=fpr)
    before = path.read_bytes()
    opened = CountingBloomFilter.open(path, "c")
    change(opened)
    change(counting)
    assert opened == counting
    assert state(opened) == state(counting)
    assert path.read_bytes() == before


@pytest.mark.parametrize("mode", ["", "r+", "w", "a", "rb", None, 5])
def test_other_modes(mode, path):
    """Several processes cannot count in one file: an addition is more than one step."""
    data = saved(path).to_bytes()
    with pytest.raises((ValueError, TypeError), match="mode"):
        CountingBloomFilter.open(path, mode)
    assert path.read_bytes() == data


def test_buffers():
    counting = filled(KEYS, 2000)
    buffer = bytes_at_64(counting.to_bytes())
    held = CountingBloomFilter.from_buffer(buffer)
    assert held == counting
    room = np.zeros(len(buffer) + 128, np.uint8)
    room = room[-room.ctypes.data % 64 :]
    room[: len(buffer)] = buffer
    for writable in (True, False):
        room.flags.writeable = writable
        held = CountingBloomFilter.from_buffer(room)
        assert held == counting
        with pytest.raises(ValueError, match="read-only"):
            held.add("a")
    assert bytes(room[: len(buffer)]) == counting.to_bytes()
    with pytest.raises(ValueError, match="64"):
        CountingBloomFilter.from_buffer(room[1:])


# ---- copies ----


@rates
@pytest.mark.parametrize("protocol", range(6))
def test_pickles(fpr, protocol):
    tagged = Tagged(2000, fpr, seed=5)
    tagged.update(KEYS)
    tagged.tag = ["a"]
    buffers = []
    if protocol == 5:
        out_of_band = pickle.dumps(tagged, 5, buffer_callback=buffers.append)
        assert len(out_of_band) < 1000
        again = pickle.loads(out_of_band, buffers=buffers)
    else:
        again = pickle.loads(pickle.dumps(tagged, protocol))
    assert type(again) is Tagged
    assert again.tag == ["a"]
    assert again == tagged
    assert state(again) == state(tagged)
    again.remove_many(KEYS)
    assert tagged.contains_many(KEYS).all()
    tagged.add("new")
    assert not again


@pytest.mark.parametrize("make", [copy.copy, copy.deepcopy, lambda counting: counting.copy()])
def test_copies(make):
    tagged = Tagged(100)
    tagged.update(["a", "b"])
    tagged.tag = ["a"]
    other = make(tagged)
    assert type(other) is Tagged
    assert other.tag == ["a"]
    assert state(other) == state(tagged)
    other.remove("a")
    assert tagged.count("a") == 1
    tagged.clear()
    assert other == filled(["b"])


@changes
def test_a_bare_object_is_a_filter(change):
    """As pickle, copy and subclasses see one."""
    bare = CountingBloomFilter.__new__(CountingBloomFilter)
    assert not bare
    assert "a" not in bare
    assert bare.count("a") == bare.approx_len() == 0
    assert CountingBloomFilter.from_bytes(bare.to_bytes()) == bare
    assert bare + bare == bare
    assert repr(bare)
    for act in (change, lambda counting: counting.add("a")):
        try:
            act(bare)
        except KeyError:
            assert not bare
    assert "a" in bare
