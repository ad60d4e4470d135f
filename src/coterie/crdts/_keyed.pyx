# cython: binding=False, embedsignature=True, embedsignature.format=clinic, autotestdict=False
# cython: freethreading_compatible=True, boundscheck=False, wraparound=False, cdivision=True
"""Structures whose state is keys that each have an entry, which only grows."""

cimport cython

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from libc.stdint cimport uint8_t, uint32_t, uint64_t
from libc.stdlib cimport free, malloc
from libc.string cimport memcmp

from coterie._core cimport cpu_level_address
from coterie._stored cimport Stored
from coterie.crdts._elements cimport Written, begin, end, read_element, write_element
from coterie.crdts._replicated cimport (
    COTERIE_NO_MEMORY, COTERIE_OK, COTERIE_STOPPED, ENTRIES, NBYTES, PENDING, REPLICAS, SECRET, TOMBSTONES, Replicated, coterie_status,
)
from coterie.crdts._time cimport stamp_after, stamp_of, time_of

from coterie.crdts._changes import Changes
from coterie.crdts._elements import of_bytes

cdef extern from "coterie/crdts/elements.h" nogil:
    int coterie_element_check(const uint8_t *bytes, size_t len)

cdef extern from "coterie/crdts/keyed_local.h" nogil:
    size_t coterie_keyed_memory(const coterie_keyed *keyed)
    size_t coterie_keyed_writers(const coterie_keyed *keyed)
    coterie_status coterie_keyed_join(coterie_keyed *keyed, const coterie_keyed *other, int *changed)
    int coterie_keyed_relate(const coterie_keyed *a, const coterie_keyed *b)
    coterie_status coterie_keyed_pick(coterie_keyed *out, const coterie_keyed *keyed, const uint32_t *numbers, size_t n,
                                      int forget)
    void coterie_keyed_log_free(coterie_keyed_log *log)
    void coterie_keyed_log_clear(coterie_keyed_log *log)
    size_t coterie_keyed_log_memory(const coterie_keyed_log *log)
    coterie_status coterie_keyed_write(coterie_keyed *keyed, const coterie_strings *keys, const coterie_strings *values,
                                       coterie_keyed_entry entry, int shown, coterie_keyed_log *log, coterie_keyed_outcome *outcome)
    coterie_status coterie_keyed_renew(coterie_keyed *out, const coterie_keyed *keyed)
    coterie_shared_keyed *coterie_shared_keyed_new(coterie_keyed_kind kind, int removes, const uint64_t *key)
    coterie_shared_keyed *coterie_shared_keyed_hold(coterie_shared_keyed *shared)
    void coterie_shared_keyed_drop(coterie_shared_keyed *shared)
    coterie_status coterie_shared_keyed_own(coterie_shared_keyed **shared)

cdef extern from "coterie/crdts/keyed_bytes.h" nogil:
    size_t coterie_keyed_size(const coterie_keyed *keyed)
    coterie_status coterie_keyed_encode(const coterie_keyed *keyed, uint8_t *out, uint8_t **end)
    const uint8_t *coterie_keyed_decode(coterie_keyed *keyed, const uint8_t *at, const uint8_t *end,
                                        int (*check)(const uint8_t *bytes, size_t len) noexcept nogil, coterie_status *status)
    size_t coterie_keyed_digest_size(const coterie_keyed *keyed)
    coterie_status coterie_keyed_digest_write(const coterie_keyed *keyed, int level, uint8_t *out, uint8_t **end)
    const uint8_t *coterie_keyed_digest_read(coterie_keyed_digest *digest, coterie_keyed *keyed, const uint8_t *at,
                                             const uint8_t *end, coterie_status *status)
    coterie_status coterie_keyed_beyond(coterie_keyed *out, const coterie_keyed *keyed, const coterie_keyed_digest *known, int level)

cdef const int *LEVEL = cpu_level_address()


