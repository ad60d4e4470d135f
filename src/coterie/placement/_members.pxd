from libc.stdint cimport uint32_t, uint64_t


# The nodes of a placement scheme and their weights. Immutable; in canonical order: str, bytes, int, each by key bytes.
cdef class Members:
    cdef readonly tuple nodes
    cdef readonly tuple weights
    cdef readonly tuple identities  # (kind, key bytes) of each node

    # The position of a node; -1 if it is not here.
    cdef Py_ssize_t find(self, object node) except -2
    # The positions in the order of the nodes' key bytes.
    cdef list by_bytes(self)
    cdef Members added(self, list entries)
    cdef Members removed(self, Py_ssize_t position)
    cdef Members reweighted(self, Py_ssize_t position, double weight)
    cdef Members spliced(self, Py_ssize_t at, Py_ssize_t gone, list entries)
    cdef list entries(self)
    cdef bytes encode(self)

# (kind, key bytes, plain node, weight) of each node of an iterable or of a mapping of node to weight.
cdef list gather(object nodes)
cdef tuple gather_one(object node, object weight)
cdef double check_weight(object node, object weight) except -1
# The inverse of encode; DecodeError on any other bytes.
cdef Members decode_members(const char *data, size_t size, uint64_t count, str name)
