# cython: binding=False, embedsignature=True, embedsignature.format=clinic, autotestdict=False
# cython: freethreading_compatible=True, boundscheck=False, wraparound=False, cdivision=True
"""The state of maps of replicated structures, and what is read and written at a path."""

cimport cython

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from cpython.dict cimport PyDict_Size
from cpython.list cimport PyList_GET_SIZE
from libc.stdint cimport uint8_t, uint32_t, uint64_t
from libc.stdlib cimport free, malloc
from libc.string cimport memcpy

from coterie.clocks._context cimport coterie_dots
from coterie.crdts._counter cimport coterie_replicas
from coterie.crdts._dotted cimport (
    COTERIE_NO_STRING, Dotted, coterie_dot_log, coterie_dotted, coterie_record, coterie_shared_dotted, coterie_string_check,
    coterie_table_find, coterie_table_hash, listed_strings,
)
from coterie.crdts._elements cimport element_bytes, read_element
from coterie.crdts._replicated cimport (
    COTERIE_NO_MEMORY, COTERIE_OK, ENTRIES, TOMBSTONES, Replicated, check, coterie_status,
)
from coterie.crdts._time cimport Time, refuse_stamp, stamp_after, time_of

import os

from coterie.crdts._changes import Changes

cdef extern from "coterie/base.h" nogil:
    uint64_t coterie_load64(const void *p)
    void coterie_store64(void *p, uint64_t x)
    uint64_t coterie_swap64(uint64_t x)

cdef extern from "coterie/clocks/dots.h" nogil:
    uint64_t coterie_dots_highest(const coterie_dots *dots, size_t slot)

cdef extern from "coterie/crdts/dotted_local.h" nogil:
    const uint8_t *coterie_replica_id(const coterie_replicas *replicas, size_t place)
    coterie_status coterie_dotted_unmake(coterie_dotted *dotted, uint32_t string, coterie_dot_log *log)
    coterie_shared_dotted *coterie_shared_dotted_hold(coterie_shared_dotted *shared)
    void coterie_shared_dotted_drop(coterie_shared_dotted *shared)

cdef extern from "coterie/crdts/map_local.h" nogil:
    enum:
        COTERIE_MAP_AMOUNT
    uint32_t COTERIE_MAP_NONE
    ctypedef struct coterie_map_node:
        uint64_t content
        uint32_t len
        uint32_t n_shown
        uint8_t kind
    ctypedef struct coterie_map_key:
        uint32_t present
    ctypedef struct coterie_map_index:
        coterie_map_key *each_key
        coterie_map_node *nodes
        uint64_t latest
        uint64_t removals
    ctypedef struct coterie_map_sum:
        uint64_t added[2]
        uint64_t taken[2]
    int coterie_map_string_check(const uint8_t *bytes, size_t len)
    coterie_status coterie_map_follow(coterie_dotted *dotted)
    const coterie_map_index *coterie_map_index_of(const coterie_dotted *dotted)
    uint32_t coterie_map_find(const coterie_map_index *index, const void *path, size_t len)
    uint32_t coterie_map_find_key(const coterie_map_index *index, uint32_t map, const void *bytes, size_t len)
    uint32_t coterie_map_node_of(const coterie_map_index *index, uint32_t key, unsigned kind)
    unsigned coterie_map_kinds(const coterie_map_index *index, uint32_t key)
    uint32_t coterie_map_next(const coterie_map_index *index, uint32_t node, uint32_t member)
    const uint8_t *coterie_map_rest(const coterie_dotted *dotted, uint32_t node, uint32_t member, size_t *len)
    coterie_status coterie_map_clear(coterie_dotted *dotted, uint32_t node, coterie_dot_log *log)
    coterie_status coterie_map_delete(coterie_dotted *dotted, uint32_t key, coterie_dot_log *log)
    coterie_status coterie_map_make_alone(coterie_dotted *dotted, size_t place, const void *bytes, size_t len, size_t head,
                                          coterie_dot_log *log)
    coterie_status coterie_map_count(coterie_dotted *dotted, size_t place, uint8_t *path, size_t head, uint64_t settled, int negative,
                                     uint64_t amount, coterie_dot_log *log)
    void coterie_map_sum_of(const coterie_dotted *dotted, uint32_t node, coterie_map_sum *sum)
    uint32_t coterie_map_winner(const coterie_dotted *dotted, uint32_t node)
    int coterie_map_standing(const coterie_dotted *dotted, uint32_t node, uint32_t record, const uint8_t *rest, size_t len,
                             const void *id, size_t id_len)
    uint64_t coterie_map_latest(const coterie_dotted *dotted)
    coterie_status coterie_map_renew(coterie_dotted *out, const coterie_dotted *dotted, const void *id, size_t len)
    coterie_status coterie_map_list(const coterie_dotted *dotted, uint32_t node, size_t most, uint8_t **out, size_t *size)
    coterie_status coterie_map_list_touched(const coterie_dotted *dotted, const coterie_dotted *other, uint8_t **out, size_t *size)

