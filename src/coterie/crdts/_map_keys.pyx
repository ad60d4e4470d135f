# cython: embedsignature=True, embedsignature.format=clinic, autotestdict=False
# cython: freethreading_compatible=True, boundscheck=False, wraparound=False, cdivision=True
"""The keys of maps, and maps in maps."""

cimport cython

from cpython.bytes cimport PyBytes_GET_SIZE

from coterie.crdts._elements cimport element_bytes
from coterie.crdts._map_child cimport Child, child_of, path_of, read_bytes
from coterie.crdts._map_root cimport (
    COTERIE_MAP_COUNTER, COTERIE_MAP_DEPTH, COTERIE_MAP_DW_FLAG, COTERIE_MAP_FLAG, COTERIE_MAP_LWW, COTERIE_MAP_MAP,
    COTERIE_MAP_REGISTER, COTERIE_MAP_RW_SET, COTERIE_MAP_SET, MapRoot,
)

from collections.abc import Mapping

from coterie.crdts._map_child import walk
from coterie.crdts._map_counter import CounterChild
from coterie.crdts._map_flags import DWFlagChild, FlagChild
from coterie.crdts._map_registers import LWWChild, RegisterChild
from coterie.crdts._map_sets import RWSetChild, SetChild
from coterie.crdts._map_views import Items, Keys, Values

# By the numbers of kinds.
cdef tuple NAMES = ("counter", "set", "rw_set", "register", "lww", "flag", "dw_flag", "map")


cdef MapRoot root_of(object map):
    return <MapRoot>map if isinstance(map, MapRoot) else (<Child?>map).root


cdef bytes path_in(object map):
    return b"" if isinstance(map, MapRoot) else (<Child?>map).path


cdef bytes key_bytes(object map, object key):
    return element_bytes(key, root_of(map).codec_now())


cdef object child(object map, bytes key, int kind):
    cdef Child new
    cdef int depth = 0
    if kind == COTERIE_MAP_MAP:
        depth = 1 if isinstance(map, MapRoot) else (<MapChild?>map).depth + 1
        if depth > COTERIE_MAP_DEPTH:
            raise ValueError(f"more than {COTERIE_MAP_DEPTH} maps in each other")
    new = child_of(CLASSES[kind], root_of(map), path_of(path_in(map), key, kind))
    if kind == COTERIE_MAP_MAP:
        (<MapChild>new).depth = depth
    return new


# The child of a key's first kind; None if there is none.
cdef object first_child(object map, object key):
    cdef bytes data = key_bytes(map, key)
    cdef unsigned kinds = root_of(map).kinds_at(path_in(map), data), kind = 0
    if not kinds:
        return None
    while not kinds >> kind & 1:
        kind += 1
    return child(map, data, kind)


class MapMethods:
    """Those of a map, by the path that it has."""

    __slots__ = ()

    def counter(self, key, /):
        """The counter at a key: as PNCounter, and `reset`."""
        return child(self, key_bytes(self, key), COTERIE_MAP_COUNTER)

    def set(self, key, /):
        """The set at a key: as ORSet."""
        return child(self, key_bytes(self, key), COTERIE_MAP_SET)

    def rw_set(self, key, /):
        """The set at a key in which removals win: as RemoveWinsSet."""
        return child(self, key_bytes(self, key), COTERIE_MAP_RW_SET)

    def register(self, key, /):
        """The value at a key, or all that were written at the same time: as MVRegister."""
        return child(self, key_bytes(self, key), COTERIE_MAP_REGISTER)

    def lww(self, key, /):
        """The value at a key of which the last write stays: as LWWRegister."""
        return child(self, key_bytes(self, key), COTERIE_MAP_LWW)

    def flag(self, key, /):
        """The flag at a key, False at first: as EnableWinsFlag."""
        return child(self, key_bytes(self, key), COTERIE_MAP_FLAG)

    def dw_flag(self, key, /):
        """The flag at a key, True at first: as DisableWinsFlag."""
        return child(self, key_bytes(self, key), COTERIE_MAP_DW_FLAG)

    def map(self, key, /):
        """The map at a key. ValueError for more than 32 in each other."""
        return child(self, key_bytes(self, key), COTERIE_MAP_MAP)

    def kinds(self, key, /):
        """What is at a key: a tuple of the names of the methods that give it."""
        cdef unsigned kinds = root_of(self).kinds_at(path_in(self), key_bytes(self, key)), i
        return tuple([name for i, name in enumerate(NAMES) if kinds >> i & 1])

    def __getitem__(self, key):
        found = first_child(self, key)
        if found is None:
            raise KeyError(key)
        return found

    def __setitem__(self, key, value):
        cdef bytes path = path_of(path_in(self), key_bytes(self, key), 0), other
        cdef Py_ssize_t head = PyBytes_GET_SIZE(path) - 1  # without the kind
        if isinstance(value, Child) and (<Child>value).root is root_of(self):
            other = (<Child>value).path
            if PyBytes_GET_SIZE(other) == head + 1 and other[:head] == path[:head]:
                return  # as after m[key] += 1
        raise TypeError(f"a key of a map cannot be set: change what is there by one of m.{', m.'.join(NAMES)}(key)")

    def __delitem__(self, key):
        if not root_of(self).delete_at(path_in(self), key_bytes(self, key)):
            raise KeyError(key)

    def discard(self, key, /):
        """Remove a key, and all that is known here of what it holds, if it is there."""
        root_of(self).delete_at(path_in(self), key_bytes(self, key))

    def clear(self):
        """Remove all that is known here."""
        root_of(self).clear_at(path_in(self))

    def __contains__(self, key):
        return root_of(self).kinds_at(path_in(self), key_bytes(self, key)) != 0

    def get(self, key, /, default=None):
        """What `m[key]` is, or the default if the key is not there."""
        found = first_child(self, key)
        return default if found is None else found

    def keys(self):
        """The keys that are there, as a view."""
        return Keys(self)

    def values(self):
        """What they hold, as a view."""
        return Values(self)

    def items(self):
        """Both, as a view."""
        return Items(self)

    __reversed__ = None

    def __iter__(self):
        return walk(root_of(self), path_in(self), "keys")

    @property
    def value(self):
        """All that it holds: a dict of keys and what is there, of the first kind. Of keys that are equal for Python, as 1 and True,
        it has the first in canonical order."""
        return root_of(self).visible_at(path_in(self))

    # The first keys and what kinds they have.
    def _shown(self):
        cdef MapRoot root = root_of(self)
        cdef list shown = []
        cdef bytes path = path_in(self)
        for data in root.some_at(path, 11)[0]:
            kinds = root.kinds_at(path, data)
            try:
                key = repr(read_bytes(root, data))
            except Exception:  # of the codec, or of the key's own
                key = "?"
            shown.append(f"{key}: {' and '.join([name for i, name in enumerate(NAMES) if kinds >> i & 1])}")
        if len(shown) > 10:
            shown[10:] = ["..."]
        return f"{{{', '.join(shown)}}}"


@cython.final
@cython.auto_pickle(False)
cdef class MapChild(Child, MapMethods):
    """A map at a key of a map."""

    cdef int depth  # maps that it is in

    def __len__(self):
        return self.root.len_at(self.path)

    def __bool__(self):
        return self.root.len_at(self.path) > 0

    def __repr__(self):
        return f"<{type(self).__name__} of {self._shown()}>"


cdef tuple CLASSES = (CounterChild, SetChild, RWSetChild, RegisterChild, LWWChild, FlagChild, DWFlagChild, MapChild)

Mapping.register(MapChild)
