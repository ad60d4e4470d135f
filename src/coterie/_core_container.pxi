# The container format, and the errors of reading it.

cdef extern from "coterie/container.h" nogil:
    enum: COTERIE_CONTAINER_HEADER
    ctypedef enum coterie_status:
        COTERIE_OK
        COTERIE_NO_MEMORY
        COTERIE_TRUNCATED
        COTERIE_TRAILING_BYTES
        COTERIE_BAD_MAGIC
        COTERIE_BAD_VERSION
        COTERIE_BAD_CHECKSUM
        COTERIE_WRONG_KIND
        COTERIE_BAD_FLAGS
    ctypedef struct coterie_header:
        unsigned short kind
        uint32_t flags
        uint64_t count
        uint64_t seed
        uint64_t payload_len
    void coterie_container_write(uint8_t *out, const coterie_header *header, const void *payload, int level)
    coterie_status coterie_container_read(const uint8_t *data, size_t size, unsigned short kind, uint32_t known_flags,
                                          int level, coterie_header *header)
    coterie_status coterie_container_open(const uint8_t *data, size_t size, unsigned short kind, uint32_t known_flags,
                                          int level, coterie_header *header)
    coterie_status coterie_container_verify(const uint8_t *data, const coterie_header *header, int level)

cdef dict REASONS = {
    COTERIE_TRUNCATED: "the bytes end too early",
    COTERIE_TRAILING_BYTES: "the bytes go on after their end",
    COTERIE_BAD_MAGIC: "these are not Coterie's bytes",
    COTERIE_BAD_VERSION: "written by a newer version of Coterie",
    COTERIE_BAD_CHECKSUM: "a checksum does not match: the bytes were altered",
    COTERIE_WRONG_KIND: "the bytes of another structure",
    COTERIE_BAD_FLAGS: "flags that this version does not know",
}


cdef bytes pack(int kind, unsigned int flags, uint64_t count, uint64_t seed, bytes payload):
    cdef coterie_header header
    cdef bytes data = PyBytes_FromStringAndSize(NULL, COTERIE_CONTAINER_HEADER + len(payload))
    cdef char *out = data
    header.kind, header.flags, header.count, header.seed = kind, flags, count, seed
    header.payload_len = len(payload)
    coterie_container_write(<uint8_t *>out, &header, <const char *>payload, _level)
    memcpy(out + COTERIE_CONTAINER_HEADER, <const char *>payload, len(payload))
    return data


cdef Container unpack(Storage storage, int kind, unsigned int known_flags, str name) except *:
    cdef coterie_header header
    check_status(coterie_container_read(<const uint8_t *>storage.data, storage.nbytes, kind, known_flags, _level, &header),
                 name)
    return container_of(storage, &header)


cdef Container unpack_header(Storage storage, int kind, unsigned int known_flags, str name) except *:
    cdef coterie_header header
    check_status(coterie_container_open(<const uint8_t *>storage.data, storage.nbytes, kind, known_flags, _level, &header),
                 name)
    return container_of(storage, &header)


cdef int check_payload(Storage storage, const Container *container, str name) except -1:
    cdef coterie_header header
    cdef coterie_status status
    header.payload_len = container.payload_len
    with nogil:
        status = coterie_container_verify(<const uint8_t *>storage.data, &header, _level)
    return check_status(status, name)


cdef void pack_header(Storage storage, int kind, unsigned int flags, uint64_t count, uint64_t seed,
                      bint checksum) noexcept:
    cdef coterie_header header
    header.kind, header.flags, header.count, header.seed = kind, flags, count, seed
    header.payload_len = storage.nbytes - COTERIE_CONTAINER_HEADER
    if checksum:
        with nogil:
            coterie_container_write(<uint8_t *>storage.data, &header, storage.data + COTERIE_CONTAINER_HEADER, _level)
    else:
        coterie_container_write(<uint8_t *>storage.data, &header, NULL, _level)


cdef int check_status(coterie_status status, str name) except -1:
    if status != COTERIE_OK:
        raise DecodeError(f"not a {name}: {REASONS[status]}")
    return 0


cdef Container container_of(Storage storage, const coterie_header *header) noexcept:
    cdef Container container
    container.count, container.seed, container.flags = header.count, header.seed, header.flags
    container.payload = storage.data + COTERIE_CONTAINER_HEADER
    container.payload_len = header.payload_len
    return container
