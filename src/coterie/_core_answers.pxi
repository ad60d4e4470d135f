# Where the answers of a batch go: a new array or the caller's, and what stands there for a null.

cdef enum:
    HINT = 1 << 20  # what an iterable says of its length is believed up to here

cdef str OF_NULLS = '"raise" or "skip"'


cdef int type_of(Result result) noexcept:
    return cnp.NPY_BOOL if result == BOOL else cnp.NPY_INT32 if result == INT32 else cnp.NPY_UINT64


cdef Py_ssize_t size_of(Result result) noexcept:
    return 0 if result == NOTHING else 1 if result == BOOL else 4 if result == INT32 else 8


# The answers to a batch. Unless the caller gave the array, only this object knows it, so that its memory may move.
@cython.final
@cython.freelist(8)
cdef class Answers:
    cdef Result result
    cdef Py_ssize_t width
    cdef Py_ssize_t stride  # bytes of a row
    cdef object out
    cdef cnp.ndarray array  # None without answers, and before `make`
    cdef Py_ssize_t rows

    # Room for `rows` answers, or for as many as turn up if that is only a guess.
    cdef int make(self, Py_ssize_t rows, bint guess) except -1:
        cdef cnp.npy_intp shape[2]
        if self.out is not None:
            check_out(self.out, rows, guess, self.result, self.width)
            self.array = self.out
            self.rows = cnp.PyArray_DIM(self.array, 0)
        elif self.result != NOTHING:
            shape[0], shape[1] = rows, self.width
            self.array = cnp.PyArray_EMPTY(2 if self.width >= 0 else 1, shape, type_of(self.result), 0)
            self.rows = rows
        return 0

    # The place of the answers from row `position` on. A given array may have been moved in a signal handler.
    cdef char *place(self, Py_ssize_t position) except? NULL:
        if self.array is None:
            return NULL
        if cnp.PyArray_DIM(self.array, 0) != self.rows or not cnp.PyArray_ISCARRAY(self.array):
            raise RuntimeError("out changed its shape while it was written")
        return <char *>cnp.PyArray_DATA(self.array) + position * self.stride

    # Makes room for `rows` rows in all, and for more to come: for `hint` of them if that is known.
    cdef int grow(self, Py_ssize_t rows, Py_ssize_t hint) except -1:
        if self.array is None or rows <= self.rows:
            return 0
        if self.out is not None:
            raise ValueError(f"out has {self.rows} rows and there are more keys")
        return self.resize(hint if hint >= rows else rows + rows // 2)

    cdef int resize(self, Py_ssize_t rows) except -1:
        if self.width >= 0:
            self.array.resize((rows, self.width), refcheck=False)
        else:
            self.array.resize(rows, refcheck=False)
        self.rows = rows
        return 0

    # The array of `rows` answers in the end.
    cdef object finish(self, Py_ssize_t rows):
        if self.array is not None and rows != self.rows:
            if self.out is not None:
                raise ValueError(f"out has {self.rows} rows and there are {rows} keys")
            self.resize(rows)
        return self.array


cdef Answers answers_for(Result result, Py_ssize_t width, object out):
    cdef Answers answers = Answers.__new__(Answers)
    answers.result, answers.width, answers.out = result, width, out
    answers.stride = size_of(result) * (width if width >= 0 else 1)
    return answers


cdef int check_out(object out, Py_ssize_t rows, bint guess, Result result, Py_ssize_t width) except -1:
    cdef cnp.ndarray array
    if result == NOTHING:
        raise TypeError("there are no answers to write to out")
    wanted = cnp.PyArray_DescrFromType(type_of(result))
    if not cnp.PyArray_Check(out) or isinstance(out, np.ma.MaskedArray):
        raise TypeError(f"out is a {type(out).__name__}: pass a NumPy array of {wanted}")
    array = out
    if (array.descr.kind != wanted.kind or array.descr.itemsize != size_of(result)
            or not cnp.PyArray_ISNOTSWAPPED(array)):
        raise TypeError(f"out has dtype {array.dtype}: pass one of {wanted}")
    dimensions = 1 if width < 0 else 2
    if array.ndim != dimensions or (width >= 0 and cnp.PyArray_DIM(array, 1) != width) or (
            not guess and cnp.PyArray_DIM(array, 0) != rows):
        shape = f"{'n' if guess else rows}{',' if width < 0 else f', {width}'}"
        raise ValueError(f"out has shape {(<object>array).shape}: pass one of shape ({shape})")
    if not cnp.PyArray_ISWRITEABLE(array):
        raise ValueError("out is read-only: pass an array that may be written")
    if not cnp.PyArray_ISCARRAY(array):
        raise ValueError("out is not contiguous or not aligned: pass a plain array")
    return 0


# Refuses answers that would overwrite keys before they are read.
cdef int check_overlap(object out, object keys) except -1:
    if out is not None and np.shares_memory(out, keys):
        refuse_overlap()
    return 0


cdef int refuse_overlap() except -1:
    raise ValueError("out overlaps the memory of the keys: pass another array")


# The answer to a null, as the bytes of one row; None if a null is an error.
cdef bytes answer_to_null(object nulls, Result result, Py_ssize_t width):
    cdef uint64_t bits = 0
    cdef int sign
    cdef int32_t small
    if isinstance(nulls, str):
        if nulls == "raise":
            return None
        if nulls != "skip":
            raise ValueError(f"nulls is {shown(nulls)}: pass {OF_NULLS}, or an int")
        if result == UINT64:
            raise ValueError('nulls is "skip", but any number may be an answer here: pass the int to write for a null')
        bits = UINT64_MAX if result == INT32 else 0
        sign = 2 if result == INT32 else 1
    elif result == NOTHING:
        raise ValueError(f'nulls is {shown(nulls)}, but there are no answers here: pass "raise" or "skip"')
    else:
        sign = coterie_int_bits(as_int(bool(nulls) if isinstance(nulls, np.bool) else nulls, "nulls", OF_NULLS), &bits)
    if result == UINT64:
        if sign != 1:
            raise ValueError(f"nulls is {shown(nulls)}: as an answer it lies in 0 .. 2**64-1")
        row = PyBytes_FromStringAndSize(<char *>&bits, 8)
    elif result == INT32:
        small = <int32_t>bits
        if sign == 0 or <int64_t>bits != small or (sign == 1 and small < 0):
            raise ValueError(f"nulls is {shown(nulls)}: as an answer it lies in -2**31 .. 2**31-1")
        row = PyBytes_FromStringAndSize(<char *>&small, 4)
    else:
        if sign != 1 or bits > 1:
            raise ValueError(f"nulls is {shown(nulls)}: as an answer it is True or False")
        row = bytes([bits]) if result == BOOL else b""
    return row * width if width >= 0 else row


cdef object null_error(Py_ssize_t position):
    return ValueError(f"key number {position} of the batch, counted from 0, is null: leave nulls out, "
                      "or say with nulls=... what stands for them")
