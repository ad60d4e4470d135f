"""What does a register cost whose last write stays?"""

from functools import partial

import pytest

from benchmarks import contenders, loops

TIMES = 1000  # calls of a loop

contestants = pytest.mark.parametrize("who", ["coterie.Register", "plain.Register"])


@contestants
def test_set(row, who):
    """register.set(value), a str."""
    row.ask("LWWRegister.set", unit="call")
    register = contenders.find(who)("replica-00000")
    register.set("green")
    row.check(register, [register.value()], ["green"])
    return row.time(register, partial(loops.call, register.set, ["blue"] * TIMES), per=TIMES)


@contestants
def test_merge(row, who):
    """register.merge(other), which changes nothing."""
    row.ask("LWWRegister.merge", unit="call")
    register, other = (contenders.find(who)(replica) for replica in ("replica-00000", "replica-00001"))
    other.set("green")
    register.merging(other)()
    row.check(register, [register.value()], ["green"])
    return row.time(register, partial(loops.repeat, register.merging(other), TIMES), per=TIMES)
