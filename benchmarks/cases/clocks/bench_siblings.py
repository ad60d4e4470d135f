"""What does a write to a key with three siblings cost, with the merge that follows it?"""

from functools import partial

import pytest

from benchmarks import contenders, loops
from benchmarks.baselines.clocks import vector
from benchmarks.floors import Floor

TIMES = 1000


@pytest.mark.parametrize("who", ["coterie.Siblings", "plain.Siblings", "floor"])
def test_write(row, who):
    """A copy of the set, a put with what was read, and a merge with another replica's set."""
    row.ask("DottedVersionVectorSet: copy, put, merge", "3 siblings", unit="write")
    if who == "floor":
        counts = {}
        return row.floor(
            Floor(
                "a dict's increment",
                partial(loops.repeat, partial(vector.increment, counts, "a"), TIMES),
                TIMES,
            )
        )
    kind = contenders.find(who)
    base = kind.make()
    for replica in "ABC":
        base.put("at first", set() if who.startswith("plain") else None, replica)
    other, seen = base.copy(), kind.context(base)
    other.put("elsewhere", seen, "B")

    def write():
        new = base.copy()
        new.put("here", seen, "A")
        new.merge(other)
        return new

    row.check(kind, [kind.values(write())], [["here", "elsewhere"]])
    return row.time(kind, partial(loops.repeat, write, TIMES), per=TIMES)
