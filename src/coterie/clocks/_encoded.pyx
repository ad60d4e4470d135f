# cython: binding=False, embedsignature=True, embedsignature.format=clinic, autotestdict=False
# cython: freethreading_compatible=True, boundscheck=False, wraparound=False, cdivision=True
"""Vector clocks as bytes."""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from cpython.unicode cimport PyUnicode_DecodeUTF8
from libc.stdint cimport uint8_t, uint64_t
from libc.stdlib cimport free, malloc
from libc.string cimport memcmp, memcpy, memset

from coterie.clocks._ids cimport BYTES_KIND, INT_KIND, MOST_COUNT, MOST_ID, NO_KIND, STR_KIND, Kind, check_number

from coterie._errors import DecodeError
from coterie.clocks._forms import bytes_of

cdef extern from "Python.h":
    const char *PyUnicode_AsUTF8AndSize(object, Py_ssize_t *) except NULL

cdef extern from "coterie/clocks/entries.h" nogil:
    enum:
        COTERIE_CLOCKS_VERSION
        COTERIE_CLOCKS_HEAD
        COTERIE_VARINT_MOST
        COTERIE_CLASS_ROSTERED
        COTERIE_CLASS_CONTEXT
        COTERIE_CLASS_SIBLINGS
        COTERIE_CLASS_MATRIX
        COTERIE_CLASS_MESSAGE
    size_t coterie_varint_size(uint64_t x)
    uint8_t *coterie_varint_write(uint8_t *out, uint64_t x)
    const uint8_t *coterie_varint_read(const uint8_t *at, const uint8_t *end, uint64_t *x)
    size_t coterie_id_room(size_t len)
    uint8_t *coterie_id_write_bytes(coterie_id *id, const void *bytes, size_t len, uint8_t *out)
    uint8_t *coterie_id_write_number(coterie_id *id, uint64_t number, uint8_t *out)
    int coterie_entries_prefix(coterie_entries *entries, uint64_t *last, uint64_t *ranges)
    int coterie_entries_range(coterie_entries *entries, uint64_t *first, uint64_t *last)
    uint8_t *coterie_entries_write_range(uint8_t *out, uint64_t before, uint64_t first, uint64_t last)
    uint8_t *coterie_entries_begin(uint8_t *out, coterie_clock_class clock_class, coterie_id_kind kind, uint64_t n)

cdef enum:
    DIGEST = 8  # bytes of a roster's


cdef size_t size_of(object id, Kind kind) except? 0:
    cdef Py_ssize_t size = 0
    if kind == STR_KIND:
        PyUnicode_AsUTF8AndSize(id, &size)
    elif kind == BYTES_KIND:
        size = PyBytes_GET_SIZE(id)
    return size


cdef uint8_t *write_id(coterie_id *before, object id, uint8_t *out) except NULL:
    cdef Py_ssize_t size
    cdef const char *text
    if before.kind == INT_KIND:
        return coterie_id_write_number(before, id, out)
    if before.kind == BYTES_KIND:
        return coterie_id_write_bytes(before, PyBytes_AS_STRING(id), PyBytes_GET_SIZE(id), out)
    text = PyUnicode_AsUTF8AndSize(id, &size)
    return coterie_id_write_bytes(before, text, size, out)


cdef bytes ids_to_bytes(list ids, Kind kind):
    return entries_to_bytes(ids, kind, None)


cdef bytes entries_to_bytes(list ids, Kind kind, list counts):
    cdef coterie_id before
    cdef size_t room = COTERIE_CLOCKS_HEAD, i, n = len(ids)
    cdef uint8_t *data
    cdef uint8_t *out
    for i in range(n):
        room += coterie_id_room(size_of(ids[i], kind)) + COTERIE_VARINT_MOST
    data = <uint8_t *>malloc(room)
    if data is NULL:
        raise MemoryError(f"no memory for {room} bytes")
    try:
        memset(&before, 0, sizeof(before))
        before.kind = <coterie_id_kind>kind
        out = coterie_entries_begin(data, COTERIE_CLASS_VECTOR, <coterie_id_kind>kind, n)
        for i in range(n):
            out = write_id(&before, ids[i], out)
            if counts is not None:
                out = coterie_varint_write(out, counts[i])
        return PyBytes_FromStringAndSize(<char *>data, out - data)
    finally:
        free(data)


