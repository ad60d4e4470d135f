"""`coterie plan`: what moves is what the plain models say."""

import gzip
import json
from collections import Counter

import pytest

from coterie import diff
from coterie._cli import keyfile
from coterie._cli.schemes import SCHEMES
from tests.cli.models import MODELS

KEYS = [f"session/{i:x}" for i in range(2000)]


@pytest.fixture
def keys(tmp_path):
    path = tmp_path / "keys"
    path.write_text("\n".join(KEYS) + "\n")
    return path


@pytest.fixture
def plan(run, keys):
    """Run `plan --json` over the keys; the document."""

    def plan(*argv):
        status, out, err = run("plan", *argv, "--json", "--quiet", keys)
        assert (status, err) == (0, "")
        return json.loads(out)

    return plan


def expected(before, after, names):
    """The counts of the document, from two plain models."""
    pairs = Counter((before.get_node(key), after.get_node(key)) for key in KEYS)
    rows = [
        (
            name,
            sum(count for (source, _), count in pairs.items() if source == name),
            sum(count for (_, target), count in pairs.items() if target == name),
        )
        for name in names
    ]
    flows = {ends: count for ends, count in pairs.items() if ends[0] != ends[1]}
    return rows, flows


def counts(document):
    rows = [(node["name"], node["keys_before"], node["keys_after"]) for node in document["nodes"]]
    return rows, {(flow["source"], flow["target"]): flow["keys"] for flow in document["flows"]}


@pytest.mark.parametrize("scheme", SCHEMES)
def test_add_and_remove(plan, scheme):
    nodes = ["c", "a", "knoten-ä", "b"]
    options = ["--scheme", scheme, "--seed", 3, "--nodes", ",".join(nodes)]
    document = plan(*options, "--add", "e,d", "--remove", "b")
    before = MODELS[scheme](dict.fromkeys(nodes, 1.0), seed=3)
    after = MODELS[scheme](dict.fromkeys(["c", "a", "knoten-ä", "e", "d"], 1.0), seed=3)
    assert counts(document) == expected(before, after, [*nodes, "e", "d"])
    assert document["scheme"] == scheme
    assert document["moved"] == sum(counts(document)[1].values())


@pytest.mark.parametrize("scheme", [name for name, scheme in SCHEMES.items() if scheme.weighted])
def test_weights(plan, scheme):
    document = plan("--scheme", scheme, "--nodes", "a,b:2", "--add", "c:3", "--set", "a:4")
    before = MODELS[scheme]({"a": 1.0, "b": 2.0})
    after = MODELS[scheme]({"a": 4.0, "b": 2.0, "c": 3.0})
    assert counts(document) == expected(before, after, "abc")
    weights = [(node["weight_before"], node["weight_after"]) for node in document["nodes"]]
    assert weights == [(1, 4), (2, 2), (None, 3)]


def test_shards(plan):
    document = plan("--scheme", "jump", "--shards", 3, "--add", "3,4")
    before, after = (MODELS["jump"](dict.fromkeys("01234"[:n], 1.0)) for n in (3, 5))
    assert counts(document) == expected(before, after, "01234")
    assert plan("--scheme", "jump", "--nodes", "0,1,2", "--add", "3,4") == document


def test_document(plan):
    """Every field, and nothing else."""
    document = plan("--nodes", "a,b:2", "--remove", "a")
    moved = document["moved"]
    stays = len(KEYS) - moved
    assert document == {
        "scheme": "ring",
        "keys": len(KEYS),
        "empty_lines": 0,
        "moved": moved,
        "moved_share": moved / len(KEYS),
        "least": pytest.approx(len(KEYS) / 3),
        "least_share": pytest.approx(1 / 3),
        "nodes": [
            {
                "name": "a",
                "weight_before": 1.0,
                "weight_after": None,
                "keys_before": moved,
                "keys_after": 0,
                "share_before": moved / len(KEYS),
                "share_after": 0.0,
                "expected_before": pytest.approx(1 / 3),
                "expected_after": 0.0,
            },
            {
                "name": "b",
                "weight_before": 2.0,
                "weight_after": 2.0,
                "keys_before": stays,
                "keys_after": len(KEYS),
                "share_before": stays / len(KEYS),
                "share_after": 1.0,
                "expected_before": pytest.approx(2 / 3),
                "expected_after": 1.0,
            },
        ],
        "flows": [{"source": "a", "target": "b", "keys": moved, "share": moved / len(KEYS)}],
    }


def test_flows_are_sorted(plan):
    flows = plan("--nodes", "a,b,c,d,e,f", "--add", "g", "--remove", "a")["flows"]
    assert len(flows) > 8
    assert flows == sorted(flows, key=lambda flow: (-flow["keys"], flow["source"], flow["target"]))


