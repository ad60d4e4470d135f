"""What do a matrix clock's updates and its frontier cost, of 16 and of 128 members?"""

from functools import partial

import pytest

from benchmarks import contenders, loops
from benchmarks.cases.clocks.bench_vector import entries

TIMES = 100

contestants = pytest.mark.parametrize("who", ["coterie.MatrixClock", "plain.MatrixClock"])
members = pytest.mark.parametrize("n", [16, 128])


def made(row, who, n):
    """A clock all of whose members know the same."""
    clock = contenders.find(who)(list(entries(n)), entries(n))
    for member in entries(n):
        clock.update(member)
    row.check(clock, [dict(clock.least())], [entries(n)])
    return clock


@contestants
@members
def test_update(row, n, who):
    """m.update(member, clock), of a member that knows it already."""
    row.ask("MatrixClock.update", f"{n} members", unit="call")
    clock = made(row, who, n)
    return row.time(clock, partial(loops.fresh(loops.call), clock.update, ["node-0001"] * TIMES), per=TIMES)


@contestants
@members
def test_frontier(row, n, who):
    """m.frontier()."""
    row.ask("MatrixClock.frontier", f"{n} members", unit="call")
    clock = made(row, who, n)
    return row.time(clock, partial(loops.repeat, clock.frontier, TIMES // 10), per=TIMES // 10)
