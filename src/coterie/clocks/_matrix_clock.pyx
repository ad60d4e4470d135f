# cython: binding=False, embedsignature=True, embedsignature.format=clinic, autotestdict=False
# cython: freethreading_compatible=True, boundscheck=False, wraparound=False, cdivision=True
"""Matrix clocks."""

cimport cython

from cpython.object cimport Py_EQ, Py_NE

from coterie._core cimport shown
from coterie._stored cimport Stored, blank
from coterie.clocks._dot cimport Dot, as_dot
from coterie.clocks._encoded cimport rows_of_bytes, rows_to_bytes
from coterie.clocks._ids cimport NO_KIND, Kind, check_id, check_kinds, ids_of, known_id
from coterie.clocks._order cimport holds
from coterie.clocks._vector cimport VectorClock, as_clock, clock_of

from coterie.clocks._forms import rows_of_json, rows_to_json
from coterie.clocks._relation import Relation

cdef extern from "coterie/clocks/dense.h" nogil:
    enum:
        COTERIE_BEFORE
        COTERIE_CONCURRENT

cdef tuple RELATIONS = tuple(Relation)


@cython.auto_pickle(False)
cdef class MatrixClock(Stored):
    """MatrixClock(members, /)\n--\n
    What everyone is known to know: a VectorClock for each member, whose least entries are known to all.

    members: an iterable of ids, at least one, all of one kind.

    What lies within `frontier` was seen by all members, so that what was kept for their sake can be thrown away. It never
    goes back, also when members come and go. a <= b: each row of a is known to that of b. Methods are atomic: any thread
    may use a clock at any time. Linear in members and their entries.

    KeyError for an id that is no member. TypeError when kinds of ids are mixed.

    Wuu and Bernstein, "Efficient Solutions to the Replicated Log and Dictionary Problems", 1984.

    >>> from coterie import Dot, MatrixClock, VectorClock
    >>> known = MatrixClock(["a", "b"])
    >>> known.update("a", VectorClock({"a": 5, "b": 2}))
    >>> known.update("b", VectorClock({"a": 3, "b": 4}))
    >>> known.frontier(), known.is_stable(Dot("a", 3))
    (VectorClock({'a': 3, 'b': 2}), True)
    """

    # Members and their rows. Neither the dict nor a row is ever changed, so that a clock goes from one to the next in one
    # step.
    cdef dict rows
    cdef Kind kind

    def __cinit__(self):
        self.rows = {}

    def __init__(self, members, /):
        cdef Kind kind
        cdef dict rows, before
        kind, ids = ids_of(members, -1, "members")
        if not ids:
            raise ValueError("there are no members: pass at least one")
        rows = {id: VectorClock.__new__(VectorClock) for id in ids}
        with cython.critical_section(self):
            before = self.rows  # lives until the section has ended
            self.rows, self.kind = rows, kind

    cdef dict now(self, Kind *kind):
        with cython.critical_section(self):
            kind[0] = self.kind
            return self.rows

    # Go from some rows to others; False, and nothing is done, if they are others by now.
    cdef bint advance(self, dict before, dict after) noexcept:
        cdef bint same
        with cython.critical_section(self):
            same = self.rows is before
            if same:
                self.rows = after
        return same

    # ---- one member ----

    def update(self, member, clock, /):
        """Merge what a member is known to know into its row."""
        cdef VectorClock known = as_clock(clock), row
        cdef dict before, after
        cdef Kind kind, own
        member = check_id(member, &own)
        while True:
            before = self.now(&kind)
            row = before.get(member) if kind == own else None
            if row is None:
                raise KeyError(member)
            check_clock(kind, known)
            if row.relation(known) & COTERIE_BEFORE == 0:
                return  # the row has it all
            row = row.duplicate()
            row.join(known)
            after = before.copy()
            after[member] = row
            if self.advance(before, after):
                return

    def __getitem__(self, member):
        """What a member is known to know: a VectorClock, a copy."""
        cdef Kind kind, own
        cdef dict rows
        member = check_id(member, &own)
        rows = self.now(&kind)
        if kind != own or member not in rows:
            raise KeyError(member)
        return (<VectorClock>rows[member]).duplicate()

    def __contains__(self, member):
        cdef Kind kind, own
        cdef dict rows = self.now(&kind)
        member = known_id(member, &own)
        return own != NO_KIND and own == kind and member in rows

    def __len__(self):
        cdef Kind kind
        return len(self.now(&kind))

    def __iter__(self):
        return iter(self.members)

    __reversed__ = None

    @property
    def members(self):
        """The members, as a tuple in the order of ids."""
        cdef Kind kind
        return tuple(sorted(self.now(&kind)))

    # ---- all of them ----

    def frontier(self):
        """What all members are known to know: a VectorClock with the least entry of all rows."""
        cdef Kind kind
        return least(self.now(&kind))

    def is_stable(self, dot, /):
        """Whether all members are known to know an event."""
        cdef Dot event = as_dot(dot)
        return event in self.frontier()

    def add_member(self, id, clock, /):
        """Let a member join that knows this. ValueError if it is one already, or does not know all of the frontier: it has
        to load that state first, so that the frontier never goes back."""
        cdef VectorClock known = as_clock(clock).duplicate()
        cdef dict before, after
        cdef Kind kind, own
        id = check_id(id, &own)
        while True:
            before = self.now(&kind)
            if not before:
                raise ValueError("the clock has no members: make it with at least one")
            check_kinds(kind, own)
            check_clock(kind, known)
            if id in before:
                raise ValueError(f"{shown(id)} is a member already")
            if not least(before) <= known:
                raise ValueError(f"{shown(id)} does not know all of the frontier: let it load that state first")
            after = before.copy()
            after[id] = known
            if self.advance(before, after):
                return

    def remove_member(self, id, /):
        """Let a member leave, which may raise the frontier. ValueError if it is the last one."""
        cdef dict before, after
        cdef Kind kind, own
        id = check_id(id, &own)
        while True:
            before = self.now(&kind)
            if kind != own or id not in before:
                raise KeyError(id)
            if len(before) == 1:
                raise ValueError(f"{shown(id)} is the last member: it stays")
            after = before.copy()
            del after[id]
            if self.advance(before, after):
                return

    # ---- two clocks ----

    def merge(self, other, /):
        """Know all that another clock knows, row by row. ValueError unless both have the same members."""
        cdef MatrixClock clock = as_matrix(other)
        cdef dict before, after, theirs
        cdef Kind kind, their_kind
        cdef VectorClock row
        while True:
            before, theirs = self.now(&kind), clock.now(&their_kind)
            check_members(kind, before, their_kind, theirs)
            after = {}
            for id in before:
                row = (<VectorClock>before[id]).duplicate()
                row.join(<VectorClock>theirs[id])
                after[id] = row
            if self.advance(before, after):
                return

    def __or__(self, other):
        if not isinstance(other, MatrixClock):
            return NotImplemented
        new = self.copy()
        new.merge(other)
        return new

    def __ior__(self, other):
        if not isinstance(other, MatrixClock):
            return NotImplemented
        self.merge(other)
        return self

    cdef int relation(self, object other) except -1:
        cdef Kind kind, their_kind
        cdef dict mine = self.now(&kind), theirs = as_matrix(other).now(&their_kind)
        cdef int relation = 0
        check_members(kind, mine, their_kind, theirs)
        for id in mine:
            relation |= (<VectorClock>mine[id]).relation(<VectorClock>theirs[id])
        return relation

    def compare(self, other, /):
        """How this clock stands to another with the same members: a Relation. BEFORE means self < other."""
        return RELATIONS[self.relation(other)]

    def concurrent(self, other, /):
        """Whether each of two clocks with the same members knows something that the other does not."""
        return self.relation(other) == COTERIE_CONCURRENT

    __hash__ = None

    def __richcmp__(self, other, int op):
        cdef Kind kind, their_kind
        cdef dict mine, theirs
        if not isinstance(other, MatrixClock):
            return NotImplemented
        if op == Py_EQ or op == Py_NE:
            mine, theirs = self.now(&kind), (<MatrixClock>other).now(&their_kind)
            return (kind == their_kind and mine == theirs) == (op == Py_EQ)
        return holds(op, self.relation(other))

    def __repr__(self):
        return f"<{type(self).__name__} of {list(self.members)!r}>"

    # ---- copies and bytes ----

    cdef int share(self, Stored other) except -1:
        cdef MatrixClock clock = <MatrixClock?>other
        with cython.critical_section(clock):
            self.rows, self.kind = clock.rows, clock.kind
        return 0

    def copy(self):
        """An independent clock that knows the same. Constant time."""
        return Stored.copy(self)

    # Sorted members, each with the sorted ids and the counters of its row; and the kind of the ids.
    cdef tuple listed(self):
        cdef Kind kind
        cdef dict rows = self.now(&kind)
        return [(id, *(<VectorClock>rows[id]).listed()[:2]) for id in sorted(rows)], kind

    def __reduce_ex__(self, protocol):
        return unpickled, (type(self), self.to_bytes()), self.__getstate__()

    def to_bytes(self):
        """The clock as bytes; equal clocks have equal bytes."""
        rows, kind = self.listed()
        return rows_to_bytes(rows, <Kind>kind)

    @classmethod
    def from_bytes(cls, data, /, *, max_entries=65536):
        """The clock that `to_bytes` wrote.

        data: bytes, bytearray or memoryview.
        max_entries: the most members and entries of rows that are accepted.

        DecodeError if the bytes are anything else.
        """
        return handed_over(cls, rows_of_bytes(data, max_entries))

    def to_json(self):
        """The clock as JSON: `{"v":1,"k":"str","c":{"a":{"a":5,"b":2},"b":{}}}`, the entries of each member's row. Counters
        above 2**53-1 are strings; ids that are ints are decimal, bytes hexadecimal."""
        return rows_to_json(*self.listed())

    @classmethod
    def from_json(cls, text, /, *, max_entries=65536):
        """The clock that `to_json` wrote. text: str, or bytes in UTF-8. DecodeError if it is anything else."""
        return handed_over(cls, rows_of_json(text, max_entries, "MatrixClock"))


