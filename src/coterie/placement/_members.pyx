# cython: binding=False, embedsignature=True, embedsignature.format=clinic, autotestdict=False
# cython: freethreading_compatible=True, boundscheck=False, wraparound=False, cdivision=True
"""The membership of a placement scheme: who is there, with what weight, in what order."""

cimport cython
from libc.math cimport isfinite
from libc.stdint cimport int64_t, uint32_t, uint64_t
from libc.string cimport memcpy

from coterie._core cimport as_iterator, plain_key, shown

from bisect import bisect_left
from collections.abc import Mapping
from numbers import Real

from coterie._errors import DecodeError

cdef extern from "coterie/base.h" nogil:
    uint32_t coterie_load32(const void *p)
    uint64_t coterie_load64(const void *p)
    void coterie_store32(void *p, uint32_t x)
    void coterie_store64(void *p, uint64_t x)

# A stored node: weight (8 bytes), length of its key bytes (4), tag (1); all weights, then all lengths, all tags, all key
# bytes. The tag is the node's kind, but for negative ints, whose bytes could be those of a larger one.
cdef enum:
    STORED = 8 + 4 + 1
    STR = 0
    INT = 2
    NEGATIVE = 3
    LONGEST = 1 << 30  # key bytes of a node


@cython.final
@cython.no_gc
cdef class Members:
    def __cinit__(self):
        self.nodes = self.weights = self.identities = ()

    cdef Py_ssize_t find(self, object node) except -2:
        cdef Py_ssize_t at
        _, data, _ = plain_key(node)
        for kind in range(3):  # nodes of equal key bytes are one node, of whatever kind
            identity = kind, data
            at = bisect_left(self.identities, identity)
            if at < len(self.identities) and self.identities[at] == identity:
                return at
        return -1

    cdef list by_bytes(self):
        if not self.identities or self.identities[0][0] == self.identities[len(self.identities) - 1][0]:
            return list(range(len(self.identities)))
        return sorted(range(len(self.identities)), key=lambda position: self.identities[position][1])

    cdef Members added(self, list entries):
        if len(entries) > 1:
            return of_entries(self.entries() + entries)
        kind, data, plain, weight = entries[0]
        if self.find(data) >= 0:
            raise duplicate(plain)
        return self.spliced(bisect_left(self.identities, (kind, data)), 0, entries)

    cdef Members removed(self, Py_ssize_t position):
        return self.spliced(position, 1, [])

    cdef Members reweighted(self, Py_ssize_t position, double weight):
        kind, data = self.identities[position]
        return self.spliced(position, 1, [(kind, data, self.nodes[position], weight)])

    cdef Members spliced(self, Py_ssize_t at, Py_ssize_t gone, list entries):
        """With other nodes instead of the `gone` ones from `at` on."""
        cdef Members new = Members.__new__(Members)
        cdef Py_ssize_t rest = at + gone
        new.nodes = self.nodes[:at] + tuple([plain for _, _, plain, _ in entries]) + self.nodes[rest:]
        new.weights = self.weights[:at] + tuple([weight for _, _, _, weight in entries]) + self.weights[rest:]
        new.identities = (self.identities[:at] + tuple([(kind, data) for kind, data, _, _ in entries])
                          + self.identities[rest:])
        return new

    cdef list entries(self):
        return [(kind, data, node, weight)
                for (kind, data), node, weight in zip(self.identities, self.nodes, self.weights)]

    cdef bytes encode(self):
        cdef Py_ssize_t n = len(self.nodes), i
        cdef bytearray fixed = bytearray(STORED * n)
        cdef char *out = fixed
        cdef double weight
        cdef uint64_t bits
        for i in range(n):
            kind, data = self.identities[i]
            weight = self.weights[i]
            memcpy(&bits, &weight, 8)
            coterie_store64(out + 8 * i, bits)
            coterie_store32(out + 8 * n + 4 * i, <uint32_t>len(data))
            out[12 * n + i] = NEGATIVE if kind == INT and self.nodes[i] < 0 else kind
        return bytes(fixed) + b"".join([data for _, data in self.identities])


cdef object duplicate(object node):
    return ValueError(f"node {shown(node)} is there twice (nodes are one if their key bytes are equal)")


cdef Members of_entries(list entries):
    cdef Members members = Members.__new__(Members)
    cdef set seen = set()
    for kind, data, plain, weight in entries:
        if data in seen:
            raise duplicate(plain)
        seen.add(data)
    return members.spliced(0, 0, sorted(entries))


cdef list gather(object nodes):
    if isinstance(nodes, Mapping):
        return [gather_one(node, weight) for node, weight in nodes.items()]
    nodes = as_iterator(nodes, "nodes", "an iterable of nodes, or a mapping of node to weight")
    return [gather_one(node, 1.0) for node in nodes]


cdef tuple gather_one(object node, object weight):
    kind, data, plain = plain_key(node)
    if len(data) > LONGEST:
        raise ValueError("a node has at most 2**30 bytes")
    return kind, data, plain, check_weight(node, weight)


cdef double check_weight(object node, object weight) except -1:
    cdef double value
    if type(weight) is not float and not isinstance(weight, Real):
        raise TypeError(f"weight of {shown(node)} is a {type(weight).__name__}: pass an int or a float")
    try:
        value = float(weight)
    except OverflowError:
        value = float("inf")
    if not isfinite(value) or value <= 0:
        raise ValueError(f"weight of {shown(node)} is {value}: pass a finite number above 0")
    return value


cdef Members decode_members(const char *data, size_t size, uint64_t count, str name):
    cdef Members members = Members.__new__(Members)
    cdef size_t n, i, at, length
    cdef uint64_t bits
    cdef double weight
    cdef list entries = []
    if count > size // STORED:
        raise DecodeError(f"not a {name}: too few bytes for its {count} nodes")
    n = count
    at = STORED * n
    for i in range(n):
        bits = coterie_load64(data + 8 * i)
        memcpy(&weight, &bits, 8)
        length = coterie_load32(data + 8 * n + 4 * i)
        if length > size - at:
            raise DecodeError(f"not a {name}: node {i} ends beyond the last byte")
        if not isfinite(weight) or weight <= 0:
            raise DecodeError(f"not a {name}: node {i} has weight {weight}")
        entries.append(stored_node(data[at:at + length], <unsigned char>data[12 * n + i], i, name) + (weight,))
        at += length
    if at != size:
        raise DecodeError(f"not a {name}: bytes after the last node")
    try:
        members = of_entries(entries)
    except ValueError as error:
        raise DecodeError(f"not a {name}: {error}") from None
    if members.identities != tuple([entry[:2] for entry in entries]):
        raise DecodeError(f"not a {name}: its nodes are not in order")
    return members


cdef tuple stored_node(bytes data, int tag, size_t i, str name):
    cdef uint64_t bits
    if tag == STR:
        try:
            return STR, data, data.decode()
        except UnicodeDecodeError as error:
            raise DecodeError(f"not a {name}: node {i} is no text: {error}") from None
    if tag == 1:
        return 1, data, data
    if tag > NEGATIVE or len(data) != 8:
        raise DecodeError(f"not a {name}: node {i} is of no known kind")
    bits = coterie_load64(<const char *>data)
    if tag == INT:
        return INT, data, bits
    if <int64_t>bits >= 0:
        raise DecodeError(f"not a {name}: node {i} is no negative int")
    return INT, data, <int64_t>bits
