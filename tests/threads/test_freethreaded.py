"""The race tests, once more, on an interpreter that runs without the GIL.

`.ci/freethreaded` finds or builds one. What the tests need is installed beside it, once; Coterie itself, as
it is now, into a new folder for each run.
"""

import fcntl
import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import FREE_THREADED

ROOT = Path(__file__).parents[2]
TESTED = ["tests/threads", "tests/placement/test_protocols.py"]
TESTED += [f"tests/filters/test_{kind}_threads.py" for kind in ("anew", "bloom", "counting", "slices")]
TESTED += ["tests/clocks/test_clocks_threads.py", "tests/crdts/test_crdts_threads.py"]
REQUIREMENTS = ["numpy", "pytest", "hypothesis", "xxhash"]
REQUIREMENTS += ["cython", "scikit-build-core", "cython-cmake", "cmake", "ninja"]
NO_GIL = """
import sys
assert not sys._is_gil_enabled()
import coterie
assert not sys._is_gil_enabled(), "an extension of Coterie switches the GIL on"
for scheme in (coterie.HashRing, coterie.Rendezvous, coterie.Maglev):
    assert scheme(["a"])["x"] == "a"
assert coterie.JumpHash(1)["x"] == 0
for name in coterie.filters.__all__:
    if "Bloom" in name:
        assert "x" not in getattr(coterie.filters, name)(10), name
assert "x" in coterie.FuseFilter(["x"])
print(coterie.__file__)
"""


def command(*arguments, **environment):
    """Run a command; what it says is shown if it fails."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PYTHON", "COTERIE", "PYTEST"))
    }
    result = subprocess.run(
        [str(argument) for argument in arguments],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=kept | environment,
        check=False,
    )
    assert result.returncode == 0, f"{result.stdout[-5000:]}\n{result.stderr[-5000:]}"
    return result.stdout


@pytest.fixture(scope="module")
def interpreter():
    """The path of a free-threaded Python."""
    if FREE_THREADED:
        pytest.skip("these tests run without the GIL already")
    script = ROOT / ".ci" / "freethreaded"
    if not script.exists():
        pytest.skip("no .ci/freethreaded to get a free-threaded Python with")
    found = subprocess.run(["bash", script], capture_output=True, text=True, check=False)
    if found.returncode == 3:
        pytest.skip(f"no free-threaded Python: {found.stderr.strip().splitlines()[-1]}")
    assert found.returncode == 0, found.stderr
    return Path(found.stdout.strip().splitlines()[-1])


@pytest.fixture(scope="module")
def python(interpreter):
    """The Python of a virtual environment that has what the tests need, but for Coterie."""
    home = interpreter.parents[1]
    key = hashlib.sha256(" ".join([str(interpreter), *REQUIREMENTS]).encode()).hexdigest()[:12]
    venv = home.parent / f"{home.name}-venv-{key}"
    with open(f"{venv}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (venv / "complete").exists():
            command(interpreter, "-m", "venv", "--clear", venv)
            install = ["-m", "pip", "install", "-q", "--only-binary", ":all:"]
            command(venv / "bin" / "python", *install, *REQUIREMENTS)
            (venv / "complete").touch()
    return venv / "bin" / "python"


@pytest.fixture(scope="module")
def installed(python, tmp_path_factory):
    """The folder into which Coterie is installed, built from the sources as they are."""
    target, build = tmp_path_factory.mktemp("target"), tmp_path_factory.mktemp("build")
    options = ["--no-build-isolation", "--no-deps", "--target", target, "-C", f"build-dir={build}"]
    path = f"{python.parent}{os.pathsep}{os.environ['PATH']}"
    command(python, "-m", "pip", "install", "-q", *options, ROOT, PATH=path)
    return target


def test_importing_leaves_the_gil_off(python, installed):
    output = command(python, "-W", "error", "-c", NO_GIL, PYTHONPATH=str(installed))
    assert output.startswith(str(installed))


def test_races(python, installed):
    options = ["-q", "-p", "no:cacheprovider", f"--ignore={Path(__file__).relative_to(ROOT)}"]
    environment = {"PYTHONPATH": str(installed), "PYTHON_GIL": "0", "PYTHONDONTWRITEBYTECODE": "1"}
    output = command(python, "-m", "pytest", *options, *TESTED, **environment)
    assert " passed" in output
    assert " skipped" not in output


def test_it_is_the_other_python(python):
    assert command(python, "-c", "import sys; print(sys.abiflags)").strip() == "t"
    assert command(python, "-c", "import sys; print(sys.executable)").strip() != sys.executable
