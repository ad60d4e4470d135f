"""`--plot` writes a file that is whole or not there, and refuses early what cannot be drawn."""

import builtins
import os

import pytest

from coterie._cli import keyfile

KEYS = 3000
PLACE = ["place", "--nodes", "cache-a,cache-b:2"]
PLAN = ["plan", "--nodes", "cache-a,cache-b:2", "--add", "cache-c"]
MAGIC = {"png": b"\x89PNG\r\n\x1a\n", "svg": b"<?xml", "pdf": b"%PDF"}

both = pytest.mark.parametrize("argv", [PLACE, PLAN], ids=["place", "plan"])


@pytest.fixture
def keys(tmp_path):
    path = tmp_path / "keys"
    path.write_text("".join(f"{i}\n" for i in range(KEYS)))
    return path


@pytest.fixture
def without_matplotlib(monkeypatch):
    load = builtins.__import__

    def load_other(name, *args, **kwargs):
        if name.partition(".")[0] == "matplotlib":
            raise ModuleNotFoundError("No module named 'matplotlib'", name="matplotlib")
        return load(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", load_other)


@pytest.fixture
def unread(monkeypatch):
    """From now on nothing may read keys."""

    def fail(self):
        raise AssertionError("keys were read")

    monkeypatch.setattr(keyfile.KeyFile, "batches", fail)


@both
def test_matplotlib_is_missing(run, keys, without_matplotlib, unread, argv):
    message = "coterie: error: --plot needs matplotlib: pip install 'coterie[plot]'\n"
    assert run(*argv, keys, "--plot", keys.parent / "x.png") == (2, "", message)
    assert os.listdir(keys.parent) == ["keys"]


@both
def test_matplotlib_is_not_asked_for(run, keys, without_matplotlib, argv):
    assert run(*argv, keys)[0] == 0


@both
@pytest.mark.parametrize("name", ["x.jpg", "x", "png", "x.png.gz", ""])
def test_unknown_ending(run, keys, unread, argv, name):
    message = f"coterie: error: --plot {name}: a picture ends in .png, .svg, .pdf\n"
    assert run(*argv, keys, "--plot", name) == (2, "", message)


@both
def test_file_that_cannot_be_written(run, keys, unread, argv):
    pytest.importorskip("matplotlib")
    folder = keys.parent / "folder.png"
    folder.mkdir()
    for path, message in [
        (folder, "Is a directory"),
        (keys.parent / "none" / "x.png", "No such file or directory"),
        (f"{keys}/x.svg", "Not a directory"),
    ]:
        assert run(*argv, keys, "--plot", path) == (2, "", f"coterie: error: {path}: {message}\n")
    assert sorted(os.listdir(keys.parent)) == ["folder.png", "keys"]


@both
@pytest.mark.parametrize("ending", MAGIC)
def test_written(run, keys, argv, ending):
    """The output is the same as without a picture, which is the same each time."""
    pytest.importorskip("matplotlib")
    first, second = keys.parent / f"x.{ending}", keys.parent / f"y.{ending.upper()}"
    plain = run(*argv, keys, "--quiet")
    for path in (first, second):
        assert run(*argv, keys, "--quiet", "--plot", path) == plain
    assert first.read_bytes().startswith(MAGIC[ending])
    assert first.read_bytes() == second.read_bytes()
    assert len(os.listdir(keys.parent)) == 3


@both
def test_failing_run_leaves_what_was_there(run, keys, argv):
    pytest.importorskip("matplotlib")
    old, new = keys.parent / "old.png", keys.parent / "new.png"
    old.write_text("before")
    keys.write_bytes(b"a\nb\0\n")
    for path in (old, new):
        status, out, err = run(*argv, keys, "--plot", path)
        assert (status, out) == (2, "")
        assert "NUL" in err
    assert old.read_text() == "before"
    assert sorted(os.listdir(keys.parent)) == ["keys", "old.png"]


@both
def test_interrupted_while_drawing(run, keys, monkeypatch, argv):
    figure = pytest.importorskip("matplotlib.figure")

    def interrupt(self, *args, **kwargs):
        raise KeyboardInterrupt

    monkeypatch.setattr(figure.Figure, "savefig", interrupt)
    assert run(*argv, keys, "--plot", keys.parent / "x.png") == (130, "", "")
    assert os.listdir(keys.parent) == ["keys"]


def test_settings_are_not_kept(run, keys):
    matplotlib = pytest.importorskip("matplotlib")
    before = dict(matplotlib.rcParams)
    with matplotlib.rc_context({"text.usetex": True, "figure.dpi": 7, "font.size": 40}):
        assert run(*PLACE, keys, "--plot", keys.parent / "x.png")[0] == 0
    assert run(*PLACE, keys, "--plot", keys.parent / "y.png")[0] == 0
    assert (keys.parent / "x.png").read_bytes() == (keys.parent / "y.png").read_bytes()
    assert dict(matplotlib.rcParams) == before
