# Batches of NumPy arrays.

cdef extern from "numpy/arrayobject.h":
    ctypedef struct npy_string_allocator:
        pass
    ctypedef struct npy_packed_static_string:
        pass
    ctypedef struct npy_static_string:
        size_t size
        const char *buf
    ctypedef struct PyArray_StringDTypeObject:
        pass
    npy_string_allocator *NpyString_acquire_allocator(const PyArray_StringDTypeObject *descr)
    void NpyString_release_allocator(npy_string_allocator *allocator) nogil
    int NpyString_load(npy_string_allocator *allocator, const npy_packed_static_string *packed,
                       npy_static_string *unpacked) nogil
    void *PyArray_DESCR(cnp.ndarray)

cdef extern from "coterie/keys/texts.h" nogil:
    ctypedef struct coterie_texts:
        const uint8_t **data
        uint64_t *len
    void coterie_texts_copy(coterie_texts *texts, size_t i, const void *data, size_t size)
    void coterie_texts_hash(coterie_texts *texts, const coterie_hasher *hasher, size_t n, uint64_t *out)


cdef enum:
    SCRATCH = 1 << 16  # bytes of UTF-8 that are written before they are hashed
    STRINGS = 1 << 18  # steps for NumPy's strings between two looks at signals


cdef int check_array(cnp.ndarray keys, const Pipe *pipe) except -1:
    if not cnp.PyArray_CheckExact(keys) and hasattr(keys, "mask"):  # first: it may run Python code
        raise TypeError("keys is a masked array: pass keys.compressed(), or fill the masked entries")
    if pipe.hashed and (keys.ndim != 1 or keys.descr.kind != c"u" or keys.descr.itemsize != 8):
        refuse_digests()
    if keys.ndim != 1:
        raise TypeError(f"keys has {keys.ndim} dimensions: pass a one-dimensional array")
    if keys.descr.kind not in (c"i", c"u", c"b", c"S", c"U", c"T", c"O"):
        raise TypeError(f"keys has dtype {keys.dtype}: pass integers, text, bytes or objects")
    if pipe.hasher.kind == COTERIE_HASH_NONE and keys.descr.kind not in (c"i", c"u", c"b", c"O"):
        raise TypeError(f"keys has dtype {keys.dtype}: pass integers")
    if pipe.hasher.kind == COTERIE_HASH_XXH64_TEXT and keys.descr.kind in (c"i", c"u", c"b"):
        raise TypeError(f"keys has dtype {keys.dtype}: pass text or bytes")
    return 0


# An array of bool as a bitmap.
cdef bytes bits_of(object valid):
    return np.packbits(valid, bitorder="little").tobytes()