def test_text(run, keys):
    status, out, err = run("plan", "--nodes", "a,b", "--add", "c", keys)
    assert status == 0
    nodes, flows, summary = out.split("\n\n")
    assert [line.split()[0] for line in nodes.splitlines()] == ["node", "a", "b", "c", "total"]
    assert [line.split()[1] for line in flows.splitlines()] == ["to", "c", "c"]
    assert "of 2,000 keys move" in summary
    assert err.startswith("2,000 keys, ")
    assert err.endswith(" keys/s\n")


def test_all_flows(run, keys):
    argv = ["plan", "--nodes", ",".join(f"n{i}" for i in range(40)), "--add", "new", "--quiet", keys]
    flows = run(*argv)[1].split("\n\n")[1].splitlines()
    every = run(*argv, "--all-flows")[1].split("\n\n")[1].splitlines()
    assert flows[:21] == every[:21]
    assert len(every) > 22
    rest = sum(int(line.split()[2]) for line in every[21:])
    assert flows[21:] == [f"and {len(every) - 21} more pairs, {rest} keys in all; --all-flows prints them"]


def test_several_files_of_every_kind(run, plan, tmp_path, monkeypatch):
    whole = plan("--nodes", "a,b", "--add", "c")
    monkeypatch.setattr(keyfile, "BLOCK", 64)
    plain, packed = tmp_path / "plain", tmp_path / "packed"
    plain.write_text("\r\n\n".join(KEYS[:1000]))
    packed.write_bytes(gzip.compress("\n".join(KEYS[1000:]).encode()))
    status, out, _ = run("plan", "--nodes", "a,b", "--add", "c", "--json", plain, packed)
    assert status == 0
    assert json.loads(out) == whole | {"empty_lines": 999}


def test_no_keys(run, tmp_path):
    (tmp_path / "keys").touch()
    status, out, err = run("plan", "--nodes", "a,b", "--add", "c", tmp_path / "keys")
    assert status == 0
    assert out.endswith("\n\n0 of 0 keys move (0.00%)\nthe least by weights is 0 (33.33%)\n")
    assert err.startswith("0 keys, 0 B in ")
    document = json.loads(run("plan", "--nodes", "a,b", "--add", "c", "--json", tmp_path / "keys")[1])
    assert (document["keys"], document["moved_share"], document["least"], document["flows"]) == (0, 0, 0, [])


def test_least_is_by_weight(plan):
    for change, least in [
        (["--add", "e"], 1 / 5),
        (["--remove", "a"], 1 / 4),
        (["--set", "a:2"], 3 * (1 / 4 - 1 / 5)),
        (["--set", "a:5,b:5,c:5,d:5"], 0),
        (["--set", "a:0.1,b:0.1,c:0.1,d:0.1"], 0),
        (["--remove", "a,b,c,d", "--add", "e:9"], 1),
        (["--remove", "a", "--add", "e"], 1 / 4),
        (["--remove", "a,b"], 1 / 2),
    ]:
        document = plan("--nodes", "a,b,c,d", *change)
        assert document["least_share"] == pytest.approx(least)
        assert document["least"] == pytest.approx(least * len(KEYS))


@pytest.mark.parametrize("scheme", [name for name, scheme in SCHEMES.items() if scheme.weighted])
def test_the_library_says_the_same(plan, scheme):
    options = ["--scheme", scheme, "--nodes", "a,b:2,c"]
    document = plan(*options, "--add", "d:3", "--remove", "a", "--set", "c:0.5")
    before = SCHEMES[scheme].make({"a": 1, "b": 2, "c": 1})
    change = diff(before, SCHEMES[scheme].make({"b": 2, "c": 0.5, "d": 3}))
    assert document["moved"] == change.moved(KEYS).sum()
    assert document["least_share"] == pytest.approx(change.least)


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        ("--nodes a KEYS", "nothing to change: give --add, --remove or --set"),
        ("--add a KEYS", "--scheme ring needs --nodes, such as --nodes cache-a,cache-b,cache-c"),
        ("--nodes a --add a KEYS", "--add: there is already a node a"),
        ("--nodes a --remove a KEYS", "--remove: no node would be left"),
        ("--nodes a --add b:0 KEYS", "--add: b: weight '0' is not a number above 0"),
        ("--scheme jump --nodes a,b --remove a KEYS", "--remove: a: --scheme jump removes from the end, "
                                                      "so b first"),
        ("--nodes a --add b - -", "standard input (-) can be read only once"),
        ("--nodes a --add b none", "none: No such file or directory"),
    ],
)  # fmt: skip
def test_refused(run, keys, argv, message):
    argv = [keys if word == "KEYS" else word for word in argv.split()]
    for options in ([], ["--json"]):
        assert run("plan", *argv, *options) == (2, "", f"coterie: error: {message}\n")


@pytest.mark.parametrize("options", [("--vnodes", 0), ("--seed", 2**70), ("--set", "a=1e300")])
def test_refused_by_the_scheme(run, keys, options):
    status, out, err = run("plan", "--nodes", "a,b", "--add", "c", *options, keys)
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert err.startswith("coterie: error: ")