cdef object id_of(const coterie_id *id):
    if id.kind == INT_KIND:
        return id.number
    if id.kind == STR_KIND:
        return PyUnicode_DecodeUTF8(<const char *>id.bytes, id.len, NULL)
    return PyBytes_FromStringAndSize(<const char *>id.bytes, id.len)


cdef int refuse(str problem, str name="VectorClock") except -1:
    raise DecodeError(f"not a {name}: {problem}")


cdef tuple entries_of_bytes(object data, object max_entries, str name="VectorClock"):
    cdef bytes all = bytes_of(data, name)
    cdef coterie_entries entries
    cdef uint64_t count, most = check_number(max_entries, "max_entries", <uint64_t>-1)
    cdef const char *problem = coterie_entries_open(&entries, <const uint8_t *>PyBytes_AS_STRING(all), PyBytes_GET_SIZE(all),
                                                    COTERIE_CLASS_VECTOR, most, 1)
    cdef list ids = [], counts = []
    if problem is not NULL:
        refuse((<bytes>problem).decode(), name)
    while entries.left:
        if not coterie_entries_next(&entries) or not coterie_entries_number(&entries, 1, MOST_COUNT, &count):
            refuse("an entry is malformed, out of order, or ends too early", name)
        ids.append(id_of(&entries.id))
        counts.append(count)
    if entries.at != entries.end:
        refuse("the bytes go on after their end", name)
    return ids, <Kind>entries.id.kind, counts


cdef bytes counts_to_bytes(bytes digest, list counts):
    cdef size_t size = 2 + DIGEST, i, n = len(counts)
    cdef bytes data
    cdef uint8_t *out
    for i in range(n):
        size += coterie_varint_size(counts[i])
    data = PyBytes_FromStringAndSize(NULL, size)
    out = <uint8_t *>PyBytes_AS_STRING(data)
    out[0], out[1] = COTERIE_CLOCKS_VERSION, COTERIE_CLASS_ROSTERED << 2
    memcpy(out + 2, PyBytes_AS_STRING(digest), DIGEST)
    out += 2 + DIGEST
    for i in range(n):
        out = coterie_varint_write(out, counts[i])
    return data


cdef list counts_of_bytes(object data, bytes digest, size_t n):
    cdef bytes all = bytes_of(data, "VectorClock")
    cdef const uint8_t *at = <const uint8_t *>PyBytes_AS_STRING(all)
    cdef const uint8_t *end = at + PyBytes_GET_SIZE(all)
    cdef list counts = []
    cdef uint64_t count
    cdef size_t i
    if end - at < 2 + DIGEST or at[0] != COTERIE_CLOCKS_VERSION or at[1] != COTERIE_CLASS_ROSTERED << 2:
        refuse("these bytes were not written with a roster")
    if memcmp(at + 2, PyBytes_AS_STRING(digest), DIGEST):
        refuse("these bytes were written with another roster")
    at += 2 + DIGEST
    for i in range(n):
        at = coterie_varint_read(at, end, &count)
        if at is NULL or count > MOST_COUNT:
            refuse("a counter is malformed, or the bytes end too early")
        counts.append(count)
    if at != end:
        refuse("the bytes go on after their end")
    return counts


# ---- ranges: of each id the prefix, the number of further ranges, and of each of them how many counters lie in the gap before
# it, but one, and how many in it, but one ----

