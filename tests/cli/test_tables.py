"""`--column` and `--weight-column`: what the plain models say of the keys of a table."""

import csv
import gzip
import io
import json
import random
import sys
from collections import Counter, defaultdict

import pytest

from coterie._cli import csvtable, main, parquettable, progress
from coterie._cli.load import Load, Sums
from coterie._cli.report import table
from coterie._cli.schemes import SCHEMES
from tests.cli.models import MODELS

pa = pytest.importorskip("pyarrow", reason="pyarrow is not installed")
pq = pytest.importorskip("pyarrow.parquet")

CHOOSE = random.Random(3)
KEYS = [f"user-{CHOOSE.randrange(700)}é" if CHOOSE.random() < 0.9 else None for _ in range(2000)]
NUMBERS = [None if key is None else CHOOSE.choice([-1, 1]) * row for row, key in enumerate(KEYS)]
BYTES = [CHOOSE.randrange(10**9) for _ in KEYS]
NODES = {"cache-b": 1.0, "cache-a": 2.0, "節点": 1.0}
PLACE = ["place", "--nodes", "cache-b,cache-a:2,節点", "--column", "user_id"]
PLAN = ["plan", "--nodes", "cache-b,cache-a:2,節点", "--add", "d", "--column", "user_id"]
TABLE = pa.table({"n": NUMBERS, "bytes": BYTES, "user_id": KEYS, "price": [size / 7 for size in BYTES]})


def as_csv(rows):
    text = io.StringIO()
    columns = [[name, *rows[name].to_pylist()] for name in rows.column_names]
    csv.writer(text).writerows(zip(*columns, strict=True))
    return text.getvalue().encode()


@pytest.fixture
def files(tmp_path):
    """The table in each form."""
    paths = {kind: tmp_path / kind for kind in ("csv", "gzip", "parquet", "dictionary")}
    paths["csv"].write_bytes(as_csv(TABLE))
    paths["gzip"].write_bytes(gzip.compress(as_csv(TABLE)))
    pq.write_table(TABLE, paths["parquet"], row_group_size=300)
    encoded = TABLE.set_column(2, "user_id", TABLE["user_id"].dictionary_encode())
    pq.write_table(encoded, paths["dictionary"], row_group_size=300)
    return paths


def expected_table(model, keys, weights=None, column="", replicas=1, nodes=NODES):
    """What `place` prints. Keys that are null are skipped; weights are whole numbers."""
    counts, sums = Counter(), Counter()
    for key, weight in zip(keys, weights or [0] * len(keys), strict=True):
        for node in [] if key is None else model.get_nodes(key, replicas):
            counts[node] += 1
            sums[node] += weight
    load = Load(
        noun="node",
        names=list(nodes),
        weights=list(nodes.values()),
        counts=[counts[node] for node in nodes],
        keys=len(keys) - keys.count(None),
        empty_lines=0,
        replicas=replicas,
        nulls=keys.count(None),
        sums=Sums(column, [float(sums[node]) for node in nodes]) if weights else None,
    )
    return table(load, 80)


@pytest.mark.parametrize("kind", ["csv", "gzip", "parquet", "dictionary"])
def test_place(run, files, monkeypatch, kind):
    monkeypatch.setattr(csvtable, "BLOCK", 1000)
    monkeypatch.setattr(parquettable, "ROWS", 70)
    model = MODELS["ring"](NODES)
    status, out, err = run(*PLACE, files[kind])
    assert (status, out) == (0, expected_table(model, KEYS))
    assert out.endswith(f"\n{KEYS.count(None)} nulls skipped\n")
    keys, size = len(KEYS) - KEYS.count(None), files[kind].stat().st_size
    assert err.startswith(f"{keys:,} keys, {size / 1000:.1f} kB in ")
    weighed = run(*PLACE, "--weight-column", "bytes", "--quiet", files[kind])
    assert weighed == (0, expected_table(model, KEYS, BYTES, "bytes"), "")


@pytest.mark.parametrize("scheme", SCHEMES)
def test_several_files_of_every_kind(run, files, scheme):
    nodes = dict.fromkeys(NODES, 1.0)
    argv = ["place", "--nodes", ",".join(nodes), "--scheme", scheme, "--replicas", 2, "--seed", 9]
    options = ["--column", "user_id", "--weight-column", "bytes", "--quiet"]
    status, out, _ = run(*argv, *options, *files.values())
    wanted = expected_table(MODELS[scheme](nodes, seed=9), KEYS * 4, BYTES * 4, "bytes", 2, nodes)
    assert (status, out) == (0, wanted)


