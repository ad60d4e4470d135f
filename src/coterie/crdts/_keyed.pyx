# cython: binding=False, embedsignature=True, embedsignature.format=clinic, autotestdict=False
# cython: freethreading_compatible=True, boundscheck=False, wraparound=False, cdivision=True
"""Structures whose state is keys that each have an entry, which only grows."""

cimport cython
cimport numpy as cnp

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from libc.stdint cimport uint8_t, uint32_t, uint64_t
from libc.stdlib cimport free
from libc.string cimport memcmp, memset

from coterie._core cimport cpu_level_address
from coterie.crdts._elements cimport (
    Strings, Written, as_strings, begin, coterie_strings, end, of_strings, read_element, strings_of, write_element,
)
from coterie.crdts._replicated cimport (
    COTERIE_NO_MEMORY, COTERIE_OK, COTERIE_STOPPED, ENTRIES, NBYTES, PENDING, REPLICAS, SECRET, TOMBSTONES, Replicated, check,
    coterie_status,
)
from coterie.crdts._time cimport refuse_stamp, stamp_after, time_of

from coterie.crdts._changes import Changes

cdef extern from "coterie/crdts/elements.h" nogil:
    int coterie_element_check(const uint8_t *bytes, size_t len)

cdef extern from "coterie/crdts/keyed_local.h" nogil:
    size_t coterie_keyed_memory(const coterie_keyed *keyed)
    size_t coterie_keyed_writers(const coterie_keyed *keyed)
    coterie_status coterie_keyed_join(coterie_keyed *keyed, const coterie_keyed *other, int *changed)
    int coterie_keyed_relate(const coterie_keyed *a, const coterie_keyed *b)
    coterie_status coterie_keyed_pick(coterie_keyed *out, const coterie_keyed *keyed, const uint32_t *numbers, size_t n,
                                      int forget)
    coterie_status coterie_keyed_common(coterie_keyed *out, const coterie_keyed *keyed, const coterie_keyed *other)
    void coterie_keyed_log_free(coterie_keyed_log *log)
    void coterie_keyed_log_clear(coterie_keyed_log *log)
    void coterie_keyed_log_cut(coterie_keyed_log *log, size_t n)
    size_t coterie_keyed_log_memory(const coterie_keyed_log *log)
    coterie_status coterie_keyed_write(coterie_keyed *keyed, const coterie_strings *keys, const coterie_strings *values,
                                       coterie_keyed_entry entry, int shown, coterie_keyed_log *log, coterie_keyed_outcome *outcome)
    void coterie_keyed_have(const coterie_keyed *keyed, const coterie_strings *keys, uint8_t *found)
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
    coterie_status coterie_keyed_beyond(coterie_keyed *out, const coterie_keyed *keyed, const coterie_keyed_digest *known,
                                        int level)

