"""What the class and the raw table of Maglev hashing share: the number of slots as an argument, and the filling."""

from libc.stdint cimport uint32_t, uint64_t

from coterie._core cimport as_int, shown

cdef extern from "coterie/base.h" nogil:
    ctypedef enum coterie_status:
        COTERIE_OK
        COTERIE_STOPPED

cdef extern from "coterie/placement/maglev.h" nogil:
    uint32_t COTERIE_MAGLEV_MAX_SLOTS
    bint coterie_maglev_allows(uint64_t slots)
    ctypedef struct coterie_maglev_node:
        uint32_t offset
        uint32_t skip
        double weight
        uint32_t owner
    coterie_status coterie_maglev_fill(const coterie_maglev_node *nodes, uint32_t nodes_len, uint32_t slots, int narrow,
                                       int (*stop)() noexcept nogil, void *table)

cdef extern from "Python.h":
    int PyErr_CheckSignals() noexcept  # here a failure leaves its exception set


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


cdef inline int interrupted() noexcept nogil:
    with gil:
        return PyErr_CheckSignals()


cdef inline int propagate() except -1:
    return -1  # the exception is set


# Fills a table without the GIL; Ctrl-C works meanwhile.
cdef inline int fill(const coterie_maglev_node *nodes, uint32_t nodes_len, uint32_t slots, bint narrow,
                     void *table) except -1:
    cdef coterie_status status
    with nogil:
        status = coterie_maglev_fill(nodes, nodes_len, slots, narrow, interrupted, table)
    if status == COTERIE_STOPPED:
        propagate()
    if status != COTERIE_OK:
        raise MemoryError(f"no memory to fill a table of {slots} slots")
    return 0