def test_lines_say_the_same(run, files, tmp_path):
    lines = tmp_path / "lines"
    lines.write_text("\n".join(key or "" for key in KEYS), encoding="utf-8")
    plain = run("place", "--nodes", "cache-b,cache-a:2,節点", "--quiet", lines)[1]
    for path in files.values():
        assert run(*PLACE, "--quiet", path)[1] == plain.replace("empty lines", "nulls")


def test_integers_are_other_keys_than_their_text(run, files):
    model = MODELS["ring"](NODES)
    argv = [*PLACE[:-1], "n", "--quiet"]
    texts = [None if number is None else str(number) for number in NUMBERS]
    assert run(*argv, files["parquet"])[1] == expected_table(model, NUMBERS)
    assert run(*argv, files["csv"])[1] == expected_table(model, texts)
    assert expected_table(model, NUMBERS) != expected_table(model, texts)


def test_standard_input(run, files, monkeypatch):
    for kind, path in files.items():
        with open(path) as stdin:
            monkeypatch.setattr(sys, "stdin", stdin)
            assert run(*PLACE, "-", "--quiet")[1] == run(*PLACE, path, "--quiet")[1], kind


@pytest.mark.parametrize("replicas", [1, 2])
def test_out(run, files, tmp_path, replicas):
    model = MODELS["ring"](NODES)
    argv = [*PLACE[:-1]]
    for kind, column, keys in [
        ("csv", "user_id", KEYS),
        ("dictionary", "user_id", KEYS),
        ("parquet", "n", NUMBERS),
    ]:
        out = tmp_path / "out"
        assert run(*argv, column, "--replicas", replicas, "--out", out, files[kind])[0] == 0
        rows = [[str(key), *model.get_nodes(key, replicas)] for key in keys if key is not None]
        assert out.read_text("utf-8") == "".join("\t".join(row) + "\n" for row in rows)


def test_out_of_a_key_with_a_line_end(run, tmp_path):
    path, out = tmp_path / "table", tmp_path / "out"
    path.write_bytes(b'id\na\tb\n"two\nlines"\n')
    argv = ["place", "--nodes", "a", "--column", "id", path]
    message = f"coterie: error: {path}, row 3: --out cannot hold a key with a line end\n"
    assert run(*argv, "--out", out) == (2, "", message)
    assert not out.exists()
    assert run(*argv)[0] == 0
    path.write_bytes(b"id\na\tb\n\xff\n")
    assert run(*argv, "--out", out)[0] == 0
    assert out.read_bytes() == b"a\tb\ta\n\xff\ta\n"


def expected_plan(before, after, weights):
    """Keys and weights by source and target."""
    counts, sums = Counter(), defaultdict(int)
    for key, weight in zip(KEYS, weights, strict=True):
        if key is not None:
            ends = before.get_node(key), after.get_node(key)
            counts[ends] += 1
            sums[ends] += weight
    return counts, sums


@pytest.mark.parametrize("kind", ["csv", "gzip", "parquet", "dictionary"])
def test_plan(run, files, monkeypatch, kind):
    monkeypatch.setattr(csvtable, "BLOCK", 1000)
    monkeypatch.setattr(parquettable, "ROWS", 70)
    after = NODES | {"d": 1.0}
    counts, sums = expected_plan(MODELS["ring"](NODES), MODELS["ring"](after), BYTES)
    moves = {ends: count for ends, count in counts.items() if ends[0] != ends[1]}

    status, out, err = run(*PLAN, "--weight-column", "bytes", "--json", "--quiet", files[kind])
    assert (status, err) == (0, "")
    document = json.loads(out)
    total, moved = sum(sums.values()), sum(sums[ends] for ends in moves)
    assert {name: document[name] for name in document if name not in ("nodes", "flows")} == {
        "scheme": "ring",
        "keys": sum(counts.values()),
        "empty_lines": 0,
        "nulls": KEYS.count(None),
        "moved": sum(moves.values()),
        "moved_share": moved / total,
        "least": pytest.approx(sum(counts.values()) / 5),
        "least_share": pytest.approx(1 / 5),
        "weight_column": "bytes",
        "sum": total,
        "moved_sum": moved,
        "least_sum": pytest.approx(total / 5),
    }
    flows = {(flow["source"], flow["target"]): (flow["keys"], flow["sum"]) for flow in document["flows"]}
    assert flows == {ends: (counts[ends], sums[ends]) for ends in moves}
    assert [flow["sum"] for flow in document["flows"]] == sorted((sums[ends] for ends in moves), reverse=True)
    assert all(flow["share"] == flow["sum"] / total for flow in document["flows"])
    for node in document["nodes"]:
        for end, when in enumerate(["before", "after"]):
            ends = [pair for pair in counts if pair[end] == node["name"]]
            assert node[f"keys_{when}"] == sum(counts[pair] for pair in ends)
            assert node[f"sum_{when}"] == sum(sums[pair] for pair in ends)
            assert node[f"share_{when}"] == node[f"sum_{when}"] / total


