# cython: binding=False, embedsignature=True, embedsignature.format=clinic, autotestdict=False
# cython: freethreading_compatible=True, boundscheck=False, wraparound=False, cdivision=True
"""Flags, of which one side wins."""

cimport cython

from libc.stdint cimport uint8_t

from coterie.crdts._dotted cimport Dotted, coterie_string_check
from coterie.crdts._replicated cimport Replicated, coterie_status

from coterie.crdts._changes import Changes

cdef extern from "coterie/crdts/frame.h" nogil:
    enum:
        COTERIE_ENABLE_WINS
        COTERIE_DISABLE_WINS


cdef int is_nothing(const uint8_t *bytes, size_t len) noexcept nogil:
    return len == 0


# It is raised while it has dots: those of the side that wins, all without a string.
@cython.auto_pickle(False)
cdef class Flag(Dotted):
    """A flag. Not made by itself."""

    cdef coterie_string_check string_check(self) noexcept:
        return is_nothing

    cdef int put_up(self) except -1:
        cdef bytes id = self.own(True)
        cdef coterie_status status
        with cython.critical_section(self):
            status = self.make(id, b"", 0, False)
        return self.check_change(status, id)

    cdef int take_down(self) except -1:
        cdef bytes id = self.own(True)
        cdef coterie_status status
        with cython.critical_section(self):
            status = self.unmake_all()
        return self.check_change(status, id)

    cdef bint is_up(self) noexcept:
        cdef bint up
        with cython.critical_section(self):
            up = self.dots().len != 0
        return up

    # Whether it is enabled when it is up.
    cdef bint meaning(self) noexcept:
        return True

    @property
    def value(self):
        """Whether it is enabled."""
        self.refuse_base()
        return self.is_up() == self.meaning()

    def __bool__(self):
        self.refuse_base()
        return self.is_up() == self.meaning()

    def __repr__(self):
        return f"<{type(self).__name__} of {bool(self)}, replica {self.replica!r}>"

    cdef object changes(self, Replicated before, Replicated after):
        cdef bint old = (<Flag>before).is_up() == self.meaning(), new = (<Flag>after).is_up() == self.meaning()
        return Changes(old=old, new=new, differs=old != new)


@cython.auto_pickle(False)
cdef class EnableWinsFlag(Flag):
    """EnableWinsFlag(*, replica=None, codec=None)\n--\n
    A flag that starts False, and on which enabling wins.

    replica: this object's id, bytes or a str of 1 .. 64 bytes, which no other living object may have; None: a random one.
    codec: kept for copies; flags have no use for it.

    Of changes at the same time `enable` wins: `disable` takes back only what it saw. No tombstones. Constant time; a merge is
    linear in replicas. Methods are atomic: any thread may use an object at any time.

    Almeida, Shoker and Baquero, "Delta state replicated data types", 2018.

    >>> from coterie import EnableWinsFlag
    >>> a, b = EnableWinsFlag(replica="a"), EnableWinsFlag(replica="b")
    >>> a.enable()
    >>> b.merge(a)
    >>> a.enable()
    >>> b.disable()
    >>> b.value, (a | b).value
    (False, True)
    """

    def __init__(self, *, replica=None, codec=None):
        self.begin(replica, codec)

    cdef unsigned number(self) noexcept:
        return COTERIE_ENABLE_WINS

    cdef Replicated empty(self):
        return EnableWinsFlag.__new__(EnableWinsFlag)

    def enable(self):
        """Make it True, also against what others disable at the same time."""
        self.put_up()

    def disable(self):
        """Make it False, unless others enable it at the same time."""
        self.take_down()


@cython.auto_pickle(False)
cdef class DisableWinsFlag(Flag):
    """DisableWinsFlag(*, replica=None, codec=None)\n--\n
    A flag that starts True, and on which disabling wins.

    replica, codec: as for EnableWinsFlag.

    Of changes at the same time `disable` wins: `enable` takes back only what it saw. Else as EnableWinsFlag, by the same
    authors.

    >>> from coterie import DisableWinsFlag
    >>> a, b = DisableWinsFlag(replica="a"), DisableWinsFlag(replica="b")
    >>> a.value
    True
    >>> a.disable()
    >>> b.enable()
    >>> (a | b).value
    False
    """

    def __init__(self, *, replica=None, codec=None):
        self.begin(replica, codec)

    cdef unsigned number(self) noexcept:
        return COTERIE_DISABLE_WINS

    cdef Replicated empty(self):
        return DisableWinsFlag.__new__(DisableWinsFlag)

    cdef bint meaning(self) noexcept:
        return False

    def enable(self):
        """Make it True, unless others disable it at the same time."""
        self.take_down()

    def disable(self):
        """Make it False, also against what others enable at the same time."""
        self.put_up()
