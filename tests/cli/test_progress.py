"""Progress is one line on a terminal, now and then, and leaves nothing behind."""

import io
from contextlib import suppress

import pytest

from coterie._cli import keyfile, main, progress
from coterie._cli.progress import CLEAR, Progress, format_bytes, format_rate


class Terminal(io.StringIO):
    encoding = "utf-8"

    def isatty(self):
        return True


@pytest.fixture
def clock(monkeypatch):
    class Clock:
        now = 100.0

    monkeypatch.setattr(progress.time, "monotonic", lambda: Clock.now)
    return Clock


def test_at_most_ten_updates_a_second(clock):
    screen = Terminal()
    with Progress(screen, None) as shown:
        for i in range(1000):
            clock.now = 100 + i / 500
            shown.update(i, i)
    assert 15 <= screen.getvalue().count("keys/s") <= 20


def test_ends_cleared(clock):
    screen = Terminal()
    with suppress(KeyboardInterrupt), Progress(screen, 10) as shown:
        clock.now += 1
        shown.update(5, 2)
        raise KeyboardInterrupt
    assert screen.getvalue() == CLEAR + " 50.0%  5 B of 10 B  2 keys  2 keys/s" + CLEAR


def test_line(clock):
    shown = Progress(None, 10_000_000_000)
    assert shown.line(3_420_000_000, 48_000_000, 2.0) == (
        " 34.2%  3.4 GB of 10.0 GB  48,000,000 keys  24.0 million keys/s"
    )
    assert Progress(None, None).line(1500, 10, 2.0) == "1.5 kB  10 keys  5 keys/s"
    assert Progress(None, 0).line(0, 0, 0.0) == "0 B  0 keys  0 keys/s"
    shown.update(1, 1)


def test_formats():
    sizes = [0, 999, 1000, 2_500_000, 7 * 10**9, 3 * 10**13]
    assert [format_bytes(size) for size in sizes] == ["0 B", "999 B", "1.0 kB", "2.5 MB", "7.0 GB", "30.0 TB"]
    assert [format_rate(keys, 0.5) for keys in (0, 49_600, 3_000_000)] == [
        "0 keys/s",
        "99,200 keys/s",
        "6.0 million keys/s",
    ]


def test_line_does_not_wrap(clock, monkeypatch):
    monkeypatch.setenv("COLUMNS", "20")
    screen = Terminal()
    with Progress(screen, 10) as shown:
        shown.update(5, 2)
    assert screen.getvalue() == CLEAR + " 50.0%  5 B of 10 B" + CLEAR


@pytest.mark.parametrize("command", [["place"], ["plan", "--add", "c"]], ids=lambda command: command[0])
@pytest.mark.parametrize(("options", "shown"), [([], True), (["--quiet"], False)])
def test_command(tmp_path, monkeypatch, capsys, command, options, shown):
    keys = tmp_path / "keys"
    keys.write_text("".join(f"{i}\n" for i in range(100)))
    monkeypatch.setattr(keyfile, "BLOCK", 10)
    monkeypatch.setattr(progress, "INTERVAL", 0)
    screen = Terminal()
    monkeypatch.setattr("sys.stderr", screen)
    assert main([*command, "--nodes", "a,b", *options, str(keys)]) == 0
    text = screen.getvalue()
    assert ("100.0%" in text) is ("of 290 B" in text) is shown
    assert text.rpartition(CLEAR)[2].startswith("100 keys, 290 B in ") if shown else text == ""
    assert CLEAR not in capsys.readouterr().out
