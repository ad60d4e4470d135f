# cython: binding=False, embedsignature=True, embedsignature.format=clinic, autotestdict=False
# cython: freethreading_compatible=True, boundscheck=False, wraparound=False, cdivision=True
"""Many clocks at once."""

cimport cython
cimport numpy as cnp

from cpython.exc cimport PyErr_CheckSignals
from libc.stdint cimport int64_t, uint8_t, uint64_t

from coterie._core cimport Storage, cpu_level_address
from coterie._stored cimport blank
from coterie.clocks._arrays cimport clock_of, counts_of, empty, ints_of
from coterie.clocks._collected cimport collected, decoded
from coterie.clocks._ids cimport Kind, check_kinds, ids_of
from coterie.clocks._matrix_bytes cimport matrix_of_storage, matrix_to_storage
from coterie.clocks._panels cimport (
    WORK, coterie_clock_matrix, coterie_clock_matrix_least, coterie_clock_matrix_most, concurrent_pairs, happened_before,
    pairwise,
)
from coterie.clocks._slots cimport Slots, slots_for
from coterie.clocks._vector cimport VectorClock

from operator import index

import numpy as np

from coterie._files import replace

cdef extern from "coterie/clocks/clock_matrix.h" nogil:
    enum:
        COTERIE_BEFORE
        COTERIE_AFTER
    void (**coterie_clock_matrix_compare)(const coterie_clock_matrix *m, const uint64_t *clock, size_t first, size_t last,
                                          uint8_t *out)
    void (**coterie_clock_matrix_sums)(const coterie_clock_matrix *m, size_t first, size_t last, uint64_t *low, uint64_t *high)
    void (**coterie_clock_matrix_maximal)(const coterie_clock_matrix *m, size_t first, size_t last, size_t *found,
                                          size_t *found_len)

cnp.import_array()

cdef const int *LEVEL = cpu_level_address()


