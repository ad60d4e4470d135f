# cython: binding=False, embedsignature=True, embedsignature.format=clinic, autotestdict=False
# cython: freethreading_compatible=True, boundscheck=False, wraparound=False, cdivision=True
"""Matrices of clocks as bytes: the number of replicas, their ids one after the other, zeros up to a multiple of 64, and the
counters by rows, in a container."""

cimport numpy as cnp

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_GET_SIZE
from libc.stdint cimport uint8_t, uint64_t
from libc.string cimport memcpy, memset

from coterie._core cimport Container, Storage, pack_header, unpack
from coterie._stored cimport blank
from coterie.clocks._encoded cimport names_of_bytes, names_to_bytes
from coterie.clocks._ids cimport Kind

import numpy as np

from coterie._errors import DecodeError

cdef extern from "coterie/base.h" nogil:
    uint64_t coterie_load64(const void *p)
    void coterie_store64(void *p, uint64_t x)

cdef extern from "coterie/container.h":
    enum:
        COTERIE_CONTAINER_HEADER
        COTERIE_KIND_CLOCKS

cnp.import_array()

cdef enum:
    NAMES_AT = COTERIE_CONTAINER_HEADER + 8


cdef size_t counters_at(size_t names_size) noexcept:
    return (NAMES_AT + names_size + 63) // 64 * 64


cdef Storage matrix_to_storage(cnp.ndarray counts, tuple ids, Kind kind):
    cdef bytes names = names_to_bytes(ids, kind)
    cdef size_t begin = counters_at(PyBytes_GET_SIZE(names)), size = cnp.PyArray_NBYTES(counts)
    cdef Storage storage = Storage.allocate(begin + size)
    cdef cnp.ndarray rows = np.ascontiguousarray(counts, dtype="<u8")
    memset(storage.data, 0, begin)
    coterie_store64(storage.data + COTERIE_CONTAINER_HEADER, cnp.PyArray_DIM(counts, 1))
    memcpy(storage.data + NAMES_AT, PyBytes_AS_STRING(names), PyBytes_GET_SIZE(names))
    with nogil:
        memcpy(storage.data + begin, cnp.PyArray_DATA(rows), size)
    pack_header(storage, COTERIE_KIND_CLOCKS, kind, cnp.PyArray_DIM(counts, 0), 0, True)
    return storage


cdef object matrix_of_storage(object cls, Storage storage):
    cdef Container container = unpack(storage, COTERIE_KIND_CLOCKS, 3, "ClockMatrix")
    cdef const uint8_t *payload = <const uint8_t *>container.payload
    cdef uint64_t width, n = container.count
    cdef size_t size = 0, begin, left, i
    cdef list names
    if container.payload_len < 8:
        refuse("it ends too early")
    if container.seed:
        refuse("it has a seed")
    width = coterie_load64(payload)
    names = names_of_bytes(payload + 8, container.payload_len - 8, width, <Kind>container.flags, &size)
    begin = counters_at(size) - COTERIE_CONTAINER_HEADER
    if begin > container.payload_len:
        refuse("it ends too early")
    for i in range(8 + size, begin):
        if payload[i]:
            refuse("what stands between ids and counters is not 0")
    left = container.payload_len - begin
    if left % 8 or (left // 8 != n * width if width and n <= left // width else left or width):
        refuse("its counters are more or fewer than it says")
    try:
        if left:
            counts = np.frombuffer(storage, "<u8", left // 8, COTERIE_CONTAINER_HEADER + begin).reshape(n, width)
        else:
            counts = np.zeros((n, width), np.uint64)
        return blank(cls, cls, (counts.astype(np.uint64, copy=False), names))
    except (ValueError, OverflowError) as error:  # counters that are too large, ids that come twice, and too many rows of nothing
        raise DecodeError(f"not a ClockMatrix: {error}") from None


cdef int refuse(str problem) except -1:
    raise DecodeError(f"not a ClockMatrix: {problem}")