cdef uint64_t PARTED = 0  # how often this process has forked: its children have what it had


def parting():
    global PARTED
    PARTED += 1


os.register_at_fork(before=parting, after_in_parent=parting)


cdef inline uint32_t find(coterie_dotted *dots, bytes path) noexcept:
    return coterie_map_find(coterie_map_index_of(dots), PyBytes_AS_STRING(path), PyBytes_GET_SIZE(path))


cdef inline uint32_t number_of(coterie_dotted *dots, bytes string) noexcept:
    cdef size_t len = PyBytes_GET_SIZE(string)
    cdef const char *bytes = PyBytes_AS_STRING(string)
    return coterie_table_find(&dots.strings, coterie_table_hash(&dots.strings, bytes, len), bytes, len)


# A value of 128 bits, the low half first.
cdef inline object wide(const uint64_t *halves):
    return (<object>halves[1] << 64) + halves[0] if halves[1] else <object>halves[0]


@cython.auto_pickle(False)
cdef class MapRoot(Dotted):
    """A map of replicated structures. Not made by itself."""

    def __cinit__(self):
        check(coterie_map_follow(self.dots()))
        self.clock = time_of(None, None)

    cdef uint64_t latest(self) noexcept:
        return max(self.stamp, coterie_map_index_of(self.dots()).latest)

    cdef MapRoot still(self):
        cdef MapRoot new = MapRoot.__new__(MapRoot)
        with cython.critical_section(self):
            coterie_shared_dotted_drop(new.store)
            new.store = coterie_shared_dotted_hold(self.store)
        return new

    # ---- changes ----

    cdef bint has(self, bytes string) noexcept:
        cdef bint found
        with cython.critical_section(self):
            found = number_of(self.dots(), string) != COTERIE_NO_STRING
        return found

    cdef int put(self, bytes string) except -1:
        cdef bytes id = self.own(True)
        cdef coterie_status status
        with cython.critical_section(self):
            status = self.make(id, PyBytes_AS_STRING(string), PyBytes_GET_SIZE(string), False)
        return self.check_change(status, id)

    cdef bint drop(self, bytes string) except -1:
        cdef coterie_dotted *dots
        cdef uint32_t number
        cdef coterie_status status = COTERIE_OK
        self.own(True)
        with cython.critical_section(self):
            number = number_of(self.dots(), string)
            if number != COTERIE_NO_STRING:
                dots = self.own_store()
                status = COTERIE_NO_MEMORY if dots is NULL else coterie_dotted_unmake(dots, number, &self.log)
                if status == COTERIE_OK:
                    self.changed()
        check(status)
        return number != COTERIE_NO_STRING

    cdef int put_alone(self, bytes string, size_t head) except -1:
        cdef bytes id = self.own(True)
        cdef coterie_status status = COTERIE_NO_MEMORY
        cdef coterie_dotted *dots
        cdef size_t place
        with cython.critical_section(self):
            dots = self.to_change(id, &place)
            if dots is not NULL:
                status = coterie_map_make_alone(dots, place, PyBytes_AS_STRING(string), PyBytes_GET_SIZE(string), head, &self.log)
            if status == COTERIE_OK:
                self.changed()
        return self.check_change(status, id)

    cdef int clear_at(self, bytes path) except -1:
        cdef coterie_dotted *dots
        cdef uint32_t node
        cdef coterie_status status = COTERIE_OK
        self.own(True)
        with cython.critical_section(self):
            node = find(self.dots(), path)
            if node != COTERIE_MAP_NONE and coterie_map_index_of(self.dots()).nodes[node].len:
                dots = self.own_store()
                status = COTERIE_NO_MEMORY if dots is NULL else coterie_map_clear(dots, node, &self.log)
                if status == COTERIE_OK:
                    self.changed()
        return check(status)

    cdef bint delete_at(self, bytes path, bytes key) except -1:
        cdef coterie_dotted *dots
        cdef uint32_t number
        cdef coterie_status status = COTERIE_OK
        cdef bint present
        self.own(True)
        with cython.critical_section(self):
            number = key_at(self.dots(), path, key)
            present = number != COTERIE_MAP_NONE and coterie_map_index_of(self.dots()).each_key[number].present
            if present:
                dots = self.own_store()
                status = COTERIE_NO_MEMORY if dots is NULL else coterie_map_delete(dots, number, &self.log)
                if status == COTERIE_OK:
                    self.changed()
        check(status)
        return present

    # ---- what is shown ----

    cdef size_t len_at(self, bytes path) noexcept:
        cdef uint32_t node
        cdef size_t n
        with cython.critical_section(self):
            node = find(self.dots(), path)
            n = 0 if node == COTERIE_MAP_NONE else coterie_map_index_of(self.dots()).nodes[node].n_shown
        return n

    cdef uint64_t content_of(self, bytes path) noexcept:
        cdef uint32_t node = find(self.dots(), path)
        return 0 if node == COTERIE_MAP_NONE else coterie_map_index_of(self.dots()).nodes[node].content

    cdef uint64_t content_at(self, bytes path) noexcept:
        cdef uint64_t content
        with cython.critical_section(self):
            content = self.content_of(path)
        return content

    cdef tuple some_at(self, bytes path, size_t most):
        cdef uint8_t *listed = NULL
        cdef size_t size = 0
        cdef uint32_t node
        cdef uint64_t content
        cdef coterie_status status = COTERIE_OK
        with cython.critical_section(self):
            node = find(self.dots(), path)
            content = self.content_of(path)
            if node != COTERIE_MAP_NONE:
                status = coterie_map_list(self.dots(), node, most, &listed, &size)
        try:
            check(status)
            return listed_strings(listed, size), content
        finally:
            free(listed)

    cdef unsigned kinds_at(self, bytes path, bytes key) noexcept:
        cdef uint32_t number
        cdef unsigned kinds
        with cython.critical_section(self):
            number = key_at(self.dots(), path, key)
            kinds = 0 if number == COTERIE_MAP_NONE else coterie_map_kinds(coterie_map_index_of(self.dots()), number)
        return kinds

    # ---- counters ----

    cdef int count_at(self, bytes path, bint negative, uint64_t amount) except -1:
        cdef bytes id = self.own(True)
        cdef size_t head = PyBytes_GET_SIZE(path), place
        cdef uint8_t *string = <uint8_t *>malloc(head + COTERIE_MAP_AMOUNT)
        cdef coterie_status status = COTERIE_NO_MEMORY
        cdef coterie_dotted *dots = NULL
        if string is not NULL:
            memcpy(string, PyBytes_AS_STRING(path), head)
            with cython.critical_section(self):
                dots = self.to_change(id, &place)
                if dots is not NULL:
                    if self.left or self.parted != PARTED:
                        self.settled = coterie_dots_highest(&dots.context, place)
                        self.left, self.parted = False, PARTED
                    status = coterie_map_count(dots, place, string, head, self.settled, negative, amount, &self.log)
                if status == COTERIE_OK:
                    self.changed()
            free(string)
        return self.check_change(status, id)

    cdef object total_at(self, bytes path):
        cdef coterie_map_sum sum
        cdef uint32_t node
        with cython.critical_section(self):
            node = find(self.dots(), path)
            if node != COTERIE_MAP_NONE:
                coterie_map_sum_of(self.dots(), node, &sum)
        return 0 if node == COTERIE_MAP_NONE else wide(sum.added) - wide(sum.taken)

    # ---- last writers ----

    cdef tuple winner_at(self, bytes path):
        cdef coterie_dotted *dots
        cdef const coterie_record *record
        cdef uint8_t *copy = NULL
        cdef const uint8_t *rest
        cdef size_t len = 0, id_len = 0
        cdef uint32_t node
        with cython.critical_section(self):
            dots = self.dots()
            node = find(dots, path)
            if node != COTERIE_MAP_NONE:
                record = &dots.records[coterie_map_winner(dots, node)]
                rest = coterie_map_rest(dots, node, record.string, &len)
                id_len = dots.ids.each[record.place].len
                copy = <uint8_t *>malloc(len + id_len)
                if copy is not NULL:
                    memcpy(copy, rest, len)
                    memcpy(copy + len, coterie_replica_id(&dots.ids, record.place), id_len)
        if node == COTERIE_MAP_NONE:
            return None
        try:
            if copy is NULL:
                check(COTERIE_NO_MEMORY)
            return (coterie_swap64(coterie_load64(copy)), PyBytes_FromStringAndSize(<char *>copy + len, id_len),
                    PyBytes_FromStringAndSize(<char *>copy + 8, len - 8))
        finally:
            free(copy)

    cdef bint write_at(self, bytes path, bytes value, object time) except -1:
        cdef Time clock = self.time_source()
        cdef uint64_t stamp = 0, now = 0, latest
        cdef size_t head = PyBytes_GET_SIZE(path), len = head + 8 + PyBytes_GET_SIZE(value), place
        cdef coterie_dotted *dots = NULL
        cdef coterie_status status = COTERIE_OK
        cdef uint8_t *string
        cdef uint32_t node
        cdef bytes id
        cdef bint wins = True
        stamp = clock.stamp_for(time, &now)
        id = self.own(True)
        string = <uint8_t *>malloc(len)
        if string is NULL:
            check(COTERIE_NO_MEMORY)
        memcpy(string, PyBytes_AS_STRING(path), head)
        memcpy(string + head + 8, PyBytes_AS_STRING(value), PyBytes_GET_SIZE(value))
        with cython.critical_section(self):
            latest = self.latest()
            if time is None:
                stamp = stamp_after(now, latest)
            coterie_store64(string + head, coterie_swap64(stamp))
            node = find(self.dots(), path)
            if node != COTERIE_MAP_NONE:
                wins = coterie_map_standing(self.dots(), node, coterie_map_winner(self.dots(), node), string + head, len - head,
                                            PyBytes_AS_STRING(id), PyBytes_GET_SIZE(id)) >= 0
            if stamp and wins:
                dots = self.to_change(id, &place)
                status = COTERIE_NO_MEMORY if dots is NULL else coterie_map_make_alone(dots, place, string, len, head, &self.log)
                if status == COTERIE_OK:
                    self.changed()
                else:
                    self.forget_stamps(latest)
            if status == COTERIE_OK:
                self.stamp = max(latest, stamp)
        free(string)
        self.check_change(status, id)
        if not stamp:
            refuse_stamp()
        return wins

    # After a change that failed: those later than before are not seen.
    cdef void forget_stamps(self, uint64_t latest) noexcept:
        cdef coterie_map_index *index = <coterie_map_index *>coterie_map_index_of(self.dots())
        if index.latest > latest:
            index.latest = latest

    # ---- all of it ----

    cdef dict visible_at(self, bytes path):
        cdef MapRoot still = self.still()
        cdef uint32_t node = find(still.dots(), path)
        return {} if node == COTERIE_MAP_NONE else visible_map(still.dots(), node, self.codec_now(), True)

    # ---- the state ----

    cdef coterie_status take(self, Replicated other) noexcept:
        cdef MapRoot one = <MapRoot>other
        self.stamp = one.latest()
        self.left = one.left = True
        return Dotted.take(self, other)

    cdef coterie_status join(self, Replicated other) noexcept:
        cdef MapRoot one = <MapRoot>other
        cdef uint64_t latest = self.latest()
        cdef coterie_status status = Dotted.join(self, other)
        self.left = one.left = True
        if status != COTERIE_OK:
            self.forget_stamps(latest)
        return status

    cdef coterie_status take_pending(self, Replicated delta) noexcept:
        self.left = True
        return Dotted.take_pending(self, delta)

    cdef coterie_status beyond(self, Replicated known, Replicated diff) noexcept:
        self.left = True
        return Dotted.beyond(self, known, diff)

    cdef coterie_status renew(self, const uint8_t *id, size_t len) noexcept:
        cdef uint64_t latest = self.latest()
        cdef coterie_status status = Dotted.renew(self, id, len)
        if status == COTERIE_OK:
            self.stamp, self.left = latest, True
        return status

    cdef coterie_status renewed(self, coterie_dotted *out, const uint8_t *id, size_t len) noexcept:
        if coterie_map_follow(out) != COTERIE_OK:
            return COTERIE_NO_MEMORY
        return coterie_map_renew(out, self.dots(), id, len)

    cdef coterie_status write(self, bint digest, uint8_t *out, uint8_t **end) noexcept:
        self.left = self.left or not digest
        return Dotted.write(self, digest, out, end)

    cdef coterie_string_check string_check(self) noexcept:
        return coterie_map_string_check

    cdef void measure(self, size_t *numbers) noexcept:
        cdef const coterie_map_index *index = coterie_map_index_of(self.dots())
        Dotted.measure(self, numbers)
        numbers[ENTRIES], numbers[TOMBSTONES] = index.nodes[COTERIE_MAP_ROOT].n_shown, index.removals

    cdef uint64_t last_stamp(self) noexcept:
        return coterie_map_latest(self.dots())

    cdef object changes(self, Replicated before, Replicated after):
        cdef coterie_dotted *one = (<MapRoot>before).dots()
        cdef coterie_dotted *other = (<MapRoot>after).dots()
        cdef set keys = {*touched(one, other), *touched(other, one)}
        cdef dict old = visible_of(one, keys), new = visible_of(other, keys)
        return Changes(sorted(new.keys() - old.keys()), sorted(old.keys() - new.keys()),
                       sorted(key for key in old.keys() & new.keys() if old[key] != new[key]), self.codec_now())


