# cython: binding=False, embedsignature=True, embedsignature.format=clinic, autotestdict=False
# cython: freethreading_compatible=True, boundscheck=False, wraparound=False, cdivision=True
"""Names of events."""

cimport cython

from cpython.object cimport Py_EQ, Py_GE, Py_GT, Py_LE, Py_LT, Py_NE
from libc.stdint cimport uint64_t

from coterie._stored cimport blank
from coterie.clocks._ids cimport Kind, check_count, check_id, check_kinds


@cython.auto_pickle(False)
@cython.freelist(16)
cdef class Dot:
    """Dot(id, counter, /)\n--\n
    One event: the counter-th of the replica with this id.

    id: a replica: str or bytes of 1 .. 1024 bytes, or an int 0 .. 2**64-1.
    counter: 1 .. 2**63-1.

    Dots are ordered by id and counter, and hashable. They equal other dots only, and those with ids of another kind
    never: `"1"`, `b"1"` and `1` are three replicas; to order them is a TypeError.

    >>> from coterie import Dot
    >>> replica, counter = Dot("a", 3)
    >>> replica, counter, Dot("a", 3) < Dot("b", 1)
    ('a', 3, True)
    """

    def __init__(self, id, counter, /):
        cdef Kind kind
        cdef uint64_t count
        id, count = check_id(id, &kind), check_count(counter)
        if count == 0:
            raise ValueError("counter is 0: the first event of a replica has 1")
        if self.count:
            raise TypeError("a Dot never changes: make another one")
        self.replica, self.kind, self.count = id, kind, count

    @property
    def id(self):
        """The replica."""
        return self.replica

    @property
    def counter(self):
        """Which of its events."""
        return self.count

    def __iter__(self):
        return iter((self.replica, self.count))

    def __richcmp__(self, other, int op):
        cdef Dot dot
        if not isinstance(other, Dot):
            return NotImplemented
        dot = <Dot>other
        if op == Py_EQ or op == Py_NE:
            same = self.kind == dot.kind and self.count == dot.count and self.replica == dot.replica
            return same == (op == Py_EQ)
        check_kinds(self.kind, dot.kind)
        mine, theirs = (self.replica, self.count), (dot.replica, dot.count)
        if op == Py_LT:
            return mine < theirs
        if op == Py_LE:
            return mine <= theirs
        return mine > theirs if op == Py_GT else mine >= theirs

    def __hash__(self):
        return hash((self.replica, self.count))

    def __repr__(self):
        return f"{type(self).__name__}({self.replica!r}, {self.count})"

    def __copy__(self):
        return self

    def __deepcopy__(self, memo):
        return self

    def __reduce_ex__(self, protocol):
        return unpickled, (type(self), self.replica, self.count), self.__getstate__()


def unpickled(cls, id, counter, /):
    dot = blank(cls, Dot)
    Dot.__init__(dot, id, counter)
    return dot


cdef Dot dot_of(object id, Kind kind, uint64_t count):
    cdef Dot dot = Dot.__new__(Dot)
    dot.replica, dot.kind, dot.count = id, kind, count
    return dot


cdef Dot as_dot(object value):
    if not isinstance(value, Dot):
        raise TypeError(f"dot is a {type(value).__name__}: pass a Dot")
    return <Dot>value
