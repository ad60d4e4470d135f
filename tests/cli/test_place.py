"""`coterie place`: the right counts, and one line for everything that is refused."""

import gzip
from collections import Counter

import pytest

from benchmarks.baselines.placement.jump import JumpHash
from benchmarks.baselines.placement.ring import HashRing
from coterie._cli import keyfile
from coterie._cli.load import Load
from coterie._cli.report import table

KEYS = [f"session/{i:x}" for i in range(3000)]


@pytest.fixture
def keys(tmp_path):
    path = tmp_path / "keys"
    path.write_text("\n".join(KEYS) + "\n")
    return str(path)


def expected_table(model, weights, keys, replicas=1, noun="node", empty_lines=0):
    counts = Counter(node for key in keys for node in model.get_nodes(key, replicas))
    load = Load(
        noun=noun,
        names=list(map(str, weights)),
        weights=list(weights.values()),
        counts=[counts[node] for node in weights],
        keys=len(keys),
        empty_lines=empty_lines,
        replicas=replicas,
    )
    return table(load, 80)


def test_ring(run, keys):
    weights = {"cache-c": 1.0, "cache-a": 1.0, "cache-b": 2.0}
    status, out, err = run("place", "--nodes", "cache-c,cache-a,cache-b:2", "--scheme", "ring", keys)
    assert status == 0
    assert out == expected_table(HashRing(weights), weights, KEYS)
    assert err.startswith("3,000 keys, ")
    assert err.endswith(" keys/s\n")


def test_ring_with_everything(run, keys):
    weights = {"a": 1.0, "b": 2.5, "節点": 1.0}
    options = ["--vnodes", 20, "--seed", 9, "--replicas", 2, "--quiet"]
    status, out, err = run("place", "--nodes", "a,b:2.5,節点", *options, keys)
    assert (status, err) == (0, "")
    assert out == expected_table(HashRing(weights, vnodes=20, seed=9), weights, KEYS, replicas=2)


@pytest.mark.parametrize("replicas", [1, 3])
def test_shards(run, keys, replicas):
    shards = dict.fromkeys(range(12), 1.0)
    options = ["--shards", 12, "--seed", 4, "--replicas", replicas]
    status, out, _ = run("place", "--scheme", "jump", *options, keys)
    assert status == 0
    assert out == expected_table(JumpHash(12, seed=4), shards, KEYS, replicas, noun="shard")


def test_several_files_of_every_kind(run, tmp_path, monkeypatch):
    monkeypatch.setattr(keyfile, "BLOCK", 64)
    plain, windows, packed = (tmp_path / name for name in ("plain", "windows", "packed"))
    plain.write_text("\n".join(KEYS[:1000]))
    windows.write_bytes(b"\r\n\r\n" + "\r\n".join(KEYS[1000:2000]).encode())
    packed.write_bytes(gzip.compress("\n".join(KEYS[2000:]).encode()))
    status, out, _ = run("place", "--nodes", "a,b", plain, windows, packed)
    assert status == 0
    weights = {"a": 1.0, "b": 1.0}
    assert out == expected_table(HashRing(weights), weights, KEYS, empty_lines=2)


def test_keys_are_bytes(run, tmp_path):
    keys = [b"\xff\xfe", b"\x80", "ä".encode(), b" a ", b"\t"]
    path = tmp_path / "keys"
    path.write_bytes(b"\n".join(keys))
    weights = {"a": 1.0, "b": 1.0}
    status, out, _ = run("place", "--nodes", "a,b", path)
    assert (status, out) == (0, expected_table(HashRing(weights), weights, keys))


def test_empty_file(run, tmp_path):
    path = tmp_path / "keys"
    path.write_bytes(b"")
    status, out, err = run("place", "--nodes", "a,b", path)
    assert status == 0
    assert out.splitlines()[-1].split() == ["total", "0", "0.00%", "100.00%"]
    assert err.startswith("0 keys, 0 B in ")


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        ("KEYS", "--scheme ring needs --nodes, such as --nodes cache-a,cache-b,cache-c"),
        ("--nodes a,b --replicas 0 KEYS", "--replicas 0: must be 1 to 2, the number of nodes"),
        ("--nodes a,b --replicas 3 KEYS", "--replicas 3: must be 1 to 2, the number of nodes"),
        ("--scheme jump --shards 4 --replicas 5 KEYS", "--replicas 5: must be 1 to 4, the number of shards"),
        ("--nodes a,b,a KEYS", "--nodes: a is there twice"),
        ("--nodes 10.0.0.1:11211 KEYS", "--nodes: is the end of 10.0.0.1:11211 a weight? "
                                        "Write 10.0.0.1:11211=1 or 10.0.0.1=WEIGHT"),
        ("--nodes a - KEYS -", "standard input (-) can be read only once"),
        ("--nodes a KEYS none", "none: No such file or directory"),
        ("--nodes a KEYS /", "/: Is a directory"),
    ],
)  # fmt: skip
def test_refused(run, keys, argv, message):
    argv = [keys if word == "KEYS" else word for word in argv.split()]
    assert run("place", *argv) == (2, "", f"coterie: error: {message}\n")


@pytest.mark.parametrize(
    "options", [("--vnodes", 0), ("--vnodes", -1), ("--vnodes", 2**40), ("--seed", 2**70)]
)
def test_refused_by_the_scheme(run, keys, options):
    status, out, err = run("place", "--nodes", "a,b", *options, keys)
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert err.startswith("coterie: error: ")


def test_bad_line(run, tmp_path):
    path = tmp_path / "keys"
    path.write_bytes(b"a\n" * 10 + b"x" * ((1 << 20) + 1) + b"\nb\n")
    status, out, err = run("place", "--nodes", "a", path)
    assert (status, out) == (2, "")
    assert err == f"coterie: error: {path}, line 11: longer than 1048576 bytes\n"
    path.write_bytes("a\nb\n".encode("utf-16"))
    status, out, err = run("place", "--nodes", "a", path)
    assert (status, out) == (2, "")
    assert err == f"coterie: error: {path}, line 1: a NUL byte; keys are lines of text\n"


def test_error_stays_on_its_line(run):
    assert run("place", "--nodes", "a", "no\nfile\x1b") == (
        2,
        "",
        "coterie: error: no\\nfile\\x1b: No such file or directory\n",
    )
