# cython: binding=False, embedsignature=True, embedsignature.format=clinic, autotestdict=False
# cython: freethreading_compatible=True, boundscheck=False, wraparound=False, cdivision=True
"""Bloom filters that forget."""

cimport cython

from cpython.float cimport PyFloat_AsDouble
from libc.math cimport INFINITY, isfinite, log, log1p, sqrt
from libc.stdint cimport uint8_t, uint32_t, uint64_t
from posix.time cimport CLOCK_MONOTONIC, clock_gettime, timespec

from coterie._core cimport Storage, check_int, check_key, check_seed, cpu_level_address, shown
from coterie.filters._bloom cimport COTERIE_BLOOM_BYTES
from coterie.filters._filter cimport (
    FROZEN, OWN, PyThread_acquire_lock, PyThread_release_lock, check_rate, filter_salt, register,
)
from coterie.filters._sliced cimport (
    COTERIE_SLICE_MOST_KEYS, Moment, Sliced, coterie_slice, coterie_slices, coterie_slices_refresh,
    coterie_slices_refresh_one, coterie_slices_union, let_go,
)

import time
import warnings
from datetime import timedelta

from coterie._errors import CapacityWarning
from coterie.filters._filter import unpickled

cdef extern from "coterie/container.h":
    int COTERIE_KIND_ROTATING

cdef extern from "coterie/filters/rotating.h" nogil:
    enum:
        COTERIE_ROTATING_MOST_GENERATIONS
        COTERIE_CLOCK_NONE
        COTERIE_CLOCK_WALL
        COTERIE_CLOCK_OWN
    ctypedef struct coterie_rotation:
        int drop
        int begin
    int coterie_rotating_slice(const coterie_rotating *filter, coterie_slice *slice)
    coterie_rotation coterie_rotating_turn(const coterie_rotating *filter, coterie_slices *slices, double now, int full)
    void coterie_rotating_write(uint8_t *parameters, const coterie_rotating *filter)
    uint32_t coterie_rotating_clock(const uint8_t *parameters)
    int coterie_rotating_read(const uint8_t *parameters, const coterie_slices *slices, coterie_rotating *filter)

cdef const int *LEVEL = cpu_level_address()


