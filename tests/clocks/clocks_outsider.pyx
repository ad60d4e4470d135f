# cython: freethreading_compatible=True
"""What anyone may build on sets of events: test_clocks_cimport.py compiles it."""

from libc.stdint cimport uint64_t

from coterie.clocks._context cimport CausalContext
from coterie.clocks._ids cimport NO_KIND, Kind, check_id, check_kinds


cdef class Seen:
    """The events that a replicated structure has seen; ids are objects, all else is C."""

    cdef CausalContext context
    cdef object id
    cdef Kind kind

    def __init__(self, id):
        self.context = CausalContext()
        self.id = check_id(id, &self.kind)

    @property
    def events(self):
        return self.context.duplicate()

    def next(self):
        """The next own event."""
        return self.context.put(self.id, 0)

    def next_many(self, uint64_t n):
        """The sum of so many of them."""
        cdef uint64_t total = 0
        while n:
            total += self.context.put(self.id, 0)
            n -= 1
        return total

    def see(self, id, uint64_t counter):
        """Whether an event of another one is new."""
        return self.context.put(id, counter) != 0

    def has(self, id, uint64_t counter):
        cdef Kind kind = NO_KIND
        id = check_id(id, &kind)
        check_kinds(self.kind, kind)
        return self.context.has(id, kind, counter)

    def count(self, uint64_t first, uint64_t last):
        """How many own events of a range were seen."""
        cdef uint64_t counter, found = 0
        for counter in range(first, last + 1):
            found += self.context.has(self.id, self.kind, counter)
        return found

    def merge(self, Seen other):
        self.context.join(other.context)

    def knows(self, Seen other):
        return other.context.relation(self.context) & 2 == 0
