# cython: binding=False, embedsignature=True, embedsignature.format=clinic, autotestdict=False
# cython: freethreading_compatible=True, boundscheck=False, wraparound=False, cdivision=True
"""Maps of counters, sets, registers, flags and maps."""

cimport cython

from coterie.crdts._map_root cimport COTERIE_MAP_ROOT, MapRoot
from coterie.crdts._replicated cimport Replicated
from coterie.crdts._time cimport Time, time_of

from collections.abc import Mapping

from coterie.crdts._map_keys import MapMethods

cdef extern from "coterie/crdts/frame.h" nogil:
    enum:
        COTERIE_OR_MAP


@cython.auto_pickle(False)
cdef class ORMap(MapRoot, MapMethods):
    """ORMap(*, replica=None, codec=None, time_ns=None, max_drift=None)\n--\n
    A map of counters, sets, registers, flags and maps, in which a removal takes away what it saw and nothing else.

    replica: this object's id, bytes or a str of 1 .. 64 bytes, which no other living object may have; None: a random one.
    codec: a tuple of two functions, (encode, decode), for keys, elements and values that are neither None, bool, int, float, str,
        bytes nor tuples of these: `encode(x)` gives bytes, of which `decode` makes them when they are read.
    time_ns: what says the time to the registers of `lww`, in nanoseconds since 1970; None: `time.time_ns`.
    max_drift: how many milliseconds stamps of theirs may lie ahead of that, else ClockDriftError; None: any.

    What a key holds is had by a method that says what it is: `counter`, `set`, `rw_set`, `register`, `lww`, `flag`, `dw_flag` or
    `map`. That writes nothing; what it gives is a view of the map, which changes it and shows it as it is then. A key can hold one
    of each kind. It is there if any of them has an event that was not removed. All events of the map and of the maps in it stand
    in one context: what others do to a key at the same time as it is removed here stays, alone. It is a Mapping, with `del`,
    `discard` and `clear`. Methods are atomic: any thread may use an object at any time. Reading a key costs what it holds; a merge
    looks at 64 events at a time, and at each that comes or goes.

    Almeida, Shoker and Baquero, "Delta state replicated data types", 2018.

    >>> from coterie import ORMap
    >>> a = ORMap(replica="a")
    >>> a.counter("likes").increment(5)
    >>> a.set("tags").add("x")
    >>> b = a.fork(replica="b")
    >>> b.counter("likes").increment(2)
    >>> del a["likes"]
    >>> a |= b
    >>> a.value == {"likes": 2, "tags": {"x"}}, a.kinds("tags")
    (True, ('set',))
    """

    def __init__(self, *, replica=None, codec=None, time_ns=None, max_drift=None):
        cdef Time clock = time_of(time_ns, max_drift)
        self.begin(replica, codec)
        self.tell_time(clock)

    cdef unsigned number(self) noexcept:
        return COTERIE_OR_MAP

    cdef Replicated empty(self):
        return ORMap.__new__(ORMap)

    def __len__(self):
        return self.len_at(b"")

    def __bool__(self):
        return self.len_at(b"") > 0

    def __repr__(self):
        return f"<{type(self).__name__} of {self._shown()}, replica {self.replica!r}>"


Mapping.register(ORMap)