cdef uint32_t key_at(coterie_dotted *dots, bytes path, bytes key) noexcept:
    cdef uint32_t node = find(dots, path)
    if node == COTERIE_MAP_NONE:
        return COTERIE_MAP_NONE
    return coterie_map_find_key(coterie_map_index_of(dots), node, PyBytes_AS_STRING(key), PyBytes_GET_SIZE(key))


# The bytes of the keys that have dots which another state has not; that became of this one, or this one of it.
cdef list touched(coterie_dotted *dots, coterie_dotted *other):
    cdef uint8_t *listed = NULL
    cdef size_t size = 0
    cdef coterie_status status = coterie_map_list_touched(dots, other, &listed, &size)
    try:
        check(status)
        return listed_strings(listed, size)
    finally:
        free(listed)


# ---- what is visible, of a state that does not change ----

# What some keys show, as bytes.
cdef dict visible_of(coterie_dotted *dots, set strings):
    cdef list keys = []
    cdef uint32_t key
    for string in strings:
        key = key_at(dots, b"", string)
        if key != COTERIE_MAP_NONE and coterie_map_index_of(dots).each_key[key].present:
            keys.append((string, key))
    return visible_keys(dots, keys, None, False)


cdef object read_bytes(bytes string, object codec):
    return read_element(<const uint8_t *>PyBytes_AS_STRING(string), PyBytes_GET_SIZE(string), codec)


