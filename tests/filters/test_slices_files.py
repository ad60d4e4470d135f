"""Bytes, files and shared memory of filters made of slices; pickles, copies and subclasses."""

import copy
import pickle
import struct
import subprocess
import sys
import time

import numpy as np
import pytest
import xxhash

from coterie import BloomFilter, DecodeError, RotatingBloomFilter, ScalableBloomFilter
from coterie.filters._sliced import Sliced
from tests.core.container import parse, reseal
from tests.filters.blooms import aligned
from tests.filters.slices import (
    KEY,
    MAKE,
    ROW,
    Clock,
    filled,
    kinds,
    options_of,
    refuse,
    slices,
    stands,
    state,
)

pytestmark = pytest.mark.filterwarnings("ignore::coterie.CapacityWarning")  # more than a window should have
KEYS = [f"user:{i}" for i in range(500)]
KIND = {ScalableBloomFilter: 6, RotatingBloomFilter: 9}
CHANGES = {
    "add": lambda bloom: bloom.add("new"),
    "add what is there": lambda bloom: bloom.add("user:499"),
    "add_new": lambda bloom: bloom.add_new("new"),
    "update": lambda bloom: bloom.update(["new"]),
    "update none": lambda bloom: bloom.update([]),
    "update an array": lambda bloom: bloom.update(np.arange(5)),
    "add_new_many": lambda bloom: bloom.add_new_many(["new"]),
    "clear": lambda bloom: bloom.clear(),
}


@pytest.fixture
def path(tmp_path):
    return tmp_path / "filter"


def read(bloom, data, **options):
    """The filter of these bytes."""
    return type(bloom).from_bytes(data, **options_of(bloom), **options)


# ---- bytes ----


@kinds
@pytest.mark.parametrize("options", [{}, {"seed": 2**64 - 1}, {"key": KEY}], ids=str)
def test_layout_of_the_bytes(make, options):
    bloom = filled(make, KEYS, 400, **options)
    data = bloom.to_bytes()
    container = parse(data)
    assert (container.kind, container.version, container.reserved) == (KIND[type(bloom)], 1, 0)
    assert (container.count, container.seed) == (400, options.get("seed", 0))
    assert container.flags == 2 * ("key" in options)
    first, count, fpr, third, check, zero, total, keys, end = struct.unpack(
        "<IIddQQQQQ", container.payload[:64]
    )
    assert (fpr, zero, end) == (0.01, 0, 0)
    assert total == xxhash.xxh3_64_intdigest(container.payload[:40])
    assert (check != 0) == ("key" in options)
    rows = slices(data)
    assert len(rows) == count > 1
    assert keys == sum(row[5] for row, _ in rows)
    for i, (row, _) in enumerate(rows):
        front = container.payload[64 + 64 * i :][:56]
        assert row[-1] == xxhash.xxh3_64_intdigest(front)
        assert row[:2] in [(0, 8), (1, 16)]
        assert row[6:8] == ((5, 5) if options_of(bloom) else (0, 0))
    assert bloom.nbytes == sum(len(bits) for _, bits in rows)
    if isinstance(bloom, ScalableBloomFilter):
        assert (first, third) == (2, 0.85)
    else:
        assert first == 2 | (2 << 16 if options_of(bloom) else 0)
        assert third == (1000 if options_of(bloom) else 0)
    assert reseal(data) == data


@kinds
def test_there_and_back(make):
    for keys in ([], KEYS[:3], KEYS):
        bloom = filled(make, keys, 100, seed=5)
        again = read(bloom, bloom.to_bytes())
        assert state(again) == state(bloom)
        assert again == bloom
        again.add("new")
        bloom.add("new")
        assert state(again) == state(bloom)
    assert read(make(), bytearray(bloom.to_bytes())) == bloom
    for offset in (1, 8, 63):
        assert read(make(), memoryview(bytes(offset) + bloom.to_bytes())[offset:]) == bloom


@kinds
def test_bytes_are_copied(make):
    bloom = filled(make, KEYS)
    data = bytearray(bloom.to_bytes())
    again = read(bloom, data)
    data[:] = bytes(len(data))
    assert again == bloom
    again.update(["new"])
    assert not any(data)


@kinds
def test_bytes_stay_readable(make):
    """Bytes of this version are read for ever."""
    data = filled(make, range(300), 100, seed=7).to_bytes()
    name = next(name for name, other in MAKE.items() if other is make)
    assert (
        f"{xxhash.xxh3_64_intdigest(data):016x}"
        == {
            "scalable": "5764242e1a2b2641",
            "rotating": "6b2297da2b77d077",
            "timed": "72dee67261aac843",
        }[name]
    )


