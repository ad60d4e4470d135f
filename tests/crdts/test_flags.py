"""EnableWinsFlag and DisableWinsFlag against what was enabled and disabled, and is known."""

import pytest
from hypothesis import settings
from hypothesis.stateful import rule

from benchmarks.baselines.crdts.flags import PlainDisableWinsFlag, PlainEnableWinsFlag
from coterie import DecodeError, DisableWinsFlag, EnableWinsFlag, ReplicaError
from tests.crdts.replicas import Replicas, draws

KINDS = [EnableWinsFlag, DisableWinsFlag]


class Flags(Replicas):
    """They are enabled and disabled."""

    def check_stats(self, stats, model):
        assert (stats["entries"], stats["tombstones"]) == (bool(model.live()), 0)

    @rule(data=draws)
    def enable(self, data):
        self.change(data, "enable")

    @rule(data=draws)
    def disable(self, data):
        self.change(data, "disable")


class EnableWins(Flags):
    kind, model = EnableWinsFlag, PlainEnableWinsFlag


class DisableWins(Flags):
    kind, model = DisableWinsFlag, PlainDisableWinsFlag


TestEnableWins, TestDisableWins = EnableWins.TestCase, DisableWins.TestCase
TestEnableWins.settings = TestDisableWins.settings = settings(max_examples=60, stateful_step_count=40)


@pytest.mark.parametrize("kind", KINDS)
def test_one_flag(kind):
    wins = kind is EnableWinsFlag
    a = kind(replica="a")
    assert (a.value, bool(a)) == (not wins, not wins)
    for change, value in ((a.enable, True), (a.enable, True), (a.disable, False), (a.disable, False)):
        assert change() is None
        assert (a.value, bool(a)) == (value, value)
        assert a.stats()["dots"] == (value == wins)
    assert repr(a) == f"<{kind.__name__} of False, replica b'a'>"
    assert a != kind()


@pytest.mark.parametrize("kind", KINDS)
def test_the_name_tells_who_wins(kind):
    a = kind(replica="a")
    a.enable()
    a.disable()
    b = a.fork("b")
    a.enable()
    b.disable()
    for one in (a | b, b | a):
        assert one.value == (kind is EnableWinsFlag)
        one.disable()
        assert not one
        one.enable()
        assert one


@pytest.mark.parametrize("kind", KINDS)
def test_what_was_not_seen_stays(kind):
    """The side that loses takes back what it saw, and nothing else."""
    a, b = kind(replica="a"), kind(replica="b")
    win, lose = ("enable", "disable") if kind is EnableWinsFlag else ("disable", "enable")
    getattr(a, win)()
    b.merge(a)
    getattr(a, win)()  # an event of its own, though nothing is shown
    getattr(b, lose)()
    a.merge(b)
    assert a.value == (win == "enable")
    getattr(b, win)()
    b.merge(a)
    getattr(a, lose)()
    b.merge(a)
    assert b.value == (win == "enable")
    assert b.stats()["dots"] == 1


@pytest.mark.parametrize("kind", KINDS)
def test_changes(kind):
    a, b, wins = kind(replica="a"), kind(replica="b"), kind is EnableWinsFlag
    (b.enable if wins else b.disable)()
    changes = a.merge(b, changes=True)
    assert (changes.old, changes.new, bool(changes)) == (not wins, wins, True)
    assert changes.added == changes.removed == changes.changed == []
    (b.enable if wins else b.disable)()
    changes = a.merge(b, changes=True)
    assert (changes.old, changes.new, bool(changes)) == (wins, wins, False)


@pytest.mark.parametrize("kind", KINDS)
def test_they_do_not_mix(kind):
    a, other = kind(replica="a"), KINDS[kind is EnableWinsFlag]()
    assert a != other
    for use in (a.merge, lambda one: a | one, lambda one: a <= one):
        with pytest.raises(TypeError):
            use(other)
    with pytest.raises(DecodeError):
        kind.from_bytes(other.to_bytes())
    with pytest.raises(DecodeError):
        a.diff(other.digest())


@pytest.mark.parametrize("kind", KINDS)
def test_generations(kind):
    made = [kind(replica=replica) for replica in "abc"]
    for one in made:
        one.enable()
        one.disable()
        one.enable() if kind is EnableWinsFlag else one.disable()
    for one in made:
        one.merge_many(made)
    for one in made:
        one.rebase()
    assert made[0] == made[1] == made[2]
    assert (made[0].value, made[0].stats()["dots"]) == (kind is EnableWinsFlag, 1)
    with pytest.raises(ValueError, match="generation"):
        made[0].merge(kind())
    twin = kind.from_bytes(made[0].to_bytes(), replica="a")
    for one in (made[0], twin, twin):
        one.enable() if kind is EnableWinsFlag else one.disable()
    with pytest.raises(ReplicaError):
        made[0].merge(twin)
