"""What does a stamp of a hybrid logical clock cost, alone and in a batch?"""

from functools import partial

import numpy as np
import pytest

from benchmarks import contenders, loops
from benchmarks.floors import Floor

TIMES, BATCH = 1000, 100_000
PEERS = ["plain.HybridClock", "hlcpy.HybridClock", "accordsync_core.HybridClock"]


@pytest.mark.parametrize("who", ["coterie.HybridClock", *PEERS])
def test_now(row, who):
    """clock.now(), of the system's time."""
    row.ask("HybridLogicalClock.now", unit="stamp")
    clock = contenders.find(who)()
    if clock.exact:
        stamps = [clock.now() for _ in range(TIMES)]
        row.check(clock, [stamps == sorted(set(stamps))], [True])
    return row.time(clock, partial(loops.repeat, clock.now, TIMES), per=TIMES)


@pytest.mark.parametrize("who", ["coterie.HybridClock", "floor"])
def test_batch(row, who):
    """clock.now_batch(n), beside np.arange."""
    row.ask("HybridLogicalClock.now_batch", unit="stamp")
    if who == "floor":
        return row.floor(Floor("np.arange", partial(np.arange, BATCH, dtype=np.uint64), BATCH))
    clock = contenders.find(who)()
    row.check(clock, [(np.diff(clock.batch(BATCH)) == 1).all().item()], [True])
    return row.time(clock, partial(clock.batch, BATCH), per=BATCH)
