# cython: binding=False, embedsignature=True, embedsignature.format=clinic, autotestdict=False
# cython: freethreading_compatible=True, boundscheck=False, wraparound=False, cdivision=True
"""What the children of a map have in common."""

cimport cython

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from cpython.object cimport Py_EQ, Py_NE, PyObject, PyTypeObject
from libc.stdint cimport uint8_t, uint64_t

from coterie.clocks._order cimport holds
from coterie.crdts._elements cimport Written, begin, element_bytes, end, read_element, write_raw
from coterie.crdts._map_root cimport MapRoot

cdef extern from "coterie/clocks/dense.h" nogil:
    enum:
        COTERIE_EQUAL
        COTERIE_CONCURRENT

cdef extern from "coterie/clocks/varint.h" nogil:
    enum:
        COTERIE_VARINT_MOST
    uint8_t *coterie_varint_write(uint8_t *out, uint64_t x)

cdef enum:
    FEW = 16  # members that are read at first

cdef tuple MAKES = (object(),)  # who has it may make children


@cython.auto_pickle(False)
cdef class Child:
    """What a map holds at a key and a kind. Not made by itself."""

    def __cinit__(self, *arguments):
        if arguments is not MAKES:
            raise TypeError("children are made by their maps: call m.counter(key), m.set(key) and so on")

    cdef bytes string_of(self, object element):
        return self.path + element_bytes(element, self.root.codec_now())

    __hash__ = None

    def __richcmp__(self, other, int op):
        if not isinstance(other, Child) or (op != Py_EQ and op != Py_NE):
            return NotImplemented
        same = self.root is (<Child>other).root and self.path == (<Child>other).path
        return holds(op, COTERIE_EQUAL if same else COTERIE_CONCURRENT)

    def __or__(self, other):
        raise TypeError(f"a {type(self).__name__} is a part of its map, which is what joins: use update, or merge maps")

    def __reduce_ex__(self, protocol):
        raise TypeError(f"a {type(self).__name__} is a part of its map: copy or pickle that")


cdef Child child_of(type kind, MapRoot root, bytes path):
    cdef Child new = <Child>(<PyTypeObject *>kind).tp_new(kind, <PyObject *>MAKES, NULL)
    new.root, new.path = root, path
    return new


cdef object read_bytes(MapRoot root, bytes string):
    return read_element(<const uint8_t *>PyBytes_AS_STRING(string), PyBytes_GET_SIZE(string), root.codec_now())


cdef int check_content(MapRoot root, bytes path, uint64_t content, str what) except -1:
    if root.content_at(path) != content:
        raise RuntimeError(f"the {what} changed during iteration")
    return 0


# Goes through the elements or keys that a path shows, unless others are shown meanwhile.
def walk(MapRoot root not None, bytes path not None, str what not None):
    return walk_from(*root.some_at(path, FEW), root, path, what)


def walk_from(list few, uint64_t content, MapRoot root, bytes path, str what):
    for string in few:
        check_content(root, path, content, what)
        yield read_bytes(root, string)
    check_content(root, path, content, what)
    if len(few) == FEW:
        done = set(few)
        for string in root.some_at(path, <size_t>-1)[0]:
            check_content(root, path, content, what)
            if string not in done:
                yield read_bytes(root, string)
        check_content(root, path, content, what)


cdef bytes path_of(bytes map, bytes key, int kind):
    cdef Written out
    cdef uint8_t size[COTERIE_VARINT_MOST]
    cdef char last = kind
    begin(&out)
    try:
        write_raw(PyBytes_AS_STRING(map), PyBytes_GET_SIZE(map), &out)
        write_raw(size, coterie_varint_write(size, PyBytes_GET_SIZE(key)) - size, &out)
        write_raw(PyBytes_AS_STRING(key), PyBytes_GET_SIZE(key), &out)
        write_raw(&last, 1, &out)
        return PyBytes_FromStringAndSize(<char *>out.bytes, out.len)
    finally:
        end(&out)
