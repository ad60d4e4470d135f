# cython: binding=False, embedsignature=True, embedsignature.format=clinic, autotestdict=False
# cython: freethreading_compatible=True, boundscheck=False, wraparound=False, cdivision=True
"""Bloom filters that grow."""

cimport cython

from cpython.float cimport PyFloat_AsDouble
from libc.stdint cimport uint8_t, uint64_t

from coterie._core cimport Storage, check_int, check_key, check_seed, shown
from coterie.filters._filter cimport FROZEN, OWN, check_rate, filter_salt, register
from coterie.filters._sliced cimport (
    COTERIE_SLICE_MOST_KEYS, Moment, Sliced, let_go, coterie_slice, coterie_slices, coterie_slices_add, coterie_slices_add_one,
    coterie_slices_distinct,
)

from coterie._errors import CapacityError

cdef extern from "coterie/container.h":
    int COTERIE_KIND_SCALABLE

cdef extern from "coterie/filters/scalable.h" nogil:
    enum: COTERIE_SCALABLE_MOST_GROWTH
    int coterie_scalable_slice(const coterie_scalable *filter, int i, coterie_slice *slice)
    void coterie_scalable_write(uint8_t *parameters, const coterie_scalable *filter)
    int coterie_scalable_read(const uint8_t *parameters, const coterie_slices *slices, coterie_scalable *filter)


