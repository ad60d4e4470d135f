"""What do a register that keeps all concurrent writes and a flag cost, beside dicts?"""

from functools import partial

import pytest

from benchmarks import contenders, loops

TIMES = 1000  # calls of a loop

registers = pytest.mark.parametrize("who", ["coterie.MVRegister", "plain.MVRegister"])


@registers
def test_set(row, who):
    """register.set(value), a str."""
    row.ask("MVRegister.set", unit="call")
    register = contenders.find(who)("replica-00000")
    register.set("green")
    row.check(register, [register.values()], [["green"]])
    return row.time(register, partial(loops.call, register.set, ["blue"] * TIMES), per=TIMES)


@registers
def test_merge(row, who):
    """register.merge(other), which changes nothing."""
    row.ask("MVRegister.merge", unit="call")
    register, other = (contenders.find(who)(replica) for replica in ("replica-00000", "replica-00001"))
    register.set("blue")
    other.set("green")
    register.merging(other)()
    row.check(register, [register.values()], [["blue", "green"]])
    return row.time(register, partial(loops.repeat, register.merging(other), TIMES), per=TIMES)


@pytest.mark.parametrize("who", ["coterie.Flag", "plain.Flag"])
def test_enable(row, who):
    """flag.enable()."""
    row.ask("EnableWinsFlag.enable", unit="call")
    flag = contenders.find(who)("replica-00000")
    flag.enable()
    row.check(flag, [flag.value()], [True])
    return row.time(flag, partial(loops.repeat, flag.enable, TIMES), per=TIMES)
