from cpython.object cimport Py_EQ, Py_GE, Py_GT, Py_LE, Py_LT

cdef extern from "coterie/clocks/dense.h" nogil:
    enum:
        COTERIE_EQUAL
        COTERIE_BEFORE
        COTERIE_AFTER


# Whether a comparison holds of two that stand so to each other.
cdef inline bint holds(int op, int relation) noexcept:
    if op == Py_LT:
        return relation == COTERIE_BEFORE
    if op == Py_LE:
        return relation & COTERIE_AFTER == 0
    if op == Py_GT:
        return relation == COTERIE_AFTER
    if op == Py_GE:
        return relation & COTERIE_BEFORE == 0
    return (relation == COTERIE_EQUAL) == (op == Py_EQ)
