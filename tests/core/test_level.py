"""COTERIE_CPU asks for a CPU level, once, at import."""

import os
import subprocess
import sys

import pytest

import coterie
from coterie import _core
from tests.conftest import machine_levels

LEVELS = ("baseline", "avx2", "avx512")
BEST = machine_levels()[-1]
PRINT_LEVEL = "import coterie; print(coterie.cpu_level())"


def start(value, *options, code=PRINT_LEVEL):
    """Import coterie in a new process with COTERIE_CPU set to `value`; None: not set."""
    environment = {name: text for name, text in os.environ.items() if name != "COTERIE_CPU"}
    if value is not None:
        environment["COTERIE_CPU"] = value
    command = [sys.executable, *options, "-c", code]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)


@pytest.mark.parametrize("name", machine_levels())
def test_each_level(name):
    result = start(name, "-W", "error")
    assert (result.returncode, result.stdout, result.stderr) == (0, f"{name}\n", "")


@pytest.mark.parametrize("value", [None, ""], ids=["not set", "empty"])
def test_the_best_without_a_wish(value):
    result = start(value, "-W", "error")
    assert (result.returncode, result.stdout) == (0, f"{BEST}\n")


@pytest.mark.parametrize("value", ["AVX2", "avx2 ", "sse2", "native", "0", "é"])
def test_unknown_level(value):
    result = start(value)
    assert result.returncode == 1
    assert result.stdout == ""
    assert f"ImportError: COTERIE_CPU={value!r}: allowed are baseline, avx2, avx512" in result.stderr


@pytest.mark.skipif(LEVELS[-1] == BEST, reason="this machine has every level")
def test_level_above_the_machine():
    result = start(LEVELS[-1])
    assert (result.returncode, result.stdout) == (0, f"{BEST}\n")
    warning = f"RuntimeWarning: COTERIE_CPU={LEVELS[-1]!r} is above this machine's level; using {BEST!r}"
    assert warning in result.stderr


def test_read_once():
    code = "import os, coterie; os.environ['COTERIE_CPU'] = 'avx2'; " + PRINT_LEVEL
    assert start("baseline", code=code).stdout == "baseline\n"


def test_switch(level):
    assert coterie.cpu_level() == level


@pytest.mark.parametrize("name", ["AVX2", "", "baseline ", None, 0, *LEVELS[len(machine_levels()) :]])
def test_switch_refuses(name, level):
    with pytest.raises(ValueError, match=f"CPU level {name!r}: this machine has baseline"):
        _core._set_cpu_level(name)
    assert coterie.cpu_level() == level
