# cython: binding=False, embedsignature=True, embedsignature.format=clinic, autotestdict=False
# cython: freethreading_compatible=True, boundscheck=False, wraparound=False, cdivision=True
"""Structures whose changes are events."""

cimport cython

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from libc.stdint cimport uint8_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free
from libc.string cimport memset

from coterie._core cimport cpu_level_address
from coterie.clocks._context cimport coterie_dots
from coterie.crdts._replicated cimport (
    CLOUD, COTERIE_NO_MEMORY, COTERIE_OK, COTERIE_STOPPED, DOTS, ENTRIES, NBYTES, PENDING, REPLICAS, SECRET, Replicated,
    check, coterie_status,
)

cdef extern from "coterie/base.h" nogil:
    uint32_t coterie_load32(const void *p)

cdef extern from "coterie/clocks/dense.h" nogil:
    enum:
        COTERIE_EQUAL
        COTERIE_BEFORE
        COTERIE_AFTER
        COTERIE_CONCURRENT

cdef extern from "coterie/clocks/dots.h" nogil:
    uint64_t coterie_dots_highest(const coterie_dots *dots, size_t slot)

cdef extern from "coterie/crdts/replicas.h" nogil:
    size_t COTERIE_NOWHERE
    size_t coterie_replicas_find(const coterie_replicas *replicas, const void *id, size_t len)

cdef extern from "coterie/crdts/dot_sets.h" nogil:
    void coterie_dot_set_free(coterie_dots *dots)

cdef extern from "coterie/crdts/elements.h" nogil:
    int coterie_element_check(const uint8_t *bytes, size_t len)

cdef extern from "coterie/crdts/dotted_parts.h" nogil:
    size_t coterie_dotted_memory(const coterie_dotted *dotted)
    void coterie_dotted_tidy(coterie_dotted *dotted)
    coterie_status coterie_dotted_place(coterie_dotted *dotted, const void *id, size_t len, size_t *place)
    coterie_status coterie_dotted_join(coterie_dotted *dotted, const coterie_dotted *other, coterie_came_and_went *changes,
                                       int level)
    coterie_status coterie_dotted_within(const coterie_dotted *a, const coterie_dotted *b, int level, int *within)
    size_t coterie_dotted_size(const coterie_dotted *dotted, int digest)
    coterie_status coterie_dotted_write(const coterie_dotted *dotted, int digest, uint8_t *out, uint8_t **end)
    const uint8_t *coterie_dotted_read(coterie_dotted *dotted, const uint8_t *at, const uint8_t *end,
                                       coterie_string_check check, coterie_status *status)
    void coterie_dotted_digest_free(coterie_dotted_digest *digest)
    const uint8_t *coterie_dotted_digest_read(coterie_dotted_digest *digest, const uint8_t *at, const uint8_t *end,
                                              coterie_status *status)
    coterie_status coterie_dotted_only(coterie_dotted *out, const coterie_dotted *dotted, const coterie_dots *dots)
    coterie_status coterie_dotted_beyond(coterie_dotted *out, const coterie_dotted *dotted, const coterie_dotted_digest *known)

cdef extern from "coterie/crdts/dotted_local.h" nogil:
    void coterie_dot_log_free(coterie_dot_log *log)
    uint64_t coterie_dot_log_len(coterie_dot_log *log)
    coterie_status coterie_dot_log_set(coterie_dot_log *log, size_t places, coterie_dots *dots)
    coterie_status coterie_dotted_make(coterie_dotted *dotted, size_t place, uint32_t hash, const void *bytes, size_t len,
                                       coterie_dot_log *log)
    coterie_status coterie_dotted_renew(coterie_dotted *out, const coterie_dotted *dotted, const void *id, size_t len)
    coterie_shared_dotted *coterie_shared_dotted_new(const uint64_t *key)
    coterie_shared_dotted *coterie_shared_dotted_hold(coterie_shared_dotted *shared)
    void coterie_shared_dotted_drop(coterie_shared_dotted *shared)
    coterie_status coterie_shared_dotted_own(coterie_shared_dotted **shared)

cdef extern from "coterie/crdts/dotted_instead.h" nogil:
    coterie_status coterie_dotted_make_alone(coterie_dotted *dotted, size_t place, uint32_t hash, const void *bytes, size_t len,
                                             coterie_dot_log *log)
    coterie_status coterie_dotted_unmake_all(coterie_dotted *dotted, coterie_dot_log *log)

cdef const int *LEVEL = cpu_level_address()


