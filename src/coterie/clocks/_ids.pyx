# cython: binding=False, embedsignature=True, embedsignature.format=clinic, autotestdict=False
# cython: freethreading_compatible=True, boundscheck=False, wraparound=False, cdivision=True
"""Replica ids and counters: what they may be."""

from cpython.bytes cimport PyBytes_GET_SIZE
from cpython.exc cimport PyErr_CheckSignals
from cpython.long cimport PyLong_AsLongLongAndOverflow, PyLong_AsUnsignedLongLong, PyLong_CheckExact
from cpython.unicode cimport PyUnicode_CheckExact, PyUnicode_GET_LENGTH
from libc.stdint cimport int64_t, uint64_t

from coterie._core cimport as_iterator, shown

from operator import index

cdef extern from "Python.h":
    bint PyBytes_CheckExact(object)
    bint PyUnicode_IS_COMPACT_ASCII(object)
    bint PyBool_Check(object)
    const char *PyUnicode_AsUTF8AndSize(object, Py_ssize_t *) except NULL

MOST_COUNT = (<uint64_t>1 << 63) - 1

cdef tuple NAMES = ("none", "str", "bytes", "int")


cdef str kind_name(Kind kind):
    return NAMES[kind]


cdef object check_id(object id, Kind *kind):
    cdef Py_ssize_t size
    if PyUnicode_CheckExact(id):
        kind[0] = STR_KIND
        size = PyUnicode_GET_LENGTH(id)
        if not PyUnicode_IS_COMPACT_ASCII(id):
            try:
                PyUnicode_AsUTF8AndSize(id, &size)
            except UnicodeEncodeError:
                raise ValueError(f"id {shown(id)} has a lone surrogate: pass text that can be encoded") from None
    elif PyBytes_CheckExact(id):
        kind[0] = BYTES_KIND
        size = PyBytes_GET_SIZE(id)
    else:
        return check_other(id, kind)
    if size == 0:
        raise ValueError("id is empty: pass 1 to 1024 bytes")
    if size > MOST_ID:
        raise ValueError(f"id has {size} bytes: pass at most 1024")
    return id


cdef object check_other(object id, Kind *kind):
    # Subclasses, and what is an int in other clothes.
    if isinstance(id, str):
        return check_id(str.__str__(id), kind)
    if isinstance(id, bytes):
        return check_id(bytes(memoryview(id)), kind)
    if PyBool_Check(id):
        raise TypeError("id is a bool: pass a str, bytes or an int")
    if not PyLong_CheckExact(id):
        try:
            id = index(id)
        except TypeError:
            raise TypeError(f"id is a {type(id).__name__}: pass a str, bytes or an int") from None
    if not 0 <= id <= 0xffffffffffffffff:
        raise OverflowError(f"id is {shown(id)}: pass an int of 0 .. 2**64-1")
    kind[0] = INT_KIND
    return int(id)


cdef object known_id(object id, Kind *kind):
    try:
        return check_id(id, kind)
    except (TypeError, ValueError, OverflowError):
        kind[0] = NO_KIND
        return None


cdef int check_kinds(Kind a, Kind b) except -1:
    if a != b and a != NO_KIND and b != NO_KIND:
        raise TypeError(f"ids of kind {NAMES[a]} and of kind {NAMES[b]} don't go together: use one kind in all clocks")
    return 0


cdef tuple ids_of(object ids, Py_ssize_t n, str name="ids"):
    cdef Kind kind, first = NO_KIND
    cdef list names = []
    cdef set known = set()
    for id in as_iterator(ids, name, "an iterable of ids"):
        if len(names) == n:
            raise ValueError(f"there are more than {n} ids for {n} columns: pass one for each")
        id = check_id(id, &kind)
        check_kinds(first, kind)
        first = kind
        if id in known:
            raise ValueError(f"id {shown(id)} stands in {name} twice: pass each one once")
        known.add(id)
        names.append(id)
        if len(names) % 1024 == 0:
            PyErr_CheckSignals()
    if n >= 0 and len(names) != n:
        raise ValueError(f"{len(names)} ids for {n} columns: pass one for each")
    return first, names


cdef object plain_int(object value, str name):
    if PyLong_CheckExact(value):
        return value
    if not PyBool_Check(value):
        try:
            return index(value)
        except TypeError:
            pass
    raise TypeError(f"{name} is a {type(value).__name__}: pass an int")


cdef uint64_t check_number(object value, str name, uint64_t most) except? 0:
    cdef int overflow = 0
    cdef int64_t number
    value = plain_int(value, name)
    number = PyLong_AsLongLongAndOverflow(value, &overflow)
    if overflow < 0 or (overflow == 0 and number < 0):
        raise ValueError(f"{name} is {shown(value)}: pass an int of at least 0")
    if overflow > 0:
        if most == MOST_COUNT or value > most:
            raise OverflowError(f"{name} is {shown(value)}: the most is {most}")
        return PyLong_AsUnsignedLongLong(value)
    if <uint64_t>number > most:
        raise OverflowError(f"{name} is {number}: the most is {most}")
    return <uint64_t>number


cdef uint64_t check_count(object value) except? 0:
    return check_number(value, "counter", MOST_COUNT)


# For Python: what a `max_entries` may be.
def check_most(max_entries, /):
    return check_number(max_entries, "max_entries", <uint64_t>-1)
