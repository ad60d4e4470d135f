# The key rule, beyond what `_keys.pxd` inlines.

cdef extern from "coterie/keys/column.h" nogil:
    ctypedef enum coterie_hash_kind:
        COTERIE_HASH_XXH3
        COTERIE_HASH_XXH64
        COTERIE_HASH_NONE
    ctypedef struct coterie_hasher:
        coterie_hash_kind kind
        int level
        uint64_t seed
    void coterie_hash_words(const coterie_hasher *hasher, uint64_t *words, size_t n)
    uint64_t coterie_hash_bytes(const coterie_hasher *hasher, const void *data, size_t size)
    ctypedef struct coterie_column:
        const char *data
        Py_ssize_t stride
        size_t width
        int is_signed
        int is_bool
        int swapped
    void coterie_column_ints(const coterie_column *column, const coterie_hasher *hasher, size_t n, uint64_t *out)

cdef extern from "coterie/base.h" nogil:
    void coterie_store64(void *p, uint64_t x)

cdef extern from "Python.h":
    bint PyUnicode_Check(object)
    bint PyUnicode_CheckExact(object)
    bint PyBytes_Check(object)
    bint PyBytes_CheckExact(object)
    bint PyLong_Check(object)
    bint PyByteArray_Check(object)
    bint PyMemoryView_Check(object)
    bint PyObject_TypeCheck(object, object type)
    Py_ssize_t PyNumber_AsSsize_t(object, void *) except? -1
    object PyUnicode_FromObject(object)
    const char *PyUnicode_AsUTF8AndSize(object, Py_ssize_t *size) except NULL
    char *PyBytes_AS_STRING(object)
    Py_ssize_t PyBytes_GET_SIZE(object)


cdef uint64_t digest_long(const void *data, size_t size) noexcept nogil:
    cdef coterie_hasher hasher
    hasher.kind, hasher.level, hasher.seed = COTERIE_HASH_XXH3, _level, 0
    return coterie_hash_bytes(&hasher, data, size)


cdef inline coterie_hasher hasher_of(int kind, uint64_t seed) noexcept nogil:
    cdef coterie_hasher hasher
    hasher.kind, hasher.level, hasher.seed = <coterie_hash_kind>kind, _level, seed
    return hasher


cpdef uint64_t digest(key) except? 0:
    """The 64-bit digest of one key: XXH3-64 with seed 0 of its bytes.

    key: str (its UTF-8), bytes, bytearray or memoryview of bytes (as they are), or int from -2**63 to 2**64-1 (8 bytes,
    little-endian two's complement).

    TypeError for anything else, OverflowError for larger ints, UnicodeEncodeError for text with lone surrogates.

    >>> import coterie
    >>> coterie.digest("user:42") == coterie.digest(b"user:42")
    True
    """
    return key_digest(key)


cdef uint64_t digest_other(object key) except? 0:
    return hash_key(key, COTERIE_HASH_XXH3, 0)


cdef uint64_t hash_key(object key, int kind, uint64_t seed) except? 0:
    cdef coterie_hasher hasher = hasher_of(kind, seed)
    cdef Py_ssize_t size
    cdef const char *text
    cdef Py_buffer view
    cdef uint64_t bits
    if kind != COTERIE_HASH_NONE:
        if PyUnicode_Check(key):
            text = PyUnicode_AsUTF8AndSize(key, &size)
            return coterie_hash_bytes(&hasher, text, size)
        if PyBytes_Check(key):
            return coterie_hash_bytes(&hasher, PyBytes_AS_STRING(key), PyBytes_GET_SIZE(key))
    key = plain_int(key)
    if PyLong_Check(key):
        if not coterie_int_bits(key, &bits):
            raise OverflowError(f"an int key lies in -2**63 .. 2**64-1; this one has {int.bit_length(key)} bits")
        coterie_hash_words(&hasher, &bits, 1)
        return bits
    if kind == COTERIE_HASH_NONE:
        raise TypeError(f"{type(key).__name__} is not an integer")
    get_bytes(key, &view)
    bits = coterie_hash_bytes(&hasher, view.buf, view.len)
    PyBuffer_Release(&view)
    return bits


