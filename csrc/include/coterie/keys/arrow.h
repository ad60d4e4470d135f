/* Columns of the Arrow C data interface, hashed where they lie. What a producer says is checked, as far as it can be,
 * before it is read. */
#ifndef COTERIE_KEYS_ARROW_H
#define COTERIE_KEYS_ARROW_H

#include "coterie/keys/hasher.h"

/* The structs of the published ABI (Apache Arrow: "The Arrow C data interface", "The Arrow C stream interface"). */
#ifndef ARROW_C_DATA_INTERFACE
#define ARROW_C_DATA_INTERFACE
struct ArrowSchema {
    const char *format, *name, *metadata;
    int64_t flags, n_children;
    struct ArrowSchema **children, *dictionary;
    void (*release)(struct ArrowSchema *);
    void *private_data;
};
struct ArrowArray {
    int64_t length, null_count, offset, n_buffers, n_children;
    const void **buffers;
    struct ArrowArray **children, *dictionary;
    void (*release)(struct ArrowArray *);
    void *private_data;
};
#endif
#ifndef ARROW_C_STREAM_INTERFACE
#define ARROW_C_STREAM_INTERFACE
struct ArrowArrayStream {
    int (*get_schema)(struct ArrowArrayStream *, struct ArrowSchema *);
    int (*get_next)(struct ArrowArrayStream *, struct ArrowArray *);
    const char *(*get_last_error)(struct ArrowArrayStream *);
    void (*release)(struct ArrowArrayStream *);
    void *private_data;
};
#endif

/* How the rows of a column lie in memory. */
typedef enum {
    COTERIE_ARROW_OTHER,      /* no keys, or in no way that is known here */
    COTERIE_ARROW_NULLS,      /* nothing but nulls */
    COTERIE_ARROW_BOOLS,      /* a bit per row */
    COTERIE_ARROW_INTS,       /* numbers of `width` bytes */
    COTERIE_ARROW_FIXED,      /* texts of `width` bytes each */
    COTERIE_ARROW_TEXTS,      /* texts one after the other, and where they begin in 32 bits */
    COTERIE_ARROW_LARGE_TEXTS, /* ... in 64 bits */
    COTERIE_ARROW_VIEWS,      /* 16 bytes that are a short text, or say where a long one lies */
} coterie_arrow_layout;
typedef struct {
    coterie_arrow_layout layout;
    size_t width;
    int is_signed;
} coterie_arrow_type;

/* What a format string says of a column that is not encoded by a dictionary. */
coterie_arrow_type coterie_arrow_type_of(const char *format);

/* A column, or the indices of one that is encoded by a dictionary. It borrows the memory of the array it was made of. */
typedef struct {
    coterie_arrow_type type;
    size_t len;                /* rows */
    size_t offset;             /* of the first of them in the buffers below */
    const uint8_t *valid;      /* a bit per row, 0 for null; NULL: there are no nulls */
    const char *rows;          /* bits, numbers, fixed texts, begins of texts, or views */
    const char *bytes;         /* the bytes of texts, */
    int64_t bytes_len;         /* and how many they are */
    const void *const *buffers; /* the bytes of views, */
    const int64_t *sizes;      /* and how many they are, */
    uint32_t buffers_len;      /* in at least one buffer */
} coterie_arrow;

/* Makes a column of an array; returns NULL, or what is wrong with the array. Looks at every part that is not a row. */
const char *coterie_arrow_open(const struct ArrowArray *array, coterie_arrow_type type, coterie_arrow *column);

/* The same for the only column of a table: for the only child of an array of structs. */
const char *coterie_arrow_open_child(const struct ArrowArray *table, coterie_arrow_type type, coterie_arrow *column);

/* The bytes of all texts. Takes a look at each view. */
uint64_t coterie_arrow_bytes(const coterie_arrow *column);
/* Whether `size` bytes from `begin` on may hold a part of the column. */
int coterie_arrow_overlaps(const coterie_arrow *column, const void *begin, size_t size);

COTERIE_INLINE int coterie_arrow_has_nulls(const coterie_arrow *column) {
    return column->valid || column->type.layout == COTERIE_ARROW_NULLS;
}
/* Which of n rows from row `from` on have a key, as coterie_bits_load. */
size_t coterie_arrow_valid(const coterie_arrow *column, size_t from, size_t n, uint64_t *words);

/* The hashes of n rows from row `from` on; what it writes for a null has no meaning. Stops at a row that points outside
 * of its buffer, or backwards. Takes the bytes of texts off `bytes` and stops early when they are used up, since a few
 * bytes of views can stand for any amount. Returns how many rows it hashed: a row is wrong if they are fewer than n and
 * there are bytes left. */
size_t coterie_arrow_hash(const coterie_arrow *column, const coterie_hasher *hasher, size_t from, size_t n,
                          uint64_t *bytes, uint64_t *out);

/* The same for numbers that are indices of a dictionary: picks from the `len` hashes of its values. Stops at an index
 * outside of them. */
size_t coterie_arrow_take(const coterie_arrow *indices, const uint64_t *hashes, size_t len, int level, size_t from,
                          size_t n, uint64_t *out);

/* The same for a dictionary whose values are not hashed: hashes the value of each row. */
size_t coterie_arrow_pick(const coterie_arrow *indices, const coterie_arrow *values, const coterie_hasher *hasher,
                          size_t from, size_t n, uint64_t *bytes, uint64_t *out);
/* Which rows have a key: those whose index is not null and does not point to a null of the values. */
size_t coterie_arrow_valid_values(const coterie_arrow *indices, const coterie_arrow *values, size_t from, size_t n,
                                  uint64_t *words);

/* The index of a row, as a number without a sign. */
uint64_t coterie_arrow_index(const coterie_arrow *indices, size_t row);

#endif
