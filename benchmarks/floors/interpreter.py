"""The floors of Python and NumPy: the cheapest calls and containers there are."""

from functools import partial

import numpy as np

from benchmarks import keys, loops
from benchmarks.floors.floor import Floor

SORTS = (1_600, 16_000, 160_000)


def floors():
    """Name -> function that makes the floor. The loops include the loop itself."""
    return (
        {"py_loop_ns": loop, "py_len_call_ns": call_len, "numpy_add_one_element_ns": add_one_element}
        | {f"py_dict_get_{kind}_ns": partial(dict_get, kind) for kind in ("str", "bytes", "int")}
        | {"py_list_len_ordered_ns_per_key": partial(list_len, "str")}
        | {"py_list_len_shuffled_ns_per_key": partial(list_len, "shuffled")}
        | {f"numpy_sort_{n}_ns": partial(sort, n) for n in SORTS}
    )


def loop():
    few = keys.few("str")
    return Floor("the loop alone", partial(loops.fresh(loops.empty), few), len(few))


def call_len():
    few = keys.few("str")
    return Floor("len(k)", partial(loops.fresh(loops.call), len, few), len(few))


def dict_get(kind):
    few = keys.few(kind)
    loop = loops.fresh(loops.subscript)
    return Floor("d[k] of a dict", partial(loop, dict.fromkeys(few, 1), few), len(few))


def list_len(kind):
    many = keys.many(kind)
    return Floor("list(map(len, strs))", lambda: list(map(len, many)), len(many))


def add_one_element():
    one = np.ones(1)
    add = np.add

    def run():
        for _ in range(keys.FEW):
            add(one, one)

    return Floor("np.add", run, keys.FEW)


def sort(n):
    """NumPy's sort of n random uint64; the copy of the unsorted ones is part of it."""
    points = keys.rng().integers(2**64, size=n, dtype=np.uint64)
    return Floor("np.sort", partial(np.sort, points), 1)


def copy_of(size):
    """A copy of `size` bytes."""
    source, target = np.ones(size, np.uint8), np.empty(size, np.uint8)
    return Floor("copy of its bytes", partial(np.copyto, target, source), 1)
