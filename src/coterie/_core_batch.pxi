# Batches: every container of keys is read here, in chunks of digests, and nowhere else.

cdef extern from "coterie/keys/nulls.h" nogil:
    size_t coterie_bits_load(const uint8_t *bits, size_t first, size_t n, uint64_t *words)
    size_t coterie_bits_first_zero(const uint64_t *words, size_t n)
    size_t coterie_nulls_drop(const uint64_t *words, size_t n, uint64_t *digests)
    void coterie_nulls_spread(const uint64_t *words, size_t n, size_t kept, size_t size, const void *answer, void *answers)

cdef enum:
    CHUNK = 2048     # digests at a time: they and the sink's own memory stay in the first cache
    WORDS = 32       # of a bit for each of them
    FEW = 64         # digests for which there is room on the stack
    STEPS = 1 << 24  # steps of a costly sink at a time; a sink takes one step for a key, or as many as its cost says


# Where hashes go: through a sink to the answers or, without one, to the answers themselves.
cdef struct Pipe:
    coterie_hasher hasher
    bint hashed              # the keys are digests already
    bint has_nulls           # what means null among objects is a null, and not an object that is no key
    Sink sink
    void *ctx
    char *out
    Py_ssize_t stride        # bytes of the answers for a row
    const char *null_answer  # what a null's row gets; NULL: a null is an error
    Py_ssize_t chunk         # keys at a time
    size_t cost              # steps of the sink for a key
    uint64_t *buffer
    uint64_t few[FEW]


cdef inline uint64_t *room(Pipe *pipe) noexcept nogil:
    if pipe.sink is NULL:
        return <uint64_t *>pipe.out
    return pipe.buffer


# Takes n digests; `valid`, if there is one, has a bit for each, 0 for null.
cdef inline void push(Pipe *pipe, uint64_t *digests, Py_ssize_t n, const uint64_t *valid) noexcept nogil:
    cdef Py_ssize_t kept = n
    if valid is not NULL:
        kept = coterie_nulls_drop(valid, n, digests)
    if pipe.sink is not NULL:
        pipe.sink(pipe.ctx, digests, kept, pipe.out)
    elif digests != <uint64_t *>pipe.out:
        memcpy(pipe.out, digests, kept * sizeof(uint64_t))
    if valid is not NULL and pipe.out is not NULL:
        coterie_nulls_spread(valid, n, kept, pipe.stride, pipe.null_answer, pipe.out)
    pipe.out += n * pipe.stride


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


cdef object each_chunk(object keys, Sink sink, void *ctx, Result result, Py_ssize_t width, bint hashed, size_t cost=0,
                       object nulls="raise", object out=None):
    return read_batch(keys, sink, ctx, result, width, cost, COTERIE_HASH_NONE if hashed else COTERIE_HASH_XXH3, 0,
                      0, hashed, nulls, out)


cdef object each_chunk_of(object keys, Sink sink, void *ctx, Result result, Py_ssize_t width, size_t cost, int kind,
                          uint64_t seed, uint64_t more, object nulls, object out):
    return read_batch(keys, sink, ctx, result, width, cost, kind, seed, more, False, nulls, out)