cnp.import_array()

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
            self.low = min(self.low, outcome.came)
        return status

    cdef void see(self, bint changed) noexcept:
        self.latest = max(self.latest, self.keyed().greatest)
        self.content += changed

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

    def _element(self, bytes string):
        return read_element(<const uint8_t *>PyBytes_AS_STRING(string), PyBytes_GET_SIZE(string), self.codec_now())

    cdef tuple some_keys(self, size_t start, size_t most, bint values=False):
        cdef Keyed still = Keyed.__new__(Keyed)
        cdef coterie_keyed *keyed
        cdef coterie_keyed_entry entry
        cdef uint64_t content, version
        cdef size_t i, at, first = 0
        cdef list keys = []
        with cython.critical_section(self):
            still.take(self)
            content, version, start = self.content, self.version, max(start, self.low)
        keyed = still.keyed()
        at = keyed.keys.n
        for i in range(start, keyed.keys.n):
            entry = coterie_keyed_get(keyed, i)
            if not coterie_keyed_shows(keyed, &entry):
                continue
            if not keys:
                first = i
            key = key_at(keyed, i)
            keys.append((key, PyBytes_FromStringAndSize(<const char *>entry.value, entry.len)) if values else key)
            if <size_t>len(keys) == most:  # it does not look for the next one: that may be far
                at = i + 1
                break
        self.note_low(start, first if keys else at, version)
        return keys, at, content

    cdef void note_low(self, size_t start, size_t low, uint64_t version) noexcept:
        with cython.critical_section(self):
            if self.version == version and self.low == start:
                self.low = low

    def _some(self, size_t start, size_t most):
        return self.some_keys(start, most)

    def _content(self):
        return self.content

    cdef str show(self, object elements):
        cdef list shown = []
        for element in sorted(elements)[:11]:
            try:
                shown.append(repr(self._element(element)))
            except Exception:  # of the codec, or of the element's own
                shown.append("?")
        if len(shown) > 10:
            shown[10:] = ["..."]
        return ", ".join(shown)

    def __repr__(self):
        return f"<{type(self).__name__} of {{{self.show(self.some_keys(0, 11)[0])}}}, replica {self.replica!r}>"

    # ---- many keys ----

    def _strings_of(self, values, name):
        return strings_of(values, self.codec_now(), name)

    def _have(self, Strings strings):
        cdef cnp.npy_intp n = strings.n
        cdef cnp.ndarray out = cnp.PyArray_EMPTY(1, &n, cnp.NPY_BOOL, 0)
        cdef coterie_strings keys = of_strings(strings)
        with cython.critical_section(self):
            coterie_keyed_have(self.keyed(), &keys, <uint8_t *>cnp.PyArray_DATA(out))
        return out

    # Removes some and adds others, all or none; unless `content` is another by now: whether it did.
    def _change(self, removed, added, content=None):
        cdef Strings gone = as_strings(removed), fresh = as_strings(added)
        cdef coterie_strings gone_keys = of_strings(gone), fresh_keys = of_strings(fresh)
        cdef uint64_t expected = 0 if content is None else content, now = self.time_now() if gone.n or fresh.n else 0
        cdef bint any = content is None, done = False
        cdef coterie_status status = COTERIE_OK
        cdef size_t number = 0
        if gone.n or fresh.n:
            self.check_change(gone.n > 0)
        self.own(True)
        with cython.critical_section(self):
            done = any or self.content == expected
            if done:
                status = self.change_both(&gone_keys, &fresh_keys, now, &number)
        if status != COTERIE_OK:
            self.refuse_change(status, fresh.each()[number] if number < fresh.n else None)
        return done

    cdef size_t change_one(self, object element, bint removal) except? 0:
        cdef Written out
        cdef coterie_strings keys
        cdef coterie_keyed_outcome outcome
        cdef coterie_status status
        cdef uint64_t now, stamp = 0
        self.check_change(removal)
        begin(&out)
        try:
            write_element(element, self.codec_now(), &out)
            now = self.time_now()
            self.own(True)
            keys.bytes, keys.ends, keys.n = out.bytes, &out.len, 1
            with cython.critical_section(self):
                status = self.change_keys(&keys, removal, now, &stamp, &outcome)
            if status != COTERIE_OK:
                self.refuse_change(status, PyBytes_FromStringAndSize(<const char *>out.bytes, out.len))
            return outcome.last
        finally:
            end(&out)

    cdef coterie_status change_both(self, const coterie_strings *gone, const coterie_strings *fresh, uint64_t now,
                                    size_t *number) noexcept:
        cdef coterie_shared_keyed *before = NULL
        cdef coterie_keyed_outcome outcome
        cdef coterie_status status = COTERIE_OK
        cdef uint64_t stamp = 0, latest = self.latest
        cdef size_t pending = self.log.n
        cdef bint wrote = self.wrote
        if gone.n and fresh.n:  # it may have to be undone
            before = coterie_shared_keyed_hold(self.store)
        if fresh.n:
            status = self.change_keys(fresh, False, now, &stamp, &outcome)
            number[0] = outcome.last
        if gone.n and status == COTERIE_OK:
            status = self.change_keys(gone, True, now, &stamp, &outcome)
            if before is not NULL and status != COTERIE_OK:
                self.store, before = before, self.store
                self.latest, self.wrote, self.low = latest, wrote, 0
                coterie_keyed_log_cut(&self.log, pending)
        coterie_shared_keyed_drop(before)
        return status

    cdef coterie_status change_keys(self, const coterie_strings *keys, bint removal, uint64_t now, uint64_t *stamp,
                                    coterie_keyed_outcome *outcome) noexcept:
        cdef coterie_keyed_entry entry
        memset(&entry, 0, sizeof(entry))
        entry.removed = removal
        return self.write_keys(keys, NULL, entry, removal, outcome)

    cdef int check_change(self, bint removal) except -1:
        return 0

    cdef uint64_t time_now(self) except? 0:
        return 0

    cdef int refuse_change(self, coterie_status status, bytes element) except -1:
        return check(status)

    # ---- the state ----

    cdef bint unlike(self, Replicated other) noexcept:
        return self.removes != (<Keyed>other).removes

    cdef coterie_status take(self, Replicated other) noexcept:
        cdef Keyed one = <Keyed>other
        cdef coterie_shared_keyed *before = self.store
        self.store = coterie_shared_keyed_hold(one.store)
        coterie_shared_keyed_drop(before)
        coterie_keyed_log_free(&self.log)
        memset(&self.log, 0, sizeof(self.log))
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
            self.low = 0
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

    cdef object absorb(self, Replicated other, bint changes):
        cdef Keyed before, after
        cdef coterie_status status = COTERIE_OK
        cdef int problem = 0
        cdef bint few  # keys that may change: only those are compared
        if not changes:
            return Replicated.absorb(self, other, False)
        before, after = <Keyed>self.empty(), <Keyed>self.empty()
        other = self.admitted(other)
        with cython.critical_section(self, other):
            if self is not other:
                problem = self.refusal(other)
            if problem == 0 and self is not other:
                few = (<Keyed>other).keyed().keys.n < self.keyed().keys.n / 4
                if not few:
                    before.take(self)
                else:
                    status = coterie_keyed_common(before.keyed(), self.keyed(), (<Keyed>other).keyed())
                    after.take(before)
                    if status == COTERIE_OK:
                        status = after.join(other)
                if status == COTERIE_OK:
                    status = self.join(other)
                    self.version += 1
                if not few:
                    after.take(self)
        self.refuse(problem)
        check(status)
        return self.changes(before, after)

    cdef object changes(self, Replicated before, Replicated after):
        cdef coterie_keyed *old = (<Keyed>before).keyed()
        cdef coterie_keyed *new = (<Keyed>after).keyed()
        cdef coterie_keyed_entry was, now
        cdef bint shown, shows
        cdef size_t i
        cdef list came = [], went = [], differ = []
        for i in range(new.keys.n):  # the first of them are those of before
            now = coterie_keyed_get(new, i)
            shows, shown = coterie_keyed_shows(new, &now), False
            if i < old.keys.n:
                was = coterie_keyed_get(old, i)
                shown = coterie_keyed_shows(old, &was)
            if shows != shown:
                (came if shows else went).append(key_at(new, i))
            elif shown and (was.len != now.len or (was.len and memcmp(was.value, now.value, was.len))):
                differ.append(key_at(new, i))
        return Changes(sorted(came), sorted(went), sorted(differ), self.codec_now())


