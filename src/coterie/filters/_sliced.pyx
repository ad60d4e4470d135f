# cython: binding=False, embedsignature=True, embedsignature.format=clinic, autotestdict=False
# cython: freethreading_compatible=True, boundscheck=False, wraparound=False, cdivision=True
"""Filters that are a list of Bloom filters."""

cimport cython

from libc.stdint cimport uint8_t, uint64_t
from libc.string cimport memcmp, memcpy, memmove, memset

from coterie._core cimport BOOL, Container, Storage, cpu_level_address, pack_header
from coterie._stored cimport Stored
from coterie.filters._bloom cimport COTERIE_BLOOM_BYTES
from coterie.filters._filter cimport (
    COTERIE_CONTAINER_HEADER, FROZEN, OWN, PyThread_acquire_lock, PyThread_release_lock, check_of, is_far, parameters_of,
)
from coterie.filters._mutable cimport Batch, MutableFilter

from coterie._errors import DecodeError

cdef extern from "coterie/base.h" nogil:
    void coterie_store64(void *p, uint64_t x)

cdef extern from "coterie/filters/parameters.h" nogil:
    enum:
        COTERIE_FILTER_CHECK
        COTERIE_FILTER_ADDS
        COTERIE_FILTER_PARAMETERS
    void coterie_parameters_seal(uint8_t *parameters)

cdef extern from "coterie/filters/slices.h" nogil:
    int coterie_slices_has(const coterie_slices *slices, int start, uint64_t digest, int level)
    void coterie_slices_contains(const coterie_slices *slices, int start, const uint64_t *digests, size_t n, uint8_t *out,
                                 int level)
    uint64_t coterie_slices_bytes(const coterie_slices *slices)
    double coterie_slices_rate(const coterie_slices *slices, int start)
    uint64_t coterie_slices_size(const coterie_slices *slices)
    void coterie_slices_write(uint8_t *payload, const coterie_slices *slices)
    int coterie_slices_read(const uint8_t *payload, uint64_t len, coterie_slices *slices)

cdef extern from "coterie/filters/rotating.h" nogil:
    int coterie_rotating_expired(const coterie_slices *slices, double window, double now)
    bint coterie_rotating_due(const coterie_slices *slices, double window, double part, double now)

cdef const int *LEVEL = cpu_level_address()


# What a batch that asks needs to know.
cdef struct View:
    coterie_slices slices
    int start


cdef void contains_sink(void *ctx, const uint64_t *digests, size_t n, void *out) noexcept nogil:
    cdef View *view = <View *>ctx
    coterie_slices_contains(&view.slices, view.start, digests, n, <uint8_t *>out, LEVEL[0])


cdef void add_sink(void *ctx, const uint64_t *digests, size_t n, void *out) noexcept nogil:
    cdef Work *work = <Work *>ctx
    cdef uint8_t *new = <uint8_t *>out
    cdef size_t done = 0, known = n  # a key that has to wait for room, and is in a slice that may be dropped for that
    while not work.stopped:
        PyThread_acquire_lock(work.lock, 1)
        if work.mine[0]:
            done += work.add(work.slices, digests + done, n - done, new + done if new is not NULL else NULL, LEVEL[0])
            if known < done:
                if new is not NULL:
                    new[known] = 0
                known = n
            if done < n and coterie_slices_has(work.slices, 0, digests[done], LEVEL[0]):
                known = done
        PyThread_release_lock(work.lock)
        if done == n:
            return
        with gil:
            make_room(work)


cdef void make_room(Work *work) noexcept:
    cdef Sliced filter = <Sliced>work.filter
    cdef Moment moment
    try:
        filter.ask(&moment)
        with cython.critical_section(filter):
            if filter._mine:
                filter.turn(&moment, is_full(filter))
            filter.unshare()
    except BaseException as error:
        (<list>work.errors).append(error)
        work.stopped = True


cdef bint is_full(Sliced filter) noexcept:
    cdef const coterie_slice *newest = &filter._slices.at[filter._slices.count - 1]
    return newest.keys >= newest.capacity


