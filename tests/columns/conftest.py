"""The libraries that have columns, one at a time."""

import pytest

from tests.columns.forms import FAMILIES


@pytest.fixture(params=FAMILIES)
def forms(request):
    """A function from keys to (name, column) of one library, if that is installed."""
    pytest.importorskip(request.param)
    return FAMILIES[request.param]
