# cython: binding=False, embedsignature=True, embedsignature.format=clinic, autotestdict=False
# cython: freethreading_compatible=True, boundscheck=False, wraparound=False, cdivision=True
"""The counters of many clocks, put into rows."""

cimport cython
cimport numpy as cnp

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_GET_SIZE
from libc.stdint cimport uint8_t, uint64_t
from libc.stdlib cimport free, realloc
from libc.string cimport memcmp, memcpy, memset

from coterie._core cimport as_iterator, shown
from coterie.clocks._encoded cimport (
    COTERIE_CLASS_VECTOR, coterie_entries, coterie_entries_next, coterie_entries_number, coterie_entries_open, coterie_id, id_of,
)
from coterie.clocks._ids cimport INT_KIND, MOST_COUNT, STR_KIND, Kind, check_kinds, check_number, ids_of
from coterie.clocks._slots cimport Slots
from coterie.clocks._vector cimport VectorClock

import numpy as np

from coterie._errors import DecodeError

cdef extern from "Python.h":
    const char *PyUnicode_AsUTF8AndSize(object, Py_ssize_t *) except NULL

cnp.import_array()


# Numbers one after the other.
@cython.final
cdef class Numbers:
    cdef uint64_t *data
    cdef size_t n
    cdef size_t room

    cdef int reserve(self, size_t more) except -1:
        cdef size_t room
        cdef void *data
        if self.n + more > self.room:
            room = max(self.n + more, 2 * self.room, <size_t>64)
            data = realloc(self.data, room * sizeof(uint64_t))
            if data is NULL:
                raise MemoryError(f"no memory for {room} counters")
            self.data, self.room = <uint64_t *>data, room
        return 0

    cdef int append(self, uint64_t number) except -1:
        self.reserve(1)
        self.data[self.n] = number
        self.n += 1
        return 0

    # As many as that, the further ones 0.
    cdef int fill_up(self, size_t n) except -1:
        if n > self.n:
            self.reserve(n - self.n)
            memset(self.data + self.n, 0, (n - self.n) * sizeof(uint64_t))
            self.n = n
        return 0

    def __dealloc__(self):
        free(self.data)


# The ids of columns: those that were given, or whatever comes.
@cython.final
cdef class Columns:
    cdef Kind kind
    cdef list ids
    cdef dict column_of
    cdef bint given

    def __cinit__(self, ids):
        self.ids, self.column_of, self.given = [], {}, ids is not None
        if self.given:
            self.kind, self.ids = ids_of(ids, -1)
            self.column_of = {id: column for column, id in enumerate(self.ids)}

    # The column of an id of a row, which gets one if it may.
    cdef Py_ssize_t find(self, object id, Kind kind, size_t row) except -1:
        cdef Py_ssize_t column = self.column_of.get(id, -1)
        check_kinds(self.kind, kind)
        if column >= 0:
            return column
        if self.given:
            raise ValueError(f"row {row} counts events of {shown(id)}, which is not in ids")
        column = len(self.ids)
        self.kind, self.column_of[id] = kind, column
        self.ids.append(id)
        return column

    # Ids in the order of their columns, and how columns are numbered then: canonical order unless they were given.
    cdef tuple arranged(self):
        if self.given:
            return self.ids, np.arange(len(self.ids), dtype=np.uint64)
        order = sorted(range(len(self.ids)), key=self.ids.__getitem__)
        places = np.empty(len(order), np.uint64)
        places[order] = np.arange(len(order), dtype=np.uint64)
        return [self.ids[column] for column in order], places


# ---- clocks ----

cdef tuple collected(object clocks, object ids):
    cdef Columns columns = Columns(ids)
    cdef dict known = {}  # slots -> for each of them the column of its id, and one more; 0: it was not needed
    cdef list all = list(as_iterator(clocks, "clocks", "an iterable of VectorClocks"))
    cdef cnp.ndarray places, array
    cdef size_t row, width, n = len(all)
    cdef uint64_t *out
    for clock in all:
        if not isinstance(clock, VectorClock):
            raise TypeError(f"clocks holds a {type(clock).__name__}: pass VectorClocks")
    while True:
        for row in range(n):
            put(all[row], columns, known, row, NULL, NULL)
        names, places = columns.arranged()
        width = len(names)
        array = np.zeros((n, width), np.uint64)
        out = <uint64_t *>cnp.PyArray_DATA(array)
        for row in range(n):
            put(all[row], columns, known, row, <const uint64_t *>cnp.PyArray_DATA(places), out + row * width)
            if <size_t>len(columns.ids) > width:
                break  # another thread brought an id, which has no place
        else:
            return array, names


# Gives all ids of a clock columns, or an error; and with `out` its counters places there, up to an id that is new.
cdef int put(VectorClock clock, Columns columns, dict known, size_t row, const uint64_t *places, uint64_t *out) except -1:
    cdef Slots slots = None
    cdef Numbers mine = None
    cdef tuple names = ()
    cdef size_t i = 0, n = 0
    cdef const uint64_t *counts
    cdef const uint64_t *column
    cdef bint ready = False, new = False
    while True:
        with cython.critical_section(clock):
            ready = clock.slots is slots and clock.n <= mine.n
            if ready:
                new, counts, column = False, clock.counts, mine.data
                for i in range(i, clock.n):
                    if counts[i]:
                        new = column[i] == 0
                        if new:
                            break
                        if out is not NULL:
                            out[places[column[i] - 1]] = counts[i]
            else:
                slots, n = clock.slots, clock.n
        if not ready:
            mine, names, i = known.get(slots), (), 0
            if mine is None:
                mine = known[slots] = Numbers()
            mine.fill_up(n)
            continue
        if not new:
            return 0
        if i >= <size_t>len(names):
            names = slots.first(mine.n)
        mine.data[i] = columns.find(names[i], slots.kind, row) + 1
        if out is not NULL:
            return 0


