"""An outsider's extension works with CausalContext by `cimport` alone: no headers of ours, no linking."""

from pathlib import Path

import pytest

from coterie import CausalContext, Dot, VectorClock
from tests.outsiders import compiled

SOURCE = Path(__file__).with_name("clocks_outsider.pyx")
NEEDED = ["__init__.py", "clocks/__init__.py", "_stored.pxd"]
NEEDED += [f"clocks/_{name}.pxd" for name in ("ids", "slots", "counters", "context")]


@pytest.fixture(scope="module")
def outsider(tmp_path_factory):
    return compiled(SOURCE, tmp_path_factory.mktemp("outsider"), NEEDED)


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
