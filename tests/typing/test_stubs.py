"""The stubs accept typical uses, reject wrong ones, and agree with what runs."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("mypy", reason="mypy is not installed")

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent.relative_to(ROOT)


def run(*arguments):
    command = [sys.executable, "-m", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300)


def mypy(name, cache):
    return run("mypy", "--strict", "--no-error-summary", "--cache-dir", str(cache), str(HERE / name))


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    return tmp_path_factory.mktemp("mypy")


def test_uses_are_accepted(cache):
    result = mypy("uses.py", cache)
    assert (result.stdout, result.stderr, result.returncode) == ("", "", 0)


def test_wrong_uses_are_rejected(cache):
    lines = (ROOT / HERE / "rejected.py").read_text().splitlines()
    marked = re.compile(r"  # E: ([a-z-]+)$")
    expected = {(number, found[1]) for number, line in enumerate(lines, 1) if (found := marked.search(line))}
    output = mypy("rejected.py", cache).stdout
    found = re.findall(r":(\d+): error: .*\[([a-z-]+)\]$", output, re.MULTILINE)
    reported = {(int(number), code) for number, code in found}
    assert expected - reported == set(), f"accepted, or for another reason:\n{output}"
    assert reported - expected == set(), output


def test_stubs_agree_with_what_runs():
    result = run("mypy.stubtest", "coterie", "--concise", "--mypy-config-file", "pyproject.toml")
    assert result.returncode == 0, result.stdout + result.stderr
