# Batches of columns that speak the Arrow C data interface.


# What a producer handed over. It goes back when this object goes.
@cython.final
cdef class Imported:
    cdef ArrowSchema schema
    cdef ArrowArray array
    cdef ArrowArrayStream stream

    cdef int take_schema(self, object capsule) except -1:
        cdef ArrowSchema *schema = <ArrowSchema *>pointer_in(capsule, "arrow_schema")
        if schema.release is NULL:
            raise ValueError("malformed Arrow data: the schema was released before")
        self.schema = schema[0]
        schema.release = NULL
        return 0

    cdef int take_array(self, object capsule) except -1:
        cdef ArrowArray *array = <ArrowArray *>pointer_in(capsule, "arrow_array")
        if array.release is NULL:
            raise ValueError("malformed Arrow data: the array was released before")
        self.array = array[0]
        array.release = NULL
        return 0

    cdef int take_stream(self, object capsule) except -1:
        cdef ArrowArrayStream *stream = <ArrowArrayStream *>pointer_in(capsule, "arrow_array_stream")
        if stream.release is NULL:
            raise ValueError("malformed Arrow data: the stream was released before")
        self.stream = stream[0]
        stream.release = NULL
        if self.stream.get_schema is NULL or self.stream.get_next is NULL:
            raise ValueError("malformed Arrow data: the stream has no functions to read it")
        return 0

    cdef void release_array(self) noexcept:
        if self.array.release is not NULL:
            self.array.release(&self.array)
        self.array.release = NULL

    def __dealloc__(self):
        self.release_array()
        if self.schema.release is not NULL:
            self.schema.release(&self.schema)
        if self.stream.release is not NULL:
            with nogil:  # it may wait for threads that run Python code
                self.stream.release(&self.stream)


cdef void *pointer_in(object capsule, str name) except NULL:
    cdef bytes encoded = name.encode()
    if not PyCapsule_IsValid(capsule, encoded):
        raise TypeError(f"the column gave a {type(capsule).__name__} where the Arrow interface wants a capsule of "
                        f"name {name!r}")
    return PyCapsule_GetPointer(capsule, encoded)


cdef enum:
    NULLABLE = 2  # a flag that struct columns have and the rows of a table don't
    ARRAYS = 256  # of a stream, between two releases of the GIL at least


# How to read the arrays of a schema.
cdef struct Form:
    bint in_table             # the column is the only child of what comes
    coterie_arrow_type rows
    bint is_dictionary        # then rows are indices of
    coterie_arrow_type values


cdef int find_form(object keys, const ArrowSchema *schema, const Pipe *pipe, Form *form) except -1:
    cdef coterie_arrow_type keys_are
    check_schema(schema)
    form.in_table = strcmp(schema.format, "+s") == 0 and (not schema.flags & NULLABLE or hasattr(type(keys), "columns"))
    if form.in_table:
        if any(kind.__name__ in FRAMES for kind in type(keys).__mro__):
            refuse_container(keys)
        if schema.n_children != 1:
            raise TypeError(f"keys is a {type(keys).__name__} of {schema.n_children} columns: pass one column")
        if schema.children is NULL:
            raise ValueError("malformed Arrow data: the schema has no children")
        schema = schema.children[0]
        check_schema(schema)
    form.rows = keys_are = coterie_arrow_type_of(schema.format)
    form.is_dictionary = schema.dictionary is not NULL
    if form.is_dictionary:
        if form.rows.layout != COTERIE_ARROW_INTS:
            raise ValueError("malformed Arrow data: the indices of a dictionary are no integers")
        schema = schema.dictionary
        check_schema(schema)
        form.values = keys_are = coterie_arrow_type_of(schema.format)
    if pipe.hashed and (keys_are.layout != COTERIE_ARROW_INTS or keys_are.width != 8 or keys_are.is_signed):
        refuse_digests()
    if form.is_dictionary and schema.dictionary is not NULL:
        refuse_column("dictionary")
    if keys_are.layout == COTERIE_ARROW_OTHER:
        refuse_column((<bytes>schema.format).decode("utf-8", "replace"))
    if keys_are.layout == COTERIE_ARROW_FIXED and str(getattr(keys, "dtype", None)) == "Object":
        refuse_column("Object")  # the addresses of polars' objects
    if pipe.hasher.kind == COTERIE_HASH_NONE and keys_are.layout > COTERIE_ARROW_INTS:
        raise TypeError("keys is a column of text: pass integers")
    if pipe.hasher.kind == COTERIE_HASH_XXH64_TEXT and keys_are.layout in (COTERIE_ARROW_INTS, COTERIE_ARROW_BOOLS):
        raise TypeError("keys is a column of integers: pass text or bytes")
    return 0


cdef int check_schema(const ArrowSchema *schema) except -1:
    if schema is NULL or schema.format is NULL:
        raise ValueError("malformed Arrow data: the schema names no type")
    return 0


cdef object read_arrow_array(object keys, Pipe *pipe, Answers answers):
    cdef Imported imported = Imported.__new__(Imported)
    cdef Storage memory  # lives as long as the pipe
    cdef Form form
    pair = keys.__arrow_c_array__()
    if not isinstance(pair, tuple) or len(pair) != 2:
        raise TypeError(f"{type(keys).__name__}.__arrow_c_array__ gave no pair of capsules")
    imported.take_schema(pair[0])
    imported.take_array(pair[1])
    find_form(keys, &imported.schema, pipe, &form)
    memory = buffer_for(pipe, imported.array.length)
    read_one_array(&imported.array, &form, pipe, answers, 0, False)
    return answers.array


