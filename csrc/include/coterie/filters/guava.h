/* The Bloom filters of Guava (com.google.common.hash.BloomFilter), and the stream that their writeTo writes: a byte for the
 * strategy, one for the number of probes, the number of words in 4 bytes and the words in 8 bytes each, all big-endian.
 *
 * The bits of a key come from its 128-bit MurmurHash3 with seed 0 and are taken modulo the number of all bits. */
#ifndef COTERIE_FILTERS_GUAVA_H
#define COTERIE_FILTERS_GUAVA_H

#include "coterie/hashing/murmur3.h"

enum {
    COTERIE_GUAVA_MITZ_32, /* by the halves of the first 8 bytes of the hash */
    COTERIE_GUAVA_MITZ_64, /* by its first and its last 8 bytes */
    COTERIE_GUAVA_STRATEGIES
};
enum { COTERIE_GUAVA_HEADER = 6 };

typedef struct {
    uint64_t *words; /* of the caller; bit i is bit i % 64 of word i / 64 */
    uint32_t len;    /* of them: 1 .. 2^31-1 */
    uint8_t probes;  /* 1 .. 255 */
    uint8_t strategy;
} coterie_guava;

/* Reading is safe while others write. Who writes does so alone. */

int coterie_guava_has(const coterie_guava *filter, coterie_murmur3 hash);
/* Adds a key; whether that changed a bit. */
int coterie_guava_put(const coterie_guava *filter, coterie_murmur3 hash);

/* Reads the header of any bytes into all but `words`, and checks that they are as long as it says. NULL, or what is
 * wrong. */
const char *coterie_guava_read(const uint8_t *data, size_t size, coterie_guava *filter);
/* The words of a stream that was read. */
void coterie_guava_read_words(const uint8_t *data, const coterie_guava *filter);
/* The whole stream, COTERIE_GUAVA_HEADER + 8 * len bytes. */
void coterie_guava_write(const coterie_guava *filter, uint8_t *out);

#endif
