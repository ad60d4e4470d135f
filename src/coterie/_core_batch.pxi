# Batches: every container of keys is read here, in chunks of digests, and nowhere else.

cdef extern from "coterie/hashing/xxh3.h" nogil:
    uint64_t coterie_xxh3_short(const void *data, size_t size, uint64_t seed)

cdef extern from "coterie/base.h":
    void COTERIE_PREFETCH(const void *address) nogil

cdef extern from "coterie/keys/column.h" nogil:
    enum: COTERIE_COLUMN_TEXTS
    void coterie_column_bytes(const coterie_column *column, const coterie_hasher *hasher, size_t n, uint64_t *out)
    size_t coterie_column_utf32(const coterie_column *column, const coterie_hasher *hasher, size_t n, size_t texts,
                                uint8_t *scratch, uint64_t *out)

cdef extern from "Python.h":
    bint PyList_CheckExact(object)
    bint PyTuple_CheckExact(object)
    Py_ssize_t PyList_GET_SIZE(object)
    Py_ssize_t PyTuple_GET_SIZE(object)
    ctypedef struct PyListObject:
        PyObject **ob_item
    ctypedef struct PyTupleObject:
        PyObject **ob_item

cdef extern from *:
    """
    /* A field of a packed record need not be aligned. */
    static inline PyObject *coterie_item(const char *place) {
        PyObject *item;
        memcpy(&item, place, sizeof item);
        return item;
    }
    """
    PyObject *coterie_item(const char *place) nogil

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
    void NpyString_release_allocator(npy_string_allocator *allocator)
    int NpyString_load(npy_string_allocator *allocator, const npy_packed_static_string *packed,
                       npy_static_string *unpacked) nogil
    void *PyArray_DESCR(cnp.ndarray)

cdef enum:
    CHUNK = 2048     # digests at a time: they and the sink's own memory stay in the first cache
    FEW = 64         # digests for which there is room on the stack
    STEPS = 1 << 24  # steps of a costly sink at a time; a sink takes one step for a key, or as many as its cost says
    HEAVY = 1 << 16  # steps for items of a list from which on the GIL is released
    HINT = 1 << 20   # what an iterable says of its length is believed up to here
    AHEAD = 64       # items whose memory is asked for before they are read
    SMALL = 4096     # steps for a column up to which the GIL is kept: to release it would cost more than it gives
    TURN = 1 << 20   # steps for a column between two looks at signals,
    BYTES = 1 << 26  # or bytes of it
    REST = 1 << 18   # items of a list between two releases of the GIL (each may cost a switch interval)


cdef int type_of(Result result) noexcept:
    return cnp.NPY_BOOL if result == BOOL else cnp.NPY_INT32 if result == INT32 else cnp.NPY_UINT64


# Where hashes go: through a sink to the answers or, without one, to the answers themselves.
cdef struct Pipe:
    coterie_hasher hasher
    Sink sink
    void *ctx
    char *out
    Py_ssize_t stride
    Py_ssize_t chunk  # keys at a time
    size_t cost       # steps of the sink for a key
    uint64_t *buffer
    uint64_t few[FEW]


cdef inline uint64_t *room(Pipe *pipe) noexcept nogil:
    if pipe.sink is NULL:
        return <uint64_t *>pipe.out
    return pipe.buffer


cdef inline void push(Pipe *pipe, const uint64_t *digests, Py_ssize_t n) noexcept nogil:
    if pipe.sink is not NULL:
        pipe.sink(pipe.ctx, digests, n, pipe.out)
    elif digests != <uint64_t *>pipe.out:
        memcpy(pipe.out, digests, n * sizeof(uint64_t))
    pipe.out += n * pipe.stride


# The array for the answers to n keys, and the pipe's place in it.
cdef object start(Pipe *pipe, Py_ssize_t n, Result result, Py_ssize_t width):
    cdef cnp.npy_intp shape[2]
    pipe.out, pipe.stride = NULL, 0
    if result == NOTHING:
        return None
    shape[0], shape[1] = n, width
    answers = cnp.PyArray_EMPTY(2 if width >= 0 else 1, shape, type_of(result), 0)
    pipe.out = <char *>cnp.PyArray_DATA(answers)
    pipe.stride = cnp.PyArray_STRIDE(answers, 0) if n else 0
    return answers