@cython.auto_pickle(False)
cdef class RotatingBloomFilter(Sliced):
    """RotatingBloomFilter(capacity, fpr=0.01, *, window=None, generations=2, clock=None, seed=0, key=None)\n--\n
    Whether a key was added lately: a Bloom filter that forgets, for finding what comes twice in a stream without end.

    capacity: how many keys the promise holds for, 1 .. 2**40: without a window the filter remembers the last `capacity`
        keys; with it, at most so many are expected to come in any window.
    fpr: the promise: of keys that it does not remember, the share that is said to be there; 1e-12 .. 1, both not
        included.
    window: how long keys are remembered: seconds, or a timedelta; None: until others have come.
    generations: into how many parts the window is divided, 1 .. 16. More means that keys are forgotten more exactly,
        and more slices to look into.
    clock: what says the time, in the units of `window`, as a function without arguments; None: the system's monotonic
        clock, in seconds. Pass `time.time` or that of your messages if keys come with their own time.
    seed, key: as for `BloomFilter`.

    Without a window: a key is found until `capacity` more were added, and forgotten at the latest once
    capacity * (1 + 1 / generations) were. Of keys that come again within one generation, one counts.

    With a window: a key is found for at least as long as the window, whatever comes, and forgotten at the latest after
    window * (1 + 1 / generations). A batch counts as one moment, when it ends. The rate is kept if no more than
    `capacity` keys come in any window, however they are spread over it. If more come, nothing is forgotten early:
    memory grows with them and so does the rate, which `estimated_fpr` tells; the first time gives a CapacityWarning.
    From 64 generations on, memory stays as it is and the rate rises faster. A clock that steps back stands still until
    it has caught up: keys stay longer, never shorter.

    Adding a key again makes it young again. `add_new` is what a consumer asks for each message that may come twice: add
    it, and say whether it is new. On any number of threads it says so to one of those who add the same key at the same
    time.

    A generation is a Bloom filter for capacity / generations keys, which errs at most with fpr / (generations + 1);
    generations + 1 are kept. Bits for each key of the capacity at 1e-2: 24 with one generation, 20 with two, 18 with
    four; at 1e-6: 72, 56 and 49.

    In bytes and files with a window, keys have the time of the wall clock, by which they age until they are read; with
    a clock of your own, its time, by which they age then.

    >>> from coterie import RotatingBloomFilter
    >>> seen = RotatingBloomFilter(1_000_000, 0.001, window=600)
    >>> seen.add_new("message 1"), seen.add_new("message 2"), seen.add_new("message 1")
    (True, True, False)
    """

    def __cinit__(self):
        cdef coterie_rotating shape
        cdef coterie_slice slice
        self._add_one, self._add_many = coterie_slices_refresh_one, coterie_slices_refresh
        shape.capacity, shape.generations, shape.clock, shape.fpr, shape.window = 1, 1, COTERIE_CLOCK_NONE, 0.01, 0
        self._shape = shape
        coterie_rotating_slice(&self._shape, &self._empty)
        self._capacity, self._fpr = 1, 0.01
        slice = self._empty
        self.replace((self.bits_for(&slice),), &slice)

    def __init__(self, capacity, fpr=0.01, *, window=None, generations=2, clock=None, seed=0, key=None):
        cdef coterie_rotating shape
        cdef coterie_slice empty, slice
        cdef tuple storages, before
        cdef uint64_t number
        cdef uint64_t secret[2]
        cdef double now
        cdef bint possible
        shape.capacity = check_int(capacity, "capacity", 1, COTERIE_SLICE_MOST_KEYS, "1 .. 2**40 keys")
        shape.fpr = check_rate(fpr)
        shape.window = check_window(window)
        shape.generations = check_int(generations, "generations", 1, COTERIE_ROTATING_MOST_GENERATIONS, "1 .. 16")
        shape.clock = check_clock(clock, shape.window)
        number = check_seed(seed)
        with nogil:
            possible = coterie_rotating_slice(&shape, &empty)
        if not possible:
            raise ValueError(f"capacity is {capacity} at fpr {fpr} in {generations} generations: each would need a promise that "
                             "64-bit digests do not keep, or more than 64 GiB")
        secret[0] = secret[1] = 0
        if key is not None:
            check_key(key, secret)
        now = 0
        if shape.window:
            now = monotonic() if clock is None else reading_of(clock)
        slice = empty
        slice.first = slice.last = now
        storages = (self.bits_for(&slice),)
        slice.bloom.salt = filter_salt(number)
        with cython.critical_section(self):
            before = self.replace(storages, &slice)
            self._seed, self._salt = number, slice.bloom.salt
            self._keyed, self._secret[0], self._secret[1] = key is not None, secret[0], secret[1]
            self._shape, self._empty = shape, empty
            self._capacity, self._fpr, self._window = shape.capacity, shape.fpr, shape.window
            self._part, self._clock = shape.window / shape.generations, clock
            self._where, self._over, self._warned = OWN, False, False
        let_go(before)

    # ---- one key: here, since inherited methods are called more slowly ----

    def add(self, key, /):
        """Add a key, or make it young again. key: str, bytes or int, see `coterie.digest`."""
        self.put(key)

    def add_new(self, key, /):
        """Add a key, or make it young again; True if it was certainly not remembered, False if it was or seemed to be."""
        return self.put(key)

    def contains(self, key, /):
        """Whether a key may have been added within the window; the same as `key in filter`."""
        return self.has(key)

    # ---- generations ----

    cdef int turn(self, const Moment *moment, bint full) except -1:
        cdef tuple before = self._storages
        cdef coterie_rotation turn
        cdef coterie_slice slice
        cdef coterie_slice *newest
        cdef Storage storage = None
        cdef uint64_t keys = 0
        cdef double now
        cdef int i
        PyThread_acquire_lock(self._lock, 1)
        newest = &self._slices.at[self._slices.count - 1]
        now = self.time_of(moment)
        if self._busy:  # what a batch adds now has its moment when that ends
            newest.last = now
        turn = coterie_rotating_turn(&self._shape, &self._slices, now, full)
        for i in range(turn.drop, self._slices.count):
            keys += self._slices.at[i].keys
        PyThread_release_lock(self._lock)
        if self._window and keys > self._capacity + self._empty.capacity:
            self._over = True
        if turn.begin:
            slice = self._empty
            slice.first = slice.last = now
            storage = self.bits_for(&slice)
            self.commit(before, turn.drop, storage, &slice)
        elif turn.drop:
            self.commit(before, turn.drop, None, NULL)
        return 0

    def rotate(self):
        """End the newest generation, whether it is full or not, and begin another one. With a window it goes on if it
        has no key yet.

        Without a window the oldest is forgotten if there are more than `generations` others, so that who calls this
        every hour remembers the keys of the last `generations` hours, if they are not more than `capacity`.
        """
        cdef Moment moment
        self.ask(&moment)
        with cython.critical_section(self):
            if self._where == FROZEN:
                self.unshare()
            self.turn(&moment, True)

    def clear(self):
        """Forget all keys, and what time it was: a clock that stepped back goes on."""
        cdef coterie_slice slice
        cdef tuple before
        cdef Moment moment
        self.ask(&moment)
        if self._where == FROZEN:
            self.unshare()
        with cython.critical_section(self):
            self._over = self._warned = False
            while True:
                before, slice = self._storages, self._empty
                if moment.beginning != self._beginnings:
                    moment.now = self.time_of(&moment)
                slice.first = slice.last = moment.now
                if self.commit(before, len(before), self.bits_for(&slice), &slice):
                    return

    cdef int notice(self) except -1:
        if not self._over or self._warned:
            return 0
        self._warned = True
        warnings.warn(f"more than {self._capacity} keys came in {self._window} s: the filter takes more memory and errs more "
                      "often than promised, see estimated_fpr()", CapacityWarning, stacklevel=1)
        return 0

    # ---- time ----

    cdef int ask_clock(self, Moment *moment) except -1:
        cdef bint ticks
        with cython.critical_section(self):
            clock, ticks, moment.beginning = self._clock, self._window != 0, self._beginnings
        if ticks:
            moment.now = monotonic() if clock is None else reading_of(clock)
        return 0

    cdef int write_moments(self, coterie_slices *slices, const uint8_t *parameters) except -1:
        # The wall clock means the same to everyone.
        cdef double ahead
        cdef int i
        if coterie_rotating_clock(parameters) == COTERIE_CLOCK_WALL:
            ahead = time.time() - monotonic()
            for i in range(slices.count):
                slices.at[i].first += ahead
                slices.at[i].last += ahead
        return 0

    cdef int resume(self, object clock) except -1:
        # Goes on with the moments of stored bytes.
        cdef double ahead, now
        cdef coterie_slice *slice
        cdef int i
        if self._shape.clock == COTERIE_CLOCK_OWN:
            if clock is None:
                raise ValueError("the filter was made with a clock: pass it as clock")
            check_clock(clock, self._window)
            self._clock = clock
            return 0
        if clock is not None:
            raise ValueError("the filter was made without a clock: leave clock out")
        if self._shape.clock == COTERIE_CLOCK_WALL:
            now = monotonic()
            ahead = time.time() - now
            for i in range(self._slices.count):
                slice = &self._slices.at[i]
                slice.first, slice.last = min(slice.first - ahead, now), min(slice.last - ahead, now)
        return 0

    # ---- what it is, and how full ----

    @property
    def window(self):
        """How long keys are remembered; None: until `capacity` others have come."""
        return self._window or None

    @property
    def generations(self):
        """Into how many parts the window is divided."""
        return self._shape.generations

    @property
    def bits_per_key(self):
        """The bits for each key of the capacity, once all generations are there."""
        return 8.0 * COTERIE_BLOOM_BYTES * self._empty.bloom.blocks * (self._shape.generations + 1) / self._capacity

    def approx_len(self):
        """About how many distinct keys are remembered, judged by the bits that are set. Linear in `nbytes`.

        Within a few percent, where bits of all generations together can tell: in small filters of many generations,
        keys that came again are counted once for each generation.
        """
        cdef coterie_slices slices
        cdef int start, i
        cdef double bits, unset, load, keys, most = 0
        storages = self.see(&slices, &start)  # lives until the end
        for i in range(start, slices.count):
            most += slices.at[i].keys
        if most == 0:
            return 0
        bits = 8.0 * COTERIE_BLOOM_BYTES * slices.at[start].bloom.blocks
        with nogil:
            unset = bits - coterie_slices_union(&slices, start, LEVEL[0])
        if unset == 0:
            return <uint64_t>most
        # The chance that a word sets a certain bit, one of those of its lane in all blocks; and the spread of the
        # estimate.
        load = log(bits / unset)
        keys = load / -log1p(-8 / bits) * 8 / slices.at[start].bloom.probes
        if sqrt(bits * (bits / unset - 1 - load)) / slices.at[start].bloom.probes > 0.05 * keys + 2:
            return <uint64_t>most
        return <uint64_t>(min(keys, most) + 0.5)

    def __repr__(self):
        lasts = f" in {self._window} s" if self._window else ""
        return f"<{type(self).__name__} for {self._capacity} keys{lasts} at {self._fpr}>"

    # ---- its state ----

    cdef int kind(self) noexcept:
        return COTERIE_KIND_ROTATING

    cdef bint like(self, Sliced other):
        return Sliced.like(self, other) and self._shape.generations == (<RotatingBloomFilter>other)._shape.generations

    cdef void take_parameters(self, Sliced other) noexcept:
        cdef RotatingBloomFilter filter = <RotatingBloomFilter>other
        self._shape, self._empty = filter._shape, filter._empty
        self._clock = filter._clock
        self._over, self._warned = filter._over, filter._warned

    cdef void write_parameters(self, uint8_t *parameters) noexcept:
        coterie_rotating_write(parameters, &self._shape)

    cdef bint read_parameters(self, const uint8_t *parameters, const coterie_slices *slices, uint64_t count) noexcept:
        cdef coterie_rotating shape
        shape.capacity = count
        if not coterie_rotating_read(parameters, slices, &shape):
            return False
        self._shape, self._capacity, self._fpr, self._window = shape, shape.capacity, shape.fpr, shape.window
        self._part = shape.window / shape.generations
        self._empty = slices.at[0]
        self._empty.keys, self._empty.first, self._empty.last = 0, 0, 0
        self._empty.capacity = (shape.capacity + shape.generations - 1) // shape.generations
        return True

    def __reduce_ex__(self, protocol):
        cdef RotatingBloomFilter still = RotatingBloomFilter.__new__(RotatingBloomFilter)
        still.share(self)
        _, (_, *arguments), _ = Sliced.__reduce_ex__(still, protocol)
        return (resumed, (still._clock, type(self), *arguments), self.__getstate__())

    @classmethod
    def from_bytes(cls, data, /, *, key=None, clock=None):
        """The filter that `to_bytes` or `save` wrote.

        data: any contiguous buffer; it is copied unless it is read-only.
        key, clock: those of the filter, if it has them; ValueError for another key.

        DecodeError if the bytes are anything else: all are checked.
        """
        return with_clock(super(RotatingBloomFilter, cls).from_bytes(data, key=key), clock)

    @classmethod
    def open(cls, path, /, mode="r", *, key=None, clock=None):
        """The filter of a file that `save` wrote, mapped: in constant time, and in memory once for all processes.

        mode: "r": nobody changes it, and whoever tries gets a ValueError; time goes on, and keys are forgotten. "c":
            changes are private and not written; the newest generation is copied before the first of them. There is no
            "r+": while generations come and go, a filter does not stay in the room that its file has.
        key, clock: those of the filter, if it has them; ValueError for another key.

        DecodeError if the header or the parameters are not those of such a filter; whether the rest is whole, `verify`
        says. A file that others cut short under a map ends the process, as with any map: `save` never does that, but
        replaces the file.
        """
        check_mode(mode)
        return with_clock(super(RotatingBloomFilter, cls).open(path, mode, key=key), clock)

    @classmethod
    def from_buffer(cls, buffer, /, *, key=None, clock=None):
        """A filter in memory that others share, such as `multiprocessing.shared_memory`, where the bytes of `to_bytes`
        were put. In constant time, as `open` with mode "r": nobody changes it.

        buffer: begins at a multiple of 64 bytes, and may be longer than the filter. It is not copied, and held while
            the filter lives.
        key, clock: those of the filter, if it has them; ValueError for another key.

        ValueError if it begins elsewhere.
        """
        return with_clock(super(RotatingBloomFilter, cls).from_buffer(memoryview(buffer).toreadonly(), key=key), clock)


