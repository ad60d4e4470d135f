"""The example runs, says what it did, and leaves nothing behind."""

import re
from inspect import signature

import pytest

from coterie.filters import ParquetBloomFilter
from tests.examples import script

pq = pytest.importorskip("pyarrow.parquet")
if "bloom_filter_options" not in signature(pq.write_table).parameters:
    pytest.skip("this pyarrow writes no Bloom filters", allow_module_level=True)

NAME = "prune_row_groups"


def run(tmp_path, *options):
    return script.run(NAME, *options, TMPDIR=str(tmp_path))


def test_it_keeps_the_file(tmp_path):
    path = tmp_path / "orders.parquet"
    done = run(tmp_path, "--rows", 4000, "--out", path)
    assert (done.returncode, done.stderr) == (0, "")
    assert "4,000 orders in 20 row groups" in done.stdout
    assert re.search(r"row groups to read: \[[\d, ]+\] of 20", done.stdout)
    assert "the same 2 rows" in done.stdout
    metadata = pq.ParquetFile(path).metadata
    orders = pq.read_table(path)["order"]
    for group in range(20):
        chunk = metadata.row_group(group).column(0)
        filter = ParquetBloomFilter.read(path, chunk.bloom_filter_offset, type=chunk.physical_type)
        assert filter.contains_many(orders[200 * group : 200 * group + 200]).all()


def test_it_cleans_up(tmp_path):
    done = run(tmp_path, "--rows", 100)
    assert (done.returncode, done.stderr) == (0, "")
    assert list(tmp_path.iterdir()) == []


def test_what_cannot_be_used(tmp_path):
    taken = run(tmp_path, "--out", script.FOLDER / f"{NAME}.py")
    assert taken.returncode == 2
    assert "name a new file" in taken.stderr
    assert run(tmp_path, "--rows", 0).returncode == 2
