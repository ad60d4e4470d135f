# cython: binding=False, embedsignature=True, embedsignature.format=clinic, autotestdict=False
# cython: freethreading_compatible=True, boundscheck=False, wraparound=False, cdivision=True
"""Maps in which the last write of each key stays."""

cimport cython

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from libc.stdint cimport SIZE_MAX, uint8_t, uint64_t
from libc.stdlib cimport malloc
from libc.string cimport memcmp, memcpy, memset

from coterie._core cimport as_iterator, shown
from coterie.crdts._counter cimport coterie_replicas_add
from coterie.crdts._elements cimport (
    Strings, Written, as_strings, begin, coterie_strings, element_bytes, end, of_strings, read_element, strings_of, write_element,
)
from coterie.crdts._keyed cimport (
    COTERIE_KEYED_VALUES, Timed, coterie_keyed, coterie_keyed_entry, coterie_keyed_last, coterie_keyed_outcome,
)
from coterie.crdts._replicated cimport COTERIE_NO_MEMORY, COTERIE_OK, Replicated, check_codec, coterie_status
from coterie.crdts._time cimport Time, time_of

from collections.abc import KeysView, Mapping, MutableMapping

from coterie.crdts._views import Items, Values, keys_of

cdef extern from "coterie/crdts/keyed_local.h" nogil:
    void coterie_keyed_have(const coterie_keyed *keyed, const coterie_strings *keys, uint8_t *found)

cdef extern from "coterie/crdts/frame.h" nogil:
    enum:
        COTERIE_LWW_MAP

# When a key is written.
cdef enum:
    ALWAYS
    PRESENT
    ABSENT
    WITH_VALUE  # it has the value that was seen

cdef object NOTHING = object()