cdef bytes key_at(const coterie_keyed *keyed, size_t number):
    cdef const coterie_string *key = &keyed.keys.each[number]
    return PyBytes_FromStringAndSize(<const char *>keyed.keys.bytes + key.start, key.len)


@cython.auto_pickle(False)
cdef class Timed(Keyed):
    """One whose entries have times. Not made by itself."""

    def __cinit__(self):
        self.clock = time_of(None, None)

    cdef uint64_t time_now(self) except? 0:
        return self.time_source().now()

    cdef int refuse_change(self, coterie_status status, bytes element) except -1:
        return refuse_stamp() if status == COTERIE_STOPPED else check(status)

    cdef coterie_status write_at(self, const coterie_strings *keys, const coterie_strings *values, coterie_keyed_entry entry,
                                 bint removal, bint shown, uint64_t now, uint64_t *stamp, coterie_keyed_outcome *outcome) noexcept:
        cdef coterie_status status
        cdef bint given = stamp[0] != 0
        outcome.last = outcome.changed = 0
        if not given:
            stamp[0] = stamp_after(now, self.latest)
        if stamp[0] == 0:
            return COTERIE_STOPPED if not shown or self.shows_any(keys) else COTERIE_OK
        if removal:
            entry.removed = stamp[0]
        else:
            entry.time = stamp[0]
        status = self.write_keys(keys, values, entry, shown, outcome)
        if status == COTERIE_OK and (given or outcome.last):
            self.latest = max(self.latest, stamp[0])
        return status

    # Whether any of them is seen.
    cdef bint shows_any(self, const coterie_strings *keys) noexcept:
        cdef coterie_keyed_entry entry
        cdef size_t i, start = 0
        for i in range(keys.n):
            if self.find(keys.bytes + start, keys.ends[i] - start, &entry) and coterie_keyed_shows(self.keyed(), &entry):
                return True
            start = keys.ends[i]
        return False

    cdef uint64_t last_stamp(self) noexcept:
        return self.keyed().greatest
