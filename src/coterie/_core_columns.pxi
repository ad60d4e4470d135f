# Columns in plain memory, NumPy's and Arrow's: read where they lie, without the GIL, a turn at a time.

cdef extern from "coterie/keys/arrow.h" nogil:
    ctypedef struct ArrowSchema "struct ArrowSchema":
        const char *format
        int64_t flags
        int64_t n_children
        ArrowSchema **children
        ArrowSchema *dictionary
        void (*release)(ArrowSchema *) noexcept nogil
    ctypedef struct ArrowArray "struct ArrowArray":
        int64_t length
        ArrowArray **children
        ArrowArray *dictionary
        void (*release)(ArrowArray *) noexcept nogil
    ctypedef struct ArrowArrayStream "struct ArrowArrayStream":
        int (*get_schema)(ArrowArrayStream *, ArrowSchema *) noexcept nogil
        int (*get_next)(ArrowArrayStream *, ArrowArray *) noexcept nogil
        const char *(*get_last_error)(ArrowArrayStream *) noexcept nogil
        void (*release)(ArrowArrayStream *) noexcept nogil
    ctypedef enum coterie_arrow_layout:
        COTERIE_ARROW_OTHER
        COTERIE_ARROW_NULLS
        COTERIE_ARROW_BOOLS
        COTERIE_ARROW_INTS
        COTERIE_ARROW_FIXED
    ctypedef struct coterie_arrow_type:
        coterie_arrow_layout layout
        size_t width
        int is_signed
    ctypedef struct coterie_arrow:
        coterie_arrow_type type
        size_t len
        const uint8_t *valid
        const char *rows
    coterie_arrow_type coterie_arrow_type_of(const char *format)
    const char *coterie_arrow_open(const ArrowArray *array, coterie_arrow_type type, coterie_arrow *column)
    const char *coterie_arrow_open_child(const ArrowArray *table, coterie_arrow_type type, coterie_arrow *column)
    int coterie_arrow_has_nulls(const coterie_arrow *column)
    int coterie_arrow_overlaps(const coterie_arrow *column, const void *begin, size_t size)
    uint64_t coterie_arrow_bytes(const coterie_arrow *column)
    size_t coterie_arrow_valid(const coterie_arrow *column, size_t first, size_t n, uint64_t *words)
    size_t coterie_arrow_valid_values(const coterie_arrow *indices, const coterie_arrow *values, size_t first,
                                      size_t n, uint64_t *words)
    size_t coterie_arrow_hash(const coterie_arrow *column, const coterie_hasher *hasher, size_t first, size_t n,
                              uint64_t *bytes, uint64_t *out)
    size_t coterie_arrow_take(const coterie_arrow *indices, const uint64_t *hashes, size_t len, int level,
                              size_t first, size_t n, uint64_t *out)
    size_t coterie_arrow_pick(const coterie_arrow *indices, const coterie_arrow *values, const coterie_hasher *hasher,
                              size_t first, size_t n, uint64_t *bytes, uint64_t *out)

cdef extern from "coterie/keys/column.h" nogil:
    enum: COTERIE_TEXTS
    void coterie_column_bytes(const coterie_column *column, const coterie_hasher *hasher, size_t n, uint64_t *out)
    size_t coterie_column_utf32(const coterie_column *column, const coterie_hasher *hasher, size_t n, size_t texts,
                                uint8_t *scratch, uint64_t *out)

cdef enum:
    SMALL = 4096     # steps for a column up to which the GIL is kept: to release it would cost more than it gives;
    BRIEF = 1 << 16  # if it has no more bytes
    TURN = 1 << 20   # steps for a column between two looks at signals,
    BYTES = 1 << 26  # or bytes of it

# How the rows of a column are read.
cdef enum Reader:
    INTS        # of a NumPy array
    BYTE_TEXTS
    UTF32_TEXTS
    ARROW
    TAKEN       # indices of an Arrow dictionary whose values are hashed,
    PICKED      # or not: there are more of them than rows

cdef struct Rows:
    Reader reader
    Py_ssize_t position      # of the first row in the batch; -1: these are the values of a dictionary
    coterie_column column
    uint8_t *scratch         # room for UTF-8, this many texts at a time
    size_t texts
    const uint8_t *valid     # of a NumPy array: a bit per row, 0 for null; NULL: no nulls
    coterie_arrow arrow
    coterie_arrow values
    const uint64_t *hashes   # of the values

# How a turn ended.
cdef enum Ending:
    WHOLE
    AT_NULL
    AT_WRONG


cdef inline bint has_nulls(const Rows *rows) noexcept nogil:
    if rows.reader < ARROW:
        return rows.valid is not NULL
    return coterie_arrow_has_nulls(&rows.arrow) or (rows.reader > ARROW and coterie_arrow_has_nulls(&rows.values))


