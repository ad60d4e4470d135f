cimport numpy as cnp

from libc.stdint cimport uint64_t

cdef extern from "coterie/clocks/clock_matrix.h" nogil:
    ctypedef struct coterie_clock_matrix:
        const uint64_t *counts
        size_t n
        size_t width
        bint by_columns
    void (**coterie_clock_matrix_most)(const coterie_clock_matrix *m, size_t first, size_t last, uint64_t *out)
    void (**coterie_clock_matrix_least)(const coterie_clock_matrix *m, size_t first, size_t last, uint64_t *out)

cdef enum:
    WORK = 1 << 24  # counters that are looked at between two looks for Ctrl-C, or a few times as many

# What ClockMatrix answers about all pairs of rows.
cdef cnp.ndarray pairwise(const coterie_clock_matrix *m)
cdef cnp.ndarray concurrent_pairs(const coterie_clock_matrix *m)
# Row i is the clock of the event counts[i] of the replica of a column.
cdef cnp.ndarray happened_before(const coterie_clock_matrix *m, cnp.ndarray columns, cnp.ndarray counts, bint packed)
