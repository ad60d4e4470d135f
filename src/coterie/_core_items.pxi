# Batches of Python objects, one item after the other.

cdef extern from "coterie/hashing/xxh3.h" nogil:
    uint64_t coterie_xxh3_short(const void *data, size_t size, uint64_t seed)

cdef extern from "coterie/base.h":
    void COTERIE_PREFETCH(const void *address) nogil

cdef extern from "Python.h":
    bint PyList_CheckExact(object)
    bint PyTuple_CheckExact(object)
    bint PyFloat_Check(object)
    double PyFloat_AS_DOUBLE(object)
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

cdef enum:
    HEAVY = 1 << 16  # steps for items of a list from which on the GIL is released
    AHEAD = 64       # items whose memory is asked for before they are read
    REST = 1 << 18   # items of a list between two releases of the GIL (each may cost a switch interval)

# Says which of the keys was refused.
cdef int note_position(object error, Py_ssize_t position) except -1:
    error.add_note(f"(key number {position} of the batch, counted from 0)")


cdef uint64_t read_key(object key, const coterie_hasher *hasher, Py_ssize_t position) except? 0:
    try:
        if hasher.kind == COTERIE_HASH_XXH3 and hasher.seed == 0:
            return key_digest(key)
        return hash_key(key, hasher.kind, hasher.seed, hasher.more)
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
        while i < n and hasher.kind != COTERIE_HASH_XXH64_TEXT:  # a run of ints is hashed together
            item = item_at(items, stride, i, known, False)
            if not (item is not NULL and PyLong_CheckExact(<object>item) and coterie_int_bits(<object>item, to + i)):
                break
            i += 1
        coterie_hash_words(hasher, to + begin, i - begin, to + begin)
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


# What stands for a missing key among objects.
cdef bint is_null(object item):
    cdef double number
    if item is None:
        return True
    if PyFloat_Check(item):
        number = PyFloat_AS_DOUBLE(item)
        return number != number
    pandas = sys.modules.get("pandas")
    return pandas is not None and (item is getattr(pandas, "NA", None) or item is getattr(pandas, "NaT", None))


# Which items of a chunk are keys.
cdef struct Valid:
    bint has_nulls           # if not, the bits are not set
    uint64_t bits[WORDS]


# The hash of item i of a chunk that begins at `position`, if it takes Python code.
cdef int read_item(object item, Pipe *pipe, Py_ssize_t position, uint64_t *to, Valid *valid, Py_ssize_t i) except -1:
    if (pipe.null_answer is not NULL or pipe.has_nulls) and is_null(item):
        if pipe.null_answer is NULL:
            raise null_error(position + i)
        if not valid.has_nulls:
            valid.has_nulls = True
            memset(valid.bits, 0xff, sizeof(valid.bits))
        valid.bits[i >> 6] &= ~(<uint64_t>1 << (i & 63))
        to[i] = 0
    else:
        to[i] = read_key(item, &pipe.hasher, position + i)
    return 0


# After each chunk of items: answers, now and then a chance for other threads, and Ctrl-C.
cdef inline int push_items(Pipe *pipe, uint64_t *digests, Py_ssize_t n, Py_ssize_t position, const Valid *valid,
                           Answers answers) except -1:
    cdef const uint64_t *bits = valid.bits if valid.has_nulls else NULL
    pipe.out = answers.place(position)
    if pipe.cost * n >= HEAVY or position % REST + n >= REST:
        with nogil:
            push(pipe, digests, n, bits)
    else:
        push(pipe, digests, n, bits)
    return PyErr_CheckSignals()


cdef object read_tuple(tuple keys, Pipe *pipe, Answers answers):
    cdef Py_ssize_t n = PyTuple_GET_SIZE(keys)
    cdef Storage memory = buffer_for(pipe, n)  # lives as long as the pipe
    answers.make(n, False)
    read_items(None, <const char *>(<PyTupleObject *>keys).ob_item, sizeof(PyObject *), n, pipe, answers)
    return answers.array


# The items of a tuple or, if given, of an array of objects, which someone may move at an item whose digest takes Python
# code, or in a signal handler.
cdef int read_items(cnp.ndarray array, const char *items, Py_ssize_t stride, Py_ssize_t total, Pipe *pipe,
                    Answers answers) except -1:
    cdef Py_ssize_t position = 0, n, i
    cdef Valid valid
    cdef uint64_t *to
    while position < total:
        n = min(total - position, pipe.chunk)
        to, i = pipe.buffer, 0  # not the answers' own memory, which Python code may move
        valid.has_nulls = False
        while i < n:
            if array is not None:
                items = data_of(array, total, stride)
            i += read_simple(items + (position + i) * stride, stride, n - i, total - position - i, to + i, &pipe.hasher)
            if i < n:
                read_item(object_at(items + (position + i) * stride), pipe, position, to, &valid, i)
                i += 1
        push_items(pipe, to, n, position, &valid, answers)
        position += n
    return 0


# NumPy has NULL for None in arrays that were never filled.
cdef inline object object_at(const char *place):
    cdef PyObject *item = coterie_item(place)
    return None if item is NULL else <object>item


# A list may change while it is read: between two chunks, or at an item whose digest takes Python code.
cdef object read_list(list keys, Pipe *pipe, Answers answers):
    cdef Py_ssize_t position = 0, total = PyList_GET_SIZE(keys), n, i, left
    cdef Storage memory = buffer_for(pipe, total)  # lives as long as the pipe
    cdef Valid valid
    cdef uint64_t *to
    answers.make(total, False)
    while position < total:
        n = min(total - position, pipe.chunk)
        to, i = pipe.buffer, 0
        valid.has_nulls = False
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
                read_item(item, pipe, position, to, &valid, i)
                i += 1
        push_items(pipe, to, n, position, &valid, answers)
        position += n
    return answers.array


cdef object read_iterable(object keys, Pipe *pipe, Answers answers):
    cdef Py_ssize_t position = 0, n = 0
    items = as_iterator(keys, "keys", "a container of keys")
    cdef Storage memory = buffer_for(pipe, CHUNK)  # lives as long as the pipe
    cdef Valid valid
    answers.make(rows_for(keys, answers.width), True)
    if answers.out is not None and PyObject_CheckBuffer(keys):
        check_overlap(answers.out, np.asarray(keys))
    valid.has_nulls = False
    for key in items:
        read_item(key, pipe, position, pipe.buffer, &valid, n)
        n += 1
        if n == pipe.chunk:
            take_chunk(answers, pipe, n, position, &valid)
            position += n
            n = 0
            valid.has_nulls = False
    if n:
        take_chunk(answers, pipe, n, position, &valid)
    return answers.finish(position + n)


# Rows to make room for at first; more are made as they are needed.
cdef Py_ssize_t rows_for(object keys, Py_ssize_t width) except -1:
    return max(1, min(max(length_hint(keys, CHUNK), CHUNK), HINT) // max(width, 1))


# Makes room for n more answers, and brings them there.
cdef int take_chunk(Answers answers, Pipe *pipe, Py_ssize_t n, Py_ssize_t position, const Valid *valid) except -1:
    answers.grow(position + n, 0)
    return push_items(pipe, pipe.buffer, n, position, valid, answers)
