"""Running the cases with pytest and reading what pytest-benchmark wrote."""

import io
import json
import sys
import tempfile
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import pytest

from benchmarks import naming
from benchmarks.progress import Progress

CASES = Path(__file__).with_name("cases")
NO_CASES, INTERRUPTED = pytest.ExitCode.NO_TESTS_COLLECTED, pytest.ExitCode.INTERRUPTED


def families():
    return sorted(path.parent.name for path in CASES.glob("*/__init__.py"))


class Chooser:
    """A pytest plugin that keeps the wanted rows and remembers their names and first lines."""

    def __init__(self, selection, full):
        self.selection = selection
        self.full = full
        self.chosen = {}  # "placement/ring/one_key" -> (first line of the docstring, [row names])

    def pytest_collection_modifyitems(self, config, items):
        wanted = [item for item in items if self.wants(item)]
        config.hook.pytest_deselected(items=[item for item in items if not self.wants(item)])
        items[:] = wanted
        for item in wanted:
            case, _, row = naming.row_name(item.nodeid).partition("[")
            self.chosen.setdefault(case, (item.function.__doc__ or "", []))[1].append(row.rstrip("]"))

    def wants(self, item):
        return naming.row_name(item.nodeid) in self.selection and (
            self.full or not item.get_closest_marker("full")
        )


def run(chooser, output, json_file=None, collect_only=False):
    """(pytest's JSON or None, the Progress with what failed, exit status)."""
    progress = Progress(output)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(json_file or Path(folder, "benchmark.json"))
        arguments = [str(CASES), "-p", "no:cacheprovider", "--capture=no", "-q"]
        arguments += ["--collect-only"] if collect_only else ["--benchmark-only", f"--benchmark-json={file}"]
        arguments += [f"--benchmark-storage=file://{folder}"]
        log = io.StringIO()
        with redirect_stdout(log), redirect_stderr(log):
            status = pytest.main(arguments, plugins=[chooser, progress])
        if status not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED, INTERRUPTED):
            if status != NO_CASES:
                sys.stderr.write(log.getvalue())
            return None, progress, status
        return json.loads(file.read_text()) if not collect_only and file.exists() else None, progress, status
