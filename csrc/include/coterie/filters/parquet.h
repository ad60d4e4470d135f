/* Bloom filters as Parquet files hold them (parquet-format, BloomFilter.md): a BloomFilterHeader in Thrift's compact
 * protocol, then the bits, which are COTERIE_BLOOM_BLOCK of bloom.h with salt 0. A value is hashed by XXH64 with seed 0 of
 * its PLAIN encoding; texts without their length. */
#ifndef COTERIE_FILTERS_PARQUET_H
#define COTERIE_FILTERS_PARQUET_H

#include "coterie/base.h"

typedef struct {
    size_t len;      /* of the header */
    uint32_t nbytes; /* of the bits: a multiple of 32, above 0, below 2^31 */
} coterie_parquet_header;

enum {
    COTERIE_PARQUET_WRITTEN = 20, /* the room for a header to write */
    COTERIE_PARQUET_LONGEST = 64, /* no header that is accepted has as many bytes */
};

/* Writes the header of a filter of so many bytes; returns its length. */
size_t coterie_parquet_write(uint32_t nbytes, uint8_t *out);

/* Reads the header at the beginning of any bytes. NULL, or what is wrong with it. */
const char *coterie_parquet_read(const uint8_t *data, size_t size, coterie_parquet_header *header);
/* The same of a whole filter: the bits follow, and nothing else. */
const char *coterie_parquet_read_whole(const uint8_t *data, size_t size, coterie_parquet_header *header);

/* How many ints come before the first that INT32 does not hold: outside of -2^31 .. 2^32-1, since what is unsigned in Parquet
 * is stored by its bits. */
size_t coterie_parquet_int32s(const uint64_t *words, size_t n);

#endif
