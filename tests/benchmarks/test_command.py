"""The command where nothing is measured."""

import json

import pytest

pytest.importorskip("pytest_benchmark")

from benchmarks import __main__ as command
from tests.benchmarks.runs import row, run


@pytest.fixture
def files(tmp_path):
    for name, ns in {"old": 20, "slower": 30}.items():
        (tmp_path / f"{name}.json").write_text(json.dumps(run(row(ns), row(15, "floor"))))
    return tmp_path


def call(monkeypatch, *arguments):
    monkeypatch.setattr("sys.argv", ["benchmarks", *map(str, arguments)])
    return command.main()


def test_tables_from_a_file(files, monkeypatch, capsys):
    assert call(monkeypatch, "--from", files / "old.json") == 0
    assert "ring[k], one str key, per key" in capsys.readouterr().out


def test_a_page_from_a_file(files, monkeypatch, capsys):
    assert call(monkeypatch, "--from", files / "old.json", "--html", files / "page.html") == 0
    assert capsys.readouterr().out == ""
    assert 'id="placement/ring/one_key"' in (files / "page.html").read_text()


def test_comparing_two_files(files, monkeypatch, capsys):
    assert call(monkeypatch, "--from", files / "slower.json", "--compare", files / "old.json") == 1
    assert "+50%" in capsys.readouterr().out
    assert call(monkeypatch, "--from", files / "old.json", "--compare", files / "slower.json") == 0
    assert call(monkeypatch, "--from", files / "old.json", "--compare", files / "old.json") == 0


def test_what_cannot_be_used(files, monkeypatch, capsys):
    assert call(monkeypatch, "--from", files / "absent.json") == 2
    assert call(monkeypatch, "--from", files / "old.json", "--case", "maglev") == 2
    assert "no case named like 'maglev'" in capsys.readouterr().err
    for wrong in (["--full"], ["--json", files / "new.json"], ["--html", files / "absent" / "page.html"]):
        with pytest.raises(SystemExit) as stop:
            call(monkeypatch, "--from", files / "old.json", *wrong)
        assert stop.value.code == 2