# Which rows have a key, as bits; returns how many.
cdef inline Py_ssize_t valid_rows(const Rows *rows, Py_ssize_t first, Py_ssize_t n, uint64_t *bits) noexcept nogil:
    if rows.reader < ARROW:
        return coterie_bits_load(rows.valid, first, n, bits)
    if rows.reader == ARROW:
        return coterie_arrow_valid(&rows.arrow, first, n, bits)
    return coterie_arrow_valid_values(&rows.arrow, &rows.values, first, n, bits)


# The bytes of a few rows.
cdef uint64_t bytes_of(const Rows *rows, Py_ssize_t total) noexcept nogil:
    if rows.reader < ARROW:
        return total * rows.column.width
    if rows.reader == PICKED:
        return UINT64_MAX  # anything
    return coterie_arrow_bytes(&rows.arrow)


# Hashes n rows; returns how many come before the first that cannot be read. Takes their bytes off `bytes` and stops
# early when those are used up.
cdef inline Py_ssize_t hash_rows(const Rows *rows, const coterie_hasher *hasher, Py_ssize_t first, Py_ssize_t n,
                                 uint64_t *bytes, uint64_t *to) noexcept nogil:
    cdef coterie_column column
    if rows.reader == ARROW:
        return coterie_arrow_hash(&rows.arrow, hasher, first, n, bytes, to)
    if rows.reader == TAKEN:
        return coterie_arrow_take(&rows.arrow, rows.hashes, rows.values.len, hasher.level, first, n, to)
    if rows.reader == PICKED:
        return coterie_arrow_pick(&rows.arrow, &rows.values, hasher, first, n, bytes, to)
    column = rows.column
    column.data += first * column.stride
    if rows.reader == UTF32_TEXTS:
        return coterie_column_utf32(&column, hasher, n, rows.texts, rows.scratch, to)
    if rows.reader == BYTE_TEXTS:
        coterie_column_bytes(&column, hasher, n, to)
    else:
        coterie_column_ints(&column, hasher, n, to)
    return n


# Takes up to n rows to their answers; returns how many came before the one at which it ended.
cdef Py_ssize_t read_turn(const Rows *rows, Pipe *pipe, Py_ssize_t first, Py_ssize_t n, Ending *ending) noexcept nogil:
    cdef Py_ssize_t done = 0, m, good
    cdef uint64_t valid[WORDS]
    cdef uint64_t *to
    cdef uint64_t bytes = BYTES
    cdef bint nulls = has_nulls(rows), some
    ending[0] = WHOLE
    while done < n and bytes:
        to = room(pipe)
        m = min(n - done, pipe.chunk)
        some = nulls and valid_rows(rows, first + done, m, valid) < m
        if some and pipe.null_answer is NULL:
            ending[0] = AT_NULL
            return done + coterie_bits_first_zero(valid, m)
        good = hash_rows(rows, &pipe.hasher, first + done, m, &bytes, to)
        if good < m and bytes:
            ending[0] = AT_WRONG
            return done + good
        push(pipe, to, good, valid if some else NULL)
        done += good
    return done


# Reads all rows to the answers from `position` on; without answers to where the pipe points. `array`, if given, is whose
# they are: someone may move it in a signal handler.
cdef int read_rows(Rows *rows, Pipe *pipe, Py_ssize_t total, cnp.ndarray array, Answers answers,
                   Py_ssize_t position) except -1:
    cdef Py_ssize_t first = 0, n
    cdef Py_ssize_t turn = max(1, min(TURN // pipe.cost, BYTES // max(rows.column.width, 1)))
    cdef Ending ending
    cdef bint brief = pipe.cost * total <= SMALL and bytes_of(rows, total) <= BRIEF
    while first < total:
        if array is not None:
            rows.column.data = data_of(array, total, rows.column.stride)
        if answers is not None:
            pipe.out = answers.place(position + first)
        n = min(total - first, turn)
        if brief:
            first += read_turn(rows, pipe, first, n, &ending)
        else:
            with nogil:
                first += read_turn(rows, pipe, first, n, &ending)
        if ending == AT_NULL:
            raise null_error(rows.position + first)
        if ending == AT_WRONG:
            raise refuse_row(rows, first)
        PyErr_CheckSignals()
    return 0


cdef object refuse_row(const Rows *rows, Py_ssize_t row):
    if rows.reader == UTF32_TEXTS:
        return refuse_text(rows.column.data + row * rows.column.stride, rows.column.width, rows.column.swapped, row)
    if rows.position < 0:
        return ValueError(f"malformed Arrow data: value {row} of a dictionary lies outside of its buffer")
    what = "text" if rows.reader == ARROW else "index"
    where = "buffer" if rows.reader == ARROW else "dictionary"
    return ValueError(f"malformed Arrow data: the {what} of key number {rows.position + row} of the batch, counted from "
                      f"0, lies outside of its {where}")
