"""Check what a wheel and an sdist hold: python .ci/contents.py FILE..."""

import re
import sys
import tarfile
import zipfile

PXD = ["_core", "_stored", *(f"clocks/_{name}" for name in ("ids", "slots", "counters", "context"))]
IN_A_WHEEL = re.compile(
    rf"coterie/(.*\.(so|py|pyi)|({'|'.join(PXD)})\.pxd|py\.typed)|coterie-[^/]*\.dist-info/.*"
)
NEEDED = [f"coterie/{name}.pxd" for name in PXD]
NEEDED += ["coterie/py.typed", "coterie/_core.pyi", "coterie/placement/_ring.pyi"]
NOT_IN_AN_SDIST = re.compile(r"\.(so|o|a|pyc)$|/build/|/\.venv/")


def check_wheel(path: str) -> None:
    with zipfile.ZipFile(path) as wheel:
        names = wheel.namelist()
    wrong = [name for name in names if not IN_A_WHEEL.fullmatch(name)]
    missing = [name for name in NEEDED if name not in names]
    if wrong or missing:
        sys.exit(f"{path}: does not belong there: {wrong}; missing: {missing}")
    print(f"{path.rpartition('/')[2]}: {len(names)} files")


def check_sdist(path: str) -> None:
    with tarfile.open(path) as sdist:
        names = sdist.getnames()
    wrong = [name for name in names if NOT_IN_AN_SDIST.search(name)]
    if wrong:
        sys.exit(f"{path}: does not belong there: {wrong}")
    print(f"{path.rpartition('/')[2]}: {len(names)} files")


for path in sys.argv[1:]:
    check_wheel(path) if path.endswith(".whl") else check_sdist(path)