cdef bytes ranges_to_bytes(list ranges, Kind kind):
    cdef coterie_id before
    cdef size_t room = COTERIE_CLOCKS_HEAD
    cdef uint8_t *data
    cdef uint8_t *out
    cdef uint64_t last
    cdef dict by_id = {}
    for id, first, end in ranges:
        by_id.setdefault(id, []).append((first, end))
    for id, own in by_id.items():
        room += coterie_id_room(size_of(id, kind)) + 2 * COTERIE_VARINT_MOST * (1 + len(own))
    data = <uint8_t *>malloc(room)
    if data is NULL:
        raise MemoryError(f"no memory for {room} bytes")
    try:
        memset(&before, 0, sizeof(before))
        before.kind = <coterie_id_kind>kind
        out = coterie_entries_begin(data, COTERIE_CLASS_CONTEXT, <coterie_id_kind>kind, len(by_id))
        for id, own in by_id.items():
            out = write_id(&before, id, out)
            last = own[0][1] if own[0][0] == 1 else 0
            out = coterie_varint_write(out, last)
            own = own[1:] if last else own
            out = coterie_varint_write(out, len(own))
            for first, end in own:
                out = coterie_entries_write_range(out, last, first, end)
                last = end
        return PyBytes_FromStringAndSize(<char *>data, out - data)
    finally:
        free(data)


cdef tuple ranges_of_bytes(object data, object max_entries):
    cdef bytes all = bytes_of(data, "CausalContext")
    cdef coterie_entries entries
    cdef uint64_t first, last, count, left = check_number(max_entries, "max_entries", <uint64_t>-1)
    cdef const char *problem = coterie_entries_open(&entries, <const uint8_t *>PyBytes_AS_STRING(all), PyBytes_GET_SIZE(all),
                                                    COTERIE_CLASS_CONTEXT, left, 2)
    cdef list ranges = []
    if problem is not NULL:
        refuse((<bytes>problem).decode(), "CausalContext")
    left -= entries.left
    while entries.left:
        if not coterie_entries_next(&entries) or not coterie_entries_prefix(&entries, &last, &count):
            refuse("an entry is malformed, out of order, or ends too early", "CausalContext")
        if count > left:
            refuse("it has more entries than max_entries", "CausalContext")
        left -= count
        id = id_of(&entries.id)
        if last:
            ranges.append((id, 1, last))
        for _ in range(count):
            if not coterie_entries_range(&entries, &first, &last):
                refuse("a range is malformed, or ends too early", "CausalContext")
            ranges.append((id, first, last))
    if entries.at != entries.end:
        refuse("the bytes go on after their end", "CausalContext")
    return ranges, <Kind>entries.id.kind


# ---- siblings: of each id the counter, the number of values, and of each its length, doubled, and one more if it is text ----

cdef bytes encoded_value(object value):
    cdef bytes data
    cdef uint8_t length[COTERIE_VARINT_MOST]
    cdef bint text = isinstance(value, str)
    if text:
        data = (<str>value).encode()
    elif isinstance(value, bytes):
        data = value
    else:
        raise TypeError(f"a value is a {type(value).__name__}: only str and bytes have bytes")
    return PyBytes_FromStringAndSize(
        <char *>length, coterie_varint_write(length, <uint64_t>PyBytes_GET_SIZE(data) << 1 | text) - length) + data


cdef bytes siblings_to_bytes(list entries, Kind kind):
    cdef coterie_id before
    cdef uint8_t head[COTERIE_CLOCKS_HEAD + 1024 + 4 * COTERIE_VARINT_MOST]
    cdef uint8_t *out
    cdef list parts = []
    memset(&before, 0, sizeof(before))
    before.kind = <coterie_id_kind>kind
    out = coterie_entries_begin(head, COTERIE_CLASS_SIBLINGS, <coterie_id_kind>kind, len(entries))
    for id, count, values in entries:
        out = write_id(&before, id, out)
        out = coterie_varint_write(out, count)
        out = coterie_varint_write(out, len(values))
        parts.append(PyBytes_FromStringAndSize(<char *>head, out - head))
        parts.extend([encoded_value(value) for value in values])
        out = head
    return b"".join(parts) if parts else PyBytes_FromStringAndSize(<char *>head, out - head)


