# The key rule, beyond what `_keys.pxd` inlines.

cdef extern from "coterie/keys/hasher.h" nogil:
    ctypedef enum coterie_hash_kind:
        COTERIE_HASH_XXH3
        COTERIE_HASH_XXH64
        COTERIE_HASH_XXH64_TEXT
        COTERIE_HASH_MURMUR3
        COTERIE_HASH_SIPHASH13
        COTERIE_HASH_NONE
    ctypedef struct coterie_hasher:
        coterie_hash_kind kind
        int level
        uint64_t seed
        uint64_t more
    void coterie_hash_words(const coterie_hasher *hasher, const uint64_t *words, size_t n, uint64_t *out)
    uint64_t coterie_hash_bytes(const coterie_hasher *hasher, const void *data, size_t size)

cdef extern from "coterie/keys/column.h" nogil:
    ctypedef struct coterie_column:
        const char *data
        Py_ssize_t stride
        size_t width
        int is_signed
        int is_bool
        int swapped
    size_t coterie_utf8(const void *data, size_t chars, int width, uint8_t *out)
    void coterie_column_ints(const coterie_column *column, const coterie_hasher *hasher, size_t n, uint64_t *out)

cdef extern from "coterie/base.h" nogil:
    void coterie_store64(void *p, uint64_t x)
    uint64_t coterie_load64(const void *p)

cdef extern from *:
    """
    /* Before 3.12 a text could still be in an old form. */
    #if PY_VERSION_HEX < 0x030C0000
    #define coterie_ready(text) PyUnicode_READY(text)
    #else
    #define coterie_ready(text) 0
    #endif
    """
    int coterie_ready(object) except -1

cdef extern from "Python.h":
    bint PyUnicode_Check(object)
    bint PyUnicode_CheckExact(object)
    bint PyBytes_Check(object)
    bint PyBytes_CheckExact(object)
    bint PyLong_Check(object)
    bint PyByteArray_Check(object)
    bint PyMemoryView_Check(object)
    bint PyObject_TypeCheck(object, object type)
    Py_ssize_t PY_SSIZE_T_MAX
    object PyUnicode_FromObject(object)
    char *PyByteArray_AS_STRING(object)
    Py_ssize_t PyByteArray_GET_SIZE(object)
    bint PyUnicode_IS_COMPACT_ASCII(object)
    void *PyUnicode_DATA(object)
    Py_ssize_t PyUnicode_GET_LENGTH(object)
    int PyUnicode_KIND(object)
    char *PyBytes_AS_STRING(object)
    Py_ssize_t PyBytes_GET_SIZE(object)


cdef uint64_t digest_long(const void *data, size_t size) noexcept nogil:
    cdef coterie_hasher hasher = hasher_of(COTERIE_HASH_XXH3, 0, 0)
    return coterie_hash_bytes(&hasher, data, size)


cdef inline coterie_hasher hasher_of(int kind, uint64_t seed, uint64_t more) noexcept nogil:
    cdef coterie_hasher hasher
    hasher.kind, hasher.level, hasher.seed, hasher.more = <coterie_hash_kind>kind, _level, seed, more
    return hasher


@cython.embedsignature(False)
cpdef uint64_t digest(key) except? 0:
    """digest(key, /)\n--\n
    The 64-bit digest of one key: XXH3-64 with seed 0 of its bytes.

    key: str (its UTF-8), bytes, bytearray or memoryview of bytes (as they are), or int from -2**63 to 2**64-1 (8 bytes,
    little-endian two's complement).

    TypeError for anything else, OverflowError for larger ints, UnicodeEncodeError for text with lone surrogates.

    >>> import coterie
    >>> coterie.digest("user:42") == coterie.digest(b"user:42")
    True
    """
    return key_digest(key)


cdef uint64_t digest_other(object key) except? 0:
    return hash_key(key, COTERIE_HASH_XXH3, 0, 0)


