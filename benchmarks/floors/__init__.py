"""The floors of this machine: what no implementation can avoid, measured like the cases and in the same run.

`get(name)` is one floor, ready to be timed; `measure()` times all of them and returns name -> ns.
"""

from functools import cache
from time import perf_counter

from benchmarks.floors import interpreter, native
from benchmarks.floors.floor import Floor

ROUNDS = 15

__all__ = ["Floor", "get", "measure"]


@cache
def catalogue():
    """Name -> function that makes the floor."""
    return native.floors() | interpreter.floors()


@cache
def get(name):
    """One floor by its name; KeyError where there is no compiler for a native one."""
    return catalogue()[name]()


@cache
def measure():
    """The least time of each floor over interleaved rounds, in ns for what its name says."""
    best = dict.fromkeys(catalogue(), float("inf"))
    for _ in range(ROUNDS):
        for name in best:
            floor = get(name)
            tries = 4 if once(floor) < 0.002 else 1  # short ones get more
            best[name] = min(best[name], *(once(floor) for _ in range(tries)))
    return {name: 1e9 * seconds / get(name).per for name, seconds in best.items()}


def once(floor):
    start = perf_counter()
    floor.run()
    return perf_counter() - start