# ---- bytes that are not right ----


def doors(bloom, data, path):
    """Every way in for bytes."""
    path.write_bytes(data)
    yield lambda: read(bloom, data)
    yield lambda: type(bloom).from_buffer(aligned(data), **options_of(bloom))
    for mode in ("r", "c"):
        yield lambda mode=mode: type(bloom).open(path, mode, **options_of(bloom))


def refused(bloom, data, path):
    """Nobody lets the bytes in, and nobody changes the file."""
    for door in doors(bloom, data, path):
        with pytest.raises(DecodeError, match=f"not a {type(bloom).__name__}: "):
            door()
    assert path.read_bytes() == data


def found(bloom, data, path):
    """What lets the bytes in without looking at them all says that they are altered when it is asked."""
    name = f"not a {type(bloom).__name__}: "
    first, *others = doors(bloom, data, path)
    with pytest.raises(DecodeError, match=name):
        first()
    for door in others:
        with pytest.raises(DecodeError, match=name):
            door().verify()


@kinds
def test_every_shorter_and_longer_file(make, path):
    bloom = filled(make, range(3), 2)
    data = bloom.to_bytes()
    for size in range(len(data)):
        refused(bloom, data[:size], path)
    path.write_bytes(data + bytes(64))
    for door in (lambda: read(bloom, data + bytes(64)), lambda: type(bloom).open(path, **options_of(bloom))):
        with pytest.raises(DecodeError, match="go on after their end"):
            door()
    assert type(bloom).from_buffer(aligned(data + bytes(64)), **options_of(bloom)) == bloom


@kinds
def test_every_altered_byte(make, path):
    bloom = filled(make, range(3), 2)
    data = bloom.to_bytes()
    rows = 64 + 64 + ROW.size * len(slices(data))
    for at in range(len(data)):
        for flip in (*(1 << bit for bit in range(8)), 0xFF):
            altered = bytearray(data)
            altered[at] ^= flip
            opens = 64 + 48 <= at < 64 + 56 or at >= rows
            (found if opens else refused)(bloom, bytes(altered), path)


def resealed(data):
    """The bytes with all their checksums right."""
    data = bytearray(data)
    data[64 + 40 : 64 + 48] = xxhash.xxh3_64_intdigest(bytes(data[64:104])).to_bytes(8, "little")
    for at in range(128, min(len(data), 128 + 64 * 64), 64):
        data[at + 56 : at + 64] = xxhash.xxh3_64_intdigest(bytes(data[at : at + 56])).to_bytes(8, "little")
    return reseal(bytes(data))


@kinds
@pytest.mark.filterwarnings("ignore::coterie.CapacityWarning")
def test_every_altered_byte_under_right_checksums(make):
    """Refused, or read as what works."""
    bloom = filled(make, range(3), 2)
    data = bloom.to_bytes()
    rows = 64 + 64 + ROW.size * len(slices(data))
    for at in range(8, rows):
        for flip in (*(1 << bit for bit in range(8)), 0xFF):
            altered = bytearray(data)
            altered[at] ^= flip
            try:
                again = type(bloom).from_bytes(resealed(altered), **options_of(bloom))
            except ValueError:
                continue
            again.update(range(100, 150))
            again.estimated_fpr()
            again.approx_len()
            assert again == type(bloom).from_bytes(again.to_bytes(), **options_of(bloom))
            assert 149 in again


@kinds
def test_other_bytes(make, path):
    bloom = make()
    for data in (
        b"",
        b"\0" * 500,
        BloomFilter(10).to_bytes(),
        *(other().to_bytes() for other in MAKE.values()),
    ):
        if parse(data.ljust(64, b"\0")).kind != KIND[type(bloom)] or data[:1] != b"\x8a":
            refused(bloom, data, path)


# ---- keys and clocks ----


