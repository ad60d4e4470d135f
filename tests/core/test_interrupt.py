"""Ctrl-C stops a long batch."""

import sys

import pytest

from tests.interrupt import assert_stops

# Each would take minutes or have no end.
BATCHES = {
    "endless iterator": "coterie.digests(itertools.repeat('a'))",
    "endless generator of ints": "coterie.digests(i for i in itertools.count())",
    "long list": "coterie.digests([b'x' * 10**6] * 10**6)",
    "long tuple": "coterie.digests((b'x' * 10**6,) * 10**6)",
    "long array of objects": "coterie.digests(np.array([b'x' * 10**6] * 10**6, object))",
    "long array of texts": "coterie.digests(np.broadcast_to(np.array('x' * 5000, 'T'), 10**8))",
    "long array of bytes": "coterie.digests(np.broadcast_to(np.array(b'x' * 10**6), 10**6))",
    "long array of fixed texts": "coterie.digests(np.broadcast_to(np.array('x' * 10**5), 10**6))",
    "rows of a ring": "coterie.HashRing(range(1000)).assign_replicas(itertools.count(), 900)",
    "rows of shards": "coterie.JumpHash(1000).assign_replicas(np.arange(10**6), 1000)",
}
PROGRAM = """
import itertools, sys
import numpy as np
import coterie
print("ready", flush=True)
try:
    {batch}
except KeyboardInterrupt:
    print("stopped", flush=True)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="sends POSIX signals")
@pytest.mark.parametrize("batch", BATCHES.values(), ids=BATCHES)
def test_interrupt(batch):
    assert_stops(PROGRAM.format(batch=batch))