def unpickled(cls, data, /):
    return handed_over(cls, rows_of_bytes(data, len(data)))


cdef object handed_over(object cls, tuple rows_and_kind):
    cdef dict rows = {}
    cdef Kind kind = rows_and_kind[1]
    new = blank(cls, MatrixClock)
    for id, ids, counts in rows_and_kind[0]:
        rows[id] = clock_of(ids, kind, counts)
    (<MatrixClock>new).rows, (<MatrixClock>new).kind = rows, kind
    return new


cdef MatrixClock as_matrix(object value):
    if not isinstance(value, MatrixClock):
        raise TypeError(f"other is a {type(value).__name__}: pass a MatrixClock")
    return <MatrixClock>value


cdef int check_clock(Kind kind, VectorClock clock) except -1:
    cdef Kind own
    with cython.critical_section(clock):
        own = clock.kind()
    return check_kinds(kind, own)


cdef int check_members(Kind kind, dict rows, Kind other_kind, dict others) except -1:
    check_kinds(kind, other_kind)
    if rows.keys() != others.keys():
        raise ValueError("the clocks have different members: let them join and leave first")
    return 0


cdef VectorClock least(dict rows):
    cdef VectorClock frontier = None
    for row in rows.values():
        frontier = (<VectorClock>row).duplicate() if frontier is None else frontier & row
    return VectorClock.__new__(VectorClock) if frontier is None else frontier