# An element's bytes, or what they stand for.
cdef object visible_element(const uint8_t *bytes, size_t len, object codec, bint plain):
    return read_element(bytes, len, codec) if plain else PyBytes_FromStringAndSize(<const char *>bytes, len)


cdef object visible_bool(bint value, bint plain):
    return value if plain else b"\1\1" if value else b"\1\0"


cdef object visible_total(const coterie_dotted *dots, uint32_t node, bint plain):
    cdef coterie_map_sum sum
    coterie_map_sum_of(dots, node, &sum)
    total = wide(sum.added) - wide(sum.taken)
    return total if plain else element_bytes(total, None)


cdef object visible_winner(const coterie_dotted *dots, uint32_t node, object codec, bint plain):
    cdef size_t len = 0
    cdef const uint8_t *rest = coterie_map_rest(dots, node, dots.records[coterie_map_winner(dots, node)].string, &len)
    return visible_element(rest + 8, len - 8, codec, plain)


cdef dict visible_map(const coterie_dotted *dots, uint32_t node, object codec, bint plain):
    cdef const coterie_map_index *index = coterie_map_index_of(dots)
    cdef uint32_t key = coterie_map_next(index, node, COTERIE_MAP_NONE)
    cdef const uint8_t *bytes
    cdef size_t len = 0
    cdef list keys = []
    cdef dict out
    while key != COTERIE_MAP_NONE:
        bytes = coterie_map_rest(dots, node, key, &len)
        keys.append((PyBytes_FromStringAndSize(<const char *>bytes, len), key))
        key = coterie_map_next(index, node, key)
    out = visible_keys(dots, keys, codec, plain)
    if PyDict_Size(out) < PyList_GET_SIZE(keys):  # some are one for Python, as 1 and True: the first of these, so equal maps show the same
        keys.sort()
        out = visible_keys(dots, keys, codec, plain)
    return out


