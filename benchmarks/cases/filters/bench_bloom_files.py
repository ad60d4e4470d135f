"""What do the files of Bloom filters cost: to save one, to load it, to map one that is large?"""

import mmap
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from benchmarks import contenders
from benchmarks.cases.filters.shared import FPR, MANY, against, check, filled, full, some_keys
from benchmarks.floors import Floor
from benchmarks.peers import adapter

OURS, MAPPED = "coterie.Bloom", "coterie.MappedBloom"
PEERS = ["abloom.Serializable", "rbloom.XXH3", "fastbloom_rs.Text", "pybloomfiltermmap3.Bloom"]
MAPS = {"1 MiB": 2**20, "1 GiB": 2**30}
ASKED = 1_000


@against(OURS, MAPPED, "floor", *PEERS)
def test_save_and_load(row, tmp_path, who):
    """f.save(path) of a million keys (1.2 to 1.3 MB), synced to the disk, and the filter of that file."""
    row.ask("BloomFilter.save and load", "a million keys", unit="filter")
    path = str(tmp_path / "filter")
    if who == "floor":
        size = contenders.find(OURS)(MANY, FPR).nbytes
        return row.floor(Floor("write, fsync, read", partial(copy, path, size), 1))
    filter = filled(who, MANY, FPR, "str", MANY)
    again = filter.around(round_trip(filter, path))
    some = some_keys("str", 0, ASKED)
    check(row, filter, list(map(again.contains, some)), np.full(ASKED, True))
    return row.time(filter, partial(round_trip, filter, path), 1)


@against(OURS, "floor", "pybloomfiltermmap3.Mapped")
@pytest.mark.parametrize("size", ["1 MiB", full("1 GiB")])
def test_map(row, tmp_path, size, who):
    """BloomFilter.open(path), which maps the file and reads its first page."""
    row.ask("BloomFilter.open", size, unit="filter")
    path = str(tmp_path / "filter")
    if who == "floor":
        with open(path, "wb") as file:
            file.truncate(MAPS[size])
        return row.floor(Floor("mmap", partial(mapped, path), 1))
    contender = contenders.find(MAPPED if who == OURS else who)
    capacity = int(MAPS[size] * 8 / contenders.find(OURS).make(MANY, FPR).bits_per_key)
    filter = contender(capacity, FPR)
    filter.role, filter.label = (adapter.OURS, adapter.OURS) if who == OURS else (filter.role, filter.label)
    some = some_keys("str", 0, ASKED)
    filter.update(some)
    filter.save(path)
    again = contender.around(filter.load(path))
    check(row, filter, list(map(again.contains, some)), np.full(ASKED, True))
    return row.time(filter, partial(filter.load, path), 1)


def round_trip(filter, path):
    filter.save(path)
    return filter.load(path)


def copy(path, size):
    """So many bytes, to the disk and back."""
    adapter.write(path, bytes(size))
    return Path(path).read_bytes()


def mapped(path):
    with open(path, "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as pages:
        return pages[0]
