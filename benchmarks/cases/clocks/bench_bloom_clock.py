"""What does an event of a Bloom clock cost?"""

from functools import partial

import pytest

from benchmarks import contenders, keys, loops


@pytest.mark.parametrize("who", ["coterie.BloomClock", "plain.BloomClock"])
@pytest.mark.parametrize(("cells", "hashes"), [(64, 3), (4096, 8)])
def test_add(row, cells, hashes, who):
    """clock.add(key), of str keys."""
    row.ask("BloomClock.add", f"{hashes} of {cells} cells", unit="event")
    clock, plain = (contenders.find(name)(cells, hashes) for name in (who, "plain.BloomClock"))
    few = keys.few("str")[:1000]
    for one in (clock, plain):
        for key in few:
            one.add(key)
    row.check(clock, [clock.counts()], [plain.counts()])
    return row.time(clock, partial(loops.fresh(loops.call), clock.add, few), per=len(few))
