# cython: binding=False, embedsignature=True, embedsignature.format=clinic, autotestdict=False
# cython: freethreading_compatible=True, boundscheck=False, wraparound=False, cdivision=True
"""Sets whose changes are events."""

cimport cython

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_GET_SIZE
from libc.stdint cimport uint8_t, uint32_t, uint64_t
from libc.string cimport memset

from coterie.crdts._dotted cimport (
    COTERIE_NO_STRING, Dotted, coterie_came_and_went, coterie_came_and_went_free, coterie_dotted, listed_strings, string_at,
)
from coterie.crdts._elements cimport Strings, as_strings, read_element, strings_of
from coterie.crdts._replicated cimport COTERIE_NO_MEMORY, COTERIE_OK, Replicated, check, check_codec, coterie_status

from coterie.crdts._changes import Changes
from coterie.crdts._set_methods import MutableSetMethods


@cython.auto_pickle(False)
cdef class DottedSet(Dotted, MutableSetMethods):
    """A set whose changes are events. Not made by itself."""

    cdef int begin_with(self, object iterable, object replica, object codec) except -1:
        cdef Strings strings = strings_of(iterable, check_codec(codec), "iterable")
        self.begin(replica, codec)
        if strings.n:
            self._change(None, strings)
        return 0

    def __len__(self):
        cdef size_t n
        self.refuse_base()
        with cython.critical_section(self):
            n = self.present()
        return n

    def __bool__(self):
        return len(self) > 0

    def __repr__(self):
        cdef list shown = []
        for string in sorted(self._some(0, 11)[0]):
            try:
                shown.append(repr(self._element(string)))
            except Exception:  # of the codec, or of the element's own
                shown.append("?")
        if len(shown) > 10:
            shown[10:] = ["..."]
        return f"<{type(self).__name__} of {{{', '.join(shown)}}}, replica {self.replica!r}>"

    # ---- for the methods of sets ----

    def _element(self, bytes string):
        return read_element(<const uint8_t *>PyBytes_AS_STRING(string), PyBytes_GET_SIZE(string), self.codec_now())

    def _strings_of(self, values, name):
        return strings_of(values, self.codec_now(), name)

    def _content(self):
        return self.content

    # The bytes of elements from this number on, at most so many; the number where the next are, and `content`.
    def _some(self, size_t start, size_t most):
        cdef DottedSet still = <DottedSet>self.empty()
        cdef coterie_dotted *dots
        cdef uint64_t content, version
        cdef size_t i, at, head = self.head()
        cdef list strings = []
        with cython.critical_section(self):
            still.take(self)
            content, version, start = self.content, self.version, max(start, self.low)
        dots = still.dots()
        at = dots.strings.n
        for i in range(start, dots.strings.n):
            if not self.shows(dots, i):
                continue
            if not strings:
                self.note_low(start, i, version)
            strings.append(string_at(dots, i)[head:] if head else string_at(dots, i))
            if <size_t>len(strings) == most:  # it does not look for the next one: that may be far
                at = i + 1
                break
        if not strings:
            self.note_low(start, at, version)
        return strings, at, content

    # There was nothing between these numbers.
    cdef void note_low(self, size_t start, size_t low, uint64_t version) noexcept:
        with cython.critical_section(self):
            if self.version == version and self.low == start:
                self.low = low

    # Removes some and adds others, all or none; unless `content` is another by now: whether it did.
    def _change(self, removed, added, content=None):
        cdef Strings gone = as_strings(removed), fresh = as_strings(added)
        cdef uint64_t expected = 0 if content is None else content
        cdef bint any = content is None, done = False
        cdef bytes id = self.own(True)
        cdef coterie_status status = COTERIE_OK
        with cython.critical_section(self):
            done = any or self.content == expected
            if done and gone.n + fresh.n:
                status = self.change(gone, fresh, id)
        self.check_change(status, id)
        return done

    cdef void tidy(self) noexcept:
        cdef uint64_t turns = self.dots().turns
        Dotted.tidy(self)
        if self.dots().turns != turns:
            self.content += 1
            self.low = 0

    cdef coterie_status take(self, Replicated other) noexcept:
        self.content += 1
        self.low = 0
        return Dotted.take(self, other)

    cdef coterie_status join_and_list(self, Dotted other, coterie_came_and_went *changes) noexcept:
        cdef uint64_t turns = self.turns()
        cdef coterie_status status = Dotted.join_and_list(self, other, changes)
        self.content += self.turns() != turns
        self.low = 0
        return status

    cdef object absorb(self, Replicated other, bint changes):
        cdef DottedSet after
        cdef coterie_came_and_went all
        cdef coterie_status status = COTERIE_OK
        cdef int problem = 0
        if not changes:
            return Replicated.absorb(self, other, False)
        after = self.witness()
        memset(&all, 0, sizeof(all))
        with cython.critical_section(self, other):
            if self is not other:
                problem = self.refusal(other)
                if problem == 0:
                    status = self.join_and_list(<Dotted>other, &all)
                    self.version += 1
            if after is not None:
                after.take(self)  # which cannot fail
        try:
            self.refuse(problem)
            check(status)
            return self.listed(after, listed_strings(all.came, all.came_size), listed_strings(all.went, all.went_size))
        finally:
            coterie_came_and_went_free(&all)

    # ---- what a set brings ----

    cdef uint64_t turns(self) noexcept:
        return self.dots().turns

    cdef DottedSet witness(self):
        return None

    cdef object listed(self, DottedSet after, list came, list went):
        return Changes(came, went, codec=self.codec_now())

    cdef size_t present(self) noexcept:
        return self.dots().strings.len

    cdef bint shows(self, const coterie_dotted *dots, uint32_t string) noexcept:
        return dots.strings.each[string].len != COTERIE_NO_STRING

    cdef size_t head(self) noexcept:
        return 0

    cdef coterie_status change(self, Strings gone, Strings fresh, bytes id) noexcept:
        return COTERIE_NO_MEMORY
