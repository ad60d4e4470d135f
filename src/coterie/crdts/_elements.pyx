# cython: binding=False, embedsignature=True, embedsignature.format=clinic, autotestdict=False
# cython: freethreading_compatible=True, boundscheck=False, wraparound=False, cdivision=True
"""Elements, keys and values as bytes."""

cimport cython
cimport numpy as cnp

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from cpython.float cimport PyFloat_AS_DOUBLE
from cpython.long cimport PyLong_AsLongLongAndOverflow, PyLong_Check
from cpython.number cimport PyNumber_Index
from cpython.unicode cimport PyUnicode_Check, PyUnicode_DecodeUTF8
from libc.stdint cimport int64_t, uint8_t, uint64_t
from libc.stdlib cimport free, malloc, realloc
from libc.string cimport memcpy

import numpy as np

from coterie.crdts._columns import objects_of

cdef extern from "Python.h":
    Py_ssize_t PY_SSIZE_T_MAX
    bint PyBool_Check(object)
    bint PyBytes_Check(object)
    bint PyFloat_Check(object)
    bint PyTuple_Check(object)
    const char *PyUnicode_AsUTF8AndSize(object, Py_ssize_t *) except NULL

cdef extern from "coterie/base.h" nogil:
    void coterie_wish_huge(void *memory, size_t size)

cdef extern from "coterie/clocks/varint.h" nogil:
    enum:
        COTERIE_VARINT_MOST
    uint8_t *coterie_varint_write(uint8_t *out, uint64_t x)
    const uint8_t *coterie_varint_read(const uint8_t *at, const uint8_t *end, uint64_t *x)

cdef extern from "coterie/crdts/elements.h" nogil:
    enum:
        COTERIE_ELEMENT_DEPTH
        COTERIE_ELEMENT_NONE
        COTERIE_ELEMENT_BOOL
        COTERIE_ELEMENT_INT
        COTERIE_ELEMENT_FLOAT
        COTERIE_ELEMENT_STR
        COTERIE_ELEMENT_BYTES
        COTERIE_ELEMENT_TUPLE
        COTERIE_ELEMENT_OTHER
    int coterie_element_check(const uint8_t *bytes, size_t len)
    uint8_t *coterie_element_int(uint8_t *out, int negative, uint64_t magnitude)
    uint8_t *coterie_element_float(uint8_t *out, double x)
    double coterie_element_to_float(const uint8_t *bytes)

cnp.import_array()

cdef type INTEGER = np.integer, FLOATING = np.floating, BOOLEAN = np.bool_


cdef void begin(Written *out) noexcept:
    out.bytes, out.len, out.room = out.few, 0, ROOM


cdef void end(Written *out) noexcept:
    if out.bytes != out.few:
        free(out.bytes)


# Where `size` more bytes go; `len` is moved by who writes them.
cdef uint8_t *reserve(Written *out, size_t size) except NULL:
    cdef size_t room
    cdef uint8_t *grown
    if size > out.room - out.len:
        if size > <size_t>PY_SSIZE_T_MAX - out.len:
            raise MemoryError("an element has more bytes than there can be")
        room = 2 * out.len + size
        grown = <uint8_t *>(malloc(room) if out.bytes == out.few else realloc(out.bytes, room))
        if grown is NULL:
            raise MemoryError(f"no memory for an element of {room} bytes")
        if out.bytes == out.few:
            memcpy(grown, out.few, out.len)
        out.bytes, out.room = grown, room
        coterie_wish_huge(grown, room)
    return out.bytes + out.len


cdef int write_raw(const void *bytes, size_t size, Written *out) except -1:
    memcpy(reserve(out, size), bytes, size)
    out.len += size
    return 0


cdef int write_bytes(int kind, const void *bytes, size_t size, Written *out) except -1:
    cdef uint8_t *at = reserve(out, size + 1)
    at[0] = kind
    memcpy(at + 1, bytes, size)
    out.len += size + 1
    return 0


