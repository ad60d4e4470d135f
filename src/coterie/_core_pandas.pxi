# Batches of pandas Series and Index. Their own Arrow stream takes much longer than a look at what they hold.

cdef bint is_pandas(object keys) except -1:
    pandas = sys.modules.get("pandas")
    for name in ("Series", "Index"):
        kind = getattr(pandas, name, None)
        if isinstance(kind, type) and isinstance(keys, kind):
            return True
    return False


cdef object read_pandas(object keys, Pipe *pipe, Answers answers):
    dtype = keys.dtype
    if isinstance(dtype, np.dtype):
        return read_values(keys.values, None, dtype, pipe, answers)
    column = keys.array
    if hasattr(dtype, "categories") and hasattr(column, "codes"):
        return read_categorical(column, pipe, answers)
    if hasattr(dtype, "pyarrow_dtype") or str(getattr(dtype, "storage", None)).startswith("pyarrow"):
        return read_arrow_stream(column.__arrow_array__(), pipe, answers)
    if getattr(dtype, "storage", None) == "python":
        return read_values(column.to_numpy(dtype=object), None, dtype, pipe, answers)
    if hasattr(dtype, "numpy_dtype"):  # with a mask
        missing = column.isna()
        valid = bits_of(~missing) if missing.any() else None
        values = column.to_numpy(dtype=dtype.numpy_dtype, na_value=0)
        return read_values(values, valid, dtype, pipe, answers)
    refuse_dtype(dtype)


cdef object read_values(cnp.ndarray values, bytes valid, object dtype, Pipe *pipe, Answers answers):
    if values.descr.kind not in (c"i", c"u", c"b", c"O"):
        refuse_dtype(dtype)
    pipe.has_nulls = True
    return read_array(values, valid, pipe, answers)


# Each category is hashed once; only those that occur, if they are more than the rows or some of them are no keys.
cdef object read_categorical(object column, Pipe *pipe, Answers answers):
    cdef cnp.ndarray codes = np.ascontiguousarray(column.codes), hashes = None
    cdef Py_ssize_t total = cnp.PyArray_DIM(codes, 0)
    cdef Storage memory  # lives as long as the pipe
    cdef Rows rows
    cdef bytes valid
    categories = column.categories
    if len(categories) <= total:
        with suppress(TypeError, OverflowError, UnicodeError):
            hashes = hash_categories(categories, pipe)
    if hashes is None:
        used = np.unique(codes[codes >= 0])
        hashes = hash_categories(categories.take(used), pipe) if len(categories) else np.empty(0, np.uint64)
        codes = np.where(codes < 0, -1, np.searchsorted(used, codes))
    valid = None
    if total and codes.min() < 0:
        valid = bits_of(codes >= 0)
        codes = np.maximum(codes, 0)
    answers.make(total, False)
    check_overlap(answers.out, codes)
    memory = buffer_for(pipe, total)
    memset(&rows, 0, sizeof(rows))
    rows.reader, rows.hashes = TAKEN, <const uint64_t *>cnp.PyArray_DATA(hashes)
    rows.arrow.type.layout = rows.values.type.layout = COTERIE_ARROW_INTS
    rows.arrow.type.width, rows.arrow.type.is_signed = cnp.PyArray_ITEMSIZE(codes), True
    rows.arrow.len, rows.values.len = total, cnp.PyArray_DIM(hashes, 0)
    rows.arrow.rows = <const char *>cnp.PyArray_DATA(codes)
    if valid is not None:
        rows.arrow.valid = <const uint8_t *>PyBytes_AS_STRING(valid)
    read_rows(&rows, pipe, total, None, answers, 0)
    return answers.array


cdef cnp.ndarray hash_categories(object categories, const Pipe *pipe):
    try:
        return read_batch(categories, NULL, NULL, UINT64, -1, 0, pipe.hasher.kind, pipe.hasher.seed, pipe.hasher.more,
                          pipe.hashed, "raise", None)
    except Exception as error:
        error.add_note("(keys are counted among the categories that occur)")
        raise


cdef int refuse_dtype(object dtype) except -1:
    from coterie._columns import refusal_of
    raise TypeError(refusal_of(str(dtype)))
