# cython: binding=False, embedsignature=True, embedsignature.format=clinic, autotestdict=False
# cython: freethreading_compatible=True, boundscheck=False, wraparound=False, cdivision=True
"""Arrays of counters and of positions: what they may be."""

cimport numpy as cnp

from libc.stdint cimport uint64_t

from coterie._core cimport cpu_level_address
from coterie.clocks._ids cimport MOST_COUNT, check_count

import numpy as np

cdef extern from "coterie/clocks/dense.h" nogil:
    void (**coterie_dense_bits)(const uint64_t *a, size_t n, uint64_t *bits)

cnp.import_array()

cdef const int *LEVEL = cpu_level_address()


cdef cnp.ndarray counts_of(object value):
    cdef cnp.ndarray array = uints_of(value, "counts", 2)
    cdef uint64_t bits = 0
    cdef size_t n = cnp.PyArray_SIZE(array)
    if not (cnp.PyArray_IS_C_CONTIGUOUS(array) or cnp.PyArray_IS_F_CONTIGUOUS(array)):
        array = np.array(array, order="F" if abs(array.strides[0]) < abs(array.strides[1]) else "C")
    with nogil:
        coterie_dense_bits[LEVEL[0]](<const uint64_t *>cnp.PyArray_DATA(array), n, &bits)
    if bits > MOST_COUNT:
        raise OverflowError("counts holds a number above 2**63-1, the most that is counted")
    return array


cdef cnp.ndarray clock_of(object value, size_t width):
    cdef cnp.ndarray array = np.ascontiguousarray(uints_of(value, "clock", 1))
    if <size_t>cnp.PyArray_DIM(array, 0) != width:
        raise ValueError(f"clock has {len(array)} counters: pass one for each of {width} columns")
    return counts_of(array.reshape(1, width)).reshape(width)


# As uint64, without a copy if they are; each at its natural address.
cdef cnp.ndarray uints_of(object value, str name, int dimensions):
    array = array_of(value, name)
    if array.dtype.kind == "f" and not isinstance(value, np.ndarray):
        array = np.asarray(value, object)  # NumPy takes ints for floats where some are large, or there are none
    if array.dtype == object:
        array = np.array([counter_of(number) for number in array.flat], np.uint64).reshape(array.shape)
    if array.dtype.kind not in "iu":
        raise TypeError(f"{name} holds {array.dtype}: pass ints")
    if array.ndim != dimensions:
        raise ValueError(f"{name} has {array.ndim} dimensions: pass {dimensions}")
    if array.dtype.kind == "i" and array.size and array.min() < 0:
        raise ValueError(f"{name} holds {array.min()}: pass ints of at least 0")
    return np.require(array, np.uint64, "A")


cdef uint64_t counter_of(object number) except? 0:
    if isinstance(number, bool):
        raise TypeError("counter is a bool: pass an int")
    return check_count(number)


cdef cnp.ndarray ints_of(object value, str name):
    array = array_of(value, name)
    if array.dtype.kind not in "iu" and array.size:
        raise TypeError(f"{name} holds {array.dtype}: pass ints")
    if array.ndim != 1:
        raise ValueError(f"{name} has {array.ndim} dimensions: pass 1")
    if array.dtype.kind == "u":
        array = np.minimum(array, MOST_COUNT)  # so that nothing wraps
    return np.array(array, np.int64)


# Whatever NumPy makes an array of, but for what it would lose: a mask, of an array or of rows in a list.
cdef cnp.ndarray array_of(object value, str name):
    check_mask(value, name)
    if isinstance(value, (list, tuple)):
        for i, row in enumerate(value):
            check_mask(row, f"{name}[{i}]")
    return np.asarray(value)


cdef int check_mask(object value, str name) except -1:
    if cnp.PyArray_Check(value) and not cnp.PyArray_CheckExact(value) and hasattr(value, "mask"):
        raise TypeError(f"{name} is a masked array: pass {name}.filled(0)")
    return 0


cdef cnp.ndarray empty(size_t n, int type):
    return cnp.PyArray_EMPTY(1, <cnp.npy_intp *>&n, type, 0)


cdef cnp.ndarray empty_rows(size_t n, size_t m, int type):
    cdef cnp.npy_intp shape[2]
    shape[0], shape[1] = n, m
    return cnp.PyArray_EMPTY(2, shape, type, 0)