# Sets all but where the answers go; what it returns has to live as long as the pipe.
cdef bytes start_pipe(Pipe *pipe, Sink sink, void *ctx, Answers answers, size_t cost, int kind, uint64_t seed,
                      uint64_t more, bint hashed, object nulls):
    cdef bytes null_answer = None if nulls is RAISE else answer_to_null(nulls, answers.result, answers.width)
    pipe.hasher, pipe.hashed, pipe.has_nulls = hasher_of(kind, seed, more), hashed, False
    pipe.sink, pipe.ctx = sink, ctx
    pipe.null_answer = NULL if null_answer is None else PyBytes_AS_STRING(null_answer)
    pipe.stride = answers.stride
    pipe.cost = max(cost, <size_t>max(answers.width, 1))
    pipe.chunk = max(1, min(CHUNK, STEPS // pipe.cost))
    return null_answer


cdef object read_batch(object keys, Sink sink, void *ctx, Result result, Py_ssize_t width, size_t cost, int kind,
                       uint64_t seed, uint64_t more, bint hashed, object nulls, object out):
    cdef Pipe pipe
    cdef Answers answers = answers_for(result, width, out)
    cdef bytes null_answer = start_pipe(&pipe, sink, ctx, answers, cost, kind, seed, more, hashed, nulls)
    if cnp.PyArray_Check(keys):
        return read_array(keys, None, &pipe, answers)
    if not hashed and PyList_CheckExact(keys):
        return read_list(keys, &pipe, answers)
    if not hashed and PyTuple_CheckExact(keys):
        return read_tuple(keys, &pipe, answers)
    if is_one_key(keys):
        if hashed:
            refuse_digests()
        raise TypeError(f"keys is one {type(keys).__name__}: put it in a list, or use the method for one key")
    if is_pandas(keys):
        return read_pandas(keys, &pipe, answers)
    if type(keys).__name__ in FRAMES:
        refuse_container(keys)
    if hasattr(keys, "__arrow_c_stream__"):  # first: to ask a polars Series for what it has not takes microseconds
        return read_arrow_stream(keys, &pipe, answers)
    if hasattr(keys, "__arrow_c_array__"):
        return read_arrow_array(keys, &pipe, answers)
    if hashed:
        refuse_digests()
    if isinstance(keys, Mapping) or getattr(keys, "ndim", 1) != 1:
        refuse_container(keys)
    return read_iterable(keys, &pipe, answers)


cdef str RAISE = "raise"
cdef tuple FRAMES = ("DataFrame", "LazyFrame")


cdef int refuse_container(object keys) except -1:
    raise TypeError(f"keys is a {type(keys).__name__}: pass one column of keys")


cdef int refuse_digests() except -1:
    raise TypeError("with hashed=True keys is a one-dimensional array or a column of uint64 digests")


# ---- the plain batch ----

def digests(keys, /, *, nulls="raise", out=None):
    """The 64-bit digests of many keys, as a uint64 array; each equals `digest(key)`.

    keys: one column of keys.
        - a list, tuple or any iterable of keys;
        - a one-dimensional NumPy array of integers (any width and byte order), bool, `S`, `U`, StringDType or objects
          (NumPy drops the trailing NULs of `S` and `U`);
        - a column that speaks the Arrow C data interface, such as a pyarrow Array, ChunkedArray or Table of one column, a
          polars Series, a nanoarrow Array or a DuckDB relation of one column: text, binary, integers, bool, and
          dictionaries of them; extension types by what they are stored as, such as the 16 bytes of a UUID;
        - a pandas Series or Index of them, of objects, or Categorical.
    nulls: what becomes of missing entries of a column. "raise": ValueError with the position of the first. An int: the
        answer in their place. "skip": nulls are no keys, and their answer is the one that no key has: -1 for positions,
        False for bool; here any number may be an answer, and "skip" is a ValueError. In lists, iterables and arrays of
        objects, None is a TypeError, unless nulls is "skip" or an int; then it, float NaN, and pandas' NA and NaT are
        nulls.
    out: the array to write to, which is then returned: of the answer's dtype and shape, C-contiguous, aligned, writable,
        and apart from the memory of the keys. After an error its contents are undefined.

    All batch methods take these arguments. They take the result back with `hashed=True`, so that keys are hashed once and
    asked of many structures.

    TypeError for one key, a mapping, any frame, a table of several columns, columns of floats, dates, lists or structs,
    arrays of more dimensions, and for what is no key, with a note of its position; OverflowError for larger ints,
    UnicodeEncodeError for text with lone surrogates; ValueError for nulls, for an `out` that does not fit, and for Arrow
    data that contradict themselves; OSError if a stream fails, whatever happened behind it; RuntimeError if a list or
    `out` is seen to change its size. What is read must not change meanwhile.

    Linear, but for a Categorical with more categories than rows. Columns are read where they lie and without importing
    any of these packages, each value of a dictionary once for each array unless there are more of them than rows. Unless
    they are short, the GIL is released meanwhile, so that threads may each take a part of a column; those of Python objects
    keep it. Memory is bounded by the result.

    >>> import coterie
    >>> coterie.digests(["a", b"b", 3]).tolist() == [coterie.digest(k) for k in ("a", b"b", 3)]
    True
    """
    return read_batch(keys, NULL, NULL, UINT64, -1, 0, COTERIE_HASH_XXH3, 0, 0, False, nulls, out)


# ---- for batches that are answered in Python ----

cdef void pairs_sink(void *ctx, const uint64_t *digests, size_t n, void *out) noexcept nogil:
    cdef uint64_t *pairs = <uint64_t *>out
    cdef size_t i
    for i in range(n):
        pairs[2 * i], pairs[2 * i + 1] = digests[i], 1


def _digests_and_valid(keys, hashed, nulls, out, secret=None, /):
    """The digests of many keys, and which of them are not null; None if nulls are an error. `out` is for the answers.
    With a secret of 16 bytes they are made by SipHash."""
    cdef uint64_t halves[2]
    cdef int kind = COTERIE_HASH_XXH3
    halves[0] = halves[1] = 0
    if secret is not None:
        check_key(secret, halves)
        kind = COTERIE_HASH_SIPHASH13
    elif hashed:
        kind = COTERIE_HASH_NONE
    if cnp.PyArray_Check(keys) and cnp.PyArray_Check(out):
        check_overlap(out, keys)
    if answer_to_null(nulls, BOOL, -1) is None:
        return read_batch(keys, NULL, NULL, UINT64, -1, 0, kind, halves[0], halves[1], hashed, nulls, None), None
    pairs = read_batch(keys, pairs_sink, NULL, UINT64, 2, 0, kind, halves[0], halves[1], hashed, 0, None)
    return np.ascontiguousarray(pairs[:, 0]), pairs[:, 1] != 0


cdef void bools_sink(void *ctx, const uint64_t *words, size_t n, void *out) noexcept nogil:
    cdef size_t i
    for i in range(n):
        (<uint8_t *>out)[i] = <uint8_t>words[i]


def _bools(values, valid, nulls, out, /):
    """A bool for each row, nulls as they are wanted."""
    cdef Pipe pipe
    cdef Answers answers = answers_for(BOOL, -1, out)
    cdef bytes null_answer = start_pipe(&pipe, bools_sink, NULL, answers, 0, COTERIE_HASH_NONE, 0, 0, False, nulls)
    return read_array(values, None if valid is None else bits_of(valid), &pipe, answers)
