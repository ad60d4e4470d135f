"""The example loses nothing, says what others would have lost, and notices if something is lost."""

import re
import sys
from functools import partial

import pytest

from coterie import DottedVersionVectorSet
from tests.examples import script

NAME = "replicated_store"


run = partial(script.run, NAME)
loaded = partial(script.module, NAME)


def test_the_report():
    done = run()
    assert (done.returncode, done.stderr) == (0, "")
    tried, acknowledged = zip(*re.findall(r"^\S.*?  +(\d+) +(\d+)$", done.stdout, re.M)[:3], strict=True)
    assert sum(map(int, tried)) == 400
    assert f"{sum(map(int, acknowledged))} writes acknowledged" in done.stdout
    lost = [int(count) for count in re.findall(r"^  (?:the last|Dotted).* (\d+)$", done.stdout, re.M)]
    assert lost[0] > 0
    assert lost[1] > 0
    assert lost[2] == 0
    siblings, keys = map(int, re.search(r"(\d+) siblings of (\d+) keys", done.stdout).groups())
    assert siblings >= 2 * keys > 0
    assert f"{keys} of {keys} keys resolved" in done.stdout
    assert "checked: nothing is lost" in done.stdout
    assert run().stdout == done.stdout


@pytest.mark.parametrize("seed", range(5))
def test_nothing_is_lost(seed, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["store", "--writes", "300", "--keys", "6", "--seed", str(seed)])
    assert loaded().main() == 0
    assert "checked: nothing is lost" in capsys.readouterr().out


def test_it_notices_a_loss(monkeypatch, capsys):
    example = loaded()

    class Forgetful(DottedVersionVectorSet):
        def merge(self, other):
            """Whatever both know is forgotten."""
            super().merge(other)
            if len(self) > 1:
                self.discard(self.context())

    monkeypatch.setattr(example, "DottedVersionVectorSet", Forgetful)
    monkeypatch.setattr(sys, "argv", ["store"])
    assert example.main() == 1
    assert "checked: nothing" not in capsys.readouterr().out


@pytest.mark.parametrize("option", ["--writes=3", "--keys=0"])
def test_what_cannot_be_used(option, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["store", option])
    with pytest.raises(SystemExit) as ended:
        loaded().main()
    assert ended.value.code == 2
    assert option.split("=")[0] in capsys.readouterr().err
