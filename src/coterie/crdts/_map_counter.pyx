# cython: binding=False, embedsignature=True, embedsignature.format=clinic, autotestdict=False
# cython: freethreading_compatible=True, boundscheck=False, wraparound=False, cdivision=True
"""Counters in maps."""

cimport cython

from libc.stdint cimport uint64_t

from coterie.clocks._ids cimport check_number, plain_int
from coterie.crdts._map_child cimport Child


@cython.final
@cython.auto_pickle(False)
cdef class CounterChild(Child):
    """A counter that goes up and down, at a key of a map.

    Each event has an amount of its own, and the value is the sum of those that are there: so what a removal saw goes for good,
    and what others count at the same time stays. Events of one replica that none other knows are one.

    Baquero, Almeida and Lerche, "The problem with embedded CRDT counters and a solution", 2016.
    """

    cdef int change(self, bint negative, object n) except -1:
        cdef uint64_t amount = check_number(n, "n", <uint64_t>-1)
        return self.root.count_at(self.path, negative, amount) if amount else 0

    def increment(self, n=1):
        """Add n. ValueError if n < 0, OverflowError if it is 2**64 or more."""
        self.change(False, n)

    def decrement(self, n=1):
        """Take n away, within the same bounds."""
        self.change(True, n)

    def __iadd__(self, n):
        n = plain_int(n, "n")
        self.change(n < 0, abs(n))
        return self

    def __isub__(self, n):
        n = plain_int(n, "n")
        self.change(n > 0, abs(n))
        return self

    def reset(self):
        """Remove all that was counted, as far as it is known here."""
        self.root.clear_at(self.path)

    @property
    def value(self):
        """What was counted: an int. Linear in events."""
        return self.root.total_at(self.path)

    def __int__(self):
        return self.root.total_at(self.path)

    def __bool__(self):
        return self.root.total_at(self.path) != 0

    def __repr__(self):
        return f"<{type(self).__name__} of {self.value}>"