cdef int write_int(object value, Written *out) except -1:
    cdef int overflow
    cdef int64_t small = PyLong_AsLongLongAndOverflow(value, &overflow)
    cdef uint8_t *at
    cdef size_t n, head, i
    cdef uint8_t turn
    cdef bytes magnitude
    if overflow == 0:
        at = reserve(out, 10)
        out.len = coterie_element_int(at, small < 0, <uint64_t>small if small >= 0 else -<uint64_t>small) - out.bytes
        return 0
    value = PyNumber_Index(value)  # a plain int, whatever methods its class has
    turn = 255 if value < 0 else 0
    n = (value.bit_length() + 7) // 8
    magnitude = abs(value).to_bytes(n, "big")
    head = 1 if n < 64 else 9
    at = reserve(out, 1 + head + n)
    at[0], at[1] = COTERIE_ELEMENT_INT, (128 + min(n, <size_t>64)) ^ turn
    for i in range(head - 1):
        at[2 + i] = <uint8_t>(<uint64_t>n >> (56 - 8 * i)) ^ turn
    for i in range(n):
        at[1 + head + i] = <uint8_t>PyBytes_AS_STRING(magnitude)[i] ^ turn
    out.len += 1 + head + n
    return 0


cdef int write_tuple(tuple value, object codec, Written *out, int depth) except -1:
    cdef Written inner
    cdef uint8_t *at
    if depth == COTERIE_ELEMENT_DEPTH:
        raise ValueError(f"an element has more than {COTERIE_ELEMENT_DEPTH} tuples in each other")
    reserve(out, 1)[0] = COTERIE_ELEMENT_TUPLE
    out.len += 1
    begin(&inner)
    try:
        for item in value:
            inner.len = 0
            write(item, codec, &inner, depth + 1)
            at = reserve(out, COTERIE_VARINT_MOST + inner.len)
            at = coterie_varint_write(at, inner.len)
            memcpy(at, inner.bytes, inner.len)
            out.len = at + inner.len - out.bytes
    finally:
        end(&inner)
    return 0


cdef int write(object value, object codec, Written *out, int depth) except -1:
    cdef Py_ssize_t size
    cdef const char *text
    if PyUnicode_Check(value):
        try:
            text = PyUnicode_AsUTF8AndSize(value, &size)
        except UnicodeEncodeError:
            raise ValueError("an element has a lone surrogate: pass text that can be encoded") from None
        return write_bytes(COTERIE_ELEMENT_STR, text, size, out)
    if PyBool_Check(value) or isinstance(value, BOOLEAN):
        text = b"\1" if value else b"\0"
        return write_bytes(COTERIE_ELEMENT_BOOL, text, 1, out)
    if PyLong_Check(value):
        return write_int(value, out)
    if PyBytes_Check(value):
        return write_bytes(COTERIE_ELEMENT_BYTES, PyBytes_AS_STRING(value), PyBytes_GET_SIZE(value), out)
    if PyFloat_Check(value):
        out.len = coterie_element_float(reserve(out, 9), PyFloat_AS_DOUBLE(value)) - out.bytes
        return 0
    if value is None:
        return write_bytes(COTERIE_ELEMENT_NONE, b"", 0, out)
    if PyTuple_Check(value):
        return write_tuple(<tuple>value, codec, out, depth)
    if isinstance(value, INTEGER):
        return write_int(int(value), out)
    if isinstance(value, FLOATING):
        return write(float(value), codec, out, depth)
    if codec is None:
        raise TypeError(f"an element is a {type(value).__name__}: pass None, bool, int, float, str, bytes or a tuple of these, or "
                        "make the object with a codec")
    data = codec[0](value)
    if not PyBytes_Check(data):
        raise TypeError(f"the codec made a {type(data).__name__} of an element: it has to make bytes")
    return write_bytes(COTERIE_ELEMENT_OTHER, PyBytes_AS_STRING(data), PyBytes_GET_SIZE(data), out)


cdef int write_element(object value, object codec, Written *out) except -1:
    return write(value, codec, out, 0)


cdef bytes element_bytes(object value, object codec):
    cdef Written out
    begin(&out)
    try:
        write(value, codec, &out, 0)
        return PyBytes_FromStringAndSize(<char *>out.bytes, out.len)
    finally:
        end(&out)


cdef object read_int(const uint8_t *bytes, size_t len):
    cdef uint8_t turn = 255 if bytes[0] < 128 else 0
    cdef size_t head = 9 if bytes[0] ^ turn == 192 else 1, i
    cdef uint64_t small = 0
    if len - head <= 7:
        for i in range(head, len):
            small = small << 8 | (bytes[i] ^ turn)
        return -<object>small if turn else <object>small
    if turn:
        return int.from_bytes(b"\xff" + bytes[head:len], "big", signed=True) + 1
    return int.from_bytes(bytes[head:len], "big")


cdef object read_tuple(const uint8_t *bytes, size_t len, object codec):
    cdef const uint8_t *at = bytes
    cdef uint64_t size = 0
    cdef list items = []
    while at < bytes + len:
        at = coterie_varint_read(at, bytes + len, &size)
        items.append(read_element(at, size, codec))
        at += size
    return tuple(items)