cdef list siblings_of_bytes(object data, object max_entries):
    cdef str name = "DottedVersionVectorSet"
    cdef bytes all = bytes_of(data, name)
    cdef coterie_entries entries
    cdef uint64_t counter, count, size, left = check_number(max_entries, "max_entries", <uint64_t>-1)
    cdef const char *problem = coterie_entries_open(&entries, <const uint8_t *>PyBytes_AS_STRING(all), PyBytes_GET_SIZE(all),
                                                    COTERIE_CLASS_SIBLINGS, left, 2)
    cdef list found = []
    cdef list values
    if problem is not NULL:
        refuse((<bytes>problem).decode(), name)
    left -= entries.left
    while entries.left:
        if (not coterie_entries_next(&entries) or not coterie_entries_number(&entries, 1, MOST_COUNT, &counter)
                or not coterie_entries_number(&entries, 0, counter, &count)):
            refuse("an entry is malformed, out of order, or ends too early", name)
        if count > left:
            refuse("it has more entries than max_entries", name)
        left -= count
        values = []
        for _ in range(count):
            if (not coterie_entries_number(&entries, 0, <uint64_t>-1, &size)
                    or size >> 1 > <uint64_t>(entries.end - entries.at)):
                refuse("a value is malformed, or ends too early", name)
            value = PyBytes_FromStringAndSize(<const char *>entries.at, size >> 1)
            entries.at += size >> 1
            if size & 1:
                try:
                    value = value.decode()
                except UnicodeDecodeError:
                    refuse("a text is not UTF-8", name)
            values.append(value)
        found.append((id_of(&entries.id), counter, values))
    if entries.at != entries.end:
        refuse("the bytes go on after their end", name)
    return found


# ---- rows: of each member the length of its clock's bytes, and these ----

cdef bytes rows_to_bytes(list rows, Kind kind):
    cdef coterie_id before
    cdef uint8_t head[COTERIE_CLOCKS_HEAD + 1024 + 4 * COTERIE_VARINT_MOST]
    cdef uint8_t *out
    cdef list parts = []
    memset(&before, 0, sizeof(before))
    before.kind = <coterie_id_kind>kind
    out = coterie_entries_begin(head, COTERIE_CLASS_MATRIX, <coterie_id_kind>kind, len(rows))
    for member, ids, counts in rows:
        row = entries_to_bytes(ids, kind, counts)
        out = coterie_varint_write(write_id(&before, member, out), len(row))
        parts.append(PyBytes_FromStringAndSize(<char *>head, out - head))
        parts.append(row)
        out = head
    return b"".join(parts) if parts else PyBytes_FromStringAndSize(<char *>head, out - head)


cdef tuple rows_of_bytes(object data, object max_entries):
    cdef str name = "MatrixClock"
    cdef bytes all = bytes_of(data, name)
    cdef coterie_entries entries
    cdef uint64_t size, left = check_number(max_entries, "max_entries", <uint64_t>-1)
    cdef const char *problem = coterie_entries_open(&entries, <const uint8_t *>PyBytes_AS_STRING(all), PyBytes_GET_SIZE(all),
                                                    COTERIE_CLASS_MATRIX, left, 4)
    cdef list rows = []
    if problem is not NULL:
        refuse((<bytes>problem).decode(), name)
    left -= entries.left
    if entries.left == 0:
        refuse("it has no members", name)
    while entries.left:
        if (not coterie_entries_next(&entries) or not coterie_entries_number(&entries, 3, <uint64_t>-1, &size)
                or size > <uint64_t>(entries.end - entries.at)):
            refuse("a row is malformed, out of order, or ends too early", name)
        ids, kind, counts = entries_of_bytes(PyBytes_FromStringAndSize(<const char *>entries.at, size), left, name)
        entries.at += size
        left -= len(ids)
        if ids and kind != <int>entries.id.kind:
            refuse("a row has ids of another kind", name)
        rows.append((id_of(&entries.id), ids, counts))
    if entries.at != entries.end:
        refuse("the bytes go on after their end", name)
    return rows, <int>entries.id.kind


