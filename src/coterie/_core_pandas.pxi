# Batches of pandas Series and Index. Their own Arrow stream takes much longer than a look at what they hold.

cdef bint is_pandas(object keys) except -1:
    pandas = sys.modules.get("pandas")
    kinds = getattr(pandas, "Series", None), getattr(pandas, "Index", None)
    return None not in kinds and isinstance(keys, kinds)


cdef object read_pandas(object keys, Pipe *pipe, Result result, Py_ssize_t width, object out):
    dtype = keys.dtype
    if isinstance(dtype, np.dtype):
        return read_values(keys.values, None, dtype, pipe, result, width, out)
    column = keys.array
    if hasattr(dtype, "categories") and hasattr(column, "codes"):
        return read_categorical(column, pipe, result, width, out)
    if hasattr(dtype, "pyarrow_dtype") or getattr(dtype, "storage", None) == "pyarrow":
        return read_arrow_stream(column.__arrow_array__(), pipe, result, width, out)
    if getattr(dtype, "storage", None) == "python":
        return read_values(column.to_numpy(dtype=object), None, dtype, pipe, result, width, out)
    if hasattr(dtype, "numpy_dtype"):  # with a mask
        missing = column.isna()
        valid = np.packbits(~missing, bitorder="little").tobytes() if missing.any() else None
        values = column.to_numpy(dtype=dtype.numpy_dtype, na_value=0)
        return read_values(values, valid, dtype, pipe, result, width, out)
    refuse_dtype(dtype)


cdef object read_values(cnp.ndarray values, bytes valid, object dtype, Pipe *pipe, Result result, Py_ssize_t width,
                        object out):
    if values.descr.kind not in (c"i", c"u", c"b", c"O"):
        refuse_dtype(dtype)
    pipe.has_nulls = True
    return read_array(values, valid, pipe, result, width, out)


# Each category is hashed once, or each that occurs if they are more than the rows.
cdef object read_categorical(object column, Pipe *pipe, Result result, Py_ssize_t width, object out):
    cdef cnp.ndarray codes = np.ascontiguousarray(column.codes), hashes
    cdef Py_ssize_t total = cnp.PyArray_DIM(codes, 0)
    cdef Answers answers
    cdef Storage memory  # lives as long as the pipe
    cdef Rows rows
    cdef bytes valid
    categories = column.categories
    if len(categories) > total:
        used = np.unique(codes[codes >= 0])
        categories, codes = categories.take(used), np.where(codes < 0, -1, np.searchsorted(used, codes))
    hashes = read_batch(categories, NULL, NULL, UINT64, -1, 0, pipe.hasher.kind, pipe.hasher.seed, pipe.hashed, "raise",
                        None)
    valid = None
    if total and codes.min() < 0:
        valid = np.packbits(codes >= 0, bitorder="little").tobytes()
        codes = np.maximum(codes, 0)
    answers = answers_for(total, False, result, width, out)
    check_overlap(out, codes)
    memory = buffer_for(pipe, total)
    aim(pipe, answers, 0)
    memset(&rows, 0, sizeof(rows))
    rows.reader, rows.hashes = TAKEN, <const uint64_t *>cnp.PyArray_DATA(hashes)
    rows.arrow.type.layout = rows.values.type.layout = COTERIE_ARROW_INTS
    rows.arrow.type.width, rows.arrow.type.is_signed = cnp.PyArray_ITEMSIZE(codes), True
    rows.arrow.len, rows.values.len = total, cnp.PyArray_DIM(hashes, 0)
    rows.arrow.rows = <const char *>cnp.PyArray_DATA(codes)
    if valid is not None:
        rows.arrow.valid = <const uint8_t *>PyBytes_AS_STRING(valid)
    read_rows(&rows, pipe, total, None)
    return answers.array


cdef int refuse_dtype(object dtype) except -1:
    from coterie._columns import refusal_of
    raise TypeError(refusal_of(str(dtype)))
