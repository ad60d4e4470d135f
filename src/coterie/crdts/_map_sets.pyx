# cython: binding=False, embedsignature=True, embedsignature.format=clinic, autotestdict=False
# cython: freethreading_compatible=True, boundscheck=False, wraparound=False, cdivision=True
"""Sets in maps."""

cimport cython
cimport numpy as cnp

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_GET_SIZE
from libc.stdint cimport uint8_t, uint32_t, uint64_t

from coterie.crdts._dotted cimport (
    COTERIE_NO_STRING, coterie_dot_log, coterie_dotted, coterie_table_find, coterie_table_hash,
)
from coterie.crdts._elements cimport (
    Strings, Written, as_strings, begin, coterie_strings, end, of_strings, strings_of, write_element, write_raw,
)
from coterie.crdts._map_child cimport Child, read_bytes
from coterie.crdts._map_root cimport MapRoot
from coterie.crdts._replicated cimport COTERIE_NO_MEMORY, COTERIE_OK, coterie_status

from collections.abc import MutableSet

from coterie.crdts._map_child import walk
from coterie.crdts._set_methods import MutableSetMethods

cdef extern from "coterie/crdts/map_local.h" nogil:
    coterie_status coterie_dotted_change_many(coterie_dotted *dotted, size_t place, coterie_strings made, coterie_strings dropped,
                                              coterie_dot_log *log, size_t *gone)
    void coterie_dotted_have_many(const coterie_dotted *dotted, coterie_strings strings, uint8_t *found)
    coterie_status coterie_map_make_many(coterie_dotted *dotted, size_t place, uint8_t *bytes, const size_t *ends, size_t n,
                                         size_t head, coterie_dot_log *log)

cnp.import_array()

cdef bytes REMOVED = b"\0", ADDED = b"\1"  # what the strings of an rw_set have before the element


# Elements as strings behind a path, and those of others after them.
cdef int write_behind(Strings out, bytes path, object elements) except -1:
    cdef Strings all = as_strings(elements)
    cdef size_t i, start = 0
    for i in range(all.n):
        write_raw(PyBytes_AS_STRING(path), PyBytes_GET_SIZE(path), &out.all)
        write_raw(all.all.bytes + start, all.ends[i] - start, &out.all)
        out.note()
        start = all.ends[i]
    return 0


cdef Strings behind(bytes path, object elements):
    cdef Strings out = Strings.__new__(Strings)
    write_behind(out, path, elements)
    return out


cdef cnp.ndarray found(MapRoot root, Strings strings):
    cdef cnp.npy_intp n = strings.n
    cdef cnp.ndarray out = cnp.PyArray_EMPTY(1, &n, cnp.NPY_BOOL, 0)
    with cython.critical_section(root):
        coterie_dotted_have_many(root.dots(), of_strings(strings), <uint8_t *>cnp.PyArray_DATA(out))
    return out


cdef bint is_there(coterie_dotted *dots, const uint8_t *bytes, size_t len) noexcept:
    return coterie_table_find(&dots.strings, coterie_table_hash(&dots.strings, bytes, len), bytes, len) != COTERIE_NO_STRING


@cython.auto_pickle(False)
cdef class AnySetChild(Child):
    """A set at a key of a map. Not made by itself."""

    # For `MutableSetMethods`.
    def _strings_of(self, values, name):
        return strings_of(values, self.root.codec_now(), name)

    def _element(self, bytes string):
        return read_bytes(self.root, string)

    def _some(self, start, size_t most):  # from the start on, always
        strings, content = self.root.some_at(self.path, most)
        return strings, start, content

    def _content(self):
        return self.root.content_at(self.path)

    def __iter__(self):
        return walk(self.root, self.path, "set")

    def __len__(self):
        return self.root.len_at(self.path)

    def __bool__(self):
        return self.root.len_at(self.path) > 0

    def __repr__(self):
        cdef list shown = []
        for string in self.root.some_at(self.path, 11)[0]:
            try:
                shown.append(repr(self._element(string)))
            except Exception:  # of the codec, or of the element's own
                shown.append("?")
        if len(shown) > 10:
            shown[10:] = ["..."]
        return f"<{type(self).__name__} of {{{', '.join(shown)}}}>"


@cython.final
@cython.auto_pickle(False)
cdef class SetChild(AnySetChild, MutableSetMethods):
    """A set at a key of a map, in which an addition wins over removals that did not see it."""

    def add(self, element, /):
        """Add an element. It makes a new event, also if it is there: so it stays if others remove it at the same time."""
        self.root.put(self.string_of(element))

    def discard(self, element, /):
        """Remove an element if it is there."""
        self.root.drop(self.string_of(element))

    def remove(self, element, /):
        """Remove an element. KeyError if it is not there."""
        if not self.root.drop(self.string_of(element)):
            raise KeyError(element)

    def __contains__(self, element):
        return self.root.has(self.string_of(element))

    def __bool__(self):  # or the number methods of the other base are not found
        return self.root.len_at(self.path) > 0

    def clear(self):
        """Remove all elements that are known here."""
        self.root.clear_at(self.path)

    def _have(self, strings):
        return found(self.root, behind(self.path, strings))

    # Removes some and adds others, all or none; unless `content` is another by now: whether it did.
    def _change(self, removed, added, content=None):
        cdef MapRoot root = self.root
        cdef Strings gone = behind(self.path, removed), fresh = behind(self.path, added)
        cdef bytes id = root.own(True)
        cdef coterie_status status = COTERIE_OK
        cdef coterie_dotted *dots
        cdef size_t place, dropped = 0
        cdef bint any = content is None, done = True
        cdef uint64_t expected = 0 if content is None else content
        with cython.critical_section(root):
            done = any or root.content_of(self.path) == expected
            if done and (gone.n or fresh.n):
                dots = root.to_change(id, &place)
                status = COTERIE_NO_MEMORY
                if dots is not NULL:
                    status = coterie_dotted_change_many(dots, place, of_strings(fresh), of_strings(gone), &root.log, &dropped)
                if status == COTERIE_OK and fresh.n + dropped:
                    root.changed()
        root.check_change(status, id)
        return done


