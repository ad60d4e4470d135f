"""The number of slots of a Maglev table, as an argument."""

from libc.stdint cimport uint32_t, uint64_t

from coterie._core cimport as_int, shown

cdef extern from "coterie/placement/maglev.h" nogil:
    uint32_t COTERIE_MAGLEV_MAX_SLOTS
    bint coterie_maglev_allows(uint64_t slots)


cdef inline uint32_t check_slots(object value) except 0:
    cdef uint32_t slots = 2
    number = as_int(value, "table_size", "a prime, 2 .. 5000011")
    if number > COTERIE_MAGLEV_MAX_SLOTS:
        raise ValueError(f"table_size is {shown(number)}: pass a prime, at most 5000011")
    if number > slots:
        slots = number
    while not coterie_maglev_allows(slots):
        slots += 1
    if number != slots:
        raise ValueError(f"table_size is {shown(number)}: pass a prime, the next one is {slots}")
    return slots
