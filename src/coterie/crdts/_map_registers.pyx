# cython: binding=False, embedsignature=True, embedsignature.format=clinic, autotestdict=False
# cython: freethreading_compatible=True, boundscheck=False, wraparound=False, cdivision=True
"""Values in maps."""

cimport cython

from cpython.bytes cimport PyBytes_GET_SIZE

from coterie._core cimport shown
from coterie.crdts._elements cimport element_bytes
from coterie.crdts._map_child cimport Child, read_bytes


cdef str shown_or_not(Child child, str name):
    try:
        return shown(getattr(child, name))
    except Exception:  # of the codec, or of the value's own
        return "a value that cannot be shown"


@cython.final
@cython.auto_pickle(False)
cdef class RegisterChild(Child):
    """A value at a key of a map, or all values that were written at the same time."""

    def set(self, value, /):
        """Write a value instead of all that are known here."""
        self.root.put_alone(self.string_of(value), PyBytes_GET_SIZE(self.path))

    def clear(self):
        """Remove all values that are known here."""
        self.root.clear_at(self.path)

    @property
    def values(self):
        """The values that were written last: a list in canonical order, without doubles."""
        return [read_bytes(self.root, data) for data in self.root.some_at(self.path, <size_t>-1)[0]]

    @property
    def value(self):
        """The value; None if there is none. ValueError if there are several."""
        cdef list values = self.values
        if len(values) > 1:
            raise ValueError(f"{len(values)} values were written at the same time: read `values`, and set one")
        return values[0] if values else None

    def __repr__(self):
        return f"<{type(self).__name__} of {shown_or_not(self, 'values')}>"


@cython.final
@cython.auto_pickle(False)
cdef class LWWChild(Child):
    """A value at a key of a map, of which the last write stays."""

    def set(self, value, /, *, time=None):
        """Write a value; whether it stays.

        time: the stamp of the write, 1 .. 2**64-1, as if it came from elsewhere: it may lose, and then leaves nothing. None: now,
        and it wins.

        TypeError or ValueError for what is no value. OverflowError if a stamp of 2**64-1 was seen. ClockDriftError for a time
        that is too far ahead.
        """
        return self.root.write_at(self.path, element_bytes(value, self.root.codec_now()), time)

    @property
    def value(self):
        """The value; None if there is none."""
        winner = self.root.winner_at(self.path)
        return read_bytes(self.root, winner[2]) if winner else None

    @property
    def time(self):
        """The stamp of the write that stays; 0 if there is none."""
        winner = self.root.winner_at(self.path)
        return winner[0] if winner else 0

    @property
    def writer(self):
        """The id under which it was made; None if there is none."""
        winner = self.root.winner_at(self.path)
        return winner[1] if winner else None

    def __repr__(self):
        return f"<{type(self).__name__} of {shown_or_not(self, 'value')}>"