# NumPy's integer and bool scalars as ints; everything else as it is. Calls no method of the key.
cdef object plain_int(object key):
    cdef coterie_column column
    cdef coterie_hasher hasher = hasher_of(COTERIE_HASH_NONE, 0)
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


# The bytes of a bytearray or a memoryview; refuses what is no key. The caller releases the view.
cdef int get_bytes(object key, Py_buffer *view) except -1:
    if PyByteArray_Check(key):
        return PyObject_GetBuffer(key, view, PyBUF_SIMPLE)
    if PyMemoryView_Check(key):
        if key.format not in ("B", "b", "c") or not key.c_contiguous:
            raise TypeError(f"a memoryview is a key if it is C-contiguous and of format B, b or c, not {key.format!r}")
        return PyObject_GetBuffer(key, view, PyBUF_ND | PyBUF_FORMAT)
    refuse_key(key)


cdef int refuse_key(object key) except -1:
    what = "None" if key is None else type(key).__name__
    if isinstance(key, UUID):
        raise TypeError("a UUID is not a key: pass u.bytes or str(u), the same one everywhere")
    if isinstance(key, float):
        raise TypeError(f"{what} is not a key: pass str, bytes or int")
    if cnp.PyArray_Check(key) or isinstance(key, (list, tuple)):
        raise TypeError(f"{what} is not one key: pass many keys to a batch method such as assign or digests")
    raise TypeError(f"{what} is not a key: pass str, bytes or int")


cdef bint is_one_key(object keys):
    return (PyUnicode_Check(keys) or PyBytes_Check(keys) or PyLong_Check(keys) or PyByteArray_Check(keys)
            or (cnp.PyArray_CheckScalar(keys) and not cnp.PyArray_Check(keys))
            or (PyMemoryView_Check(keys) and keys.format in ("B", "b", "c")))


cdef tuple plain_key(object key):
    cdef uint64_t bits
    cdef int64_t number
    cdef uint8_t data[8]
    cdef Py_buffer view
    key = plain_int(key)
    if PyUnicode_Check(key):
        key = PyUnicode_FromObject(key)
        return 0, key.encode(), key
    if PyLong_Check(key):
        hash_key(key, COTERIE_HASH_NONE, 0)  # refuses what is too large
        coterie_int_bits(key, &bits)
        coterie_store64(data, bits)
        number = <int64_t>bits
        negative = number < 0 and int.__lt__(key, 0)
        return 2, PyBytes_FromStringAndSize(<char *>data, 8), number if negative else bits
    if not PyBytes_CheckExact(key):
        if PyBytes_Check(key):
            key = PyBytes_FromStringAndSize(PyBytes_AS_STRING(key), PyBytes_GET_SIZE(key))
        else:
            get_bytes(key, &view)
            key = PyBytes_FromStringAndSize(<char *>view.buf, view.len)
            PyBuffer_Release(&view)
    return 1, key, key


cdef uint64_t check_seed(object seed) except? 0:
    cdef uint64_t bits = 0
    number = index(seed)
    if not 0 <= number < 1 << 64:
        raise ValueError(f"seed is {shown(seed)}: pass 0 .. 2**64-1")
    coterie_int_bits(number, &bits)
    return bits


cdef Py_ssize_t check_count(object n) except -1:
    cdef Py_ssize_t count = PyNumber_AsSsize_t(n, NULL)
    if count < 0:
        raise ValueError(f"n is {shown(n)}: pass 0 or more")
    return count


cdef str shown(object value):
    """A value for an error message: short, whatever it is."""
    try:
        text = repr(value)
    except Exception:  # such as ints of more digits than Python converts
        text = f"{type(value).__name__} that cannot be shown"
    return text if len(text) <= 100 else text[:97] + "..."