@cython.auto_pickle(False)
cdef class Keyed(Replicated):
    """A structure whose state is keys that each have an entry. Not made by itself."""

    def __cinit__(self):
        self.store = coterie_shared_keyed_new(COTERIE_KEYED_KEYS, False, SECRET)
        if self.store is NULL:
            raise MemoryError("no memory for a replicated structure")
        self.content = 1

    def __dealloc__(self):
        coterie_shared_keyed_drop(self.store)
        coterie_keyed_log_free(&self.log)
        free(self.known.sums)

    cdef coterie_keyed *own_store(self) noexcept:
        return self.keyed() if coterie_shared_keyed_own(&self.store) == COTERIE_OK else NULL

    cdef coterie_status write_keys(self, const coterie_strings *keys, const coterie_strings *values, coterie_keyed_entry entry,
                                   bint shown, coterie_keyed_outcome *outcome) noexcept:
        cdef coterie_status status = COTERIE_NO_MEMORY
        cdef size_t pending = self.log.n
        outcome.last = outcome.changed = 0
        if self.own_store() is not NULL:
            status = coterie_keyed_write(self.keyed(), keys, values, entry, shown, &self.log, outcome)
        if status == COTERIE_OK and (outcome.last or self.log.n != pending):
            self.wrote = True
            self.version += 1
            self.see(outcome.changed)
        return status

    cdef void see(self, bint changed) noexcept:
        self.latest = max(self.latest, self.keyed().greatest)
        if changed:
            self.content += 1
            self.low = 0

    # ---- what is seen ----

    cdef bint find(self, const void *key, size_t len, coterie_keyed_entry *entry) noexcept:
        cdef coterie_keyed *keyed = self.keyed()
        cdef uint32_t number = coterie_table_find(&keyed.keys, coterie_table_hash(&keyed.keys, key, len), key, len)
        if number == COTERIE_NO_STRING:
            return False
        entry[0] = coterie_keyed_get(keyed, number)
        return True

    def __contains__(self, key):
        cdef Written out
        cdef coterie_keyed_entry entry
        cdef bint there
        begin(&out)
        try:
            write_element(key, self.codec_now(), &out)
            with cython.critical_section(self):
                there = self.find(out.bytes, out.len, &entry) and coterie_keyed_shows(self.keyed(), &entry)
            return there
        finally:
            end(&out)

    def __len__(self):
        cdef size_t n
        with cython.critical_section(self):
            n = self.keyed().shown
        return n

    def __bool__(self):
        return len(self) > 0

    cdef object codec_now(self):
        with cython.critical_section(self):
            codec = self.codec
        return codec

    cdef object element_of(self, bytes element):
        return read_element(<const uint8_t *>PyBytes_AS_STRING(element), PyBytes_GET_SIZE(element), self.codec_now())

    cdef Keyed still(self):
        cdef Keyed still = Keyed.__new__(Keyed)
        with cython.critical_section(self):
            still.take(self)
        return still

    cdef bytes next_key(self, size_t start, size_t *number):
        cdef coterie_keyed *keyed
        cdef coterie_keyed_entry entry
        cdef const coterie_string *key
        cdef bytes found = None
        cdef size_t i
        with cython.critical_section(self):
            keyed = self.keyed()
            for i in range(start, keyed.keys.n):
                entry = coterie_keyed_get(keyed, i)
                if coterie_keyed_shows(keyed, &entry):
                    key = &keyed.keys.each[i]
                    number[0] = i
                    found = PyBytes_FromStringAndSize(<const char *>keyed.keys.bytes + key.start, key.len)
                    break
        return found

    cdef list all_keys(self):
        cdef Keyed still = self.still()
        cdef size_t number = 0
        cdef list keys = []
        cdef bytes key = still.next_key(0, &number)
        while key is not None:
            keys.append(key)
            key = still.next_key(number + 1, &number)
        return keys

    cdef str show(self, object keys):
        cdef list shown = []
        for key in sorted(keys)[:11]:
            try:
                shown.append(repr(self.element_of(key)))
            except Exception:  # of the codec, or of the element's own
                shown.append("?")
        if len(shown) > 10:
            shown[10:] = ["..."]
        return ", ".join(shown)

    def __repr__(self):
        return f"<{type(self).__name__} of {{{self.show(self.all_keys())}}}, replica {self.replica!r}>"

    # ---- the state ----

    cdef bint unlike(self, Replicated other) noexcept:
        return self.removes != (<Keyed>other).removes

    cdef coterie_status take(self, Replicated other) noexcept:
        cdef Keyed one = <Keyed>other
        cdef coterie_shared_keyed *before = self.store
        self.store = coterie_shared_keyed_hold(one.store)
        coterie_shared_keyed_drop(before)
        coterie_keyed_log_clear(&self.log)
        self.removes, self.latest, self.low = one.removes, one.latest, 0
        self.content += 1
        self.version += 1
        return COTERIE_OK

    cdef coterie_status join(self, Replicated other) noexcept:
        cdef coterie_shared_keyed *theirs = (<Keyed>other).store
        cdef coterie_status status = COTERIE_OK
        cdef int changed = False
        if self.store == theirs:
            return COTERIE_OK
        if self.keyed().keys.n == 0:
            changed = theirs.keyed.shown > 0
            coterie_shared_keyed_drop(self.store)
            self.store = coterie_shared_keyed_hold(theirs)
        elif self.own_store() is NULL:
            return COTERIE_NO_MEMORY
        else:
            status = coterie_keyed_join(self.keyed(), &theirs.keyed, &changed)
        if status == COTERIE_OK:
            self.see(changed)
        return status

    cdef coterie_status relate(self, Replicated other, int *relation) noexcept:
        relation[0] = 0 if self.store == (<Keyed>other).store else coterie_keyed_relate(self.keyed(), (<Keyed>other).keyed())
        return COTERIE_OK

    cdef coterie_status take_pending(self, Replicated delta) noexcept:
        cdef Keyed out = <Keyed>delta
        cdef coterie_status status = COTERIE_NO_MEMORY
        if out.own_store() is not NULL:
            status = coterie_keyed_pick(out.keyed(), self.keyed(), self.log.each, self.log.n, False)
        if status == COTERIE_OK:
            coterie_keyed_log_clear(&self.log)
            out.see(True)
        return status

    cdef coterie_status beyond(self, Replicated known, Replicated diff) noexcept:
        cdef Keyed out = <Keyed>diff
        cdef coterie_status status = COTERIE_NO_MEMORY
        if out.own_store() is not NULL:
            status = coterie_keyed_beyond(out.keyed(), self.keyed(), &(<Keyed>known).known, LEVEL[0])
        if status == COTERIE_OK:
            out.see(True)
        return status

    cdef coterie_status renew(self, const uint8_t *id, size_t len) noexcept:
        cdef coterie_keyed *before = self.keyed()
        cdef coterie_shared_keyed *fresh = coterie_shared_keyed_new(before.kind, before.removes, SECRET)
        cdef coterie_status status = COTERIE_NO_MEMORY
        if fresh is not NULL:
            status = coterie_keyed_renew(&fresh.keyed, before)
        if status != COTERIE_OK:
            coterie_shared_keyed_drop(fresh)
            return status
        coterie_shared_keyed_drop(self.store)
        self.store = fresh
        return COTERIE_OK

    cdef size_t room(self, bint digest) noexcept:
        return coterie_keyed_digest_size(self.keyed()) if digest else coterie_keyed_size(self.keyed())

    cdef coterie_status write(self, bint digest, uint8_t *out, uint8_t **end) noexcept:
        return (coterie_keyed_digest_write(self.keyed(), LEVEL[0], out, end) if digest
                else coterie_keyed_encode(self.keyed(), out, end))

    cdef const uint8_t *read(self, bint digest, const uint8_t *at, const uint8_t *end, coterie_status *status) noexcept:
        if digest:
            at = coterie_keyed_digest_read(&self.known, self.keyed(), at, end, status)
        else:
            at = coterie_keyed_decode(self.keyed(), at, end, coterie_element_check, status)
        self.removes = self.keyed().removes
        self.see(True)
        return at

    cdef void measure(self, size_t *numbers) noexcept:
        cdef coterie_keyed *keyed = self.keyed()
        numbers[ENTRIES], numbers[TOMBSTONES] = keyed.shown, keyed.keys.n - keyed.shown
        numbers[REPLICAS] = coterie_keyed_writers(keyed)
        numbers[PENDING] = self.log.n
        numbers[NBYTES] = coterie_keyed_memory(keyed) + coterie_keyed_log_memory(&self.log)

    cdef object changes(self, Replicated before, Replicated after):
        cdef coterie_keyed *old = (<Keyed>before).keyed()
        cdef coterie_keyed *new = (<Keyed>after).keyed()
        cdef coterie_keyed_entry was, now
        cdef const coterie_string *key
        cdef bint shown, shows
        cdef size_t i
        cdef list came = [], went = [], differ = []
        for i in range(new.keys.n):  # the first of them are those of before
            now = coterie_keyed_get(new, i)
            shows, shown = coterie_keyed_shows(new, &now), False
            if i < old.keys.n:
                was = coterie_keyed_get(old, i)
                shown = coterie_keyed_shows(old, &was)
            if shows != shown or (shown and (was.len != now.len or (was.len and memcmp(was.value, now.value, was.len)))):
                key = &new.keys.each[i]
                (differ if shows == shown else came if shows else went).append(
                    PyBytes_FromStringAndSize(<const char *>new.keys.bytes + key.start, key.len))
        codec = self.codec_now()
        return Changes(*[[of_bytes(element, codec) for element in sorted(elements)] for elements in (came, went, differ)])


