# cython: binding=False, embedsignature=True, embedsignature.format=clinic, autotestdict=False
# cython: freethreading_compatible=True, boundscheck=False, wraparound=False, cdivision=True
"""All pairs of the rows of a matrix of clocks."""

cimport numpy as cnp

from cpython.exc cimport PyErr_CheckSignals
from libc.stdint cimport int64_t, uint8_t, uint64_t
from libc.string cimport memcpy

from coterie._core cimport Storage, cpu_level_address
from coterie.clocks._arrays cimport empty_rows

cdef extern from "coterie/clocks/clock_matrix.h" nogil:
    enum:
        COTERIE_PANEL
    ctypedef struct coterie_panels:
        const void *data
        size_t n
        size_t width
        size_t rows
        int bytes
    int coterie_panels_bytes(const uint64_t *least, const uint64_t *most, size_t width)
    size_t coterie_panels_count(size_t n, size_t rows)
    void coterie_panels_fill(const coterie_panels *panels, const coterie_clock_matrix *m, const uint64_t *least, void *data)
    void coterie_panels_relations(const coterie_panels *panels, size_t panel, int level, uint8_t *out)
    void coterie_panels_mirror(const coterie_panels *panels, size_t panel, uint8_t *out)
    size_t coterie_panels_concurrent(const coterie_panels *panels, size_t panel, const uint8_t *relations)
    void coterie_panels_concurrent_pairs(const coterie_panels *panels, size_t panel, const uint8_t *relations, int64_t *out)
    void (**coterie_panels_at_least)(const coterie_panels *panels, size_t column, uint64_t count, uint8_t *out)
    void (**coterie_panels_at_least_bits)(const coterie_panels *panels, size_t column, uint64_t count, uint8_t *out)

cnp.import_array()

cdef const int *LEVEL = cpu_level_address()


# The rows as panels, in a storage that has to live as long and begins with the least counter of each column.
cdef Storage panels_of(const coterie_clock_matrix *m, coterie_panels *panels, bint whole):
    cdef size_t n = m.n, width = m.width, size
    cdef Storage bounds = Storage.zeros(2 * (width + 1) * sizeof(uint64_t)), storage
    cdef uint64_t *least = <uint64_t *>bounds.data
    cdef uint64_t *most = least + width
    if n >> 4 * sizeof(size_t):  # their pairs have no number
        raise MemoryError(f"no memory for the pairs of {n} rows")
    with nogil:
        if n:
            coterie_clock_matrix_least[LEVEL[0]](m, 0, n, least)
            coterie_clock_matrix_most[LEVEL[0]](m, 0, n, most)
        panels.n, panels.width, panels.bytes = n, width, coterie_panels_bytes(least, most, width)
        panels.rows = COTERIE_PANEL * max(1, coterie_panels_count(n, COTERIE_PANEL)) if whole else COTERIE_PANEL
        size = coterie_panels_count(n, panels.rows) * panels.rows * width * panels.bytes
    storage = Storage.allocate((width + 1) * sizeof(uint64_t) + size)
    memcpy(storage.data, least, width * sizeof(uint64_t))
    panels.data = storage.data + (width + 1) * sizeof(uint64_t)
    with nogil:
        coterie_panels_fill(panels, m, least, <void *>panels.data)
    return storage


cdef cnp.ndarray pairwise(const coterie_clock_matrix *m):
    cdef coterie_panels panels
    cdef size_t n = m.n, panel
    cdef cnp.ndarray out = empty_rows(n, n, cnp.NPY_UINT8)
    cdef Storage storage = panels_of(m, &panels, False)
    cdef uint8_t *answers = <uint8_t *>cnp.PyArray_DATA(out)
    for panel in range(coterie_panels_count(n, COTERIE_PANEL)):
        with nogil:
            coterie_panels_relations(&panels, panel, LEVEL[0], answers + panel * COTERIE_PANEL * n)
            coterie_panels_mirror(&panels, panel, answers)
        PyErr_CheckSignals()
    return out


cdef cnp.ndarray concurrent_pairs(const coterie_clock_matrix *m):
    cdef coterie_panels panels
    cdef Storage storage = panels_of(m, &panels, False)
    cdef size_t n = m.n, panel, found, pairs = 0, room = 1024
    cdef Storage strip = Storage.allocate(min(n, <size_t>COTERIE_PANEL) * n)
    cdef uint8_t *answers = <uint8_t *>strip.data
    cdef cnp.ndarray out = empty_rows(room, 2, cnp.NPY_INT64)
    for panel in range(coterie_panels_count(n, COTERIE_PANEL)):
        with nogil:
            coterie_panels_relations(&panels, panel, LEVEL[0], answers)
            found = coterie_panels_concurrent(&panels, panel, answers)
        if pairs + found > room:
            room = max(2 * room, pairs + found)
            out.resize((room, 2), refcheck=False)
        with nogil:
            coterie_panels_concurrent_pairs(&panels, panel, answers, <int64_t *>cnp.PyArray_DATA(out) + 2 * pairs)
        pairs += found
        PyErr_CheckSignals()
    out.resize((pairs, 2), refcheck=False)
    return out


cdef cnp.ndarray happened_before(const coterie_clock_matrix *m, cnp.ndarray columns, cnp.ndarray counts, bint packed):
    cdef coterie_panels panels
    cdef size_t n = m.n, wide = (n + 7) // 8 if packed else n, i = 0, last
    cdef cnp.ndarray out = empty_rows(n, wide, cnp.NPY_UINT8 if packed else cnp.NPY_BOOL)
    cdef Storage storage = panels_of(m, &panels, True)
    cdef const uint64_t *least = <const uint64_t *>storage.data
    cdef const int64_t *at = <const int64_t *>cnp.PyArray_DATA(columns)
    cdef const uint64_t *own = <const uint64_t *>cnp.PyArray_DATA(counts)
    cdef uint8_t *answers = <uint8_t *>cnp.PyArray_DATA(out)
    while i < n:
        last = min(n, i + WORK // n + 1)
        with nogil:
            for i in range(i, last):
                if packed:
                    coterie_panels_at_least_bits[LEVEL[0]](&panels, at[i], own[i] - least[at[i]], answers + i * wide)
                    answers[i * wide + i // 8] &= ~(1 << (i & 7))
                else:
                    coterie_panels_at_least[LEVEL[0]](&panels, at[i], own[i] - least[at[i]], answers + i * wide)
                    answers[i * wide + i] = 0
        i = last
        PyErr_CheckSignals()
    return out