@cython.auto_pickle(False)
cdef class ClockMatrix:
    """ClockMatrix(counts, ids=None, /)\n--\n
    Many clocks over the same replicas, each a row of a matrix of counters: asked all at once.

    counts: an array of ints, of shape (clocks, replicas), 0 .. 2**63-1. An array of uint64 in C or F order is used in place:
        do not write to it afterwards. Any other is copied.
    ids: the replicas of the columns, all of one kind and each once, as for `VectorClock`; range(replicas) by default.

    It never changes. Every method works without the GIL, and Ctrl-C stops the long ones. n is the number of clocks below,
    R that of replicas; `clock` is a VectorClock, or an array of R counters. Answers are exact: where counters take part as 1,
    2 or 4 bytes, these are what they exceed the least of their column by.

    TypeError for arrays that hold no ints, for masked ones and for mixed kinds of ids, ValueError for other shapes, counters
    below 0, and ids that come twice or do not fit; OverflowError for counters above 2**63-1.

    >>> import numpy as np
    >>> from coterie import ClockMatrix, VectorClock
    >>> m = ClockMatrix(np.array([[1, 0], [0, 1], [1, 1]], dtype=np.uint64), ["a", "b"])
    >>> m.compare(VectorClock({"a": 1})).tolist(), m.maximal().tolist()
    ([0, 3, 2], [False, False, True])
    >>> m.merge_all().tolist(), m.concurrent_pairs().tolist()
    ([1, 1], [[0, 1]])
    """

    cdef cnp.ndarray array
    cdef coterie_clock_matrix matrix
    cdef tuple names
    cdef dict columns         # of ids
    cdef Kind kind
    cdef Slots slots          # of the sorted ids
    cdef list order           # the columns in their order

    def __cinit__(self, counts, ids=None, /):
        self.array = counts_of(counts).view(np.ndarray)  # whoever has the array cannot give this one another shape
        self.matrix.counts = <const uint64_t *>cnp.PyArray_DATA(self.array)
        self.matrix.n, self.matrix.width = cnp.PyArray_DIM(self.array, 0), cnp.PyArray_DIM(self.array, 1)
        self.matrix.by_columns = not cnp.PyArray_IS_C_CONTIGUOUS(self.array)
        self.name_columns(range(self.matrix.width) if ids is None else ids)

    cdef int name_columns(self, object ids) except -1:
        self.kind, names = ids_of(ids, self.matrix.width)
        self.names, self.columns = tuple(names), {id: column for column, id in enumerate(names)}
        names.sort()
        self.slots, self.order = slots_for(tuple(names), self.kind), [self.columns[id] for id in names]
        return 0

    # ---- from clocks, and back ----

    @classmethod
    def from_clocks(cls, clocks, ids=None):
        """The matrix of VectorClocks.

        clocks: an iterable of them.
        ids: the replicas of the columns; by default those of all clocks, in canonical order. ValueError if a clock has
            others.
        """
        return blank(cls, cls, collected(clocks, ids))

    @classmethod
    def from_encoded(cls, data, ids=None, *, max_entries=65536):
        """The matrix of clocks as `VectorClock.to_bytes` wrote them.

        data: an iterable of bytes, bytearrays or memoryviews, or a column of binary data.
        ids: as for `from_clocks`.
        max_entries: the most replicas that are accepted.

        DecodeError, which names the row, for bytes that are anything else.
        """
        return blank(cls, cls, decoded(data, ids, max_entries))

    def __len__(self):
        return self.matrix.n

    def __getitem__(self, i):
        """A row as a VectorClock; negative ones count from the end."""
        cdef Py_ssize_t n = self.matrix.n, at
        try:
            at = index(i)
        except TypeError:
            raise TypeError(f"a row is a {type(i).__name__}: pass an int") from None
        except OverflowError:
            at = n
        if at < 0:
            at += n
        if not 0 <= at < n:
            raise IndexError(f"row {i} of {n}")
        return self.clock(at)

    def to_clocks(self):
        """The rows as a list of VectorClocks."""
        return [self.clock(i) for i in range(self.matrix.n)]

    cdef inline uint64_t count(self, size_t i, size_t column) noexcept:
        if self.matrix.by_columns:
            return self.matrix.counts[column * self.matrix.n + i]
        return self.matrix.counts[i * self.matrix.width + column]

    cdef VectorClock clock(self, size_t i):
        cdef VectorClock clock = VectorClock.__new__(VectorClock)
        cdef size_t slot, width = self.matrix.width
        cdef list order = self.order
        while width and not self.count(i, order[width - 1]):
            width -= 1
        if width:
            clock.reserve(width)
            clock.slots, clock.n = self.slots, width
            for slot in range(width):
                clock.counts[slot] = self.count(i, order[slot])
        return clock

    # ---- one against many ----

    cdef cnp.ndarray relations(self, object clock):
        cdef bint more = False
        cdef cnp.ndarray row = self.row_of(clock, &more), out = empty(self.matrix.n, cnp.NPY_UINT8)
        cdef const uint64_t *counts = <const uint64_t *>cnp.PyArray_DATA(row)
        cdef uint8_t *answers = <uint8_t *>cnp.PyArray_DATA(out)
        cdef size_t first = 0, last, i
        while first < self.matrix.n:
            last = min(self.matrix.n, first + WORK // (self.matrix.width + 1) + 1)
            with nogil:
                coterie_clock_matrix_compare[LEVEL[0]](&self.matrix, counts, first, last, answers + first)
                if more:
                    for i in range(first, last):
                        answers[i] |= COTERIE_BEFORE
            first = last
            PyErr_CheckSignals()
        return out

    # The counters of a clock in the order of the columns, and whether it has others.
    cdef cnp.ndarray row_of(self, object clock, bint *more):
        cdef cnp.ndarray row
        cdef Py_ssize_t column
        if not isinstance(clock, VectorClock):
            return clock_of(clock, self.matrix.width)
        row = cnp.PyArray_ZEROS(1, <cnp.npy_intp *>&self.matrix.width, cnp.NPY_UINT64, 0)
        ids, counts, kind = (<VectorClock>clock).listed()
        if ids:
            check_kinds(self.kind, <Kind>kind)
        for id, count in zip(ids, counts):
            column = self.columns.get(id, -1)
            if column < 0:
                more[0] = True
            else:
                (<uint64_t *>cnp.PyArray_DATA(row))[column] = count
        return row

    def compare(self, clock, /):
        """How each row stands to a clock: a uint8 array of n, whose values are those of Relation. BEFORE means row < clock.
        Replicas of the clock without a column are 0 in all rows. Linear, at the speed of memory."""
        return self.relations(clock)

    def dominated_by(self, clock, /):
        """Which rows know no more than a clock, row <= clock: a bool array of n. Linear, at the speed of memory."""
        return (self.relations(clock) & COTERIE_AFTER) == 0

    # ---- all pairs ----

    def pairwise(self):
        """How each row stands to each: a uint8 array of (n, n), whose values are those of Relation; row i to row j.

        Takes R * n * n steps of a fraction of a nanosecond, and besides the result a copy of the counters, in 1, 2, 4 or 8
        bytes each, of at least 64 rows.
        """
        return pairwise(&self.matrix)

    def concurrent_pairs(self):
        """The pairs of rows that are concurrent: an int64 array of (pairs, 2), i < j, sorted.

        As `pairwise`, but with 64 * n bytes instead of n * n.
        """
        return concurrent_pairs(&self.matrix)

    def happened_before(self, slots, /, *, packed=False):
        """Which events happened before which, where each row is the clock of an event, right after it: a bool array of
        (n, n), row i before row j. One look at a counter for each pair: far faster than `pairwise`.

        slots: the column of the replica where each event happened: an array of n ints. Row i is the clock of the event
            number `counts[i, slots[i]]` of that replica.
        packed: whether the answers are bits, the first in the lowest bit of a byte: as
            `np.packbits(answers, axis=1, bitorder="little")`.

        Right for the clocks of real events alone, each of which knows all that happened before the events that it knows;
        for arbitrary versions use `pairwise`. ValueError for an event without a count, one that comes twice, and a slot
        outside of 0 .. R-1.

        >>> ClockMatrix([[1, 0], [0, 1], [1, 2]]).happened_before([0, 1, 1]).tolist()
        [[False, False, True], [False, False, True], [False, False, False]]
        """
        cdef cnp.ndarray events = self.events_of(slots), own = self.array[np.arange(self.matrix.n), events]
        check_events(events, own)
        return happened_before(&self.matrix, events, own, bool(packed))

    cdef cnp.ndarray events_of(self, object slots):
        cdef cnp.ndarray events = ints_of(slots, "slots")
        if cnp.PyArray_DIM(events, 0) != <Py_ssize_t>self.matrix.n:
            raise ValueError(f"slots has {len(events)} entries: pass one for each of {self.matrix.n} rows")
        for i in np.flatnonzero((events < 0) | (events >= <Py_ssize_t>self.matrix.width))[:1]:
            raise ValueError(f"slots[{i}] is {events[i]}: pass a column, 0 .. {<Py_ssize_t>self.matrix.width - 1}")
        return events

    # ---- groups of rows ----

    def maximal(self, offsets=None, /):
        """Which rows nothing in their group is strictly after: the heads, or live siblings. A bool array of n; of equal rows
        the first alone is kept.

        offsets: where the groups begin, and the last one ends: an array of ints that begins with 0, ends with n and never
            falls, for ragged groups one after the other; None: all rows are one.

        Each row faces those that are maximal among the ones before it: linear where these are few. In F order a copy of the
        counters is made.
        """
        cdef cnp.ndarray groups = self.groups_of(offsets), rows = np.ascontiguousarray(self.array)
        cdef cnp.ndarray out = cnp.PyArray_ZEROS(1, <cnp.npy_intp *>&self.matrix.n, cnp.NPY_BOOL, 0)
        cdef size_t count = cnp.PyArray_DIM(groups, 0) - 1, group = 0, first = 0, last, end, len = 0, k, work
        cdef const int64_t *ends = <const int64_t *>cnp.PyArray_DATA(groups) + 1
        cdef uint8_t *kept = <uint8_t *>cnp.PyArray_DATA(out)
        cdef coterie_clock_matrix matrix = self.matrix
        cdef Storage room = Storage.allocate(np.diff(groups).max(initial=0) * sizeof(size_t))
        cdef size_t *found = <size_t *>room.data
        matrix.counts, matrix.by_columns = <const uint64_t *>cnp.PyArray_DATA(rows), False
        while group < count:
            work = 0
            with nogil:
                while group < count and work < WORK:
                    end = ends[group]
                    last = min(end, first + WORK // ((len + 1) * (matrix.width + 1)) + 1)
                    coterie_clock_matrix_maximal[LEVEL[0]](&matrix, first, last, found, &len)
                    work += (last - first) * (len + 1) * (matrix.width + 1) + 1
                    first = last
                    if last == end:
                        for k in range(len):
                            kept[found[k]] = True
                        group += 1
                        len = 0
            PyErr_CheckSignals()
        return out

    def merge_all(self, offsets=None, /):
        """What all rows know together, the greatest counter of each column: a uint64 array of R, or with `offsets`, as for
        `maximal`, of (groups, R). No rows know nothing. Linear, at the speed of memory."""
        cdef cnp.ndarray groups = self.groups_of(offsets)
        cdef size_t count = cnp.PyArray_DIM(groups, 0) - 1, group
        cdef cnp.ndarray out = np.zeros((count, self.matrix.width), np.uint64)
        cdef const int64_t *at = <const int64_t *>cnp.PyArray_DATA(groups)
        cdef uint64_t *counts = <uint64_t *>cnp.PyArray_DATA(out)
        with nogil:
            for group in range(count):
                if at[group] < at[group + 1]:
                    coterie_clock_matrix_most[LEVEL[0]](&self.matrix, at[group], at[group + 1],
                                                        counts + group * self.matrix.width)
        return out[0] if offsets is None else out

    def frontier(self):
        """What every row knows, the least counter of each column: a uint64 array of R. ValueError if there are no rows.
        Linear, at the speed of memory."""
        cdef cnp.ndarray out = empty(self.matrix.width, cnp.NPY_UINT64)
        if self.matrix.n == 0:
            raise ValueError("there are no rows: a frontier is what all of them know")
        with nogil:
            coterie_clock_matrix_least[LEVEL[0]](&self.matrix, 0, self.matrix.n, <uint64_t *>cnp.PyArray_DATA(out))
        return out

    cdef cnp.ndarray groups_of(self, object offsets):
        cdef cnp.ndarray groups
        cdef Py_ssize_t n = self.matrix.n
        if offsets is None:
            return np.array([0, n], np.int64)
        groups = ints_of(offsets, "offsets")
        if (cnp.PyArray_DIM(groups, 0) == 0 or groups[0] != 0 or groups[len(groups) - 1] != n
                or (groups[1:] < groups[:-1]).any()):
            raise ValueError(f"offsets do not tile the rows: they begin with 0, end with {n} and never fall")
        return groups

    def topological_order(self):
        """The rows in an order in which none comes before one that it is after: an int64 array of n, by the sum of their
        counters, and rows with equal sums as they stand. n log n."""
        cdef size_t n = self.matrix.n
        cdef cnp.ndarray low = empty(n, cnp.NPY_UINT64), high = empty(n, cnp.NPY_UINT64)
        with nogil:
            coterie_clock_matrix_sums[LEVEL[0]](&self.matrix, 0, n, <uint64_t *>cnp.PyArray_DATA(low),
                                                <uint64_t *>cnp.PyArray_DATA(high))
        if high.any():
            return np.lexsort((low, high)).astype(np.int64, copy=False)
        return np.argsort(low, kind="stable").astype(np.int64, copy=False)

    # ---- what it is ----

    @property
    def ids(self):
        """The replicas of the columns."""
        return self.names

    @property
    def shape(self):
        """The numbers of clocks and of replicas."""
        return <Py_ssize_t>self.matrix.n, <Py_ssize_t>self.matrix.width

    @property
    def counts(self):
        """The counters: a view that is read-only."""
        view = self.array.view()
        view.flags.writeable = False
        return view

    @property
    def nbytes(self):
        """The bytes of the counters."""
        return self.array.nbytes

    __hash__ = None

    def __eq__(self, other):
        if not isinstance(other, ClockMatrix):
            return NotImplemented
        return (self.kind == (<ClockMatrix>other).kind and self.names == (<ClockMatrix>other).names
                and np.array_equal(self.array, (<ClockMatrix>other).array))

    def __repr__(self):
        return f"<{type(self).__name__} of {self.matrix.n} clocks, {self.matrix.width} replicas>"

    # ---- copies and bytes ----

    def copy(self):
        """Itself: it never changes."""
        return self

    def __copy__(self):
        return self

    def __deepcopy__(self, memo):
        return self

    def __reduce__(self):
        return type(self), (self.counts, self.names), self.__getstate__()

    cdef Storage encode(self):
        return matrix_to_storage(self.array, self.names, self.kind)

    def to_bytes(self):
        """The matrix as bytes; equal matrices have equal bytes, in whatever order theirs lie in memory."""
        return bytes(memoryview(self.encode()))

    @classmethod
    def from_bytes(cls, data, /):
        """The matrix that `to_bytes` or `save` wrote. data: any contiguous buffer, which is used in place if it begins at a
        multiple of 64 bytes. DecodeError if the bytes are anything else: all are checked."""
        return matrix_of_storage(cls, Storage.borrow(data))

    def save(self, path, /):
        """Write the matrix to a file, which is replaced as a whole or not at all."""
        replace(path, self.encode())

    @classmethod
    def open(cls, path, /):
        """The matrix of a file that `save` wrote, mapped: in memory once for all processes. DecodeError if the file is
        anything else: all of it is checked."""
        return matrix_of_storage(cls, Storage.map(path))


cdef int check_events(object events, object own) except -1:
    order = np.lexsort((own, events))
    same = (np.diff(events[order]) == 0) & (own[order][1:] == own[order][:-1])
    for i in np.flatnonzero(own == 0)[:1]:
        raise ValueError(f"row {i} counts no event in column {events[i]}: it is not the clock of one")
    for at in np.flatnonzero(same)[:1]:
        raise ValueError(f"rows {order[at]} and {order[at + 1]} are clocks of one event: pass each once")
    return 0
