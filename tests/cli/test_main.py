"""The command line as a whole: commands, help, arguments that cannot be parsed."""

import pytest

import coterie
from coterie._cli import main


@pytest.mark.parametrize(
    "argv",
    [
        [],
        ["frobnicate"],
        ["place"],
        ["place", "--nodes", "a"],
        ["place", "--scheme", "dice", "--nodes", "a", "k"],
        ["place", "--shards", "x", "k"],
        ["place", "--node", "a", "k"],
        ["plan"],
        ["plan", "--nodes", "a", "--add", "b"],
        ["plan", "--nodes", "a", "--replicas", "2", "--add", "b", "k"],
        ["plan", "--nodes", "a", "--add"],
    ],
)
def test_argument_errors(argv, capsys):
    with pytest.raises(SystemExit) as error:
        main(argv)
    assert error.value.code == 2
    assert "error: " in capsys.readouterr().err


@pytest.mark.parametrize(
    ("argv", "wanted"),
    [
        (["--help"], ["place", "plan"]),
        (["place", "--help"], ["coterie place --nodes cache-a,cache-b:2,cache-c keys.txt"]),
        (["plan", "--help"], ["coterie plan --nodes cache-a,cache-b,cache-c --add cache-d keys.txt"]),
        (["--version"], [f"coterie {coterie.__version__}\n"]),
    ],
)
def test_help_and_version(argv, wanted, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    with pytest.raises(SystemExit) as done:
        main(argv)
    out = capsys.readouterr().out
    assert done.value.code == 0
    assert all(text in out for text in wanted)
    assert max(map(len, out.splitlines())) <= 80
