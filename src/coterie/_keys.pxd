"""The scalar path: one object to its digest. Inlined into every structure; private to the build (it needs the headers)."""

from libc.stdint cimport uint64_t

from coterie._core cimport digest_long, digest_other

cdef extern from "coterie/hashing/xxh3.h" nogil:
    uint64_t coterie_xxh3_short(const void *data, size_t size, uint64_t seed)
    uint64_t coterie_xxh3_u64(uint64_t x, uint64_t seed)

cdef extern from "Python.h":
    bint PyUnicode_CheckExact(object)
    bint PyBytes_CheckExact(object)
    bint PyLong_CheckExact(object)
    bint PyUnicode_IS_COMPACT_ASCII(object)
    void *PyUnicode_DATA(object)
    Py_ssize_t PyUnicode_GET_LENGTH(object)
    char *PyBytes_AS_STRING(object)
    Py_ssize_t PyBytes_GET_SIZE(object)

cdef extern from *:
    """
    /* The 64 bits of an int in -2^63 .. 2^64-1; returns 1, 2 if it is negative, 0 if it is outside. Reads the digits: the C-API's own conversions cost
       as much as all the rest of a lookup. */
    #if PYLONG_BITS_IN_DIGIT != 30
    #error "CPython is built with digits of 30 bits"
    #endif
    static inline int coterie_int_bits(PyObject *object, uint64_t *bits) {
        PyLongObject *x = (PyLongObject *)object;
    #if PY_VERSION_HEX >= 0x030C0000
        Py_ssize_t len = (Py_ssize_t)(x->long_value.lv_tag >> 3);
        int negative = (x->long_value.lv_tag & 3) == 2;
        const digit *d = x->long_value.ob_digit;
    #else
        Py_ssize_t len = Py_ABS(Py_SIZE(x));
        int negative = Py_SIZE(x) < 0;
        const digit *d = x->ob_digit;
    #endif
        uint64_t m = len > 0 ? d[0] : 0;
        if (len > 1) m |= (uint64_t)d[1] << 30;
        if (len > 2) {
            if (len > 3 || d[2] > 15) return 0;
            m |= (uint64_t)d[2] << 60;
        }
        if (negative && m > (uint64_t)1 << 63) return 0;
        *bits = negative ? 0 - m : m;
        return negative ? 2 : 1;
    }
    """
    int coterie_int_bits(object, uint64_t *bits)


cdef inline uint64_t bytes_digest(const void *data, Py_ssize_t size) noexcept nogil:
    if size <= 16:
        return coterie_xxh3_short(data, <size_t>size, 0)
    return digest_long(data, <size_t>size)


cdef inline uint64_t key_digest(object key) except? 0:
    cdef uint64_t bits
    if PyUnicode_CheckExact(key):
        if PyUnicode_IS_COMPACT_ASCII(key):
            return bytes_digest(PyUnicode_DATA(key), PyUnicode_GET_LENGTH(key))
    elif PyBytes_CheckExact(key):
        return bytes_digest(PyBytes_AS_STRING(key), PyBytes_GET_SIZE(key))
    elif PyLong_CheckExact(key) and coterie_int_bits(key, &bits):
        return coterie_xxh3_u64(bits, 0)
    return digest_other(key)
