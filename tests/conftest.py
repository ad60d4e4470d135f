"""What all tests share: the switch for campaigns, the hypothesis profiles, CPU levels, free-threaded runs."""

import sysconfig

import pytest
from hypothesis import HealthCheck, settings

import coterie
from coterie import _core

PROFILE = {"deadline": None, "database": None, "suppress_health_check": [HealthCheck.function_scoped_fixture]}
settings.register_profile("ci", derandomize=True, max_examples=100, **PROFILE)
settings.register_profile("full", max_examples=2000, print_blob=True, **PROFILE)

# By the build, not by whether the GIL is off: that it stays off is itself a test.
FREE_THREADED = bool(sysconfig.get_config_var("Py_GIL_DISABLED"))


def machine_levels():
    """The CPU levels that this machine has."""
    levels, current = [], coterie.cpu_level()
    for name in ("baseline", "avx2", "avx512"):
        try:
            _core._set_cpu_level(name)
        except ValueError:
            break
        levels.append(name)
    _core._set_cpu_level(current)
    return levels


def pytest_addoption(parser):
    parser.addoption("--full", action="store_true", help="also run the tests marked slow, and more examples")


def pytest_configure(config):
    config.addinivalue_line("markers", "free_threaded: needs a free-threaded interpreter")
    settings.load_profile("full" if config.getoption("--full") else "ci")


def pytest_collection_modifyitems(config, items):
    if not config.getoption("--full"):
        slow = [item for item in items if item.get_closest_marker("slow")]
        if slow:
            config.hook.pytest_deselected(items=slow)
            items[:] = [item for item in items if not item.get_closest_marker("slow")]
    if not FREE_THREADED:
        for item in items:
            if item.get_closest_marker("free_threaded"):
                item.add_marker(pytest.mark.skip(reason="needs a free-threaded interpreter"))


@pytest.fixture(params=machine_levels())
def level(request):
    """Each CPU level of the machine in turn, in use during the test."""
    before = coterie.cpu_level()
    _core._set_cpu_level(request.param)
    yield request.param
    _core._set_cpu_level(before)
