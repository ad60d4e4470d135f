"""Contenders by name, built once a process."""

from functools import cache

import pytest

from benchmarks import peers


def find(name, kind=None):
    """The contender's class; the row is left out where the library is missing or takes no such keys."""
    try:
        found = peers.contender(name)
    except ImportError as error:
        pytest.skip(f"{name}: {error}")
    if kind is not None and kind not in found.kinds:
        pytest.skip(f"{name} takes no {kind} keys")
    return found


@cache
def build(name, nodes):
    """The contender over `nodes`, a tuple of names or a number of shards."""
    return peers.contender(name)(nodes)


def get(name, nodes, kind=None):
    find(name, kind)
    return build(name, nodes)