# ---- messages: the place of the sender among the ids, the length of the clock's bytes, and these; then the payload: nothing, or
# its length, doubled, and one more if it is text ----

cdef bytes message_to_bytes(object sender, list ids, Kind kind, list counts, object payload):
    cdef uint8_t head[2 + 2 * COTERIE_VARINT_MOST]
    cdef uint8_t *out = head + 2
    cdef bytes clock = entries_to_bytes(ids, kind, counts)
    head[0], head[1] = COTERIE_CLOCKS_VERSION, COTERIE_CLASS_MESSAGE << 2
    out = coterie_varint_write(coterie_varint_write(out, ids.index(sender)), len(clock))
    return PyBytes_FromStringAndSize(<char *>head, out - head) + clock + (b"" if payload is None else encoded_value(payload))


cdef tuple message_of_bytes(object data, object max_entries):
    cdef str name = "Message"
    cdef bytes all = bytes_of(data, name)
    cdef const uint8_t *at = <const uint8_t *>PyBytes_AS_STRING(all)
    cdef const uint8_t *end = at + PyBytes_GET_SIZE(all)
    cdef uint64_t place = 0, size = 0
    if end - at < 2 or at[0] != COTERIE_CLOCKS_VERSION or at[1] != COTERIE_CLASS_MESSAGE << 2:
        refuse("the bytes of something else, or of another version", name)
    at = coterie_varint_read(at + 2, end, &place)
    if at is not NULL:
        at = coterie_varint_read(at, end, &size)
    if at is NULL or size > <uint64_t>(end - at):
        refuse("its head is malformed, or the bytes end too early", name)
    ids, kind, counts = entries_of_bytes(PyBytes_FromStringAndSize(<const char *>at, size), max_entries, name)
    at += size
    if place >= <uint64_t>len(ids):
        refuse("its sender has no entry", name)
    payload = None
    if at != end:
        at = coterie_varint_read(at, end, &size)
        if at is NULL or size >> 1 != <uint64_t>(end - at):
            refuse("its payload is malformed, or has another length", name)
        payload = PyBytes_FromStringAndSize(<const char *>at, size >> 1)
        if size & 1:
            try:
                payload = payload.decode()
            except UnicodeDecodeError:
                refuse("its text is not UTF-8", name)
    return ids[<Py_ssize_t>place], list(zip(ids, counts)), payload


# ---- ids in any order: of text and bytes each its length, and these; numbers as they are ----

cdef bytes names_to_bytes(tuple ids, Kind kind):
    cdef uint8_t number[COTERIE_VARINT_MOST]
    cdef list parts = []
    cdef bytes data
    for id in ids:
        data = b"" if kind == INT_KIND else (<str>id).encode() if kind == STR_KIND else id
        size = id if kind == INT_KIND else len(data)
        parts.append(PyBytes_FromStringAndSize(<char *>number, coterie_varint_write(number, size) - number))
        parts.append(data)
    return b"".join(parts)


cdef list names_of_bytes(const uint8_t *data, size_t size, uint64_t n, Kind kind, size_t *used):
    cdef const uint8_t *at = data
    cdef const uint8_t *end = data + size
    cdef str name = "ClockMatrix"
    cdef uint64_t number
    cdef list ids = []
    if (n == 0) != (kind == NO_KIND):
        refuse("the kind of its ids is malformed", name)
    if n > size:
        refuse("it ends too early", name)
    for _ in range(n):
        at = coterie_varint_read(at, end, &number)
        if at is NULL or (kind != INT_KIND and not 1 <= number <= min(<uint64_t>MOST_ID, <uint64_t>(end - at))):
            refuse("an id is malformed, or ends too early", name)
        if kind == INT_KIND:
            ids.append(number)
            continue
        id = PyBytes_FromStringAndSize(<const char *>at, number)
        at += number
        if kind == STR_KIND:
            try:
                id = (<bytes>id).decode()
            except UnicodeDecodeError:
                refuse("an id is not UTF-8", name)
        ids.append(id)
    used[0] = at - data
    return ids