def test_plan_without_weights(run, files, tmp_path):
    """It is the plan of the lines, and tells of nulls."""
    lines = tmp_path / "lines"
    lines.write_text("\n".join(key for key in KEYS if key), encoding="utf-8")
    plain = json.loads(run(*PLAN[:-2], "--json", lines)[1])
    assert "nulls" not in plain
    for path in files.values():
        assert json.loads(run(*PLAN, "--json", path)[1]) == plain | {"nulls": KEYS.count(None)}


def test_plan_in_text(run, files):
    argv = [*PLAN, "--weight-column", "bytes", "--quiet", files["parquet"]]
    document = json.loads(run(*argv, "--json")[1])
    nodes, sums, flows, summary = run(*argv)[1].split("\n\n")
    assert nodes.splitlines()[0].split() == ["node", "weight", "before", "after", "change"]
    assert sums.splitlines()[0].split() == ["sum(bytes)", "before", "after", "change", "share", "expected"]
    assert flows.splitlines()[0].split() == ["from", "to", "keys", "sum(bytes)", "share"]
    for node, line in zip(document["nodes"], sums.splitlines()[1:], strict=False):
        before, after = node["sum_before"], node["sum_after"]
        there = f"{before:,.0f}" if node["weight_before"] else "-"
        assert line.split()[:4] == [node["name"], there, f"{after:,.0f}", f"{after - before:+,.0f}"]
    moved, total = document["moved_sum"], document["sum"]
    assert summary.splitlines() == [
        f"{document['moved']:,} of {document['keys']:,} keys move",
        f"sum(bytes): {moved:,.0f} of {total:,.0f} move ({moved / total:.2%})",
        f"the least by weights is {total / 5:,.0f} (20.00%), moved/least {moved / total * 5:.3f}",
        f"{KEYS.count(None)} nulls skipped",
    ]


def test_fractions(run, files):
    """Sums of fractions are written to seven digits."""
    status, out, _ = run(*PLACE, "--weight-column", "price", files["csv"])
    total = sum(size / 7 for size, key in zip(BYTES, KEYS, strict=True) if key is not None)
    assert status == 0
    assert f" {total:,.0f} " in out


def test_small_fractions(run, tmp_path):
    path = tmp_path / "table"
    path.write_bytes(b"id,w\na,0.125\nb,0.0625\n")
    argv = ["--nodes", "x", "--column", "id", "--weight-column", "w", path]
    assert run("place", *argv)[1].splitlines()[:3] == [
        "node   keys     sum(w)    share  expected  deviation",
        f"x         2  0.1875000  100.00%   100.00%      +0.0%  {'█' * 26}",
        "total     2  0.1875000  100.00%   100.00%",
    ]
    assert "sum(w): 0.0000000 of 0.1875000 move (0.00%)" in run("plan", "--set", "x:3", *argv)[1]


def test_nothing_weighs_anything(run, tmp_path):
    path = tmp_path / "table"
    path.write_bytes(b"id,w\n" + b"".join(b"%d,0\n" % i for i in range(100)))
    argv = ["--nodes", "a,b", "--column", "id", "--weight-column", "w", path]
    lines = run("place", *argv)[1].splitlines()
    assert lines[0].split() == ["node", "keys", "sum(w)", "share", "expected", "deviation"]
    assert lines[-1].split() == ["total", "100", "0", "0.00%", "100.00%"]
    out = run("plan", "--add", "c", *argv)[1]
    assert "sum(w): 0 of 0 move (0.00%)\nthe least by weights is 0 (33.33%)\n" in out
    document = json.loads(run("plan", "--add", "c", "--json", *argv)[1])
    assert (document["sum"], document["moved_share"], document["flows"][0]["share"]) == (0, 0, 0)