@cython.final
@cython.auto_pickle(False)
cdef class RWSetChild(AnySetChild, MutableSetMethods):
    """A set at a key of a map, in which a removal wins over additions that did not see it.

    Each removal leaves a token, also that of an element that is not there.
    """

    # Adds an element or removes it; whether it was there. If it was not, it is not removed unless `always`.
    cdef bint change(self, object element, bint adds, bint always) except -1:
        cdef MapRoot root = self.root
        cdef Written token
        cdef size_t place, head = PyBytes_GET_SIZE(self.path)
        cdef coterie_status status = COTERIE_OK
        cdef coterie_dotted *dots
        cdef bint there
        cdef bytes id
        begin(&token)
        try:
            self.write_token(adds, element, &token)
            id = root.own(True)
            with cython.critical_section(root):
                there = self.shows(root.dots(), token.bytes, token.len, head)
                if there or always:
                    dots = root.to_change(id, &place)
                    status = COTERIE_NO_MEMORY
                    if dots is not NULL:
                        status = coterie_map_make_many(dots, place, token.bytes, &token.len, 1, head, &root.log)
                    if status == COTERIE_OK:
                        root.changed()
            root.check_change(status, id)
            return there
        finally:
            end(&token)

    cdef int write_token(self, bint adds, object element, Written *out) except -1:
        write_raw(PyBytes_AS_STRING(self.path), PyBytes_GET_SIZE(self.path), out)
        write_raw(PyBytes_AS_STRING(ADDED if adds else REMOVED), 1, out)
        return write_element(element, self.root.codec_now(), out)

    # Whether the element of a string is there; the string is changed meanwhile.
    cdef bint shows(self, coterie_dotted *dots, uint8_t *string, size_t len, size_t head) noexcept:
        cdef uint8_t before = string[head]
        cdef bint shown
        string[head] = 1
        shown = is_there(dots, string, len)
        string[head] = 0
        shown = shown and not is_there(dots, string, len)
        string[head] = before
        return shown

    def add(self, element, /):
        """Add an element. It stays unless others remove it at the same time."""
        self.change(element, True, True)

    def discard(self, element, /):
        """Remove an element, also if it is not there: whatever additions there are at the same time, it is gone."""
        self.change(element, False, True)

    def remove(self, element, /):
        """Remove an element. KeyError if it is not there."""
        if not self.change(element, False, False):
            raise KeyError(element)

    def __contains__(self, element):
        cdef Written token
        cdef MapRoot root = self.root
        cdef bint there
        begin(&token)
        try:
            self.write_token(True, element, &token)
            with cython.critical_section(root):
                there = self.shows(root.dots(), token.bytes, token.len, PyBytes_GET_SIZE(self.path))
            return there
        finally:
            end(&token)

    def __bool__(self):  # or the number methods of the other base are not found
        return self.root.len_at(self.path) > 0

    def _have(self, strings):
        cdef MapRoot root = self.root
        cdef Strings tokens = behind(self.path + ADDED, strings)
        cdef cnp.npy_intp n = tokens.n, i
        cdef cnp.ndarray out = cnp.PyArray_EMPTY(1, &n, cnp.NPY_BOOL, 0)
        cdef uint8_t *there = <uint8_t *>cnp.PyArray_DATA(out)
        cdef size_t start = 0, head = PyBytes_GET_SIZE(self.path)
        with cython.critical_section(root):
            for i in range(n):
                there[i] = self.shows(root.dots(), tokens.all.bytes + start, tokens.ends[i] - start, head)
                start = tokens.ends[i]
        return out

    # Removes some and adds others, all or none; unless `content` is another by now: whether it did.
    def _change(self, removed, added, content=None):
        cdef MapRoot root = self.root
        cdef Strings tokens = behind(self.path + REMOVED, removed)
        cdef bytes id = root.own(True)
        cdef coterie_status status = COTERIE_OK
        cdef coterie_dotted *dots
        cdef size_t place
        cdef bint any = content is None, done = True
        cdef uint64_t expected = 0 if content is None else content
        write_behind(tokens, self.path + ADDED, added)
        with cython.critical_section(root):
            done = any or root.content_of(self.path) == expected
            if done and tokens.n:
                dots = root.to_change(id, &place)
                status = COTERIE_NO_MEMORY
                if dots is not NULL:
                    status = coterie_map_make_many(dots, place, tokens.all.bytes, tokens.ends, tokens.n,
                                                   PyBytes_GET_SIZE(self.path), &root.log)
                if status == COTERIE_OK:
                    root.changed()
        root.check_change(status, id)
        return done


MutableSet.register(SetChild)
MutableSet.register(RWSetChild)