@cython.auto_pickle(False)
cdef class Dotted(Replicated):
    """A structure whose changes are events. Not made by itself."""

    def __cinit__(self):
        self.store = coterie_shared_dotted_new(SECRET)
        if self.store is NULL:
            raise MemoryError("no memory for a replicated structure")

    def __dealloc__(self):
        coterie_shared_dotted_drop(self.store)
        coterie_dot_log_free(&self.log)
        if self.known is not NULL:
            coterie_dotted_digest_free(self.known)
            free(self.known)

    cdef coterie_dotted *own_store(self) noexcept:
        return self.dots() if coterie_shared_dotted_own(&self.store) == COTERIE_OK else NULL

    cdef coterie_dotted *to_change(self, bytes id, size_t *place) noexcept:
        cdef coterie_dotted *dots = self.own_store()
        if dots is NULL or coterie_dotted_place(dots, PyBytes_AS_STRING(id), PyBytes_GET_SIZE(id), place) != COTERIE_OK:
            return NULL
        return dots

    cdef void changed(self) noexcept:
        self.wrote = True
        self.version += 1
        self.tidy()

    cdef coterie_status make(self, bytes id, const void *string, size_t len, bint alone) noexcept:
        cdef size_t place
        cdef coterie_dotted *dots = self.to_change(id, &place)
        cdef coterie_status status
        cdef uint32_t hash
        if dots is NULL:
            return COTERIE_NO_MEMORY
        hash = coterie_table_hash(&dots.strings, string, len)
        coterie_table_prefetch(&dots.strings, hash)
        if alone:
            status = coterie_dotted_make_alone(dots, place, hash, string, len, &self.log)
        else:
            status = coterie_dotted_make(dots, place, hash, string, len, &self.log)
        if status == COTERIE_OK:
            self.wrote = True
            self.version += 1
            if alone:
                self.tidy()
        return status

    cdef coterie_status unmake_all(self) noexcept:
        cdef coterie_dotted *dots = self.dots()
        cdef coterie_status status
        if dots.len == 0:
            return COTERIE_OK
        dots = self.own_store()
        status = COTERIE_NO_MEMORY if dots is NULL else coterie_dotted_unmake_all(dots, &self.log)
        if status == COTERIE_OK:
            self.changed()
        return status

    cdef int check_change(self, coterie_status status, bytes id) except -1:
        if status == COTERIE_STOPPED:
            raise OverflowError(f"replica {id!r} has made 2**48 changes: go on under another id by fork()")
        return check(status)

    cdef list sorted_strings(self):
        cdef Dotted still = <Dotted>self.empty()
        cdef coterie_status status
        cdef coterie_dotted *dots
        cdef list all = []
        cdef size_t i
        with cython.critical_section(self):
            status = still.take(self)
        check(status)
        dots = still.dots()
        for i in range(dots.strings.n):
            if dots.strings.each[i].len != COTERIE_NO_STRING:
                all.append(string_at(dots, i))
        all.sort()
        return all

    cdef coterie_string_check string_check(self) noexcept:
        return coterie_element_check

    cdef void forget_log(self) noexcept:
        coterie_dot_log_free(&self.log)
        memset(&self.log, 0, sizeof(coterie_dot_log))

    # ---- the state ----

    cdef coterie_status take(self, Replicated other) noexcept:
        cdef coterie_shared_dotted *before = self.store
        self.store = coterie_shared_dotted_hold((<Dotted>other).store)
        coterie_shared_dotted_drop(before)
        self.forget_log()
        self.version += 1
        return COTERIE_OK

    cdef coterie_status join(self, Replicated other) noexcept:
        return self.join_and_list(<Dotted>other, NULL)

    cdef coterie_status join_and_list(self, Dotted other, coterie_came_and_went *changes) noexcept:
        cdef coterie_status status
        if self.store == other.store:
            return COTERIE_OK
        if self.own_store() is NULL:
            return COTERIE_NO_MEMORY
        status = coterie_dotted_join(self.dots(), other.dots(), changes, LEVEL[0])
        self.tidy()
        return status

    cdef void tidy(self) noexcept:
        coterie_dotted_tidy(self.dots())

    cdef coterie_status relate(self, Replicated other, int *relation) noexcept:
        cdef coterie_dotted *mine = self.dots()
        cdef coterie_dotted *theirs = (<Dotted>other).dots()
        cdef int below = 1, above = 1
        if mine != theirs and (coterie_dotted_within(mine, theirs, LEVEL[0], &below) != COTERIE_OK
                               or coterie_dotted_within(theirs, mine, LEVEL[0], &above) != COTERIE_OK):
            return COTERIE_NO_MEMORY
        relation[0] = COTERIE_CONCURRENT
        if below:
            relation[0] = COTERIE_EQUAL if above else COTERIE_BEFORE
        elif above:
            relation[0] = COTERIE_AFTER
        return COTERIE_OK

    cdef bint wrote_more(self, Replicated other, const uint8_t *id, size_t len) noexcept:
        return highest(self.dots(), id, len) > highest((<Dotted>other).dots(), id, len)

    cdef coterie_status take_pending(self, Replicated delta) noexcept:
        cdef Dotted out = <Dotted>delta
        cdef coterie_dots dots
        cdef coterie_status status = coterie_dot_log_set(&self.log, self.dots().ids.n, &dots)
        if status != COTERIE_OK:
            return status
        status = COTERIE_NO_MEMORY if out.own_store() is NULL else coterie_dotted_only(out.dots(), self.dots(), &dots)
        coterie_dot_set_free(&dots)
        if status == COTERIE_OK:
            self.forget_log()
        return status

    cdef coterie_status beyond(self, Replicated known, Replicated diff) noexcept:
        cdef Dotted out = <Dotted>diff
        if out.own_store() is NULL:
            return COTERIE_NO_MEMORY
        return coterie_dotted_beyond(out.dots(), self.dots(), (<Dotted>known).known)

    cdef coterie_status renew(self, const uint8_t *id, size_t len) noexcept:
        cdef coterie_shared_dotted *fresh = coterie_shared_dotted_new(SECRET)
        cdef coterie_status status = COTERIE_NO_MEMORY
        if fresh is not NULL:
            status = self.renewed(&fresh.dotted, id, len)
        if status != COTERIE_OK:
            coterie_shared_dotted_drop(fresh)
            return status
        coterie_shared_dotted_drop(self.store)
        self.store = fresh
        return COTERIE_OK

    cdef coterie_status renewed(self, coterie_dotted *out, const uint8_t *id, size_t len) noexcept:
        return coterie_dotted_renew(out, self.dots(), id, len)

    cdef size_t room(self, bint digest) noexcept:
        return coterie_dotted_size(self.dots(), digest)

    cdef coterie_status write(self, bint digest, uint8_t *out, uint8_t **end) noexcept:
        return coterie_dotted_write(self.dots(), digest, out, end)

    cdef const uint8_t *read(self, bint digest, const uint8_t *at, const uint8_t *end, coterie_status *status) noexcept:
        if not digest:
            return coterie_dotted_read(self.dots(), at, end, self.string_check(), status)
        self.known = <coterie_dotted_digest *>calloc(1, sizeof(coterie_dotted_digest))
        if self.known is NULL:
            status[0] = COTERIE_NO_MEMORY
            return NULL
        self.known.ids.key[0], self.known.ids.key[1] = SECRET[0], SECRET[1]
        return coterie_dotted_digest_read(self.known, at, end, status)

    cdef void measure(self, size_t *numbers) noexcept:
        cdef coterie_dotted *dots = self.dots()
        cdef size_t i
        for i in range(dots.context.n):
            numbers[REPLICAS] += coterie_dots_highest(&dots.context, i) > 0
        for i in range(dots.context.len):
            numbers[CLOUD] += dots.context.cloud[i].last - dots.context.cloud[i].first + 1
        numbers[ENTRIES], numbers[DOTS] = dots.strings.len, dots.len
        numbers[PENDING] = coterie_dot_log_len(&self.log)
        numbers[NBYTES] = coterie_dotted_memory(dots) + self.log.room * sizeof(coterie_range)


cdef uint64_t highest(const coterie_dotted *dots, const uint8_t *id, size_t len) noexcept:
    cdef size_t place = coterie_replicas_find(&dots.ids, id, len)
    return 0 if place == COTERIE_NOWHERE else coterie_dots_highest(&dots.context, place)


cdef bytes string_at(const coterie_dotted *dots, size_t number):
    cdef const coterie_string *string = &dots.strings.each[number]
    return PyBytes_FromStringAndSize(<const char *>dots.strings.bytes + string.start, string.len)


cdef list listed_strings(const uint8_t *list, size_t size):
    cdef size_t at = 0, len
    strings = []
    while at < size:
        len = coterie_load32(list + at)
        strings.append(PyBytes_FromStringAndSize(<const char *>list + at + 4, len))
        at += 4 + len
    strings.sort()
    return strings