cdef object read_arrow_stream(object keys, Pipe *pipe, Answers answers):
    cdef Imported imported = Imported.__new__(Imported)
    cdef Storage memory = buffer_for(pipe, CHUNK)  # lives as long as the pipe
    cdef Py_ssize_t position = 0, arrays = 0
    cdef Form form
    # What is computed as it is read may need the GIL in other threads; what lies in memory comes at once.
    cdef bint in_memory = lies_in_memory(type(keys))
    imported.take_stream(keys.__arrow_c_stream__())
    ask(imported, in_memory, True)
    find_form(keys, &imported.schema, pipe, &form)
    while True:
        ask(imported, in_memory, False)
        if imported.array.release is NULL:
            break
        if in_memory and arrays == 1:
            answers.grow(position + imported.array.length, len(keys))
        read_one_array(&imported.array, &form, pipe, answers, position, True)
        position += imported.array.length
        imported.release_array()
        arrays += 1
        if arrays % ARRAYS == 0:  # which may all have been too small to release the GIL for
            with nogil:
                pass
        PyErr_CheckSignals()
    if answers.array is None:
        answers.make(0, True)
    return answers.finish(position)


# Of the type: objects may have their columns as attributes.
cdef bint lies_in_memory(object kind) except -1:
    return hasattr(kind, "__len__") and (
        hasattr(kind, "n_chunks") or hasattr(kind, "num_chunks") or hasattr(kind, "num_rows"))


# Asks a stream for its schema, or for the next array.
cdef int ask(Imported imported, bint at_once, bint for_schema) except -1:
    cdef int code
    cdef const char *text
    if at_once:
        code = ask_stream(&imported.stream, &imported.schema if for_schema else NULL, &imported.array)
    else:
        with nogil:
            code = ask_stream(&imported.stream, &imported.schema if for_schema else NULL, &imported.array)
    if code:
        text = NULL
        if imported.stream.get_last_error is not NULL:
            text = imported.stream.get_last_error(&imported.stream)
        raise OSError(code, "an Arrow stream failed" if text is NULL else (<bytes>text).decode("utf-8", "replace"))
    return 0


cdef inline int ask_stream(ArrowArrayStream *stream, ArrowSchema *schema, ArrowArray *array) noexcept nogil:
    if schema is not NULL:
        return stream.get_schema(stream, schema)
    return stream.get_next(stream, array)


# Reads one array of a column; makes the answers with the first, which is only a guess if more arrays may follow.
cdef int read_one_array(const ArrowArray *array, const Form *form, Pipe *pipe, Answers answers, Py_ssize_t position,
                        bint guess) except -1:
    cdef Rows rows
    cdef Storage hashes
    cdef const char *problem
    rows.reader, rows.position, rows.column.width = ARROW, position, 0
    if form.in_table:
        problem = coterie_arrow_open_child(array, form.rows, &rows.arrow)
    else:
        problem = coterie_arrow_open(array, form.rows, &rows.arrow)
    check_opened(problem)
    if form.is_dictionary:
        if form.in_table:
            array = array.children[0]
        if array.dictionary is NULL:
            raise ValueError("malformed Arrow data: the dictionary is missing")
        check_opened(coterie_arrow_open(array.dictionary, form.values, &rows.values))
    if answers.array is None:
        answers.make(rows.arrow.len, guess)
    if answers.out is not None and overlaps(&rows, form.is_dictionary, answers.array):
        refuse_overlap()
    answers.grow(position + rows.arrow.len, 0)
    if form.is_dictionary:
        rows.reader = PICKED
        if rows.values.len <= rows.arrow.len:
            hashes = hash_values(&rows.values, pipe)
            rows.reader, rows.hashes = TAKEN, <const uint64_t *>hashes.data
    read_rows(&rows, pipe, rows.arrow.len, None, answers, position)
    return 0


cdef int check_opened(const char *problem) except -1:
    if problem is not NULL:
        raise ValueError(f"malformed Arrow data: {(<bytes>problem).decode()}")
    return 0


cdef bint overlaps(const Rows *rows, bint is_dictionary, cnp.ndarray out) noexcept:
    cdef const void *data = cnp.PyArray_DATA(out)
    cdef size_t size = cnp.PyArray_NBYTES(out)
    return coterie_arrow_overlaps(&rows.arrow, data, size) or (
        is_dictionary and coterie_arrow_overlaps(&rows.values, data, size))


# The hash of each value of a dictionary; of a null any number.
cdef Storage hash_values(const coterie_arrow *values, const Pipe *pipe):
    cdef Storage hashes = Storage.allocate(values.len * sizeof(uint64_t))
    cdef uint64_t of_null = 0
    cdef Pipe own = pipe[0]
    cdef Rows rows
    own.sink, own.out, own.stride = NULL, hashes.data, sizeof(uint64_t)
    own.null_answer, own.chunk, own.cost = <const char *>&of_null, CHUNK, 1
    rows.reader, rows.position, rows.column.width, rows.arrow = ARROW, -1, 0, values[0]
    read_rows(&rows, &own, values.len, None, None, 0)
    return hashes


cdef int refuse_column(str format) except -1:
    from coterie._columns import refusal
    raise TypeError(refusal(format))