# ---- encoded clocks ----

# What an id is in bytes, and which column followed it last: the next row probably goes on in the same way, and then no object
# is made of its id. Columns are numbered from 1; 0 is the beginning of a row, and no column.
cdef struct Known:
    const char *bytes
    size_t size
    uint64_t number
    size_t next


@cython.final
cdef class Successors:
    cdef Known *known
    cdef size_t room

    cdef int reserve(self, size_t n) except -1:
        cdef size_t room = max(n, 2 * self.room)
        cdef void *data
        if n > self.room:
            data = realloc(self.known, room * sizeof(Known))
            if data is NULL:
                raise MemoryError(f"no memory for {room} ids")
            self.known = <Known *>data
            memset(self.known + self.room, 0, (room - self.room) * sizeof(Known))
            self.room = room
        return 0

    cdef inline size_t guess(self, size_t last, const coterie_id *id) noexcept:
        cdef size_t column = self.known[last].next
        cdef const Known *known = self.known + column
        if column and known.number == id.number and known.size == id.len and not memcmp(known.bytes, id.bytes, id.len):
            return column
        return 0

    # An id, which lives as long as this, is that of a column, and follows another.
    cdef int learn(self, size_t last, size_t column, object id, Kind kind) except -1:
        cdef Known *known
        cdef Py_ssize_t size = 0
        self.reserve(column + 1)
        self.known[last].next = column
        known = self.known + column
        known.bytes = ""
        if kind == INT_KIND:
            known.number = id
        elif kind == STR_KIND:
            known.bytes = PyUnicode_AsUTF8AndSize(id, &size)
        else:
            known.bytes, size = PyBytes_AS_STRING(id), PyBytes_GET_SIZE(id)
        known.size = size
        return 0

    def __dealloc__(self):
        free(self.known)


cdef tuple decoded(object data, object ids, object max_entries):
    cdef uint64_t most = check_number(max_entries, "max_entries", <uint64_t>-1)
    cdef Columns columns = Columns(ids)
    cdef Numbers counts = Numbers(), ends = Numbers(), where = Numbers()
    cdef Successors successors = Successors()
    successors.reserve(1)
    if hasattr(data, "to_pylist"):  # Arrow's, whose items are no bytes
        data = data.to_pylist()
    for item in as_iterator(data, "data", "an iterable of bytes"):
        if not isinstance(item, (bytes, bytearray, memoryview)):
            raise TypeError(f"row {ends.n} is a {type(item).__name__}: pass the bytes of VectorClocks")
        decode_row(bytes(item), most, columns, successors, counts, where, ends.n)
        ends.append(counts.n)
    return rows_of(columns, counts, ends, where)


cdef int decode_row(bytes data, uint64_t most, Columns columns, Successors successors, Numbers counts, Numbers where,
                    size_t row) except -1:
    cdef coterie_entries entries
    cdef uint64_t count
    cdef size_t last = 0, column
    cdef const char *problem = coterie_entries_open(&entries, <const uint8_t *>PyBytes_AS_STRING(data), PyBytes_GET_SIZE(data),
                                                    COTERIE_CLASS_VECTOR, most, 1)
    if problem is not NULL:
        refuse(row, (<bytes>problem).decode())
    check_kinds(columns.kind, <Kind>entries.id.kind)
    while entries.left:
        if not coterie_entries_next(&entries) or not coterie_entries_number(&entries, 1, MOST_COUNT, &count):
            refuse(row, "an entry is malformed, out of order, or ends too early")
        column = successors.guess(last, &entries.id)
        if column == 0:
            column = columns.find(id_of(&entries.id), <Kind>entries.id.kind, row) + 1
            if column > most:
                refuse(row, "it brings more different ids than max_entries")
            successors.learn(last, column, columns.ids[column - 1], columns.kind)
        where.append(column - 1)
        counts.append(count)
        last = column
    if entries.at != entries.end:
        refuse(row, "the bytes go on after their end")
    return 0


cdef tuple rows_of(Columns columns, Numbers counts, Numbers ends, Numbers where):
    cdef size_t row, at = 0, width
    cdef cnp.ndarray places, array
    cdef const uint64_t *place
    cdef uint64_t *out
    names, places = columns.arranged()
    width = len(names)
    array = np.zeros((ends.n, width), np.uint64)
    place, out = <const uint64_t *>cnp.PyArray_DATA(places), <uint64_t *>cnp.PyArray_DATA(array)
    with nogil:
        for row in range(ends.n):
            while at < ends.data[row]:
                out[row * width + place[where.data[at]]] = counts.data[at]
                at += 1
    return array, names


cdef int refuse(size_t row, str problem) except -1:
    raise DecodeError(f"row {row} is not a VectorClock: {problem}")