cdef object read_element(const uint8_t *bytes, size_t len, object codec):
    cdef const uint8_t *at = bytes + 1
    cdef int kind = bytes[0]
    len -= 1
    if kind == COTERIE_ELEMENT_STR:
        return PyUnicode_DecodeUTF8(<const char *>at, len, NULL)
    if kind == COTERIE_ELEMENT_INT:
        return read_int(at, len)
    if kind == COTERIE_ELEMENT_BYTES:
        return PyBytes_FromStringAndSize(<const char *>at, len)
    if kind == COTERIE_ELEMENT_TUPLE:
        return read_tuple(at, len, codec)
    if kind == COTERIE_ELEMENT_FLOAT:
        return coterie_element_to_float(at)
    if kind == COTERIE_ELEMENT_BOOL:
        return at[0] == 1
    if kind == COTERIE_ELEMENT_NONE:
        return None
    if codec is None:
        raise TypeError("an element was made by a codec: make the object with that codec to read it")
    return codec[1](PyBytes_FromStringAndSize(<const char *>at, len))


@cython.final
@cython.auto_pickle(False)
cdef class Strings:
    """The bytes of many elements."""

    def __cinit__(self):
        begin(&self.all)

    def __dealloc__(self):
        end(&self.all)
        free(self.ends)

    def __len__(self):
        return self.n

    def each(self):
        """Each by itself: a list."""
        cdef list out = []
        cdef size_t i, start = 0
        for i in range(self.n):
            out.append(PyBytes_FromStringAndSize(<const char *>self.all.bytes + start, self.ends[i] - start))
            start = self.ends[i]
        return out

    # Room for so many more ends.
    cdef int reserve_ends(self, size_t more) except -1:
        cdef size_t room = self.n + self.n // 2 + more
        cdef size_t *grown
        if more > self.room - self.n:
            grown = <size_t *>realloc(self.ends, room * sizeof(size_t))
            if grown is NULL:
                raise MemoryError(f"no memory for {room} elements")
            self.ends, self.room = grown, room
            coterie_wish_huge(grown, room * sizeof(size_t))
        return 0

    # The element that was written last ends here.
    cdef int note(self) except -1:
        if self.n == self.room:
            self.reserve_ends(16)
        self.ends[self.n] = self.all.len
        self.n += 1
        return 0

    # Integers, without objects.
    cdef int write_array(self, object array) except -1:
        cdef bint signed = array.dtype.kind == "i", negative
        cdef cnp.ndarray wide = np.ascontiguousarray(array, np.int64 if signed else np.uint64)
        cdef const uint64_t *values = <const uint64_t *>cnp.PyArray_DATA(wide)
        cdef size_t n = cnp.PyArray_DIM(wide, 0), i
        cdef uint8_t *at
        self.reserve_ends(n)
        at = reserve(&self.all, 10 * n)
        for i in range(n):
            negative = signed and <int64_t>values[i] < 0
            at = coterie_element_int(at, negative, 0 - values[i] if negative else values[i])
            self.ends[self.n + i] = at - self.all.bytes
        self.all.len = at - self.all.bytes
        self.n += n
        return 0


cdef Strings strings_of(object values, object codec, str name):
    cdef Strings strings = Strings.__new__(Strings)
    if type(values) is np.ndarray and values.dtype.kind in "iu" and values.ndim == 1:
        strings.write_array(values)
        return strings
    for element in objects_of(values, name):
        write(element, codec, &strings.all, 0)
        strings.note()
    return strings


cdef Strings strings_of_bytes(object strings):
    cdef Strings out = Strings.__new__(Strings)
    for string in strings:
        write_raw(PyBytes_AS_STRING(<bytes?>string), PyBytes_GET_SIZE(<bytes>string), &out.all)
        out.note()
    return out


cdef Strings as_strings(object strings):
    return strings if isinstance(strings, Strings) else strings_of_bytes(() if strings is None else strings)


# For Python: the way there and back, and whether bytes are an element.
def is_element(bytes data not None, /):
    return coterie_element_check(<const uint8_t *>PyBytes_AS_STRING(data), PyBytes_GET_SIZE(data)) != 0


def to_bytes(value, /, codec=None):
    return element_bytes(value, codec)


def of_bytes(bytes data not None, /, codec=None):
    if not is_element(data):
        raise ValueError("the bytes are no element")
    return read_element(<const uint8_t *>PyBytes_AS_STRING(data), PyBytes_GET_SIZE(data), codec)
