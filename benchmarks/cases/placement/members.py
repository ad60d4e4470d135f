"""What the questions about building and changing a scheme share."""

from functools import partial
from math import sqrt
from typing import NamedTuple

import numpy as np
import pytest

from benchmarks import contenders, keys
from benchmarks.cases.placement.shared import names
from benchmarks.floors.interpreter import copy_of
from benchmarks.peers import adapter

NEW, OLD = "cache-new.example:11211", names(1)[0]
CHANGES = {  # call: (the change, what takes it back)
    "add_node": (lambda scheme: scheme.add(NEW), lambda scheme: scheme.remove(NEW)),
    "remove_node": (lambda scheme: scheme.remove(OLD), lambda scheme: scheme.add(OLD)),
    "set_weight": (lambda scheme: scheme.set_weight(OLD, 2), lambda scheme: scheme.set_weight(OLD, 1)),
}


class Scheme(NamedTuple):
    ours: str
    plain: str
    variance: float = 0  # of the nodes' shares of all keys, over the square of their mean


def build(row, scheme, n, who, floor=None):
    """A row of building a scheme; its memory and how evenly it spreads keys are printed below."""
    if who == "floor":
        return row.floor(floor or copy_of_ours(scheme, n))
    contender = contenders.find(who)
    facts = {}
    if contender.role == adapter.OURS:
        built = contender(names(n))
        owners(row, scheme, built, n)
        facts = facts_of(built.scheme, scheme.variance)
    return row.time(contender, partial(contender.make, names(n)), **facts)


def change(row, scheme, call, n, who, floor=None):
    """A row of a change of one node."""
    if who == "floor":
        return row.floor(floor or copy_of_ours(scheme, n))
    changed = contenders.find(who)(names(n))  # one of its own
    if call == "set_weight" and changed.set_weight is None:
        pytest.skip(f"{who} has no such call")
    do, undo = CHANGES[call]
    do(changed)
    undo(changed)
    owners(row, scheme, changed, n)
    do(changed)
    return row.time(changed, partial(do, changed), before=partial(undo, changed))


def copy_of_ours(scheme, n):
    """As many bytes as Coterie's takes."""
    return copy_of(contenders.get(scheme.ours, names(n)).scheme.nbytes)


def owners(row, scheme, contender, n):
    """The contender gives the right owners."""
    model = contenders.get(scheme.plain, names(n))
    few = keys.few("str")[: model.limit]
    row.check(contender, map(contender.get, few), map(model.get, few), names(n))


def facts_of(built, variance):
    """Memory, and the coefficient of variation of the nodes' loads beside what is expected of it."""
    loads = np.bincount(built.assign(keys.array()), minlength=len(built))
    size = f"{built.nbytes / 1024:.0f} KiB" if built.nbytes < 2**20 else f"{built.nbytes / 2**20:.1f} MiB"
    chance = sqrt(variance + len(built) / keys.ARRAY)
    return {
        "memory": size,
        "CV of the loads": f"{loads.std() / loads.mean():.1%}",
        "expected CV": f"{chance:.1%}",
    }
