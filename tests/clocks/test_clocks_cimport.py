"""An outsider's extension works with CausalContext by `cimport` alone: no headers of ours, no linking."""

import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import coterie
from coterie import CausalContext, Dot, VectorClock

SOURCE = Path(__file__).with_name("outsider.pyx")
SHIPPED = ["_stored", "clocks/_ids", "clocks/_slots", "clocks/_counters", "clocks/_context"]
SETUP = """
from Cython.Build import cythonize
from setuptools import Extension, setup
extension = Extension("clock_outsider", ["clock_outsider.pyx"], extra_compile_args=["-O1"])
setup(name="clock_outsider", ext_modules=cythonize([extension], include_path=["shipped"], language_level=3))
"""


@pytest.fixture(scope="module")
def outsider(tmp_path_factory):
    """A module that was compiled beside nothing but the .pxd files that we ship."""
    for needed in ("Cython", "setuptools"):
        pytest.importorskip(needed)
    folder = tmp_path_factory.mktemp("outsider")
    shutil.copy(SOURCE, folder / "clock_outsider.pyx")
    (folder / "setup.py").write_text(SETUP)
    shipped, package = folder / "shipped" / "coterie", Path(coterie.__file__).parent
    (shipped / "clocks").mkdir(parents=True)
    for name in ("__init__.py", "clocks/__init__.py", *(f"{name}.pxd" for name in SHIPPED)):
        shutil.copy(package / name, shipped / name)
    command = [sys.executable, "setup.py", "-q", "build_ext", "--inplace"]
    result = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300)
    assert result.returncode == 0, result.stdout + result.stderr
    (built,) = [path for path in folder.iterdir() if path.suffix in (".so", ".pyd")]
    spec = importlib.util.spec_from_file_location("clock_outsider", built)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("ids", [("a", "b"), (b"a", b"b"), (1, 2**64 - 1)], ids=repr)
def test_events(outsider, ids):
    a, b = map(outsider.Seen, ids)
    assert (a.next(), a.next(), a.next_many(3)) == (1, 2, 3 + 4 + 5)
    assert (b.see(ids[0], 2), b.see(ids[0], 2), b.see(ids[0], 4)) == (True, False, True)
    assert [b.has(ids[0], counter) for counter in range(1, 6)] == [False, True, False, True, False]
    assert b.next() == 1
    assert b.events == CausalContext(VectorClock({ids[1]: 1}), [Dot(ids[0], 2), Dot(ids[0], 4)])
    assert (a.knows(b), b.knows(a)) == (False, False)
    b.merge(a)
    assert (a.knows(b), b.knows(a)) == (False, True)
    assert b.events.ranges() == [(ids[0], 1, 5), (ids[1], 1, 1)]
    assert (a.count(1, 10), b.count(1, 10)) == (5, 1)
    assert a.events == CausalContext(VectorClock({ids[0]: 5}))


def test_errors_pass_through(outsider):
    a = outsider.Seen("a")
    with pytest.raises(TypeError, match="kind"):
        a.has(1, 1)
    with pytest.raises(TypeError, match="id is a float"):
        a.see(1.5, 1)
    a.see("a", 2**63 - 1)
    with pytest.raises(OverflowError, match="none after it"):
        a.next()
    b = outsider.Seen(1)
    b.next()
    with pytest.raises(TypeError, match="kind"):
        a.merge(b)
    assert a.events.ranges() == [("a", 2**63 - 1, 2**63 - 1)]
