"""What the placement questions share."""

from functools import cache, partial

import numpy as np
import pytest

from benchmarks import contenders, keys, loops

TABLE = {10: "128kib", 100: "512kib", 1000: "4mib"}  # about what a ring of that many nodes needs
LISTS = {
    "shuffled": "list of str, shuffled",
    "str": "list of str in order",
    "int": "list of int in order",
}


@cache
def names(n):
    """n node names."""
    return tuple(f"cache-{i}.example:11211" for i in range(n))


def against(*who):
    """Parametrises a question over Coterie, which comes first and is checked first, and the others."""
    return pytest.mark.parametrize("who", who)


def full(value):
    """A parameter that the short suite leaves out."""
    return pytest.param(value, marks=pytest.mark.full)


def list_floor(kind):
    return f"py_list_len_{'shuffled' if kind == 'shuffled' else 'ordered'}_ns_per_key"


def one_key(row, who, plain, nodes, kind):
    """A row of a loop over a thousand keys, or as many of them as the contender takes."""
    if who == "floor":
        return row.floor(f"py_dict_get_{kind}_ns")
    scheme, model = contenders.get(who, nodes, kind), contenders.get(plain, nodes)
    few = keys.few(kind)[: scheme.limit]
    some = few[: model.limit]
    row.check(scheme, map(scheme.get, some), map(model.get, some), allowed(nodes))
    return row.time(scheme, scheme.loop(few), per=len(few))


def get_nodes(row, who, plain, nodes):
    """A row of a loop that asks for three nodes a key."""
    if who == "floor":
        return row.floor("py_dict_get_str_ns")
    scheme, model = contenders.get(who, nodes, "str"), contenders.get(plain, nodes)
    some = keys.few("str")[:100]
    few = some if scheme.limit else keys.few("str")
    found = [scheme.get_nodes(k, 3) for k in some]
    if scheme.exact:
        row.check(scheme, found, [model.get_nodes(k, 3) for k in some])
    else:
        row.check(scheme, [node for three in found for node in three], (), allowed(nodes))
    return row.time(scheme, partial(loops.fresh(loops.call_with), scheme.get_nodes, few, 3), per=len(few))


def batch(row, who, plain, nodes, batch, floor, kind="int", times=1):
    """A row of one call with many keys; the unit is done `times` times for each."""
    if who == "floor":
        return row.floor(floor)
    scheme, model = contenders.get(who, nodes, kind), contenders.get(plain, nodes)
    ready = scheme.ready(batch)
    answers = scheme.assign(ready)
    some = keys.sample(ready, min(1_000, model.limit))
    expected = map(model.get, as_python(batch, some))
    row.check(scheme, as_nodes(nodes, answers, some), expected, allowed(nodes))
    return row.time(scheme, partial(scheme.assign, ready), per=times * len(ready))


def call(row, who, plain, nodes):
    """A row of a loop that calls with one key in an array."""
    if who == "floor":
        return row.floor("numpy_add_one_element_ns")
    scheme = contenders.get(who, nodes)
    one = keys.array()[:1].copy()
    expected = contenders.get(plain, nodes).get(one[0].item())
    row.check(scheme, as_nodes(nodes, scheme.assign(one), [0]), [expected])
    return row.time(scheme, partial(loops.fresh(loops.call), scheme.assign, [one] * keys.FEW), per=keys.FEW)


def allowed(nodes):
    return range(nodes) if isinstance(nodes, int) else frozenset(nodes)


def as_python(batch, some):
    return [batch[i].item() if isinstance(batch, np.ndarray) else batch[i] for i in some]


def as_nodes(nodes, answers, some):
    """Arrays hold positions in the nodes, which are in canonical order."""
    if isinstance(answers, list):
        return [answers[i] for i in some]
    if isinstance(nodes, int):
        return [answers[i].item() for i in some]
    ordered = sorted(nodes)
    return [ordered[answers[i]] for i in some]
