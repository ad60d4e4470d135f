# cython: binding=False, embedsignature=True, embedsignature.format=clinic, autotestdict=False
# cython: freethreading_compatible=True, boundscheck=False, wraparound=False, cdivision=True
"""Sets of replica ids that both sides of a message know."""

cimport cython

from coterie._core cimport digest
from coterie._stored cimport blank
from coterie.clocks._encoded cimport ids_to_bytes
from coterie.clocks._ids cimport NO_KIND, Kind, ids_of, known_id


@cython.auto_pickle(False)
cdef class Roster:
    """Roster(ids)\n--\n
    A set of replica ids. Who knows it on both sides sends clocks without their ids: see `VectorClock.to_bytes`.

    ids: an iterable of ids of one kind, each once.

    It never changes, and is hashable; equal sets are equal whatever the order.

    >>> from coterie import Roster, VectorClock
    >>> nodes = Roster(["node-1", "node-2", "node-3"])
    >>> data = VectorClock({"node-2": 300}).to_bytes(roster=nodes)
    >>> len(data), VectorClock.from_bytes(data, roster=nodes)
    (14, VectorClock({'node-2': 300}))
    """

    def __cinit__(self, ids):
        self.kind, found = ids_of(ids, -1)
        self.all = tuple(sorted(found))
        self.position = {id: at for at, id in enumerate(self.all)}
        self.mark = (<object>digest(ids_to_bytes(list(self.all), self.kind))).to_bytes(8, "big")

    @property
    def ids(self):
        """The ids, in canonical order."""
        return self.all

    @property
    def digest(self):
        """Eight bytes that stand for the set."""
        return self.mark

    def __len__(self):
        return len(self.all)

    def __iter__(self):
        return iter(self.all)

    def __contains__(self, id):
        cdef Kind kind
        id = known_id(id, &kind)
        return kind != NO_KIND and kind == self.kind and id in self.position

    def __eq__(self, other):
        if not isinstance(other, Roster):
            return NotImplemented
        return self.kind == (<Roster>other).kind and self.all == (<Roster>other).all

    def __hash__(self):
        return hash(self.mark)

    def __repr__(self):
        return f"{type(self).__name__}({list(self.all)!r})"

    def __copy__(self):
        return self

    def __deepcopy__(self, memo):
        return self

    def __reduce_ex__(self, protocol):
        return unpickled, (type(self), self.all), self.__getstate__()


def unpickled(cls, ids, /):
    return blank(cls, Roster, (ids,))