@cython.auto_pickle(False)
cdef class ScalableBloomFilter(Sliced):
    """ScalableBloomFilter(capacity=1024, fpr=0.01, *, growth=2, tightening=0.85, seed=0, key=None)\n--\n
    A Bloom filter that grows with its keys, for when their number is not known; it keeps its promise at every size.

    capacity: of the first slice, 1 .. 2**40 distinct keys.
    fpr: the promise: of keys that were not added, the share that is said to be there, however many were; 1e-12 .. 1,
        both not included.
    growth: how many times more keys each slice is for than the one before, 2 .. 16. More means fewer slices to look
        into, and more memory that is not in use yet.
    tightening: how much less often each slice errs than the one before; above 0, below 1. Slice i errs at most with
        fpr * (1 - tightening) * tightening**i, which adds up to fpr. Less takes fewer bits while there are few slices.
    seed, key: as for `BloomFilter`.

    When a slice has as many keys as it is for, the next one is begun. A key that a slice already has, or seems to have,
    is not added again. Bits per key of all slices' capacity at 1e-2: 15.8 at first, 16.4 after 10 times the first
    capacity, 18 after 1000 times, 20 after 10**5 times; at 1e-6: 41, 42, 46 and 51. While the newest slice is filling
    up, its room is there too: up to twice as many bits per key, with growth 2. A `BloomFilter` made for the final
    number takes 10.5 and 34, and looks into one slice: prefer it if you know the number.

    A key is looked for in all slices, the newest first. When a further slice cannot be had, adding a new key raises:
    MemoryError if there is no memory, CapacityError if it would take more than 64 GiB or more precision than 64-bit
    digests have; what is there stays. There is no union: that of two filters would err twice as often as was promised.
    Two filters are equal if their slices are, and so they depend on the order in which keys came.

    Any number of threads may read and write at the same time; what was added before a call is seen by it.

    Almeida, Baquero, Preguica and Hutchison, "Scalable Bloom Filters", 2007.

    >>> from coterie import ScalableBloomFilter
    >>> seen = ScalableBloomFilter(1000, 0.01)
    >>> seen.update(range(10_000))
    >>> seen.slices, seen.capacity, 9_999 in seen
    (4, 15000, True)
    """

    def __cinit__(self):
        cdef coterie_slice slice
        self._add_one, self._add_many = coterie_slices_add_one, coterie_slices_add
        self._shape.capacity, self._shape.growth, self._shape.fpr, self._shape.tightening = 1, 2, 0.01, 0.85
        coterie_scalable_slice(&self._shape, 0, &slice)
        self._capacity, self._fpr = 1, 0.01
        self.replace((self.bits_for(&slice),), &slice)

    def __init__(self, capacity=1024, fpr=0.01, *, growth=2, tightening=0.85, seed=0, key=None):
        cdef coterie_scalable shape
        cdef coterie_slice slice
        cdef uint64_t number
        cdef uint64_t secret[2]
        cdef bint possible
        cdef tuple storages, before
        shape.capacity = check_int(capacity, "capacity", 1, COTERIE_SLICE_MOST_KEYS, "1 .. 2**40 keys")
        shape.fpr = check_rate(fpr)
        shape.growth = check_int(growth, "growth", 2, COTERIE_SCALABLE_MOST_GROWTH, "2 .. 16")
        shape.tightening = check_tightening(tightening)
        number = check_seed(seed)
        with nogil:
            possible = coterie_scalable_slice(&shape, 0, &slice)
        if not possible:
            raise ValueError(f"capacity is {capacity} at fpr {fpr} with tightening {tightening}: the first slice would need a "
                             "promise that 64-bit digests do not keep, or more than 64 GiB")
        secret[0] = secret[1] = 0
        if key is not None:
            check_key(key, secret)
        storages = (self.bits_for(&slice),)
        slice.bloom.salt = filter_salt(number)
        with cython.critical_section(self):
            before = self.replace(storages, &slice)
            self._seed, self._salt = number, slice.bloom.salt
            self._keyed, self._secret[0], self._secret[1] = key is not None, secret[0], secret[1]
            self._shape, self._capacity, self._fpr = shape, shape.capacity, shape.fpr
            self._where = OWN
        let_go(before)

    # ---- one key: here, since inherited methods are called more slowly ----

    def add(self, key, /):
        """Add a key. key: str, bytes or int, see `coterie.digest`."""
        self.put(key)

    def add_new(self, key, /):
        """Add a key; True if it was certainly not there before, False if it was or seemed to be."""
        return self.put(key)

    def contains(self, key, /):
        """Whether a key may have been added; the same as `key in filter`."""
        return self.has(key)

    # ---- slices ----

    cdef int turn(self, const Moment *moment, bint full) except -1:
        cdef coterie_scalable shape = self._shape
        cdef tuple before = self._storages
        cdef coterie_slice slice
        cdef int count = self._slices.count
        cdef bint possible
        if not full:
            return 0
        with nogil:
            possible = coterie_scalable_slice(&shape, count, &slice)
        if not possible:
            raise CapacityError(f"{count} slices for {self.capacity} keys are full, and no further one can be had: make the "
                                "filter with a larger capacity or fpr")
        self.commit(before, 0, self.bits_for(&slice), &slice)
        return 0

    def clear(self):
        """Remove all keys, and all slices but a first one."""
        cdef coterie_scalable shape
        cdef coterie_slice slice
        cdef tuple before
        if self._where == FROZEN:
            self.unshare()
        with cython.critical_section(self):
            while True:
                before, shape = self._storages, self._shape
                coterie_scalable_slice(&shape, 0, &slice)
                if self.commit(before, len(before), self.bits_for(&slice), &slice):
                    return

    # ---- what it is, and how full ----

    @property
    def capacity(self):
        """How many distinct keys the slices that there are now are for."""
        cdef coterie_slices slices
        cdef uint64_t keys = 0
        cdef int start, i
        self.see(&slices, &start)
        for i in range(slices.count):
            keys += slices.at[i].capacity
        return keys

    @property
    def growth(self):
        """How many times more keys each slice is for than the one before."""
        return self._shape.growth

    @property
    def tightening(self):
        """How much less often each slice errs than the one before."""
        return self._shape.tightening

    @property
    def slices(self):
        """How many slices there are now."""
        return self._slices.count

    @property
    def bits_per_key(self):
        """The bits for each key of the capacity."""
        return 8.0 * self.nbytes / self.capacity

    def approx_len(self):
        """About how many distinct keys were added. Linear in `nbytes`.

        Keys are counted when they are added; those that seemed to be there are made up for by the rates of the slices.
        """
        cdef coterie_slices slices
        cdef int start
        cdef double keys
        storages = self.see(&slices, &start)  # lives until the end
        with nogil:
            keys = coterie_slices_distinct(&slices)
        return <uint64_t>(keys + 0.5)

    def __repr__(self):
        return (f"<{type(self).__name__} of {self.slices} slice{'' if self.slices == 1 else 's'} for {self.capacity} keys at "
                f"{self._fpr}>")

    # ---- its state ----

    cdef int kind(self) noexcept:
        return COTERIE_KIND_SCALABLE

    cdef bint like(self, Sliced other):
        cdef const coterie_scalable *shape
        if not Sliced.like(self, other):
            return False
        shape = &(<ScalableBloomFilter>other)._shape
        return self._shape.growth == shape.growth and self._shape.tightening == shape.tightening

    cdef void take_parameters(self, Sliced other) noexcept:
        self._shape = (<ScalableBloomFilter>other)._shape

    cdef void write_parameters(self, uint8_t *parameters) noexcept:
        coterie_scalable_write(parameters, &self._shape)

    cdef bint read_parameters(self, const uint8_t *parameters, const coterie_slices *slices, uint64_t count) noexcept:
        cdef coterie_scalable shape
        shape.capacity = count
        if not coterie_scalable_read(parameters, slices, &shape):
            return False
        self._shape, self._capacity, self._fpr = shape, shape.capacity, shape.fpr
        return True

    @classmethod
    def open(cls, path, /, mode="r", *, key=None):
        """The filter of a file that `save` wrote, mapped: in constant time, and in memory once for all processes.

        mode: "r": nobody changes it, and whoever tries gets a ValueError. "c": changes are private and not written; the
            newest slice is copied before the first of them. There is no "r+": a filter that grows does not stay in the
            room that its file has, and others who mapped it would not see the new slices.
        key: that of the filter, if it has one; ValueError for another.

        DecodeError if the header or the parameters are not those of such a filter; whether the rest is whole, `verify`
        says. A file that others cut short under a map ends the process, as with any map: `save` never does that, but
        replaces the file.
        """
        check_mode(mode)
        return super(ScalableBloomFilter, cls).open(path, mode, key=key)

    @classmethod
    def from_buffer(cls, buffer, /, *, key=None):
        """A filter in memory that others share, such as `multiprocessing.shared_memory`, where the bytes of `to_bytes`
        were put. In constant time, as `open` with mode "r": nobody changes it.

        buffer: begins at a multiple of 64 bytes, and may be longer than the filter. It is not copied, and held while
            the filter lives.

        ValueError if it begins elsewhere.
        """
        return super(ScalableBloomFilter, cls).from_buffer(memoryview(buffer).toreadonly(), key=key)


register(ScalableBloomFilter)


cdef int check_mode(object mode) except -1:
    if mode == "r+":
        raise ValueError('mode is "r+": a filter that grows does not stay in its file; pass "c" and save it')
    if mode not in ("r", "c"):
        raise ValueError(f'mode is {shown(mode)}: pass "r" or "c"')
    return 0


cdef double check_tightening(object tightening) except -1:
    cdef double ratio
    try:
        ratio = PyFloat_AsDouble(tightening)
    except TypeError:
        raise TypeError(f"tightening is a {type(tightening).__name__}: pass a number between 0 and 1") from None
    except OverflowError:  # of an int
        ratio = 2
    if not 0 < ratio < 1:
        raise ValueError(f"tightening is {shown(tightening)}: pass a number between 0 and 1")
    return ratio
