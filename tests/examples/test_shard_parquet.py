"""The example runs, says what it did, and leaves nothing behind."""

import pytest

pytest.importorskip("polars")

import polars as pl

from coterie import HashRing
from tests.examples import script

NAME = "shard_parquet"
ROWS = 2_000


def run(tmp_path, *options):
    return script.run(NAME, *options, TMPDIR=str(tmp_path))


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """(the process, the folder it wrote)."""
    folder = tmp_path_factory.mktemp("example")
    return run(folder, "--rows", ROWS, "--out", folder / "events"), folder / "events"


def test_the_report(kept):
    done, folder = kept
    assert (done.returncode, done.stderr) == (0, "")
    for line in (
        "2,000 events",
        "ring.assign(user_id)",
        "to_list()",
        f"written to {folder}",
        "read back store-",
    ):
        assert line in done.stdout


def test_the_files(kept):
    _, folder = kept
    parts = {
        path.name.removeprefix("node="): pl.read_parquet(path / "events.parquet") for path in folder.iterdir()
    }
    ring = HashRing({"store-a": 1, "store-b": 1, "store-c": 1, "store-d": 2})
    assert sum(part.height for part in parts.values()) == ROWS
    for node, part in parts.items():
        assert part.columns == ["user_id", "timestamp", "bytes"]
        assert {ring[key] for key in part["user_id"].to_list()} == {node}


def test_it_cleans_up(tmp_path):
    done = run(tmp_path, "--rows", 10)
    assert (done.returncode, done.stderr) == (0, "")
    assert list(tmp_path.iterdir()) == []


def test_what_cannot_be_used(tmp_path):
    taken = run(tmp_path, "--out", tmp_path)
    assert taken.returncode == 2
    assert "name a new folder" in taken.stderr
    assert run(tmp_path, "--rows", 0).returncode == 2
