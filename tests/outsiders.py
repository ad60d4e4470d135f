"""Extensions of outsiders: compiled beside nothing but the .pxd files that we ship."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import coterie
from tests.loading import loaded

SETUP = """
from Cython.Build import cythonize
from setuptools import Extension, setup
extension = Extension({name!r}, ["{name}.pyx"], extra_compile_args=["-O1"])
setup(name={name!r}, ext_modules=cythonize([extension], include_path=["shipped"], language_level=3))
"""


def compiled(source, folder, needed):
    """The module of a .pyx file, which cimports from `needed`, files of the package, alone."""
    for tool in ("Cython", "setuptools"):
        pytest.importorskip(tool)
    shutil.copy(source, folder)
    (folder / "setup.py").write_text(SETUP.format(name=source.stem))
    shipped, package = folder / "shipped" / "coterie", Path(coterie.__file__).parent
    for file in needed:
        (shipped / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(package / file, shipped / file)
    command = [sys.executable, "setup.py", "-q", "build_ext", "--inplace"]
    result = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300)
    assert result.returncode == 0, result.stdout + result.stderr
    (built,) = [path for path in folder.iterdir() if path.suffix in (".so", ".pyd")]
    return loaded(source.stem, built)