cdef dict visible_keys(const coterie_dotted *dots, list keys, object codec, bint plain):
    cdef const coterie_map_index *index = coterie_map_index_of(dots)
    cdef unsigned kinds, kind
    cdef dict out = {}
    for string, key in keys:
        kinds, kind = coterie_map_kinds(index, key), 0
        while not kinds >> kind & 1:
            kind += 1
        value = visible_node(dots, coterie_map_node_of(index, key, kind), codec, plain)
        out.setdefault(read_bytes(string, codec) if plain else string, value)
    return out


# A set, or of a register, a list.
cdef object visible_members(const coterie_dotted *dots, uint32_t node, object codec, bint plain):
    cdef const coterie_map_index *index = coterie_map_index_of(dots)
    cdef uint32_t member = coterie_map_next(index, node, COTERIE_MAP_NONE)
    cdef const uint8_t *bytes
    cdef size_t len = 0
    cdef list strings = []
    while member != COTERIE_MAP_NONE:
        bytes = coterie_map_rest(dots, node, member, &len)
        strings.append(PyBytes_FromStringAndSize(<const char *>bytes, len))
        member = coterie_map_next(index, node, member)
    if index.nodes[node].kind != COTERIE_MAP_REGISTER:
        return {read_bytes(string, codec) for string in strings} if plain else frozenset(strings)
    strings.sort()
    return [read_bytes(string, codec) for string in strings] if plain else tuple(strings)


cdef object visible_node(const coterie_dotted *dots, uint32_t node, object codec, bint plain):
    cdef unsigned kind = coterie_map_index_of(dots).nodes[node].kind
    if kind == COTERIE_MAP_COUNTER:
        return visible_total(dots, node, plain)
    if kind == COTERIE_MAP_LWW:
        return visible_winner(dots, node, codec, plain)
    if kind == COTERIE_MAP_FLAG or kind == COTERIE_MAP_DW_FLAG:
        return visible_bool(kind == COTERIE_MAP_FLAG, plain)
    if kind == COTERIE_MAP_MAP:
        return visible_map(dots, node, codec, plain)
    return visible_members(dots, node, codec, plain)
