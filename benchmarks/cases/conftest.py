"""What every case uses: the `row` fixture, and contenders that may be missing."""

import pytest

from benchmarks import keys, machine
from benchmarks.row import Row


@pytest.fixture
def row(benchmark, request):
    return Row(benchmark, request.function.__doc__, request.module.__doc__)


@pytest.fixture(scope="session", autouse=True)
def lists():
    """Made first, while memory is in order: "in order of allocation" has to mean something."""
    for kind in ("str", "bytes", "int"):
        keys.many(kind)


def pytest_benchmark_update_machine_info(machine_info):
    machine_info["coterie"] = machine.describe()
