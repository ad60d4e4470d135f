"""All short histories of three replicas: each change by each of them, and after it any merge of two, or none.

After each history all replicas show what the plain model shows, and agree once they have merged all.
Histories of all lengths are tried, so each step of each is looked at.
"""

from collections.abc import Callable
from itertools import permutations, product
from typing import Any, NamedTuple

import pytest

from benchmarks.baselines.crdts.elements import name
from benchmarks.baselines.crdts.flags import PlainDisableWinsFlag, PlainEnableWinsFlag
from benchmarks.baselines.crdts.maps import PlainORMap
from benchmarks.baselines.crdts.sets import PlainORSet, PlainRemoveWinsSet
from benchmarks.baselines.crdts.values import PlainMVRegister
from coterie import DisableWinsFlag, EnableWinsFlag, MVRegister, ORMap, ORSet, RemoveWinsSet

IDS = (b"a", b"b", b"c")
MERGES = [None, *permutations(range(len(IDS)), 2)]


class Case(NamedTuple):
    """A class, its model, what both show, and changes: of an object, and of the model under an id."""

    kind: Any
    model: Any
    shown: Callable[[Any], Any]
    changes: list[tuple[Callable[[Any], Any], Callable[[Any, bytes], Any]]]


def names(elements):
    return {*map(name, elements)}


def value(made):
    return made.value


FLAG = [
    (lambda made: made.enable(), lambda model, by: model.enable(by)),
    (lambda made: made.disable(), lambda model, by: model.disable(by)),
]
CASES = [
    Case(
        ORSet,
        PlainORSet,
        names,
        [
            (lambda made: made.add("x"), lambda model, by: model.add(by, "x")),
            (lambda made: made.discard("x"), lambda model, by: model.discard("x")),
        ],
    ),
    Case(
        RemoveWinsSet,
        PlainRemoveWinsSet,
        names,
        [
            (lambda made: made.add("x"), lambda model, by: model.add(by, "x")),
            (lambda made: made.discard("x"), lambda model, by: model.discard(by, "x")),
        ],
    ),
    Case(EnableWinsFlag, PlainEnableWinsFlag, bool, FLAG),
    Case(DisableWinsFlag, PlainDisableWinsFlag, bool, FLAG),
    Case(
        MVRegister,
        PlainMVRegister,
        lambda made: [*map(name, made.values)],
        [
            (lambda made: made.set(len(made.values)), lambda model, by: model.set(by, len(model.shown()))),
            (lambda made: made.clear(), lambda model, by: model.clear()),
        ],
    ),
    Case(
        ORMap,
        PlainORMap,
        value,
        [
            (lambda made: made.counter("c").increment(), lambda model, by: model.count(by, ("c",), 1)),
            (lambda made: made.discard("c"), lambda model, by: model.discard_key(("c",))),
        ],
    ),
    Case(
        ORMap,
        PlainORMap,
        value,
        [
            (lambda made: made.map("m").set("s").add(1), lambda model, by: model.add(by, ("m", "s"), 1)),
            (lambda made: made.discard("m"), lambda model, by: model.discard_key(("m",))),
        ],
    ),
    Case(
        ORMap,
        PlainORMap,
        value,
        [
            (
                lambda made: (
                    made.rw_set("s").discard(1) if 1 in made.rw_set("s") else made.rw_set("s").add(1)
                ),
                lambda model, by: model.change(by, ("s",), not model.in_rw_set(("s",)), 1),
            ),
            (lambda made: made.discard("s"), lambda model, by: model.discard_key(("s",))),
        ],
    ),
]


def check(case, steps):
    """One history: pairs of a change, with who makes it, and a merge."""
    log = {}
    made = [case.kind(replica=id) for id in IDS]
    models = [case.model(log) for _ in IDS]
    for (at, (change, change_model)), merge in steps:
        change(made[at])
        change_model(models[at], IDS[at])
        if merge:
            to, other = merge
            made[to].merge(made[other])
            models[to].merge((models[other].known, models[other].gone))
    for one, model in zip(made, models, strict=True):
        assert case.shown(one) == model.shown()
    for model in models[1:]:
        models[0].merge((model.known, model.gone))
    all = made[0] | made[1] | made[2]
    assert case.shown(all) == models[0].shown()
    assert all == made[2] | made[0] | made[1]


def check_all(case, length, first):
    """All of a length; the first change is made by one of some replicas."""
    steps = [*product(product(range(len(IDS)), case.changes), MERGES)]
    begins = [step for step in steps if step[0][0] in first]
    for history in product(begins, *[steps] * (length - 1)):
        check(case, history)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.kind.__name__)
@pytest.mark.parametrize("length", [1, 2])
def test_histories(case, length):
    check_all(case, length, range(len(IDS)))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.kind.__name__)
def test_longer_histories(case):
    """By symmetry the first change is made by the first replica."""
    check_all(case, 3, [0])


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.kind.__name__)
def test_long_histories(case):
    check_all(case, 4, [0])
