"""The table of schemes: a word changes the scheme, and options that a scheme lacks are refused."""

import pytest

from coterie._cli.schemes import SCHEMES
from tests.cli.models import MODELS

KEYS = [f"user:{i}" for i in range(300)]
NODES = dict.fromkeys(["cache-c", "cache-a", "knoten-ä", "cache-b"], 1.0)

every_scheme = pytest.mark.parametrize("scheme", SCHEMES)


@pytest.fixture
def keys(tmp_path):
    path = tmp_path / "keys"
    path.write_text("\n".join(KEYS))
    return path


@pytest.fixture
def placed(run, keys, tmp_path):
    """Run `place` over the keys; the nodes of each."""

    def placed(*argv):
        status, _, err = run("place", *argv, "--quiet", "--out", tmp_path / "out", keys)
        assert (status, err) == (0, "")
        return [line.split("\t")[1:] for line in (tmp_path / "out").read_text().splitlines()]

    return placed


def test_every_scheme_has_a_model():
    assert MODELS.keys() == SCHEMES.keys()


@every_scheme
def test_same_command_for_every_scheme(placed, scheme):
    options = ["--scheme", scheme, "--nodes", ",".join(NODES)]
    model = MODELS[scheme](NODES)
    assert placed(*options) == [[model.get_node(key)] for key in KEYS]
    model = MODELS[scheme](NODES, seed=5)
    assert placed(*options, "--seed", 5, "--replicas", 3) == [model.get_nodes(key, 3) for key in KEYS]


@every_scheme
def test_weights(run, placed, keys, scheme):
    options = ["--scheme", scheme, "--nodes", "cache-a,cache-b:2.5"]
    if SCHEMES[scheme].weighted:
        model = MODELS[scheme]({"cache-a": 1.0, "cache-b": 2.5})
        assert placed(*options) == [[model.get_node(key)] for key in KEYS]
    else:
        status, out, err = run("place", *options, keys)
        assert (status, out) == (2, "")
        takers = ", ".join(name for name in SCHEMES if name != "jump")
        message = f"--nodes: cache-b: --scheme jump has no weights; these have: {takers}"
        assert err == f"coterie: error: {message}\n"


def test_jump_takes_weights_of_one(placed):
    jump = ["--scheme", "jump", "--nodes"]
    assert placed(*jump, "a=1,b:1.0,c") == placed(*jump, "a,b,c")


def test_jump_keeps_the_order_of_nodes(placed):
    """The first node is shard 0, and so on."""
    shards = placed("--scheme", "jump", "--shards", 3)
    assert placed("--scheme", "jump", "--nodes", "z,b,m") == [["zbm"[int(shard)]] for (shard,) in shards]


def test_options_of_one_scheme(placed):
    nodes = dict.fromkeys("abc", 1.0)
    ring = MODELS["ring"](nodes, vnodes=20)
    assert placed("--nodes", "a,b,c", "--vnodes", 20) == [[ring.get_node(key)] for key in KEYS]
    maglev = MODELS["maglev"](nodes, table_size=53)
    options = ["--scheme", "maglev", "--nodes", "a,b,c", "--table-size", 53]
    assert placed(*options) == [[maglev.get_node(key)] for key in KEYS]


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        ("--scheme ring", "--scheme ring needs --nodes, such as --nodes cache-a,cache-b,cache-c"),
        ("--scheme jump", "--scheme jump needs --nodes or --shards, such as --nodes cache-a,cache-b,cache-c"),
        ("--scheme jump --shards 3 --nodes a", "--scheme jump takes --nodes or --shards, not both"),
        ("--scheme jump --shards 3 --vnodes 9", "--scheme jump does not take --vnodes"),
        ("--scheme jump --shards 0", "--shards 0: must be 1 to 1000000"),
        ("--scheme jump --shards 1000001", "--shards 1000001: must be 1 to 1000000"),
        ("--nodes a --shards 3", "--scheme ring does not take --shards"),
        ("--nodes a --table-size 7", "--scheme ring does not take --table-size"),
        ("--scheme rendezvous --nodes a --vnodes 7", "--scheme rendezvous does not take --vnodes"),
        ("--scheme maglev --shards 7", "--scheme maglev does not take --shards"),
        ("--scheme maglev", "--scheme maglev needs --nodes, such as --nodes cache-a,cache-b,cache-c"),
    ],
)
def test_refused(run, keys, argv, message):
    assert run("place", *argv.split(), keys) == (2, "", f"coterie: error: {message}\n")