register(RotatingBloomFilter)


cdef object with_clock(RotatingBloomFilter filter, object clock):
    filter.resume(clock)
    return filter


def resumed(clock, cls, data, key=None, /):
    return with_clock(unpickled(cls, data, key), clock)


cdef double monotonic() noexcept:
    cdef timespec time
    clock_gettime(CLOCK_MONOTONIC, &time)
    return time.tv_sec + 1e-9 * time.tv_nsec


cdef double reading_of(object clock) except? -1:
    cdef double reading
    said = clock()
    try:
        reading = PyFloat_AsDouble(said)
    except (TypeError, OverflowError) as error:
        raise type(error)(f"clock says {shown(said)}: it has to say a number of 64 bits") from None
    if not isfinite(reading):
        raise ValueError(f"clock says {reading}: it has to say a finite number")
    return reading


# ---- arguments ----

cdef int check_mode(object mode) except -1:
    if mode == "r+":
        raise ValueError('mode is "r+": a filter whose generations come and go does not stay in its file; pass "c" and save it')
    if mode not in ("r", "c"):
        raise ValueError(f'mode is {shown(mode)}: pass "r" or "c"')
    return 0


cdef double check_window(object window) except -1:
    cdef double seconds
    if window is None:
        return 0
    try:
        seconds = PyFloat_AsDouble(window.total_seconds() if isinstance(window, timedelta) else window)
    except TypeError:
        raise TypeError(f"window is a {type(window).__name__}: pass seconds, a timedelta or None") from None
    except OverflowError:  # of an int
        seconds = INFINITY
    if not (seconds > 0 and isfinite(seconds)):
        raise ValueError(f"window is {shown(window)}: pass a time above 0")
    return seconds


cdef int check_clock(object clock, double window) except -1:
    if clock is None:
        return COTERIE_CLOCK_WALL if window else COTERIE_CLOCK_NONE
    if not window:
        raise ValueError("clock is given without a window: it would have no use")
    if not callable(clock):
        raise TypeError(f"clock is a {type(clock).__name__}: pass a function that says the time")
    return COTERIE_CLOCK_OWN