# The memory for a batch of up to n digests: on the stack if it is small, since batches may be nested in iterables.
cdef Storage buffer_for(Pipe *pipe, Py_ssize_t n):
    cdef Storage memory
    pipe.buffer = pipe.few
    if n <= FEW:
        pipe.chunk = min(pipe.chunk, FEW)
        return None
    memory = Storage.allocate(CHUNK * sizeof(uint64_t))
    pipe.buffer = <uint64_t *>memory.data
    return memory


cdef object each_chunk(object keys, Sink sink, void *ctx, Result result, Py_ssize_t width, bint hashed, size_t cost=0):
    if hashed:
        if not is_digests(keys):
            raise TypeError("with hashed=True keys is a one-dimensional uint64 array of digests")
        return each_chunk_of(keys, sink, ctx, result, width, cost, COTERIE_HASH_NONE, 0)
    return each_chunk_of(keys, sink, ctx, result, width, cost, COTERIE_HASH_XXH3, 0)


cdef bint is_digests(object keys):
    cdef cnp.ndarray array
    if not cnp.PyArray_Check(keys):
        return False
    array = keys
    return array.ndim == 1 and array.descr.kind == c"u" and array.descr.itemsize == 8


cdef object each_chunk_of(object keys, Sink sink, void *ctx, Result result, Py_ssize_t width, size_t cost, int kind,
                          uint64_t seed):
    cdef Pipe pipe
    cdef Storage memory  # lives as long as the pipe
    pipe.hasher, pipe.sink, pipe.ctx = hasher_of(kind, seed), sink, ctx
    pipe.cost = max(cost, <size_t>max(width, 1))
    pipe.chunk = max(1, min(CHUNK, STEPS // pipe.cost))
    if cnp.PyArray_Check(keys):
        check_array(keys)
        answers = start(&pipe, cnp.PyArray_SIZE(keys), result, width)
        memory = buffer_for(&pipe, cnp.PyArray_SIZE(keys))
        read_array(keys, &pipe)
    elif PyList_CheckExact(keys):
        n = PyList_GET_SIZE(keys)
        answers = start(&pipe, n, result, width)
        memory = buffer_for(&pipe, n)
        read_list(keys, n, &pipe)
    elif PyTuple_CheckExact(keys):
        n = PyTuple_GET_SIZE(keys)
        answers = start(&pipe, n, result, width)
        memory = buffer_for(&pipe, n)
        read_items(None, <const char *>(<PyTupleObject *>keys).ob_item, sizeof(PyObject *), n, &pipe)
    elif is_one_key(keys):
        raise TypeError(f"keys is one {type(keys).__name__}: put it in a list, or use the method for one key")
    elif isinstance(keys, Mapping) or getattr(keys, "ndim", 1) != 1:
        raise TypeError(f"keys is a {type(keys).__name__}: pass one column of keys")
    # Arrow columns will be read here: whatever has __arrow_c_array__ or __arrow_c_stream__.
    else:
        items = as_iterator(keys, "keys", "a container of keys")
        memory = buffer_for(&pipe, CHUNK)
        answers = read_iterable(items, start(&pipe, rows_for(keys, width), result, width), &pipe)
    return answers


# ---- one item after the other ----

# Says which of the keys was refused.
cdef int note_position(object error, Py_ssize_t position) except -1:
    error.add_note(f"(key number {position} of the batch, counted from 0)")


cdef uint64_t read_key(object key, const coterie_hasher *hasher, Py_ssize_t position) except? 0:
    try:
        if hasher.kind == COTERIE_HASH_XXH3 and hasher.seed == 0:
            return key_digest(key)
        return hash_key(key, hasher.kind, hasher.seed)
    except Exception as error:
        note_position(error, position)
        raise


# Hashes the first of n items, `stride` bytes apart, as long as they are ints, ASCII text or bytes of those very types;
# returns how many. Runs no Python code, so that nobody can change the container meanwhile. `known` items may be looked at.
cdef Py_ssize_t read_simple(const char *items, Py_ssize_t stride, Py_ssize_t n, Py_ssize_t known, uint64_t *to,
                            const coterie_hasher *hasher) noexcept:
    cdef Py_ssize_t i = 0, begin
    cdef PyObject *item
    while i < n:
        begin = i
        while i < n:  # a run of ints is hashed together
            item = item_at(items, stride, i, known, False)
            if not (item is not NULL and PyLong_CheckExact(<object>item) and coterie_int_bits(<object>item, to + i)):
                break
            i += 1
        coterie_hash_words(hasher, to + begin, i - begin)
        while i < n and hasher.kind != COTERIE_HASH_NONE:
            item = item_at(items, stride, i, known, True)
            if item is NULL:
                break
            if PyUnicode_CheckExact(<object>item) and PyUnicode_IS_COMPACT_ASCII(<object>item):
                to[i] = hash_bytes(hasher, PyUnicode_DATA(<object>item), PyUnicode_GET_LENGTH(<object>item))
            elif PyBytes_CheckExact(<object>item):
                to[i] = hash_bytes(hasher, PyBytes_AS_STRING(<object>item), PyBytes_GET_SIZE(<object>item))
            else:
                break
            i += 1
        if i == begin:
            break
    return i


# Item i, after asking for the memory of a later one: where its value lies, and the line behind if it is large.
cdef inline PyObject *item_at(const char *items, Py_ssize_t stride, Py_ssize_t i, Py_ssize_t known,
                              bint large) noexcept nogil:
    cdef const char *later
    if i + AHEAD < known:
        later = <const char *>coterie_item(items + (i + AHEAD) * stride)
        COTERIE_PREFETCH(later)
        if large:
            COTERIE_PREFETCH(later + 63)
    return coterie_item(items + i * stride)


cdef inline uint64_t hash_bytes(const coterie_hasher *hasher, const void *data, size_t size) noexcept nogil:
    if hasher.kind == COTERIE_HASH_XXH3 and size <= 16:
        return coterie_xxh3_short(data, size, hasher.seed)
    return coterie_hash_bytes(hasher, data, size)


# After each chunk of items: answers, now and then a chance for other threads, and Ctrl-C.
cdef inline int push_items(Pipe *pipe, const uint64_t *digests, Py_ssize_t n, Py_ssize_t position) except -1:
    if pipe.cost * n >= HEAVY or position % REST + n >= REST:
        with nogil:
            push(pipe, digests, n)
    else:
        push(pipe, digests, n)
    return PyErr_CheckSignals()


# The items of a tuple or, if given, of an array of objects, which someone may move at an item whose digest takes Python
# code, or in a signal handler.
cdef int read_items(cnp.ndarray array, const char *items, Py_ssize_t stride, Py_ssize_t total, Pipe *pipe) except -1:
    cdef Py_ssize_t position = 0, n, i
    cdef uint64_t *to
    while position < total:
        n = min(total - position, pipe.chunk)
        to = room(pipe)
        i = 0
        while i < n:
            if array is not None:
                items = data_of(array, total, stride)
            i += read_simple(items + (position + i) * stride, stride, n - i, total - position - i, to + i, &pipe.hasher)
            if i < n:
                to[i] = read_key(object_at(items + (position + i) * stride), &pipe.hasher, position + i)
                i += 1
        push_items(pipe, to, n, position)
        position += n
    return 0


# NumPy has NULL for None in arrays that were never filled.
cdef inline object object_at(const char *place):
    cdef PyObject *item = coterie_item(place)
    return None if item is NULL else <object>item


cdef inline const char *data_of(cnp.ndarray array, Py_ssize_t total, Py_ssize_t stride) except NULL:
    if array.ndim != 1 or cnp.PyArray_DIM(array, 0) != total or cnp.PyArray_STRIDE(array, 0) != stride:
        raise RuntimeError("the array of keys changed its shape while it was read")
    return <const char *>cnp.PyArray_DATA(array)


# A list may change while it is read: between two chunks, or at an item whose digest takes Python code.
cdef int read_list(list keys, Py_ssize_t total, Pipe *pipe) except -1:
    cdef Py_ssize_t position = 0, n, i, left
    cdef uint64_t *to
    while position < total:
        n = min(total - position, pipe.chunk)
        to = room(pipe)
        i = 0
        while i < n:
            item = None
            with cython.critical_section(keys):
                left = PyList_GET_SIZE(keys) - position - i
                if left >= n - i:
                    i += read_simple(<const char *>((<PyListObject *>keys).ob_item + position + i), sizeof(PyObject *),
                                     n - i, left, to + i, &pipe.hasher)
                    if i < n:
                        item = <object>(<PyListObject *>keys).ob_item[position + i]
                else:
                    raise RuntimeError("the list of keys became shorter while it was read")
            if i < n:
                to[i] = read_key(item, &pipe.hasher, position + i)
                i += 1
        push_items(pipe, to, n, position)
        position += n
    return 0


# Rows to make room for at first; more are made as they are needed.
cdef Py_ssize_t rows_for(object keys, Py_ssize_t width) except -1:
    return max(1, min(max(length_hint(keys, CHUNK), CHUNK), HINT) // max(width, 1))


cdef object read_iterable(object keys, object answers, Pipe *pipe):
    cdef Py_ssize_t position = 0, n = 0
    for key in keys:
        pipe.buffer[n] = read_key(key, &pipe.hasher, position + n)
        n += 1
        if n == pipe.chunk:
            take_chunk(answers, pipe, n, position)
            position += n
            n = 0
    if n:
        take_chunk(answers, pipe, n, position)
    if answers is not None:
        resize(answers, position + n)
    return answers


# Makes room for n more answers, and brings them there.
cdef int take_chunk(object answers, Pipe *pipe, Py_ssize_t n, Py_ssize_t position) except -1:
    if answers is not None:
        if position + n > cnp.PyArray_DIM(answers, 0):
            resize(answers, position + n + (position + n) // 2)
        pipe.stride = cnp.PyArray_STRIDE(answers, 0)
        pipe.out = <char *>cnp.PyArray_DATA(answers) + position * pipe.stride
    return push_items(pipe, pipe.buffer, n, position)


# Only this function and its callers know the array: nobody sees the memory move.
cdef int resize(cnp.ndarray answers, Py_ssize_t n) except -1:
    if answers.ndim == 2:
        answers.resize((n, answers.shape[1]), refcheck=False)
    else:
        answers.resize(n, refcheck=False)
    return 0


# ---- NumPy arrays ----

cdef int check_array(cnp.ndarray keys) except -1:
    if not cnp.PyArray_CheckExact(keys) and hasattr(keys, "mask"):  # first: it may run Python code
        raise TypeError("keys is a masked array: pass keys.compressed(), or fill the masked entries")
    if keys.ndim != 1:
        raise TypeError(f"keys has {keys.ndim} dimensions: pass a one-dimensional array")
    if keys.descr.kind not in (c"i", c"u", c"b", c"S", c"U", c"T", c"O"):
        raise TypeError(f"keys has dtype {keys.dtype}: pass integers, text, bytes or objects")
    return 0


cdef int read_array(cnp.ndarray keys, Pipe *pipe) except -1:
    cdef coterie_column column
    cdef char kind = keys.descr.kind
    cdef Py_ssize_t total = cnp.PyArray_SIZE(keys)
    if total == 0:
        return 0
    column.data, column.stride = <const char *>cnp.PyArray_DATA(keys), cnp.PyArray_STRIDE(keys, 0)
    column.width, column.is_signed, column.is_bool = cnp.PyArray_ITEMSIZE(keys), kind == c"i", kind == c"b"
    column.swapped = not cnp.PyArray_ISNOTSWAPPED(keys)
    if pipe.hasher.kind == COTERIE_HASH_NONE and kind not in (c"i", c"u", c"b", c"O"):
        raise TypeError(f"keys has dtype {keys.dtype}: pass integers")
    if kind == c"O":
        return read_items(keys, NULL, column.stride, total, pipe)
    if kind == c"T":
        return read_strings(keys, &column, total, pipe)
    scratch = PyBytes_FromStringAndSize(NULL, texts_at_once(&column) * column.width) if kind == c"U" else b""
    return read_column(keys, &column, kind, total, <uint8_t *>PyBytes_AS_STRING(scratch), pipe)


# How many texts are encoded before they are hashed: one where they are large.
cdef inline size_t texts_at_once(const coterie_column *column) noexcept nogil:
    return COTERIE_COLUMN_TEXTS if column.width <= 4096 else 1


cdef int read_column(cnp.ndarray keys, coterie_column *column, char kind, Py_ssize_t total, uint8_t *scratch,
                     Pipe *pipe) except -1:
    cdef Py_ssize_t position = 0, n, good
    cdef Py_ssize_t turn = max(1, min(TURN // pipe.cost, BYTES // max(column.width, 1)))
    while position < total:
        column.data = data_of(keys, total, column.stride) + position * column.stride
        n = min(total - position, turn)
        if pipe.cost * n <= SMALL:
            good = column_chunks(column, kind, n, scratch, pipe)
        else:
            with nogil:
                good = column_chunks(column, kind, n, scratch, pipe)
        position += good
        if good < n:
            raise refuse_text(column.data, column.width, column.swapped, position)
        PyErr_CheckSignals()
    return 0


# Takes n items off the column; returns how many had a hash.
cdef Py_ssize_t column_chunks(coterie_column *column, char kind, Py_ssize_t n, uint8_t *scratch,
                              Pipe *pipe) noexcept nogil:
    cdef Py_ssize_t done = 0, m, good
    cdef uint64_t *to
    while done < n:
        to = room(pipe)
        m = good = min(n - done, pipe.chunk)
        if kind == c"S":
            coterie_column_bytes(column, &pipe.hasher, m, to)
        elif kind == c"U":
            good = coterie_column_utf32(column, &pipe.hasher, m, texts_at_once(column), scratch, to)
        else:
            coterie_column_ints(column, &pipe.hasher, m, to)
        column.data += good * column.stride
        done += good
        if good < m:
            break
        push(pipe, to, m)
    return done


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


# NumPy's variable-width strings. Their allocator is locked for a chunk at a time: no Python code runs meanwhile.
cdef int read_strings(cnp.ndarray keys, coterie_column *column, Py_ssize_t total, Pipe *pipe) except -1:
    cdef const PyArray_StringDTypeObject *descr = <const PyArray_StringDTypeObject *>PyArray_DESCR(keys)
    cdef npy_string_allocator *allocator
    cdef npy_static_string text
    cdef uint64_t *to
    cdef Py_ssize_t position = 0, n, i
    cdef int missing = 0
    while position < total:
        n = min(total - position, pipe.chunk)
        to = room(pipe)
        column.data = data_of(keys, total, column.stride) + position * column.stride
        allocator = NpyString_acquire_allocator(descr)
        for i in range(n):
            missing = NpyString_load(allocator, <const npy_packed_static_string *>column.data, &text)
            if missing:
                break
            to[i] = coterie_hash_bytes(&pipe.hasher, text.buf, text.size)
            column.data += column.stride
        NpyString_release_allocator(allocator)
        if missing:
            raise ValueError(f"key number {position + i} of the batch, counted from 0, is missing")
        push_items(pipe, to, n, position)
        position += n
    return 0


# ---- the plain batch ----

def digests(keys, /):
    """The 64-bit digests of many keys, as a uint64 array; each equals `digest(key)`.

    keys: a list, tuple or any iterable of keys; or a one-dimensional NumPy array of integers (any width and byte
    order), bool, `S`, `U`, StringDType or objects. NumPy drops the trailing NULs of `S` and `U`.

    All batch methods take the result back with `hashed=True`, so that keys are hashed once and asked of many
    structures. TypeError for one key, a mapping, arrays of floats or of more dimensions, and for what is no key, with a
    note of its position; OverflowError for larger ints, UnicodeEncodeError for text with lone surrogates, ValueError for
    missing texts. Arrays of objects must not change meanwhile.

    Linear. Columns are read without the GIL; memory is bounded by the result.

    >>> import coterie
    >>> coterie.digests(["a", b"b", 3]).tolist() == [coterie.digest(k) for k in ("a", b"b", 3)]
    True
    """
    return each_chunk_of(keys, NULL, NULL, UINT64, -1, 0, COTERIE_HASH_XXH3, 0)