cdef uint64_t hash_key(object key, int kind, uint64_t seed, uint64_t more) except? 0:
    cdef coterie_hasher hasher = hasher_of(kind, seed, more)
    cdef Py_buffer view
    cdef uint64_t bits
    if kind != COTERIE_HASH_NONE:
        if PyUnicode_Check(key):
            return hash_text(key, &hasher)
        if PyBytes_Check(key):
            return coterie_hash_bytes(&hasher, PyBytes_AS_STRING(key), PyBytes_GET_SIZE(key))
    key = plain_int(key)
    if PyLong_Check(key):
        if kind == COTERIE_HASH_XXH64_TEXT:
            raise TypeError(f"{type(key).__name__} is neither text nor bytes")
        if not coterie_int_bits(key, &bits):
            raise OverflowError(f"an int key lies in -2**63 .. 2**64-1; this one has {int.bit_length(key)} bits")
        coterie_hash_words(&hasher, &bits, 1, &bits)
        return bits
    if kind == COTERIE_HASH_NONE:
        raise TypeError(f"{type(key).__name__} is not an integer")
    if PyByteArray_Check(key):
        with cython.critical_section(key):
            bits = coterie_hash_bytes(&hasher, PyByteArray_AS_STRING(key), PyByteArray_GET_SIZE(key))
        return bits
    get_bytes(key, &view)
    bits = coterie_hash_bytes(&hasher, view.buf, view.len)
    PyBuffer_Release(&view)
    return bits


# NumPy's integer and bool scalars as ints; everything else as it is. Calls no method of the key.
cdef object plain_int(object key):
    cdef coterie_column column
    cdef coterie_hasher hasher = hasher_of(COTERIE_HASH_NONE, 0, 0)
    cdef uint64_t bits = 0
    cdef uint8_t value[8]
    if PyLong_Check(key) or not cnp.PyArray_CheckScalar(key) or cnp.PyArray_Check(key):
        return key
    column.is_bool = PyObject_TypeCheck(key, np.bool_)
    if not column.is_bool and (not PyObject_TypeCheck(key, np.integer) or PyObject_TypeCheck(key, np.timedelta64)):
        return key
    cnp.PyArray_ScalarAsCtype(key, value)
    column.data, column.stride, column.swapped = <char *>value, 8, 0
    column.width = cnp.PyArray_DescrFromScalar(key).itemsize
    column.is_signed = PyObject_TypeCheck(key, np.signedinteger)
    coterie_column_ints(&column, &hasher, 1, &bits)
    return <int64_t>bits if column.is_signed else bits


# Text is encoded here: Python would keep the UTF-8 in the key, and a batch would grow all its keys.
cdef uint64_t hash_text(object key, const coterie_hasher *hasher) except? 0:
    cdef uint8_t few[512]
    cdef uint8_t *out = few
    cdef size_t size
    cdef uint64_t bits
    coterie_ready(key)
    if PyUnicode_IS_COMPACT_ASCII(key):
        return coterie_hash_bytes(hasher, PyUnicode_DATA(key), PyUnicode_GET_LENGTH(key))
    size = <size_t>PyUnicode_GET_LENGTH(key) * (PyUnicode_KIND(key) + (1 if PyUnicode_KIND(key) < 4 else 0))
    room = None
    if size > sizeof(few):
        room = PyBytes_FromStringAndSize(NULL, size)
        out = <uint8_t *>PyBytes_AS_STRING(room)
    size = coterie_utf8(PyUnicode_DATA(key), PyUnicode_GET_LENGTH(key), PyUnicode_KIND(key), out)
    if size == <size_t>-1:
        str.encode(key)  # raises Python's own error
    bits = coterie_hash_bytes(hasher, out, size)
    return bits


cdef int get_bytes(object key, Py_buffer *view) except -1:
    if PyMemoryView_Check(key):
        if key.format not in ("B", "b", "c") or not key.c_contiguous:
            raise TypeError(f"a memoryview is a key if it is C-contiguous and of format B, b or c, not {key.format!r}")
        return PyObject_GetBuffer(key, view, PyBUF_ND | PyBUF_FORMAT)
    refuse_key(key)


cdef int refuse_key(object key) except -1:
    from uuid import UUID
    what = "None" if key is None else type(key).__name__
    if isinstance(key, UUID):
        raise TypeError("a UUID is not a key: pass u.bytes or str(u), the same one everywhere")
    if isinstance(key, float):
        raise TypeError(f"{what} is not a key: pass str, bytes or int")
    if cnp.PyArray_Check(key) or isinstance(key, (list, tuple)):
        raise TypeError(f"{what} is not one key: pass str, bytes or int (many keys go to a batch method such as assign)")
    raise TypeError(f"{what} is not a key: pass str, bytes or int")