@cython.auto_pickle(False)
cdef class LWWMap(Timed):
    """LWWMap(items=(), *, replica=None, codec=None, time_ns=None, max_drift=None)\n--\n
    A map in which the last write of each key stays, removals too.

    items: a mapping, or pairs of a key and a value, written as local changes. Keys and values are None, bools, ints, floats, str,
        bytes and tuples of these. Keys of other kinds, or with other bytes, are others: 1, True, 1.0, "1" and b"1" are five.
    replica: this object's id, bytes or a str of 1 .. 64 bytes, which no other living object may have; None: a random one.
    codec: a tuple of two functions, (encode, decode), for other keys and values: `encode(x)` gives bytes, of which `decode` makes
        it when it is read.
    time_ns: what says the time, in nanoseconds since 1970; None: `time.time_ns`.
    max_drift: how many milliseconds stamps may lie ahead of that, else ClockDriftError; None: any, since one fast clock must
        not keep replicas from agreeing.

    A write gets a stamp as HybridLogicalClock gives them: the time, or if that is not after all that were seen here, the next
    one. So it wins here, whatever the clock does; of concurrent ones that with the greatest (stamp, replica, bytes of the
    value) stays everywhere, and a removal is a write with no value. A removed key leaves an entry, until all members `rebase`.
    It is a MutableMapping, but for the four operators of the lattice, `|`, `|=`, `==` and `<=`, which merge and compare states.
    Methods are atomic: any thread may use an object at any time. Constant time for one key; a merge looks at each key of the
    other.

    Johnson and Thomas, "The maintenance of duplicate databases", RFC 677, 1975.

    >>> from coterie import LWWMap
    >>> a = LWWMap({"color": "red"}, replica="a")
    >>> b = a.fork(replica="b")
    >>> b["color"] = "blue"
    >>> b["size"] = 5
    >>> del b["size"]
    >>> a.merge(b)
    >>> dict(a), a.time("size") > a.time("color") > 0
    ({'color': 'blue'}, True)
    """

    cdef uint64_t own_last  # stamp of a write under the own id

    def __cinit__(self):
        self.keyed().kind = COTERIE_KEYED_VALUES

    def __init__(self, items=(), *, replica=None, codec=None, time_ns=None, max_drift=None):
        cdef list keys = [], values = []
        cdef Strings strings, held
        cdef Time clock = time_of(time_ns, max_drift)
        split(items, keys, values)
        codec = check_codec(codec)
        strings, held = strings_of(keys, codec, "items"), strings_of(values, codec, "items")
        self.begin(replica, codec)
        self.tell_time(clock)
        self.write_many(strings, held)

    cdef unsigned number(self) noexcept:
        return COTERIE_LWW_MAP

    cdef Replicated empty(self):
        return LWWMap.__new__(LWWMap)

    cdef int check_change(self, bint removal) except -1:
        raise TypeError(f"a {self.name()} has values: set or delete them")

    # ---- writing ----

    # Writes values of many keys, or one of all, which has no bytes if they are removed.
    cdef coterie_status write_under(self, bytes id, const coterie_strings *keys, const coterie_strings *values,
                                    const uint8_t *value, size_t size, bint shown, uint64_t now, uint64_t stamp,
                                    coterie_keyed_outcome *outcome) noexcept:
        cdef coterie_keyed_entry entry
        cdef uint64_t before = self.own_last if self.wrote else self.latest  # what it adopted was no later
        cdef coterie_status status = COTERIE_NO_MEMORY
        memset(&entry, 0, sizeof(entry))
        entry.value, entry.len = value, size
        if self.own_store() is not NULL:
            status = coterie_replicas_add(&self.keyed().ids, PyBytes_AS_STRING(id), PyBytes_GET_SIZE(id), &entry.writer)
        if status == COTERIE_OK:
            status = self.write_at(keys, values, entry, False, shown, now, &stamp, outcome)
        if status == COTERIE_OK and outcome.last:
            self.own_last = max(before, stamp)
        return status

    # Writes a value, or none; whether it stays.
    cdef bint change(self, const uint8_t *key, size_t len, const uint8_t *value, size_t size, object time, int when,
                     bytes known) except -1:
        cdef coterie_strings keys
        cdef coterie_keyed_entry entry
        cdef coterie_keyed_outcome outcome
        cdef coterie_status status = COTERIE_OK
        cdef uint64_t now = 0, stamp = self.time_source().stamp_for(time, &now)
        cdef bytes id = self.own(True)
        cdef bint fits
        keys.bytes, keys.ends, keys.n = key, &len, 1
        outcome.last = 0
        with cython.critical_section(self):
            fits = when == ALWAYS
            if not fits:
                fits = self.find(key, len, &entry) and entry.len != 0
                if when == ABSENT:
                    fits = not fits
                elif fits and when == WITH_VALUE:
                    fits = (entry.len == <size_t>PyBytes_GET_SIZE(known)
                            and memcmp(entry.value, PyBytes_AS_STRING(known), entry.len) == 0)
            if fits:
                status = self.write_under(id, &keys, NULL, value, size, False, now, stamp, &outcome)
        self.refuse_change(status, None)
        return outcome.last > 0

    cdef bint set_item(self, object key, object value, object time, int when) except -1:
        cdef Written key_out, out
        begin(&key_out)
        begin(&out)
        try:
            codec = self.codec_now()
            write_element(key, codec, &key_out)
            write_element(value, codec, &out)
            return self.change(key_out.bytes, key_out.len, out.bytes, out.len, time, when, None)
        finally:
            end(&key_out)
            end(&out)

    cdef bint delete_item(self, object key, object time) except -1:
        cdef Written out
        begin(&out)
        try:
            write_element(key, self.codec_now(), &out)
            return self.change(out.bytes, out.len, NULL, 0, time, PRESENT if time is None else ALWAYS, None)
        finally:
            end(&out)

    def set(self, key, value, /, *, time=None):
        """Write the value of a key; whether it stays.

        time: the stamp of the write, 1 .. 2**64-1, as if it came from elsewhere: it may lose. None: now, and it wins.

        TypeError or ValueError for what is no key or value. OverflowError if a stamp of 2**64-1 was seen. ClockDriftError for a
        time that is too far ahead.
        """
        return self.set_item(key, value, time, ALWAYS)

    def delete(self, key, /, *, time=None):
        """Remove a key; whether that stays. Without a time nothing is done, and it is False, if the key is not there.

        time: as of `set`.
        """
        return self.delete_item(key, time)

    def __setitem__(self, key, value):
        self.set_item(key, value, None, ALWAYS)

    def __delitem__(self, key):
        if not self.delete_item(key, None):
            raise KeyError(key)

    def add_many(self, keys, values):
        """Write the values of keys: all, or none if one cannot be. Of a key that comes twice the last value stays.

        keys, values: any iterables, arrays and columns too. ValueError if there are not as many of both.
        """
        cdef Strings strings = self._strings_of(keys, "keys"), held = self._strings_of(values, "values")
        if strings.n != held.n:
            raise ValueError(f"there are {strings.n} keys and {held.n} values: pass as many of both")
        self.write_many(strings, held)

    def discard_many(self, keys):
        """Remove those of some keys that are there."""
        self.write_many(self._strings_of(keys, "keys"), None)

    # Writes values of keys, or if there are none removes those that are there.
    cdef int write_many(self, Strings strings, Strings held) except -1:
        cdef coterie_strings keys = of_strings(strings), values
        cdef coterie_keyed_outcome outcome
        cdef coterie_status status
        cdef uint64_t now
        cdef bytes id
        if held is not None:
            values = of_strings(held)
        if keys.n:
            now = self.time_now()
            id = self.own(True)
            with cython.critical_section(self):
                status = self.write_under(id, &keys, NULL if held is None else &values, NULL, 0, held is None, now, 0, &outcome)
            self.refuse_change(status, None)
        return 0

    def update(self, items=(), /, **more):
        """Write the values of a mapping, or of pairs of a key and a value: all, or none if one cannot be."""
        cdef list keys = [], values = []
        split(items, keys, values)
        keys.extend(more.keys())
        values.extend(more.values())
        self.add_many(keys, values)

    def setdefault(self, key, /, default=None):
        """The value of a key, which gets this one if it is not there."""
        while True:
            value = self.value_of(key)
            if value is not NOTHING:
                return value
            if self.set_item(key, default, None, ABSENT):
                return default

    def pop(self, key, /, default=NOTHING):
        """Remove a key; its value. If it is not there the default, or KeyError."""
        cdef bytes string = element_bytes(key, self.codec_now())
        cdef tuple found
        while True:
            found = self.held_as(string)
            if found is None:
                if default is NOTHING:
                    raise KeyError(key)
                return default
            value = self._element(<bytes>found[1])
            if self.remove_as(found):
                return value

    def popitem(self):
        """Remove any key; it and its value. KeyError if there is none."""
        cdef tuple found
        cdef list keys
        while True:
            keys = self.some_keys(0, 1)[0]
            if not keys:
                raise KeyError("popitem from an empty map")
            found = self.held_as(<bytes>keys[0])
            if found is not None:
                item = self._element(<bytes>found[0]), self._element(<bytes>found[1])
                if self.remove_as(found):
                    return item

    # Removes a key if it has the value that it had.
    cdef bint remove_as(self, tuple found) except -1:
        cdef bytes key = <bytes>found[0]
        return self.change(<const uint8_t *>PyBytes_AS_STRING(key), PyBytes_GET_SIZE(key), NULL, 0, None, WITH_VALUE,
                           <bytes>found[1])

    def clear(self):
        """Remove all keys."""
        self.write_many(as_strings(self.some_keys(0, SIZE_MAX)[0]), None)

    # ---- reading ----

    # The bytes of the value of a key, which begin with `begin`; whether it is there.
    cdef bint find_value(self, const void *key, size_t len, Written *out) except -1:
        cdef coterie_keyed_entry entry
        cdef uint8_t *bytes
        cdef bint there, full = False
        with cython.critical_section(self):
            there = self.find(key, len, &entry) and entry.len != 0
            if there and entry.len > out.room:
                bytes = <uint8_t *>malloc(entry.len)
                full = bytes is NULL
                if not full:
                    out.bytes, out.room = bytes, entry.len
            if there and not full:
                memcpy(out.bytes, entry.value, entry.len)
                out.len = entry.len
        if full:
            raise MemoryError("no memory for a value")
        return there

    # The value of a key, or NOTHING.
    cdef object value_of(self, object key):
        cdef Written key_out, out
        begin(&key_out)
        begin(&out)
        try:
            codec = self.codec_now()
            write_element(key, codec, &key_out)
            if self.find_value(key_out.bytes, key_out.len, &out):
                return read_element(out.bytes, out.len, codec)
            return NOTHING
        finally:
            end(&key_out)
            end(&out)

    # The bytes of a key and of its value; None if it is not there.
    cdef tuple held_as(self, bytes string):
        cdef Written out
        begin(&out)
        try:
            if self.find_value(PyBytes_AS_STRING(string), PyBytes_GET_SIZE(string), &out):
                return string, PyBytes_FromStringAndSize(<const char *>out.bytes, out.len)
            return None
        finally:
            end(&out)

    def __getitem__(self, key):
        value = self.value_of(key)
        if value is NOTHING:
            raise KeyError(key)
        return value

    def get(self, key, /, default=None):
        """The value of a key, or the default."""
        value = self.value_of(key)
        return default if value is NOTHING else value

    def time(self, key, /):
        """The stamp of the last write or removal of a key; 0 if there was none."""
        cdef Written out
        cdef coterie_keyed_entry entry
        begin(&out)
        try:
            write_element(key, self.codec_now(), &out)
            with cython.critical_section(self):
                if not self.find(out.bytes, out.len, &entry):
                    entry.time = 0
            return entry.time
        finally:
            end(&out)

    def contains_many(self, keys):
        """Which keys are there: an array of bool, one for each."""
        return self._have(self._strings_of(keys, "keys"))

    def _entries(self, size_t start, size_t most):
        return self.some_keys(start, most, True)

    def __iter__(self):
        return keys_of(self)

    __reversed__ = None

    def keys(self):
        """The keys: a view."""
        return KeysView(self)

    def values(self):
        """The values: a view."""
        return Values(self)

    def items(self):
        """The keys with their values: a view."""
        return Items(self)

    def __repr__(self):
        cdef LWWMap still = LWWMap.__new__(LWWMap)
        cdef coterie_keyed_entry entry
        cdef list parts = []
        with cython.critical_section(self):
            still.take(self)
            still.codec = self.codec
        for key in sorted(still.some_keys(0, 11)[0]):
            still.find(PyBytes_AS_STRING(<bytes>key), PyBytes_GET_SIZE(<bytes>key), &entry)
            value = PyBytes_FromStringAndSize(<const char *>entry.value, entry.len)
            parts.append(f"{still.show([key])}: {still.show([value])}")
        if len(parts) > 10:
            parts[10:] = ["..."]
        return f"<{type(self).__name__} of {{{', '.join(parts)}}}, replica {self.replica!r}>"

    # ---- the state ----

    cdef coterie_status take(self, Replicated other) noexcept:
        self.own_last = 0
        return Timed.take(self, other)

    cdef coterie_status take_renewed(self, Replicated new) noexcept:
        cdef uint64_t own_last = self.own_last
        cdef coterie_status status = self.take(new)
        self.own_last = own_last
        return status

    cdef bint wrote_more(self, Replicated other, const uint8_t *id, size_t len) noexcept:
        return coterie_keyed_last(self.keyed(), id, len) > (<LWWMap>other).own_last


# The keys and the values of a mapping or of pairs.
cdef int split(object items, list keys, list values) except -1:
    if isinstance(items, LWWMap) or isinstance(items, Mapping):
        items = items.items()
    elif hasattr(items, "keys"):
        items = [(key, items[key]) for key in items.keys()]
    for pair in as_iterator(items, "items", "a mapping, or an iterable of pairs"):
        try:
            key, value = pair
        except (TypeError, ValueError) as error:
            raise type(error)(f"an item is {shown(pair)}: pass pairs of a key and a value") from None
        keys.append(key)
        values.append(value)
    return 0


MutableMapping.register(LWWMap)