def test_weights_beyond_floats(run, tmp_path):
    path = tmp_path / "table"
    path.write_bytes(b"id,w\n" + b"a,4e299\n" * 3)
    status, out, err = run("place", "--nodes", "a", "--column", "id", "--weight-column", "w", path)
    assert (status, out) == (2, "")
    assert err == "coterie: error: column w: the weights add up to more than 1e+300\n"


@pytest.mark.parametrize("command", [PLACE, PLAN], ids=["place", "plan"])
def test_empty_table(run, tmp_path, command):
    path = tmp_path / "table"
    path.write_bytes(b"bytes,user_id\n")
    for options in ([], ["--weight-column", "bytes"]):
        status, _, err = run(*command, *options, path)
        assert status == 0
        assert err.startswith("0 keys, 14 B in ")


@pytest.mark.parametrize("command", [PLACE, PLAN], ids=["place", "plan"])
def test_pictures(run, files, command):
    pytest.importorskip("matplotlib")
    picture = files["csv"].parent / "x.svg"
    for options, unit in (([], "keys"), (["--weight-column", "bytes"], "sum(bytes)")):
        assert run(*command, *options, "--plot", picture, files["csv"])[0] == 0
        assert f"share of {unit}, %" in picture.read_text("utf-8")


@pytest.mark.parametrize("command", [PLACE, PLAN], ids=["place", "plan"])
def test_refused(run, files, command):
    lines = command[:-2]
    for argv, message in [
        ([*lines, "--weight-column", "bytes", "none"],
         "--weight-column needs --column, which says where the keys are"),
        ([*command, "--weight-column", "user_id", "none"], "--weight-column: user_id has the keys"),
        ([*command, "none"], "none: No such file or directory"),
        ([*command, "-", "-"], "standard input (-) can be read only once"),
        ([*lines, "--column", "user", files["csv"]],
         f"{files['csv']}: no column user; there are n, bytes, user_id, price"),
        ([*lines, "--column", "user", files["parquet"]],
         f"{files['parquet']}: no column user; there are n, bytes, user_id, price"),
        ([*lines, "--column", "price", files["parquet"]],
         f"{files['parquet']}: column price is double: keys are text, bytes, integers or bool"),
        ([*command, "--weight-column", "n", files["csv"]],
         f"{files['csv']}, row {NUMBERS.index(next(n for n in NUMBERS if n and n < 0)) + 2}: "
         f"weight {next(n for n in NUMBERS if n and n < 0)}.0 is not a finite number of 0 or more"),
    ]:  # fmt: skip
        assert run(*argv) == (2, "", f"coterie: error: {message}\n")


@pytest.mark.parametrize("command", [PLACE, PLAN], ids=["place", "plan"])
def test_pyarrow_is_missing(run, files, monkeypatch, command):
    for name in [name for name in sys.modules if name.partition(".")[0] == "pyarrow"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    message = "coterie: error: --column needs pyarrow: pip install 'coterie[arrow]'\n"
    assert run(*command, files["csv"]) == (2, "", message)
    assert run(*command[:-2], files["csv"])[0] == 0


@pytest.mark.parametrize("kind", ["csv", "gzip", "parquet"])
def test_progress(files, monkeypatch, kind):
    class Terminal(io.StringIO):
        encoding = "utf-8"

        def isatty(self):
            return True

    monkeypatch.setattr(csvtable, "BLOCK", 1000)
    monkeypatch.setattr(parquettable, "ROWS", 70)
    monkeypatch.setattr(progress, "INTERVAL", 0)
    screen = Terminal()
    monkeypatch.setattr("sys.stderr", screen)
    assert main([*PLACE, str(files[kind])]) == 0
    lines = screen.getvalue().split(progress.CLEAR)
    percents = [float(line.partition("%")[0]) for line in lines if "%" in line]
    assert percents == sorted(percents)
    assert percents[-1] == 100
    assert len(set(percents)) >= 3


@pytest.mark.parametrize("command", ["place", "plan"])
def test_help(command, capsys):
    with pytest.raises(SystemExit):
        main([command, "--help"])
    out = capsys.readouterr().out
    for text in ("--column NAME", "--weight-column NAME", "coterie[arrow]", '7 is not the text "7"', "007"):
        assert text in out