@kinds
def test_secret_key(make):
    bloom = filled(make, KEYS, key=KEY)
    data = bloom.to_bytes()
    assert KEY not in data
    again = read(bloom, data, key=KEY)
    assert again == bloom
    assert again.contains_many(KEYS[-50:]).all()
    assert "user:499" in again
    assert pickle.loads(pickle.dumps(bloom)) == bloom == bloom.copy()
    for wrong in (None, bytes(16)):
        with pytest.raises(ValueError, match="key"):
            read(bloom, data, key=wrong)
    with pytest.raises(ValueError, match="key"):
        read(make(), make().to_bytes(), key=KEY)
    for call in (bloom.update, bloom.contains_many, bloom.add_new_many):
        refuse(bloom, ValueError, "hashed", call, np.arange(3).astype(np.uint64), hashed=True)
    assert bloom != filled(make, KEYS)


def test_clock_is_asked_for():
    own = filled(RotatingBloomFilter, KEYS, window=50, clock=stands, capacity=1000)
    other = filled(RotatingBloomFilter, KEYS, window=50, capacity=1000)
    counted = filled(RotatingBloomFilter, KEYS, capacity=1000)
    with pytest.raises(ValueError, match="made with a clock"):
        RotatingBloomFilter.from_bytes(own.to_bytes())
    for bloom in (other, counted):
        with pytest.raises(ValueError, match="made without a clock"):
            RotatingBloomFilter.from_bytes(bloom.to_bytes(), clock=stands)
        assert RotatingBloomFilter.from_bytes(bloom.to_bytes()) == bloom
    with pytest.raises(TypeError, match="clock"):
        RotatingBloomFilter.from_bytes(own.to_bytes(), clock=5)


def test_time_goes_on_with_a_clock():
    clock = Clock(100)
    bloom = RotatingBloomFilter(10, 1e-9, window=10, clock=clock)
    bloom.add("a")
    clock.now = 105
    bloom.add("b")
    data = bloom.to_bytes()
    for now, there in [(0, (True, True)), (109, (True, True)), (110, (False, True)), (115, (False, False))]:
        again = RotatingBloomFilter.from_bytes(data, clock=Clock(now))
        assert ("a" in again, "b" in again) == there


def test_time_goes_on_with_the_wall_clock(monkeypatch, path):
    wall = Clock(1e9)
    monkeypatch.setattr(time, "time", wall)
    bloom = filled(RotatingBloomFilter, KEYS, 1000, window=3600)
    bloom.save(path)
    data = pickle.dumps(bloom)
    ways = [
        lambda: RotatingBloomFilter.open(path),
        lambda: RotatingBloomFilter.open(path, "c"),
        lambda: pickle.loads(data),
    ]
    for passed, there in [(-1e6, True), (0, True), (3590, True), (3610, False), (1e6, False)]:
        wall.now = 1e9 + passed
        for way in ways:
            assert way().contains_many(KEYS).all() == there
            assert bool(way()) == there
    assert bloom.contains_many(KEYS).all()


# ---- files and shared memory ----


@kinds
def test_files(make, path):
    bloom = filled(make, KEYS, 400)
    assert bloom.save(path) is None
    assert path.read_bytes() == bloom.to_bytes()
    for mode in ("r", "c"):
        opened = type(bloom).open(path, mode, **options_of(bloom))
        assert opened == bloom
        assert state(opened) == state(bloom)
        assert opened.verify() is None
    with pytest.raises(ValueError, match=r'mode is "r\+"'):
        type(bloom).open(path, "r+", **options_of(bloom))
    for mode in ("w", "", None, 5):
        with pytest.raises(ValueError, match="mode"):
            type(bloom).open(path, mode, **options_of(bloom))
    with pytest.raises(FileNotFoundError):
        type(bloom).open(path.with_name("none"))


@kinds
@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_read_only(make, change, path):
    bloom = filled(make, KEYS, 400)
    bloom.save(path)
    data = path.read_bytes()
    for opened in (
        type(bloom).open(path, **options_of(bloom)),
        type(bloom).from_buffer(aligned(data), **options_of(bloom)),
        type(bloom).from_buffer(aligned(data).toreadonly(), **options_of(bloom)),
    ):
        refuse(opened, ValueError, "read-only", change, opened)
        copied = opened.copy()
        assert copied == bloom
        change(copied)
        assert opened == bloom
        assert copied.contains_many(["user:499"])[0] == bool(copied)
    assert path.read_bytes() == data


@kinds
@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_private_changes(make, change, path):
    bloom = filled(make, KEYS, 400)
    bloom.save(path)
    data = path.read_bytes()
    opened = type(bloom).open(path, "c", **options_of(bloom))
    change(opened)
    opened.update(range(5000) if isinstance(bloom, ScalableBloomFilter) else range(300))
    assert 299 in opened
    again = read(bloom, opened.to_bytes())
    assert again == opened
    assert path.read_bytes() == data
    assert type(bloom).open(path, **options_of(bloom)) == bloom
    opened.save(path)
    assert type(bloom).open(path, **options_of(bloom)) == opened


