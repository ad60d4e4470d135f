"""Counters in maps: what left an object is never part of what counts later."""

import copy
import os
import pickle

import pytest

from coterie import ORMap, ReplicaError

LEAVES = {
    "bytes": lambda a, b: b.update_from(a.to_bytes()),
    "delta": lambda a, b: b.merge(a.take_delta()),
    "diff": lambda a, b: b.merge(a.diff(b.digest())),
    "copy": lambda a, b: b.merge(a.copy()),
    "deepcopy": lambda a, b: b.merge(copy.deepcopy(a)),
    "fork": lambda a, b: b.merge(a.fork()),
    "pickle": lambda a, b: b.merge(pickle.loads(pickle.dumps(a))),
    "merge": lambda a, b: b.merge(a),
    "merge_many": lambda a, b: b.merge_many([a]),
    "or": lambda a, b: b.merge(a | ORMap()),
    "reverse or": lambda a, b: b.merge(ORMap() | a),
    "changes": lambda a, b: b.merge(a, changes=True),
}


@pytest.mark.parametrize("leaves", LEAVES.values(), ids=LEAVES.keys())
def test_counters_do_not_carry_what_was_known(leaves):
    """What a reset saw does not come back with a later increment, nor does that count twice."""
    a, b = ORMap(replica="a"), ORMap(replica="b")
    a.counter("c").increment(10)
    a.counter("c").increment(10)
    assert a.stats()["dots"] == 1
    leaves(a, b)
    a.counter("c").increment(3)
    a.counter("c").increment()
    assert a.stats()["dots"] == 2
    assert (a.value, b.value) == ({"c": 24}, {"c": 20})
    late = b.copy()
    b.counter("c").reset()
    a.merge(b)
    assert a.value == {"c": 4}
    b.merge(a)
    b.merge(late)
    assert a == b
    assert b.value == {"c": 4}


@pytest.mark.parametrize(
    "reads", [lambda a: a.value, ORMap.digest, repr, ORMap.stats, list, lambda a: a == ORMap()]
)
def test_reading_settles_nothing(reads):
    a = ORMap(replica="a")
    for n in range(5):
        a.counter("c").increment()
        a.map("m").counter(n % 2).decrement()
        reads(a)
    assert a.stats()["dots"] == 3
    assert a.value == {"c": 5, "m": {0: -3, 1: -2}}


def test_counters_of_resumed_replicas():
    a = ORMap(replica="a")
    a.counter("c").increment(5)
    data = a.to_bytes()
    for again in (ORMap.from_bytes(data, replica="a"), ORMap(replica="a")):
        again.update_from(data)
        again.counter("c").increment()
        assert (again.value, again.stats()["dots"]) == ({"c": 6}, 2)
        with pytest.raises(ReplicaError):
            a.merge(again)
    b = ORMap.from_bytes(data)
    del b["c"]
    a.merge(b)
    a.counter("c").increment(2)
    assert a.value == {"c": 2}
    a.counter("c").increment(2)
    del a["c"]
    a.counter("c").increment()
    assert a.value == {"c": 1}
    a.__init__(replica="b")
    a.counter("c").increment()
    assert (a.value, a.stats()["dots"]) == ({"c": 1}, 1)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no processes that fork")
def test_counters_of_processes_that_fork():
    """What a child process has of an event is what its parent shows of it ever after."""
    a = ORMap(replica="a")
    a.counter("c").increment(5)
    read, write = os.pipe()
    pid = os.fork()
    if not pid:
        os.write(write, a.to_bytes())
        os._exit(0)
    data = os.read(read, 10_000)
    os.waitpid(pid, 0)
    os.close(read)
    os.close(write)
    a.counter("c").increment(2)
    b = ORMap.from_bytes(data)
    b.merge(a)
    assert b == a
    assert b.value == a.value == {"c": 7}


def test_large_amounts():
    a = ORMap(replica="a")
    counter = a.counter("c")
    for n in (2**64 - 1, 1, 2**63, 2**63):
        counter.increment(n)
    assert (counter.value, int(counter), a.stats()["dots"]) == (2**65, 2**65, 3)
    again = a.fork("b")
    again.counter("down").decrement(2**64 - 1)
    again.counter("down").decrement(2**64 - 1)
    value, copy = again.value, again.copy()
    again.rebase()
    copy.rebase()
    assert (again.value, again.stats()["dots"], again.to_bytes()) == (value, 5, copy.to_bytes())
    assert ORMap.from_bytes(again.to_bytes()) == again
    before = a.to_bytes()
    for bad, error in (
        (2**64, OverflowError),
        (-1, ValueError),
        (1.0, TypeError),
        (True, TypeError),
        ("1", TypeError),
    ):
        with pytest.raises(error):
            counter.increment(bad)
        with pytest.raises(error):
            counter.decrement(bad)
    with pytest.raises(TypeError):
        counter += 1.5
    assert a.to_bytes() == before
    counter -= 2**64 - 1
    counter -= 2**64 - 1
    counter += -3
    counter -= -1
    assert counter.value == 2**65 - 2 * (2**64 - 1) - 2 == 0
    b = ORMap.from_bytes(a.to_bytes())
    assert b.value == {"c": 0}
    a.rebase()
    assert (a.value, a.stats()["dots"]) == ({"c": 0}, 1)
    a.counter("c").increment(0)
    assert a.stats()["dots"] == 1
    a.counter("down").decrement(2**64 - 1)
    a.counter("down").decrement(2)
    assert ORMap.from_bytes(a.to_bytes()).counter("down").value == -(2**64) - 1