@cython.auto_pickle(False)
cdef class Timed(Keyed):
    """One whose entries have times. Not made by itself."""

    def __cinit__(self):
        self.clock = time_of(None, None)

    cdef int tell_time(self, object time_ns, object max_drift) except -1:
        cdef Time clock = time_of(time_ns, max_drift), before
        with cython.critical_section(self):
            before = self.clock  # lives until the section has ended
            self.clock = clock
        return 0

    cdef Time time_source(self):
        cdef Time clock
        with cython.critical_section(self):
            clock = self.clock
        return clock

    cdef uint64_t stamp_for(self, object time, uint64_t *now) except? 0:
        cdef Time clock = self.time_source()
        cdef uint64_t stamp = 0
        if time is None:
            now[0] = clock.now()
        else:
            stamp = stamp_of(time)
            clock.check(stamp)
        return stamp

    cdef coterie_status write_at(self, const coterie_strings *keys, const coterie_strings *values, coterie_keyed_entry entry,
                                 bint removal, bint shown, uint64_t now, uint64_t *stamp, coterie_keyed_outcome *outcome) noexcept:
        cdef coterie_status status
        cdef bint given = stamp[0] != 0
        outcome.last = outcome.changed = 0
        if not given:
            stamp[0] = stamp_after(now, self.latest)
        if stamp[0] == 0:
            return COTERIE_STOPPED
        if removal:
            entry.removed = stamp[0]
        else:
            entry.time = stamp[0]
        status = self.write_keys(keys, values, entry, shown, outcome)
        if status == COTERIE_OK and (given or outcome.last):
            self.latest = max(self.latest, stamp[0])
        return status

    cdef int share(self, Stored other) except -1:
        cdef Time clock = (<Timed>self.alike(other)).time_source(), before
        Replicated.share(self, other)
        with cython.critical_section(self):
            before = self.clock  # lives until the section has ended
            self.clock = clock
        return 0

    cdef Replicated admitted(self, Replicated other):
        cdef Time clock = self.time_source()
        cdef Replicated one = self.empty()
        if clock.most_drift is None or other is self:
            return other
        one.share(other)  # others may change that
        clock.check((<Keyed>one).keyed().greatest)
        return one


@cython.final
@cython.auto_pickle(False)
cdef class Joined:
    """Strings one after the other."""

    def __dealloc__(self):
        free(self.ends)


cdef Joined joined(list strings):
    cdef Joined out = Joined.__new__(Joined)
    cdef size_t n = len(strings), at = 0, i
    out.all = b"".join(strings)
    out.ends = <size_t *>malloc((n + 1) * sizeof(size_t))
    if out.ends is NULL:
        raise MemoryError(f"no memory for {n} elements")
    for i in range(n):
        at += PyBytes_GET_SIZE(<bytes>strings[i])
        out.ends[i] = at
    out.strings.bytes, out.strings.ends, out.strings.n = <const uint8_t *>PyBytes_AS_STRING(out.all), out.ends, n
    return out