cdef bint is_one_key(object keys):
    return (PyUnicode_Check(keys) or PyBytes_Check(keys) or PyLong_Check(keys) or PyByteArray_Check(keys)
            or (cnp.PyArray_CheckScalar(keys) and not cnp.PyArray_Check(keys))
            or (PyMemoryView_Check(keys) and keys.format in ("B", "b", "c")))


cdef tuple plain_key(object key):
    cdef uint64_t bits
    cdef int sign
    cdef uint8_t data[8]
    cdef Py_buffer view
    key = plain_int(key)
    if PyUnicode_Check(key):
        key = PyUnicode_FromObject(key)
        return 0, str.encode(key), key
    if PyLong_Check(key):
        hash_key(key, COTERIE_HASH_NONE, 0, 0)  # refuses what is too large
        sign = coterie_int_bits(key, &bits)
        coterie_store64(data, bits)
        return 2, PyBytes_FromStringAndSize(<char *>data, 8), <int64_t>bits if sign == 2 else bits
    if not PyBytes_CheckExact(key):
        if PyBytes_Check(key):
            key = PyBytes_FromStringAndSize(PyBytes_AS_STRING(key), PyBytes_GET_SIZE(key))
        elif PyByteArray_Check(key):
            with cython.critical_section(key):
                key = PyBytes_FromStringAndSize(PyByteArray_AS_STRING(key), PyByteArray_GET_SIZE(key))
        else:
            get_bytes(key, &view)
            key = PyBytes_FromStringAndSize(<char *>view.buf, view.len)
            PyBuffer_Release(&view)
    return 1, key, key


cdef object as_int(object value, str name, str allowed):
    if not PyLong_CheckExact(value):
        try:
            value = int.__add__(index(value), 0)  # no subclass, whose methods could do anything
        except TypeError:
            raise TypeError(f"{name} is a {type(value).__name__}: pass an int, {allowed}") from None
    return value


cdef object as_iterator(object value, str name, str allowed):
    kind = type(value)
    iterable = hasattr(kind, "__iter__") or hasattr(kind, "__getitem__")
    if not iterable or is_one_key(value) or (cnp.PyArray_Check(value) and cnp.PyArray_NDIM(value) == 0):
        raise TypeError(f"{name} is a {kind.__name__}: pass {allowed}")
    return iter(value)


cdef uint64_t check_int(object value, str name, uint64_t least, uint64_t most, str allowed) except? 0:
    cdef uint64_t bits = 0
    value = as_int(value, name, allowed)
    if coterie_int_bits(value, &bits) != 1 or bits < least or bits > most:
        raise ValueError(f"{name} is {shown(value)}: pass {allowed}")
    return bits


cdef uint64_t check_seed(object seed) except? 0:
    return check_int(seed, "seed", 0, UINT64_MAX, "0 .. 2**64-1")


cdef int check_key(object key, uint64_t *halves) except -1:
    if not PyBytes_Check(key) and not PyByteArray_Check(key) and not PyMemoryView_Check(key):
        raise TypeError(f"key is a {type(key).__name__}: pass 16 bytes")
    cdef bytes plain = key if PyBytes_CheckExact(key) else bytes(key)
    if len(plain) != 16:
        raise ValueError(f"key has {len(plain)} bytes: pass 16")  # and never what they are: it is a secret
    halves[0], halves[1] = coterie_load64(PyBytes_AS_STRING(plain)), coterie_load64(PyBytes_AS_STRING(plain) + 8)
    return 0


cdef Py_ssize_t check_count(object n) except -1:
    cdef uint64_t bits = 0
    cdef int sign
    n = as_int(n, "n", "0 or more")
    sign = coterie_int_bits(n, &bits)
    if sign == 2 or (sign == 0 and n < 0):
        raise ValueError(f"n is {shown(n)}: pass 0 or more")
    return PY_SSIZE_T_MAX if sign == 0 or bits > <uint64_t>PY_SSIZE_T_MAX else <Py_ssize_t>bits


cdef str shown(object value):
    """A value for an error message: short, whatever it is."""
    try:
        text = repr(value)
    except Exception:  # such as ints of more digits than Python converts
        text = f"{type(value).__name__} that cannot be shown"
    return text if len(text) <= 100 else text[:97] + "..."