cdef int let_go(tuple storages) except -1:
    for storage in storages:
        (<Storage>storage).drop()
    return 0


cdef size_t size_of(const coterie_slice *slice) noexcept nogil:
    return slice.bloom.blocks * COTERIE_BLOOM_BYTES


@cython.final
@cython.auto_pickle(False)
cdef class SlicedBatch(Batch):
    pass


@cython.auto_pickle(False)
cdef class Sliced(MutableFilter):
    """A filter that is a list of Bloom filters. Not made by itself."""

    def __cinit__(self):
        self._storage, self._storages = NONE.share(), ()

    def __dealloc__(self):
        if <void *>self._storages is not NULL and self._storages is not None:  # NULL: the base could not be made
            let_go(self._storages)

    # ---- for subclasses to define ----

    cdef void write_parameters(self, uint8_t *parameters) noexcept:
        pass

    cdef bint read_parameters(self, const uint8_t *parameters, const coterie_slices *slices, uint64_t count) noexcept:
        return False

    cdef void take_parameters(self, Sliced other) noexcept:
        pass

    cdef int write_moments(self, coterie_slices *slices, const uint8_t *parameters) except -1:
        return 0

    cdef bint like(self, Sliced other):
        return (self.kind() == other.kind() and self._capacity == other._capacity and self._fpr == other._fpr
                and self._window == other._window and self._seed == other._seed and self._keyed == other._keyed
                and memcmp(self._secret, other._secret, sizeof(self._secret)) == 0)

    cdef int ask_clock(self, Moment *moment) except -1:
        return 0

    cdef int turn(self, const Moment *moment, bint full) except -1:
        raise TypeError(f"{type(self).__name__} is only a base: make a ScalableBloomFilter, say")

    # ---- slices ----

    cdef Storage bits_for(self, coterie_slice *slice):
        # Memory for the bits of an empty slice of the filter, which is told of it.
        cdef Storage storage = Storage.zeros(size_of(slice))
        slice.bloom.bits = <uint8_t *>storage.data
        self.settle(slice)
        return storage

    cdef void settle(self, coterie_slice *slice) noexcept:
        slice.bloom.salt = self._salt
        slice.bloom.far = is_far(size_of(slice))

    cdef bint commit(self, tuple before, int drop, Storage storage, const coterie_slice *slice) except -1:
        # Drops slices from the oldest on and appends one, unless the slices are not those of before any more; whether
        # it did. Without a storage none is appended.
        cdef tuple after = before[drop:]
        cdef coterie_slice *newest
        cdef bint same
        cdef int kept
        if storage is not None:
            after += (storage,)
        PyThread_acquire_lock(self._lock, 1)
        same = self._storages is before
        if same:
            kept = self._slices.count - drop
            memmove(&self._slices.at[0], &self._slices.at[drop], kept * sizeof(coterie_slice))
            self._slices.count = kept
            if slice is not NULL:
                self._slices.at[kept] = slice[0]
                if kept:  # a key may have come while there was memory to be had
                    newest = &self._slices.at[kept]
                    newest.first = newest.last = max(slice.last, self._slices.at[kept - 1].last)
                self._slices.count += 1
                self._mine = True
            self._storages = after  # `before` lives on: nothing is freed under the lock
        PyThread_release_lock(self._lock)
        if same:
            let_go(before[:drop])
        return same

    cdef tuple replace(self, tuple storages, const coterie_slice *slice):
        cdef tuple before
        PyThread_acquire_lock(self._lock, 1)
        before = self._storages
        self._storages, self._mine = storages, True
        self._slices.at[0], self._slices.count = slice[0], 1
        self._beginnings += 1
        PyThread_release_lock(self._lock)
        return before

    cdef int unshare(self) except -1:
        # Makes the newest slice writable; ValueError if it never is.
        cdef tuple before, after
        cdef Storage storage, copy
        cdef coterie_slice slice
        cdef bint same
        while not self._mine:
            if self._where == FROZEN:
                raise ValueError('the filter is read-only: open it with mode "c", or change a copy()')
            before, slice = self._storages, self._slices.at[self._slices.count - 1]
            storage = before[len(before) - 1]
            if <uint8_t *>storage.data == slice.bloom.bits and storage.holders == 1:
                self._mine = True  # those who held it have let it go
                return 0
            copy = Storage.allocate(size_of(&slice))
            after = before[:len(before) - 1] + (copy,)
            with nogil:  # nobody writes to what is nobody's
                memcpy(copy.data, slice.bloom.bits, size_of(&slice))
            PyThread_acquire_lock(self._lock, 1)
            same = self._storages is before and not self._mine
            if same:
                self._slices.at[self._slices.count - 1].bloom.bits = <uint8_t *>copy.data
                self._storages = after
                self._mine = True
            PyThread_release_lock(self._lock)
            if same:
                storage.drop()
        return 0

    cdef tuple see(self, coterie_slices *slices, int *start):
        # The slices, which others may add to, and the oldest that has keys of the window; their memory lives with the
        # tuple.
        cdef Moment moment
        cdef tuple storages
        self.ask(&moment)
        with cython.critical_section(self):
            storages = self._storages
            memcpy(slices, &self._slices, sizeof(coterie_slices))
            start[0] = self.oldest(&moment)
        return storages

    cdef inline int ask(self, Moment *moment) except -1:
        moment.now, moment.beginning = 0, self._beginnings
        return self.ask_clock(moment) if self._window else 0

    cdef inline double time_of(self, const Moment *moment) noexcept:
        cdef double last = self._slices.at[self._slices.count - 1].last
        return max(moment.now, last) if moment.beginning == self._beginnings else last

    cdef inline int oldest(self, const Moment *moment) noexcept:
        cdef int start
        if not self._window:
            return 0
        start = coterie_rotating_expired(&self._slices, self._window, self.time_of(moment))
        # What a batch adds now has its moment when that ends.
        return start - 1 if self._busy and start == self._slices.count else start

    cdef tuple hold(self, coterie_slices *slices, Sliced heir, Front *front):
        # The slices as they are now, to hold: nobody writes to them until the storages are let go. And what the filter
        # is, for another object or for bytes.
        cdef tuple storages
        cdef bint same = False
        while not same:
            with cython.critical_section(self):
                storages = self._storages
                for storage in storages:
                    (<Storage>storage).share()
                PyThread_acquire_lock(self._lock, 1)
                same = self._storages is storages
                if same:
                    self._mine = False
                    memcpy(slices, &self._slices, sizeof(coterie_slices))
                    if heir is not None:
                        self.tell(heir)
                    if front is not NULL:
                        self.write_front(front)
                PyThread_release_lock(self._lock)
            if not same:
                let_go(storages)
        return storages

    cdef void tell(self, Sliced heir) noexcept:
        heir._seed, heir._salt, heir._keyed = self._seed, self._salt, self._keyed
        heir._secret[0], heir._secret[1] = self._secret[0], self._secret[1]
        heir._capacity, heir._fpr, heir._window, heir._part = self._capacity, self._fpr, self._window, self._part
        heir._where = self._where
        heir.take_parameters(self)

    cdef void write_front(self, Front *front) noexcept:
        front.flags, front.count, front.seed = self.flags(), self._capacity, self._seed
        memset(front.parameters, 0, sizeof(front.parameters))
        self.write_parameters(front.parameters)
        coterie_store64(front.parameters + COTERIE_FILTER_CHECK, check_of(self))

    # ---- one key ----

    cdef bint has(self, object key) except -1:
        cdef uint64_t digest = self.digest_of(key)
        cdef Moment moment
        self.ask(&moment)
        with cython.critical_section(self):
            return coterie_slices_has(&self._slices, self.oldest(&moment), digest, LEVEL[0])

    cdef bint put(self, object key) except -1:
        cdef uint64_t digest = self.digest_of(key)
        cdef Moment moment
        cdef int answer = COTERIE_SLICES_FULL
        self.ask(&moment)
        with cython.critical_section(self):
            if (self._mine and not self._busy and not (self._window and coterie_rotating_due(
                    &self._slices, self._window, self._part, self.time_of(&moment)))):
                answer = self.add_one(digest, &moment)
            if answer != COTERIE_SLICES_FULL:
                return answer
            answer = self.put_carefully(digest, &moment)
        self.notice()
        return answer

    cdef inline int add_one(self, uint64_t digest, const Moment *moment) noexcept:
        cdef int answer = self._add_one(&self._slices, digest, LEVEL[0])
        if answer != COTERIE_SLICES_FULL:
            self._slices.at[self._slices.count - 1].last = self.time_of(moment)
        return answer

    cdef int put_carefully(self, uint64_t digest, const Moment *moment) except -1:
        cdef int answer = COTERIE_SLICES_FULL
        cdef bint known = False  # in a slice that may be dropped to make room
        self.unshare()
        if self._window:
            self.turn(moment, False)
        while True:
            PyThread_acquire_lock(self._lock, 1)
            if self._mine:
                answer = self.add_one(digest, moment)
            PyThread_release_lock(self._lock)
            if answer != COTERIE_SLICES_FULL:
                return answer and not known
            known = known or coterie_slices_has(&self._slices, 0, digest, LEVEL[0])
            self.unshare()
            if is_full(self):
                self.turn(moment, True)

    def __contains__(self, key):
        return self.has(key)

    # ---- many keys ----

    def contains_many(self, keys, /, *, hashed=False, nulls="raise", out=None):
        """Whether keys may be there, as a bool array.

        keys: any container that `coterie.digests` takes; with hashed=True the digests that it made, unless the filter
            has a key.
        nulls, out: as for `coterie.digests`; nulls="skip" writes False.

        Linear; about one cache line for each key and slice. Columns are read without the GIL.
        """
        cdef View view
        storages = self.see(&view.slices, &view.start)  # lives until the end
        return self.each(keys, contains_sink, &view, BOOL, hashed, nulls, out)

    cdef Batch begin_batch(self, size_t n, bint removes):
        cdef SlicedBatch batch = SlicedBatch.__new__(SlicedBatch)
        cdef Work *work = &batch.work
        cdef Moment moment
        self.ask(&moment)
        with cython.critical_section(self):
            self.unshare()
            if self._window:
                self.turn(&moment, False)
            self._busy += 1
        batch.filter, batch.errors = self, []
        work.slices, work.mine, work.lock, work.add = &self._slices, &self._mine, self._lock, self._add_many
        work.filter, work.errors, work.stopped = <void *>self, <void *>batch.errors, False
        batch.sink, batch.ctx = add_sink, work
        return batch

    cdef int end_batch(self, Batch batch) except -1:
        # The keys of a batch count as added when it ends.
        cdef list errors = (<SlicedBatch>batch).errors
        cdef Moment moment
        cdef coterie_slice *newest
        moment.now, moment.beginning = 0, 0
        try:
            self.ask(&moment)
        except Exception:  # the keys are there: time stands still
            pass
        finally:
            with cython.critical_section(self):
                self._busy -= 1
                PyThread_acquire_lock(self._lock, 1)
                newest = &self._slices.at[self._slices.count - 1]
                if newest.keys:
                    newest.last = self.time_of(&moment)
                PyThread_release_lock(self._lock)
        if errors:
            raise errors[0]
        return 0

    # ---- all of it ----

    __hash__ = None

    def __eq__(self, other):
        cdef coterie_slices mine, others
        cdef int start, others_start, i
        cdef const coterie_slice *a
        cdef const coterie_slice *b
        cdef bint same = True
        if not isinstance(other, Sliced) or self.kind() != (<Sliced>other).kind():
            return NotImplemented
        if not self.like(<Sliced>other):
            return False
        my_storages = self.see(&mine, &start)
        other_storages = (<Sliced>other).see(&others, &others_start)
        if mine.count - start != others.count - others_start:
            return False
        with nogil:
            for i in range(mine.count - start):
                a, b = &mine.at[start + i], &others.at[others_start + i]
                same = (a.keys == b.keys and a.bloom.layout == b.bloom.layout and a.bloom.blocks == b.bloom.blocks
                        and memcmp(a.bloom.bits, b.bloom.bits, size_of(a)) == 0)
                if not same:
                    break
        return same

    def __bool__(self):
        cdef coterie_slices slices
        cdef int start, i
        self.see(&slices, &start)
        for i in range(start, slices.count):
            if slices.at[i].keys:
                return True
        return False

    @property
    def nbytes(self):
        """The bytes of the bits of all slices that there are now."""
        cdef coterie_slices slices
        cdef int start
        self.see(&slices, &start)
        return coterie_slices_bytes(&slices)

    def estimated_fpr(self):
        """The share of keys that the filter now says yes to though they are not there: exact for the bits of each
        slice, up to chance; that slices err independently is nearly true. Linear in `nbytes`."""
        cdef coterie_slices slices
        cdef int start
        cdef double rate
        storages = self.see(&slices, &start)  # lives until the end
        with nogil:
            rate = coterie_slices_rate(&slices, start)
        return rate

    # ---- copies, bytes and files ----

    cdef int share(self, Stored other) except -1:
        cdef Sliced filter = <Sliced?>other
        cdef coterie_slices slices
        cdef tuple storages, copies
        cdef Storage copy
        cdef int i
        if self.kind() != filter.kind():
            raise TypeError(f"{type(self).__name__} cannot take over a {type(other).__name__}")
        storages = filter.hold(&slices, self, NULL)
        if self._where != OWN and not filter._moving:  # others may write to its bytes
            copies = ()
            for i in range(slices.count):
                copy = Storage.allocate(size_of(&slices.at[i]))
                memcpy(copy.data, slices.at[i].bloom.bits, copy.nbytes)
                slices.at[i].bloom.bits = <uint8_t *>copy.data
                copies += (copy,)
            let_go(storages)
            storages, self._where = copies, OWN
        if self._where != OWN:
            self._storage, self._size = filter._storage.share(), filter._size
        let_go(self._storages)
        memcpy(&self._slices, &slices, sizeof(coterie_slices))
        self._storages, self._mine = storages, False
        return 0

    cdef Storage sealed(self):
        cdef coterie_slices slices
        cdef Front front
        cdef tuple storages = self.hold(&slices, None, &front)
        cdef Storage storage
        cdef uint8_t *parameters
        cdef uint64_t keys = 0
        cdef int i
        try:
            self.write_moments(&slices, front.parameters)
            storage = Storage.allocate(COTERIE_CONTAINER_HEADER + coterie_slices_size(&slices))
            parameters = parameters_of(storage)
            memcpy(parameters, front.parameters, COTERIE_FILTER_PARAMETERS)
            with nogil:
                coterie_slices_write(parameters, &slices)
        finally:
            let_go(storages)
        for i in range(slices.count):
            keys += slices.at[i].keys
        coterie_store64(parameters + COTERIE_FILTER_ADDS, keys)
        coterie_parameters_seal(parameters)
        pack_header(storage, self.kind(), front.flags, front.count, front.seed, True)
        return storage

    cdef int attach(self, Storage storage, const Container *container) except -1:
        cdef coterie_slices slices
        cdef const uint8_t *payload = <const uint8_t *>container.payload
        cdef int i
        if (not coterie_slices_read(payload, container.payload_len, &slices)
                or not self.read_parameters(payload, &slices, container.count)):
            raise DecodeError(f"not a {type(self).__name__}: its parameters contradict each other")
        let_go(self._storages)
        for i in range(slices.count):
            self.settle(&slices.at[i])
            storage.share()
        memcpy(&self._slices, &slices, sizeof(coterie_slices))
        self._storages, self._mine = (storage,) * slices.count, False
        return 0

    cdef void moved(self) noexcept:
        # The slices hold their bytes themselves; only who checks those of a file or buffer needs them as a whole.
        self._unmarked = False  # what changes is a copy
        if self._where == OWN:
            self._storage.drop()
            self._storage = NONE.share()


cdef Storage NONE = Storage.allocate(0)
