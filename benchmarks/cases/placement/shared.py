"""What the placement questions share."""

from functools import cache, partial

import numpy as np
import pytest

from benchmarks import contenders, keys

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


def list_floor(kind):
    return f"py_list_len_{'shuffled' if kind == 'shuffled' else 'ordered'}_ns_per_key"


def one_key(row, who, plain, nodes, kind):
    """A row of a loop over a thousand keys."""
    few = keys.few(kind)
    if who == "floor":
        return row.floor(f"py_dict_get_{kind}_ns")
    scheme = contenders.get(who, nodes, kind)
    row.check(scheme, map(scheme.get, few), map(contenders.get(plain, nodes).get, few), allowed(nodes))
    return row.time(scheme, scheme.loop(few), per=len(few))


def batch(row, who, plain, nodes, batch, floor, kind="int"):
    """A row of one call with many keys."""
    if who == "floor":
        return row.floor(floor)
    scheme = contenders.get(who, nodes, kind)
    ready = scheme.ready(batch)
    answers = scheme.assign(ready)
    some = keys.sample(ready)
    expected = [contenders.get(plain, nodes).get(k) for k in as_python(batch, some)]
    row.check(scheme, as_nodes(nodes, answers, some), expected, allowed(nodes))
    return row.time(scheme, partial(scheme.assign, ready), per=len(ready))


def allowed(nodes):
    return range(nodes) if isinstance(nodes, int) else frozenset(nodes)


def as_python(batch, some):
    return [batch[i].item() if isinstance(batch, np.ndarray) else batch[i] for i in some]


def as_nodes(nodes, answers, some):
    """Arrays hold positions in the nodes, which are in canonical order."""
    if isinstance(nodes, int) or isinstance(answers, list):
        return [answers[i] for i in some]
    ordered = sorted(nodes)
    return [ordered[answers[i]] for i in some]
