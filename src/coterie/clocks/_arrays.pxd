cimport numpy as cnp

# A matrix of counters, uint64 in C or F order: as it is if it can be. TypeError, ValueError or OverflowError if it is none.
cdef cnp.ndarray counts_of(object value)
# The counters of one clock, in the order of the columns.
cdef cnp.ndarray clock_of(object value, size_t width)
# Positions, as int64: a copy, which stays as it was checked.
cdef cnp.ndarray ints_of(object value, str name)
# New arrays of n, and of n rows of m.
cdef cnp.ndarray empty(size_t n, int type)
cdef cnp.ndarray empty_rows(size_t n, size_t m, int type)
