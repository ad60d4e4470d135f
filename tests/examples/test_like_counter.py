"""The example counts what was liked, and says what deltas and digests save."""

import re
from functools import partial

import pytest

from coterie import ORMap
from tests.examples import script

NAME = "like_counter"
run = partial(script.run, NAME)
loaded = partial(script.module, NAME)


def table(text):
    """Way -> (rounds, messages, bytes, saved)."""
    rows = re.findall(r"^(states|deltas|digests) +([-\d, ]+?) +\d+%$", text, re.M)
    return {way: [int(number.replace(",", "")) for number in numbers.split()] for way, numbers in rows}


@pytest.mark.parametrize("options", [[], ["--servers", 9, "--loss", 0.6, "--busy", 3, "--seed", 1]])
def test_it_counts(options):
    done = run(*options)
    assert (done.returncode, done.stderr) == (0, "")
    assert "checked: all servers show" in done.stdout
    rows = table(done.stdout)
    assert list(rows) == ["states", "deltas", "digests"]
    for rounds, messages, size, saved in rows.values():
        assert 0 < rounds <= 300 < messages * 10 < size
        assert saved == rows["states"][2] - size
    if not options:
        assert rows["deltas"][3] > rows["states"][2] / 4
        assert rows["digests"][3] > rows["states"][2] / 4


def test_it_notices_what_is_wrong(monkeypatch, capsys):
    example = loaded()
    monkeypatch.setattr("sys.argv", [NAME, "--servers", "4", "--busy", "2"])
    monkeypatch.setitem(example.WAYS, "deltas", lambda *_: None)
    assert example.main() == 1
    assert "not what was liked: deltas" in capsys.readouterr().err


def test_the_network():
    example = loaded()
    network = example.Network(example.Plan(2, 0.5, 1, 1, 1), 3)
    heard = []
    for _ in range(1000):
        network.send(b"four", heard.append)
    assert (network.messages, network.bytes) == (1000, 4000)
    assert 450 < len(heard) < 650
    assert network.send(ORMap().digest(), ORMap().diff) in ([], [ORMap()], [ORMap(), ORMap()])


@pytest.mark.parametrize("options", [["--servers", 1], ["--loss", 1], ["--busy", 0]])
def test_options(options):
    assert run(*options).returncode == 2
