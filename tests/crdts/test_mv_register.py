"""MVRegister against all writes that each replica knows."""

import math
import os

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import rule

from benchmarks.baselines.crdts.elements import name
from benchmarks.baselines.crdts.values import PlainMVRegister
from coterie import MVRegister, ReplicaError
from tests.crdts.replicas import Replicas, draws

values = st.sampled_from([1, True, 1.0, "1", b"1", None, (1,), 2])


class Registers(Replicas):
    """Writes of values of all kinds."""

    kind, model = MVRegister, PlainMVRegister

    @staticmethod
    def shown(made):
        return [*map(name, made.values)]

    def check_changes(self, changes, before, after):
        old, new = ([*map(name, values)] for values in (changes.old, changes.new))
        assert (old, new, bool(changes)) == (before, after, before != after)
        assert changes.added == changes.removed == changes.changed == []

    def check_stats(self, stats, model):
        assert (stats["entries"], stats["tombstones"]) == (len(model.shown()), 0)

    @rule(data=draws, value=values)
    def set(self, data, value):
        self.change(data, "set", value)

    @rule(data=draws)
    def clear(self, data):
        self.change(data, "clear", by=False)


TestRegisters = Registers.TestCase
TestRegisters.settings = settings(max_examples=80, stateful_step_count=40)


def test_values():
    a = MVRegister(replica="a")
    assert (a.value, a.values, a.take_delta()) == (None, [], MVRegister())
    for value in (None, True, 1, 1.0, "1", b"1", ("x", (None,)), 2**200, -0.0, math.nan):
        a.set(value)
        assert type(a.value) is type(value)
        assert repr([a.value]) == repr([value]) == repr(a.values)
        assert a.stats()["dots"] == 1
    for bad in ([], {1}, bytearray(b"a"), "\ud800"):
        before, pending = a.to_bytes(), a.stats()["pending"]
        with pytest.raises((TypeError, ValueError)):
            a.set(bad)
        assert (a.to_bytes(), a.stats()["pending"]) == (before, pending)


def test_siblings():
    """What was written at the same time stays until it was seen; equal values are one."""
    made = [MVRegister(replica=f"r{at}") for at in range(6)]
    for one, value in zip(made, ["b", 2, "a", True, "b", None], strict=True):
        one.set(value)
    a = made[0]
    a.merge_many(made[1:])
    assert [*map(name, a.values)] == [*map(name, [None, True, 2, "a", "b"])]
    assert a.stats()["dots"] == 6
    with pytest.raises(ValueError, match="5 values"):
        a.value  # noqa: B018
    late = a.fork("late")
    late.set("late")
    a.set("b")
    assert (a.value, a.stats()["dots"]) == ("b", 1)
    a.merge(late)
    assert a.values == ["b", "late"]
    a.clear()
    assert (a.value, a.values) == (None, [])
    assert a != MVRegister()
    late.merge(a)
    assert late.values == []
    before = a.to_bytes()
    a.clear()
    assert a.to_bytes() == before


def test_changes():
    a, b, c = (MVRegister(replica=replica) for replica in "abc")
    for one, value in ((a, 1), (b, 1), (c, True)):
        one.set(value)
    changes = a.merge(b, changes=True)
    assert (changes.old, changes.new, bool(changes)) == ([1], [1], False)
    changes = a.merge(c, changes=True)
    assert ([*map(name, changes.new)], bool(changes)) == ([name(True), name(1)], True)
    assert a.merge(c, changes=False) is None


def test_deltas_are_what_was_written_and_replaced():
    a, b = MVRegister(replica="a"), MVRegister(replica="b")
    a.set(1)
    b.merge(a.take_delta())
    b.set(2)
    delta = b.take_delta()
    assert (delta.values, delta.stats()["pending"], b.stats()["pending"]) == ([2], 0, 0)
    a.merge(delta)
    assert a.value == 2
    a.clear()
    assert (a.take_delta().values, a.take_delta()) == ([], MVRegister())
    b.merge(a.diff(b.digest()))
    assert a == b


def encode(value):
    return ",".join(sorted(value)).encode()


def decode(data):
    return set(data.decode().split(","))


def test_codecs():
    a = MVRegister(replica="a", codec=(encode, decode))
    a.set({"x", "y"})
    for other in (a, a.copy(), a.fork(), a.take_delta()):
        assert other.value == {"x", "y"}
    plain = MVRegister()
    changes = plain.merge(a, changes=True)
    assert (bool(changes), changes.old) == (True, [])
    with pytest.raises(TypeError, match="codec"):
        changes.new  # noqa: B018
    with pytest.raises(TypeError, match="codec"):
        plain.values  # noqa: B018
    assert "cannot be shown" in repr(plain)
    assert repr(a).startswith("<MVRegister of [{'")


def test_generations():
    made = [MVRegister(replica=f"r{at}") for at in range(3)]
    for one, value in zip(made, [1, 2, 1], strict=True):
        one.set(value)
    for one in made:
        one.merge_many(made)
    for one in made:
        one.rebase()
    assert made[0] == made[1] == made[2]
    assert (made[0].values, made[0].stats()["dots"], made[0].stats()["replicas"]) == ([1, 2], 2, 1)
    with pytest.raises(ValueError, match="generation"):
        made[0].merge(MVRegister())


def test_an_id_used_twice():
    a = MVRegister(replica="a")
    a.set(1)
    twin = MVRegister.from_bytes(a.to_bytes(), replica="a")
    twin.set(2)
    with pytest.raises(ReplicaError):
        a.merge(twin)
    assert a.value == 1
    resumed = MVRegister(replica="a")
    resumed.merge(twin)
    resumed.set(3)
    assert (resumed | twin).value == 3


def test_a_child_process_has_another_id():
    given, random = MVRegister(replica="a"), MVRegister()
    before = random.replica
    child = os.fork()
    if not child:
        failed = 1
        try:
            for change in (given.clear, lambda: given.set(1)):
                with pytest.raises(ReplicaError):
                    change()
            random.set(1)
            failed = random.replica == before
        finally:
            os._exit(failed)
    assert os.waitpid(child, 0)[1] == 0


def test_memory_follows_the_values():
    a = MVRegister(replica="a")
    a.set("x" * 10**6)
    assert a.nbytes > 10**6
    a.set(1)
    assert (a.nbytes < 10_000, a.value) == (True, 1)
