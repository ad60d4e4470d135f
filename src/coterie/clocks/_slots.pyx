# cython: binding=False, embedsignature=True, embedsignature.format=clinic, autotestdict=False
# cython: freethreading_compatible=True, boundscheck=False, wraparound=False, cdivision=True
"""The ids that vectors of counters share."""

cimport cython

from cpython.list cimport PyList_GetSlice
from cpython.sequence cimport PySequence_GetItem
from libc.stdint cimport uint64_t

from coterie.clocks._ids cimport Kind

import weakref

cdef cython.pymutex ADDING  # who adds an id to any slots
cdef uint64_t SERIALS = 0
cdef dict MAKING = {}  # who holds it makes slots
# Kind and ids -> weak reference to their slots. Each use is atomic by itself, and none relies on another: at worst, equal ids
# have two slots. Not typed as a dict: Cython would read it by borrowed references, which others may drop at once.
cdef object KNOWN = {}


@cython.final
@cython.auto_pickle(False)
cdef class Slots:
    def __cinit__(self):
        global SERIALS
        self.ids, self.slot_of, self.sorted_slots = [], {}, []
        with cython.critical_section(MAKING):
            SERIALS += 1
            self.serial = SERIALS

    cdef Py_ssize_t find(self, object id) except -2:
        cdef object slot = self.slot_of.get(id)
        return -1 if slot is None else <Py_ssize_t>slot

    cdef Py_ssize_t add(self, object id) except -1:
        # A lock: what the list and the dict do may wait, and a critical section would let go then.
        cdef Py_ssize_t slot
        with ADDING:
            slot = self.find(id)
            if slot < 0:
                slot = len(self.ids)
                self.ids.append(id)
                self.slot_of[id] = slot
        return slot

    cdef Py_ssize_t places_of(self, tuple ids, Py_ssize_t *places, size_t most) except -2:
        cdef Py_ssize_t i, slot, top = 0, missing = 0
        for i in range(len(ids)):
            slot = self.find(ids[i])
            missing += places[i] == -1 and slot < 0
            if places[i] == -1:
                top = max(top, slot + 1)
            if slot >= 0:
                places[i] = slot
        if missing:
            top = len(self.ids) + missing
        if <size_t>top > most:
            return -1
        for i in range(len(ids)):
            if places[i] == -1:
                places[i] = self.add(ids[i])
            top = max(top, places[i] + 1)
        return top

    cdef object id_at(self, Py_ssize_t slot):
        return PySequence_GetItem(self.ids, slot)  # not by index: without the GIL others may add ids meanwhile

    cdef tuple first(self, size_t n):
        return tuple(PyList_GetSlice(self.ids, 0, n))

    cdef list order(self):
        cdef list order, before
        cdef tuple ids
        with cython.critical_section(self):
            order = self.sorted_slots
        if len(order) != len(self.ids):
            ids = self.first(len(self.ids))
            order = sorted([*order, *range(len(order), len(ids))], key=ids.__getitem__)
            with cython.critical_section(self):
                before = self.sorted_slots  # lives until the section has ended
                self.sorted_slots = order
        return order


cdef Slots NO_SLOTS = Slots.__new__(Slots)


cdef Slots slots_for(tuple ids, Kind kind):
    cdef tuple key = (<int>kind, ids)  # the kind first: ids of different kinds are not compared
    cdef Slots slots = Slots.__new__(Slots), others = None
    slots.kind, slots.ids = kind, list(ids)
    slots.slot_of = {id: at for at, id in enumerate(ids)}
    known = KNOWN.get(key)
    if known is not None:
        others = known()
    if others is not None:
        return others
    KNOWN[key] = weakref.ref(slots, Forget(key))
    return slots


# Called when the slots of a key are gone.
@cython.final
@cython.auto_pickle(False)
cdef class Forget:
    cdef tuple key

    def __init__(self, key):
        self.key = key

    def __call__(self, gone):
        if KNOWN.get(self.key) is gone:
            KNOWN.pop(self.key, None)
