"""`--out` writes each key with its nodes, whole or not at all."""

import gzip
import os
import stat

import pytest

from benchmarks.baselines.placement.jump import JumpHash
from benchmarks.baselines.placement.ring import HashRing
from coterie._cli import keyfile, main, outfile

NODES = {"cache-a": 1.0, "cache-b": 2.0, "knoten-ä": 1.0, "節点": 0.5}
RING = ["place", "--nodes", "cache-a,cache-b:2,knoten-ä,節点:0.5"]
KEYS = [f"user:{i}" for i in range(500)] + ["ä", "鍵", "a\tb", " "]


@pytest.fixture
def keys(tmp_path):
    path = tmp_path / "keys"
    path.write_text("\n".join(KEYS), encoding="utf-8")
    return str(path)


def lines(rows):
    return "".join("\t".join(map(str, row)) + "\n" for row in rows).encode()


@pytest.mark.parametrize("block", [7, keyfile.BLOCK])
def test_ring(tmp_path, keys, monkeypatch, block):
    monkeypatch.setattr(keyfile, "BLOCK", block)
    out = tmp_path / "out.tsv"
    assert main([*RING, "--out", str(out), keys]) == 0
    ring = HashRing(NODES)
    assert out.read_bytes() == lines((key, ring.get_node(key)) for key in KEYS)


def test_ring_with_everything(tmp_path, keys):
    out = tmp_path / "out.tsv"
    assert main([*RING, "--vnodes", "40", "--seed", "7", "--replicas", "3", "--out", str(out), keys]) == 0
    ring = HashRing(NODES, vnodes=40, seed=7)
    assert out.read_bytes() == lines((key, *ring.get_nodes(key, 3)) for key in KEYS)


def test_jump(tmp_path, keys):
    out = tmp_path / "out.tsv"
    jump = JumpHash(12, seed=3)
    assert main(["place", "--scheme", "jump", "--shards", "12", "--seed", "3", "--out", str(out), keys]) == 0
    assert out.read_bytes() == lines((key, jump.get_node(key)) for key in KEYS)
    options = ["--shards", "12", "--seed", "3", "--replicas", "2"]
    assert main(["place", "--scheme", "jump", *options, "--out", str(out), keys]) == 0
    assert out.read_bytes() == lines((key, *jump.get_nodes(key, 2)) for key in KEYS)


def test_gzip_is_reproducible(tmp_path, keys):
    plain, first, second = (tmp_path / name for name in ("out.tsv", "one.gz", "two.gz"))
    for out in (plain, first, second):
        assert main([*RING, "--out", str(out), keys]) == 0
    assert gzip.decompress(first.read_bytes()) == plain.read_bytes()
    assert first.read_bytes() == second.read_bytes()


def test_standard_output(tmp_path, keys, capsysbinary):
    out = tmp_path / "out.tsv"
    assert main([*RING, "--out", str(out), keys]) == 0
    table = capsysbinary.readouterr().out
    assert main([*RING, "--out", "-", keys, "--quiet"]) == 0
    written = capsysbinary.readouterr()
    assert written.out == out.read_bytes()
    assert written.err == table


def test_standard_output_closed(keys, monkeypatch, capsys):
    monkeypatch.setattr("sys.stdout", None)
    assert main([*RING, "--out", "-", keys]) == 2
    assert capsys.readouterr().err == "coterie: error: standard output is closed\n"


def test_failing_run_leaves_what_was_there(tmp_path, monkeypatch):
    monkeypatch.setattr(keyfile, "BLOCK", 8)
    keys, out = tmp_path / "keys", tmp_path / "out"
    keys.write_bytes(b"a\nb\nc\nd\ne\nf\ng\0\n")
    for target in (out, tmp_path / "out.gz"):
        assert main([*RING, "--out", str(target), str(keys)]) == 2
    assert os.listdir(tmp_path) == ["keys"]
    out.write_text("before")
    assert main([*RING, "--out", str(out), str(keys)]) == 2
    assert out.read_text() == "before"
    assert sorted(os.listdir(tmp_path)) == ["keys", "out"]


@pytest.mark.parametrize(
    ("error", "status"), [(KeyboardInterrupt(), 130), (MemoryError(), 2), (OSError(28, "Full"), 2)]
)
def test_failing_write_leaves_nothing(tmp_path, keys, monkeypatch, capsys, error, status):
    def fail(self, batch, positions):
        self._file.write(b"half")
        raise error

    monkeypatch.setattr(outfile.Assignments, "write", fail)
    assert main([*RING, "--out", str(tmp_path / "out"), keys]) == status
    assert os.listdir(tmp_path) == ["keys"]
    assert capsys.readouterr().err.count("\n") == (status == 2)


def test_nothing_appears_before_the_end(tmp_path, keys, monkeypatch):
    out = tmp_path / "out"
    write = outfile.Assignments.write

    def check(self, batch, positions):
        assert not out.exists()
        write(self, batch, positions)

    monkeypatch.setattr(outfile.Assignments, "write", check)
    assert main([*RING, "--out", str(out), keys]) == 0
    assert out.exists()


def test_input_may_be_replaced(tmp_path, keys):
    assert main([*RING, "--out", keys, keys]) == 0
    ring = HashRing(NODES)
    with open(keys, "rb") as file:
        assert file.read() == lines((key, ring.get_node(key)) for key in KEYS)


def test_link_is_followed(tmp_path, keys):
    real, link = tmp_path / "real", tmp_path / "link"
    real.write_text("before")
    link.symlink_to(real)
    assert main([*RING, "--out", str(link), keys]) == 0
    assert link.is_symlink()
    assert real.read_bytes().count(b"\n") == len(KEYS)


def test_device_is_not_replaced(keys):
    assert main([*RING, "--out", os.devnull, keys]) == 0
    assert stat.S_ISCHR(os.stat(os.devnull).st_mode)


def test_bad_targets(tmp_path, keys, capsys):
    for target, message in [
        (tmp_path, "Is a directory"),
        (tmp_path / "none" / "out", "No such file or directory"),
        (f"{keys}/out", "Not a directory"),
        ("", "Is a directory"),
    ]:
        assert main([*RING, "--out", str(target), keys]) == 2
        assert capsys.readouterr().err == f"coterie: error: {target or repr('')}: {message}\n"


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs a device that is full")
def test_full_device(keys, capsys):
    assert main([*RING, "--out", "/dev/full", keys]) == 2
    assert capsys.readouterr().err == "coterie: error: /dev/full: No space left on device\n"
