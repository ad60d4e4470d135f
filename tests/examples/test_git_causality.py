"""The example tells the truth about a repository and a random execution, and says what it cannot read."""

import itertools
import os
import random
import re
import shutil
import subprocess
import sys
from functools import partial

import pytest

from tests.examples import script

NAME = "git_causality"
GIT = shutil.which("git")
needs_git = pytest.mark.skipif(GIT is None, reason="git is not installed")
SETTINGS = {
    "GIT_AUTHOR_NAME": "A",
    "GIT_AUTHOR_EMAIL": "a@example.org",
    "GIT_COMMITTER_NAME": "A",
    "GIT_COMMITTER_EMAIL": "a@example.org",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
}


run = partial(script.run, NAME, **SETTINGS)
loaded = partial(script.module, NAME)


def git(folder, *arguments, **env):
    subprocess.run(
        [GIT, "-C", folder, *arguments], check=True, capture_output=True, env=os.environ | SETTINGS | env
    )


def commit(folder, what, minute):
    git(folder, "commit", "--allow-empty", "-m", what, GIT_AUTHOR_DATE=f"2026-01-01T12:{minute:02}:00Z")


def refusal(monkeypatch, capsys, *options):
    """What it says when it ends with 2."""
    monkeypatch.setattr(sys, "argv", ["git_causality.py", *map(str, options)])
    with pytest.raises(SystemExit) as ended:
        loaded().main()
    output, error = capsys.readouterr()
    assert (ended.value.code, output) == (2, "")
    return error


@pytest.fixture(scope="module")
def repository(tmp_path_factory):
    """One root; three branches from it; two are merged, and one is not. Two clocks on the wall are wrong."""
    folder = tmp_path_factory.mktemp("repository")
    git(folder, "init", "-b", "main")
    commit(folder, "root", 30)
    for branch in ("one", "two"):
        git(folder, "checkout", "-b", branch, "main")
        commit(folder, f"{branch} begins", 40)
        commit(folder, f"{branch} ends", 41)
    git(folder, "checkout", "main")
    commit(folder, "early", 10)  # 20 minutes before the root
    git(folder, "merge", "--no-ff", "-m", "merge one", "one", GIT_AUTHOR_DATE="2026-01-01T12:36:00Z")
    git(folder, "tag", "merged")
    return folder


@needs_git
def test_a_repository(repository):
    done = run(repository, "--sample", 60)
    assert (done.returncode, done.stderr) == (0, "")
    assert "7 commits on 3 chains" in done.stdout
    # Seven commits: the root is before six, the ends of branches follow beginnings, the merge follows four.
    # 6 + 1 + 1 + 3 of 21 pairs are ordered.
    assert "pairs       21, of which concurrent 10 " in done.stdout
    assert re.search(r"^heads       2: \w+, \w+$", done.stdout, re.M)
    assert "width       3, exactly" in done.stdout
    assert "2 of 7 commits seem earlier" in done.stdout
    assert "by 20.0 minutes" in done.stdout
    assert "by 5.0 minutes" in done.stdout
    assert "hybrid      0 stamps of 7 pairs" in done.stdout
    assert "2 stamps are ahead of their wall clocks, by up to 20.0 minutes" in done.stdout
    assert "agrees on 60 of 60 pairs" in done.stdout
    assert re.search(r"^[|o* -]+  \w{9} 2026-01-01T12:41:00\+\d  <- \w{9}  merge one$", done.stdout, re.M)


@needs_git
def test_one_revision(repository):
    done = run(repository, "--rev", "merged", "--sample", 20, "--window", 0)
    assert (done.returncode, done.stderr) == (0, "")
    assert "5 commits on 2 chains" in done.stdout
    assert "heads       1: " in done.stdout
    assert "the last" not in done.stdout


@needs_git
def test_a_shallow_clone(repository, tmp_path):
    git(tmp_path, "clone", "--depth", "1", "--branch", "merged", repository.as_uri(), "shallow")
    done = run(tmp_path / "shallow")
    assert (done.returncode, done.stderr) == (0, "")
    assert "1 commits on 1 chains\nthe history is shallow" in done.stdout
    assert "agrees on 0 of 0 pairs" in done.stdout


@needs_git
def test_what_cannot_be_read(repository, tmp_path, monkeypatch, capsys):
    done = run(tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("git_causality.py: not a git repository")

    def refused(*options):
        return refusal(monkeypatch, capsys, *options)

    assert "cannot change to" in refused(tmp_path / "nowhere")
    assert "bad revision" in refused(repository, "--rev", "nothing")
    git(tmp_path, "init")
    assert "no commits in" in refused(tmp_path)


def test_without_git(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert refusal(monkeypatch, capsys, tmp_path) == "git_causality.py: git is not installed\n"


@pytest.mark.parametrize("option", ["--generate=0", "--replicas=0", "--sample=-1", "--exact=-1"])
def test_what_cannot_be_used(option, monkeypatch, capsys):
    assert option.split("=")[0] in refusal(monkeypatch, capsys, option)


def test_a_random_execution():
    done = run("--generate", 20_000, "--replicas", 5, "--window", 5, "--progress")
    assert done.returncode == 0
    assert "stamped 20,000 of 20,000" in done.stderr
    assert "20,000 events on 5 replicas" in done.stdout
    assert "heads       5: " in done.stdout
    assert "width       5, exactly" in done.stdout
    assert "hybrid      0 stamps" in done.stdout
    assert "agrees on 1,000 of 1,000 pairs" in done.stdout


@pytest.mark.slow
def test_a_million_events():
    done = run("--generate", 1_000_000, timeout=600)
    assert (done.returncode, done.stderr) == (0, "")
    assert "pairs       499,999,500,000, " in done.stdout
    assert "agrees on 1,000 of 1,000 pairs" in done.stdout


def test_against_reachability():
    """Small random histories: pairs, heads and width beside the plainest ways to find them."""
    example, choose = loaded(), random.Random(3)
    for events in range(1, 11):
        for _ in range(8):
            parents = [
                tuple(choose.sample(range(event), min(event, choose.randrange(3)))) for event in range(events)
            ]
            history = example.on_chains(range(events), parents, [0] * events)
            pairs = list(itertools.product(range(events), repeat=2))
            told = example.tell(history, pairs, events, lambda *_: None)
            before = {pair for pair in pairs if example.search(history, pair)}
            assert {pair for pair, answer in zip(pairs, told.answers, strict=True) if answer} == before
            assert told.ordered == len(before)
            assert set(told.heads) == set(range(events)) - {first for first, _ in before}
            apart = [
                chosen
                for size in range(1, events + 1)
                for chosen in itertools.combinations(range(events), size)
                if not any(pair in before for pair in itertools.combinations(chosen, 2))
            ]
            assert len(example.widest(history)) == len(apart[-1])
            assert example.side_by_side(history) <= len(apart[-1])
            stamps = example.hybrid_stamps(history)
            assert all(stamps[first] < stamps[second] for first, second in before)


def test_blocks_of_clocks(monkeypatch):
    """However few clocks are held at once, the answers are the same."""
    example = loaded()
    history = example.generate(500, 4, 1, lambda *_: None)
    pairs = example.some_pairs(500, 200, 50, 1)
    assert all(first != second and abs(first - second) <= 50 for first, second in pairs)
    whole = example.tell(history, pairs, 30, lambda *_: None)
    monkeypatch.setattr(example, "BLOCK", 28)
    parts = example.tell(history, pairs, 30, lambda *_: None)
    assert parts == whole
    assert len(parts.window) == 30