# `valid`, if given, has a bit per row, 0 for null.
cdef object read_array(cnp.ndarray keys, bytes valid, Pipe *pipe, Answers answers):
    cdef Rows rows
    cdef Storage memory  # lives as long as the pipe
    cdef char kind
    cdef Py_ssize_t total
    check_array(keys, pipe)
    kind, total = keys.descr.kind, cnp.PyArray_DIM(keys, 0)
    answers.make(total, False)
    check_overlap(answers.out, keys)
    memory = buffer_for(pipe, total)
    if total == 0:
        return answers.array
    rows.column.data, rows.column.stride = <const char *>cnp.PyArray_DATA(keys), cnp.PyArray_STRIDE(keys, 0)
    rows.column.width, rows.column.is_signed = cnp.PyArray_ITEMSIZE(keys), kind == c"i"
    rows.column.is_bool, rows.column.swapped = kind == c"b", not cnp.PyArray_ISNOTSWAPPED(keys)
    rows.reader = UTF32_TEXTS if kind == c"U" else BYTE_TEXTS if kind == c"S" else INTS
    rows.position = 0
    rows.valid = NULL if valid is None else <const uint8_t *>PyBytes_AS_STRING(valid)
    if kind == c"O":
        read_items(keys, NULL, rows.column.stride, total, pipe, answers)
    elif kind == c"T":
        read_strings(keys, &rows.column, total, pipe, answers)
    else:
        rows.texts = max(1, min(COTERIE_TEXTS, SCRATCH // max(rows.column.width, 1)))
        scratch = PyBytes_FromStringAndSize(NULL, rows.texts * rows.column.width) if kind == c"U" else b""
        rows.scratch = <uint8_t *>PyBytes_AS_STRING(scratch)
        read_rows(&rows, pipe, total, keys, answers, 0)
    return answers.array


cdef inline const char *data_of(cnp.ndarray array, Py_ssize_t total, Py_ssize_t stride) except NULL:
    if array.ndim != 1 or cnp.PyArray_DIM(array, 0) != total or cnp.PyArray_STRIDE(array, 0) != stride:
        raise RuntimeError("the array of keys changed its shape while it was read")
    return <const char *>cnp.PyArray_DATA(array)


# The error that Python has for a text without UTF-8.
cdef object refuse_text(const char *data, size_t width, bint swapped, Py_ssize_t position):
    text = PyBytes_FromStringAndSize(data, width)
    big = swapped != (sys.byteorder == "big")
    try:
        text.decode("utf-32-be" if big else "utf-32-le", "surrogatepass").encode()
    except UnicodeError as error:
        note_position(error, position)
        return error
    raise AssertionError("text that could be encoded was refused")


# NumPy's variable-width strings. Their allocator is locked for a turn, in which no Python code runs.
cdef int read_strings(cnp.ndarray keys, coterie_column *column, Py_ssize_t total, Pipe *pipe, Answers answers) except -1:
    cdef Py_ssize_t position = 0, n, good
    cdef Py_ssize_t turn = max(1, STRINGS // pipe.cost)
    cdef npy_string_allocator *allocator
    while position < total:
        n = min(total - position, turn)
        pipe.out = answers.place(position)
        column.data = data_of(keys, total, column.stride) + position * column.stride
        allocator = NpyString_acquire_allocator(<const PyArray_StringDTypeObject *>PyArray_DESCR(keys))
        if pipe.cost * n <= SMALL:
            good = string_chunks(allocator, column, pipe, n)
            NpyString_release_allocator(allocator)
        else:
            with nogil:
                good = string_chunks(allocator, column, pipe, n)
                NpyString_release_allocator(allocator)  # before others may wait for it with the GIL
        position += good
        if good < n:
            raise null_error(position)
        PyErr_CheckSignals()
    return 0


# Takes n strings to their answers; returns how many came before a null that is an error.
cdef Py_ssize_t string_chunks(npy_string_allocator *allocator, coterie_column *column, Pipe *pipe,
                              Py_ssize_t n) noexcept nogil:
    cdef Py_ssize_t done = 0, m
    cdef uint64_t *to
    cdef Valid valid
    while done < n:
        to = room(pipe)
        m = min(n - done, pipe.chunk)
        hash_strings(allocator, column.data + done * column.stride, column.stride, m, &pipe.hasher, to, &valid)
        if valid.has_nulls and pipe.null_answer is NULL:
            return done + coterie_bits_first_zero(valid.bits, m)
        push(pipe, to, m, valid.bits if valid.has_nulls else NULL)
        done += m
    return done


cdef void hash_strings(npy_string_allocator *allocator, const char *slot, Py_ssize_t stride, Py_ssize_t n,
                       const coterie_hasher *hasher, uint64_t *to, Valid *valid) noexcept nogil:
    cdef npy_static_string text
    cdef coterie_texts texts
    cdef Py_ssize_t begin = 0, i, block
    cdef uint64_t bits
    valid.has_nulls = False
    while begin < n:
        block, bits = min(n - begin, COTERIE_TEXTS), 0  # a bit each
        for i in range(block):
            if NpyString_load(allocator, <const npy_packed_static_string *>slot, &text):
                valid.has_nulls = True
                text.size = 0
            else:
                bits |= <uint64_t>1 << i
            if text.size < 8 and not slot <= text.buf <= slot + 8:  # short ones lie in their slots of 16 bytes
                coterie_texts_copy(&texts, i, text.buf, text.size)
            else:
                texts.data[i], texts.len[i] = <const uint8_t *>text.buf, text.size
            slot += stride
        coterie_texts_hash(&texts, hasher, block, to + begin)
        valid.bits[begin // 64] = bits
        begin += block