@kinds
def test_buffers(make):
    bloom = filled(make, KEYS, 400)
    memory = aligned(bloom.to_bytes())
    shared = type(bloom).from_buffer(memory, **options_of(bloom))
    copied = shared.copy()
    memory[:] = bytes(len(memory))
    assert copied == bloom
    with pytest.raises(ValueError, match="64"):
        type(bloom).from_buffer(aligned(bytes(8) + bloom.to_bytes())[8:], **options_of(bloom))
    for wrong in (5, None, "text"):
        with pytest.raises(TypeError):
            type(bloom).from_buffer(wrong)


# ---- copies and pickles ----

WAYS = {
    "copy": lambda bloom: bloom.copy(),
    "copy.copy": copy.copy,
    "deepcopy": copy.deepcopy,
    **{f"pickle {p}": lambda bloom, p=p: pickle.loads(pickle.dumps(bloom, p)) for p in range(6)},
}


@kinds
@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_copies(make, way):
    bloom = filled(make, KEYS, 400, seed=3)
    copied = way(bloom)
    assert type(copied) is type(bloom)
    assert state(copied) == state(bloom)
    before = state(bloom)
    copied.update(range(200))
    assert copied.contains_many(range(200)).all()
    assert state(bloom) == before
    other = way(bloom)
    bloom.add("new")
    bloom.update(range(1000, 1300))
    assert state(other) == before


@kinds
def test_pickled_out_of_band(make):
    bloom = filled(make, KEYS, 4000)
    buffers = []
    data = pickle.dumps(bloom, 5, buffer_callback=buffers.append)
    assert len(data) < 500
    assert pickle.loads(data, buffers=buffers) == bloom


class TaggedScalable(ScalableBloomFilter):
    """A subclass with attributes."""

    tag = None


class TaggedRotating(RotatingBloomFilter):
    """Another."""

    tag = None


@pytest.mark.parametrize("cls", [TaggedScalable, TaggedRotating])
def test_subclasses(cls, path):
    bloom = filled(cls, KEYS, 400)
    bloom.tag = ["kept"]
    for way in WAYS.values():
        copied = way(bloom)
        assert (type(copied), copied.tag) == (cls, ["kept"])
        assert copied == bloom
    bloom.save(path)
    opened = cls.open(path)
    assert (type(opened), opened.tag) == (cls, None)
    assert opened == bloom
    refuse(opened, ValueError, "read-only", opened.add, "a")
    opened = cls.open(path, "c")
    opened.add("a")
    assert "a" in opened


@pytest.mark.parametrize("cls", [ScalableBloomFilter, RotatingBloomFilter])
def test_without_init(cls):
    bloom = cls.__new__(cls)
    assert not bloom
    assert "a" not in bloom
    assert repr(bloom)
    assert bloom == pickle.loads(pickle.dumps(bloom)) == bloom.copy()
    assert bloom.add_new("a")
    bloom.update(range(5))
    assert 4 in bloom
    bloom.clear()
    assert (bloom.nbytes, bloom.approx_len(), bloom.estimated_fpr()) == (32, 0, 0)


def test_base():
    for make in (
        Sliced,
        lambda: Sliced.__new__(Sliced),
        lambda: Sliced.from_bytes(ScalableBloomFilter().to_bytes()),
    ):
        with pytest.raises(TypeError, match="only a base"):
            make()


def test_made_anew():
    for bloom in (filled(ScalableBloomFilter, KEYS, 10), filled(RotatingBloomFilter, KEYS, 1000, window=5)):
        bloom.__init__(50, 0.1, seed=4)
        assert state(bloom) == state(type(bloom)(50, 0.1, seed=4))
        bloom.add("a")
        assert "a" in bloom


CLOCK = """
import sys
from coterie import RotatingBloomFilter
bloom = RotatingBloomFilter.open(sys.argv[1])
print("user:1" in bloom, bloom.window)
"""


def test_another_process(path):
    filled(RotatingBloomFilter, KEYS, 1000, window=3600).save(path)
    run = subprocess.run([sys.executable, "-c", CLOCK, path], capture_output=True, text=True, check=True)
    assert run.stdout == "True 3600.0\n"
