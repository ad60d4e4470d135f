# cython: binding=False, embedsignature=True, embedsignature.format=clinic, autotestdict=False
# cython: freethreading_compatible=True, boundscheck=False, wraparound=False, cdivision=True
"""The table of Maglev hashing as the paper and Envoy state it."""

from libc.stdint cimport int64_t, uint32_t

from coterie._core cimport Storage, as_iterator, is_one_key
from coterie._maglev cimport check_slots, coterie_maglev_node, fill

from collections.abc import Mapping, Set

import numpy as np


def maglev(offsets, skips, table_size, /, weights=None):
    """The table of Maglev hashing: the node, 0 .. n-1, that owns each slot, as an int32 array; for interoperation.

    offsets, skips: n integers each; the permutation of node i is (offsets[i] + j * skips[i]) % table_size, j = 0, 1, ...
    Offsets are 0 .. table_size-1, skips 1 .. table_size-1.
    table_size: a prime, 2 .. 5000011.
    weights: n finite numbers above 0; None: all are equal.

    Nodes take turns in the order given, each at the next free slot of its permutation. Weights are divided by their sum. A
    node has a turn in round r = 1, 2, ... if r * weight is at least its target, which begins at 0 and grows by the largest
    weight with each turn. ValueError for other numbers, TypeError for anything else. Takes time linear in the slots but for a logarithm,
    if the permutations are random; at worst it grows with the square of the slots.

    The paper takes both numbers from two hashes of a node's name; Envoy sorts the hosts by their keys and takes XXH64 with
    the seeds 0 and 1. A key then belongs to the owner of slot hash % table_size. Eisenbud et al., "Maglev: A Fast and
    Reliable Software Network Load Balancer", 2016. To place keys of any kind, use `coterie.Maglev`.

    >>> from coterie.hashing import maglev, xxh64
    >>> maglev([3, 0, 3], [4, 2, 1], 7).tolist()
    [1, 0, 1, 0, 2, 2, 0]
    >>> hosts = ["127.0.0.1:90", "127.0.0.1:91"]
    >>> maglev(xxh64(hosts) % 17, xxh64(hosts, seed=1) % 16 + 1, 17, weights=[1, 2]).tolist()
    [1, 0, 0, 1, 0, 1, 1, 0, 1, 1, 1, 1, 1, 0, 1, 0, 1]
    """
    cdef uint32_t slots = check_slots(table_size), i
    cdef Storage first = integers(offsets, "offsets", 0, slots), second = integers(skips, "skips", 1, slots)
    cdef Py_ssize_t n = first.nbytes // 8
    cdef Storage third = weights_of(weights, n), described
    cdef coterie_maglev_node *nodes
    if second.nbytes != first.nbytes or third.nbytes != first.nbytes:
        raise ValueError(f"there are {n} offsets, {second.nbytes // 8} skips and {third.nbytes // 8} weights: pass as many")
    if not 1 <= n <= slots:
        raise ValueError(f"there are {n} nodes: pass 1 .. table_size")
    described = Storage.allocate(n * sizeof(coterie_maglev_node))
    nodes = <coterie_maglev_node *>described.data
    for i in range(n):
        nodes[i].offset = <uint32_t>(<int64_t *>first.data)[i]
        nodes[i].skip = <uint32_t>(<int64_t *>second.data)[i]
        nodes[i].weight = (<double *>third.data)[i]
        nodes[i].owner = i
    cdef Storage table = Storage.allocate(slots * sizeof(uint32_t))
    fill(nodes, <uint32_t>n, slots, False, table.data)
    return np.array(np.frombuffer(table, np.int32))


# A copy of an argument, which nobody else can change.
cdef object copied(object values, str name):
    if is_one_key(values) or isinstance(values, (Mapping, Set)) or hasattr(values, "mask"):
        raise TypeError(f"{name} is a {type(values).__name__}: pass a list or an array of numbers")
    array = np.array(values if isinstance(values, np.ndarray) else list(as_iterator(values, name, "a list of numbers")))
    if array.ndim != 1:
        raise TypeError(f"{name} has {array.ndim} dimensions: pass a list or an array of one")
    return array


# An argument as int64 whose values lie in least .. below - 1.
cdef Storage integers(object values, str name, int64_t least, int64_t below):
    array = copied(values, name)
    if array.dtype.kind not in "iu" and array.size:
        raise TypeError(f"{name} holds {array.dtype}: pass integers")
    if array.size and not (least <= array.min() and array.max() < below):
        raise ValueError(f"{name} lies in {array.min()} .. {array.max()}: pass {least} .. {below - 1}")
    return Storage.borrow(array.astype(np.int64))


cdef Storage weights_of(object values, Py_ssize_t n):
    if values is None:
        return Storage.borrow(np.ones(n))
    array = copied(values, "weights")
    if array.dtype.kind not in "iuf" and array.size:
        raise TypeError(f"weights holds {array.dtype}: pass numbers")
    array = array.astype(np.float64)
    if not (np.isfinite(array) & (array > 0)).all():
        raise ValueError("weights have to be finite numbers above 0")
    return Storage.borrow(array)
