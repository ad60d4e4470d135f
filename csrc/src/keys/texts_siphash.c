/* Texts under SipHash: in vectors that hold a word of each of several texts, since one text alone is a chain of steps that
 * wait for each other. */
#include "texts_siphash.h"

#include "coterie/hashing/siphash.h"

static void hash_each(const coterie_texts *texts, const coterie_hasher *hasher, size_t n, uint64_t *out) {
    for (size_t i = 0; i < n; i++)
        out[i] = coterie_siphash13(texts->data[i], (size_t)texts->len[i], hasher->seed, hasher->more);
}

#if defined(COTERIE_TARGET_AVX2)
/* Four lanes are as fast as eight with AVX-512, and with AVX2 the state stays in registers. */
enum { LANES = 4, WORDS = 8 }; /* longer texts are hashed one by one */
typedef uint64_t lanes __attribute__((vector_size(8 * LANES)));
typedef int64_t signed_lanes __attribute__((vector_size(8 * LANES))); /* AVX2 compares no others */

/* The words of each text, in rows of the first words, the second words, and so on. */
typedef struct {
    uint64_t word[WORDS][COTERIE_TEXTS];
    int64_t last[COTERIE_TEXTS]; /* the row of a text's last word */
} rows;

/* The last word, as coterie_sip_last has it, without a branch but for short texts: 8 bytes may be read of those too. */
COTERIE_INLINE uint64_t last_word(const uint8_t *p, uint64_t len) {
    uint64_t left = len & 7, unused = (64 - 8 * left) & 63, some = -(uint64_t)(left != 0);
    uint64_t bytes = len < 8 ? coterie_load64(p) << unused : coterie_load64(p + len - 8);
    return (bytes >> unused & some) | len << 56;
}

COTERIE_INLINE void find_words(const coterie_texts *texts, size_t n, rows *found) {
    for (size_t i = 0; i < n; i++) {
        const uint8_t *p = texts->data[i];
        uint64_t last = texts->len[i] / 8;
        for (uint64_t row = 0; row < last; row++) found->word[row][i] = coterie_load64(p + 8 * row);
        found->word[last][i] = last_word(p, texts->len[i]);
        found->last[i] = (int64_t)last;
    }
}

COTERIE_INLINE void rounds(lanes *a, lanes *b, lanes *c, lanes *d, int n) {
    for (int i = 0; i < n; i++) {
        *a += *b, *c += *d;
        *b = (*b << 13 | *b >> 51) ^ *a, *d = (*d << 16 | *d >> 48) ^ *c;
        *a = *a << 32 | *a >> 32;
        *c += *b, *a += *d;
        *b = (*b << 17 | *b >> 47) ^ *c, *d = (*d << 21 | *d >> 43) ^ *a;
        *c = *c << 32 | *c >> 32;
    }
}

/* The texts from text `from` on; of rows up to `all` each has a word, of those up to `most` some have. */
COTERIE_INLINE void hash_lanes(const rows *found, coterie_sip start, size_t from, uint64_t all, uint64_t most,
                               uint64_t *out) {
    const lanes zero = {0};
    lanes a = zero + start.a, b = zero + start.b, c = zero + start.c, d = zero + start.d, word;
    signed_lanes last;
    memcpy(&last, found->last + from, sizeof last);
    for (uint64_t row = 0; row <= most; row++) {
        memcpy(&word, found->word[row] + from, sizeof word);
        if (row <= all) {
            d ^= word;
            rounds(&a, &b, &c, &d, 1);
            a ^= word;
        } else {
            lanes e = a, f = b, g = c, h = d ^ word, has = (lanes)(last >= (int64_t)row);
            rounds(&e, &f, &g, &h, 1);
            e ^= word;
            a ^= (a ^ e) & has, b ^= (b ^ f) & has, c ^= (c ^ g) & has, d ^= (d ^ h) & has;
        }
    }
    c ^= 0xff;
    rounds(&a, &b, &c, &d, 3);
    a ^= b ^ c ^ d;
    memcpy(out, &a, sizeof a);
}

COTERIE_INLINE void hash_body(const coterie_texts *texts, const coterie_hasher *hasher, size_t n, uint64_t *out) {
    uint64_t least = UINT64_MAX, most = 0, sum = 0, hashes[COTERIE_TEXTS];
    rows found;
    for (size_t i = 0; i < n; i++) {
        uint64_t len = texts->len[i];
        least = len < least ? len : least;
        most = len > most ? len : most;
        sum += len / 8 + 4; /* rounds */
    }
    if (most / 8 >= WORDS || (most / 8 + 4) * n > 2 * sum) { /* or most lanes would idle */
        hash_each(texts, hasher, n, out);
        return;
    }
    find_words(texts, n, &found);
    for (size_t i = n; i % LANES; i++) { /* so that the last vector is whole */
        found.last[i] = 0;
        for (uint64_t row = 0; row <= most / 8; row++) found.word[row][i] = 0;
    }
    for (size_t i = 0; i < n; i += LANES)
        hash_lanes(&found, coterie_sip_start(hasher->seed, hasher->more), i, least / 8, most / 8, hashes + i);
    memcpy(out, hashes, n * sizeof *out);
}
COTERIE_TARGET_AVX2
static void hash_avx2(const coterie_texts *texts, const coterie_hasher *hasher, size_t n, uint64_t *out) {
    hash_body(texts, hasher, n, out);
}
COTERIE_TARGET_AVX512
static void hash_avx512(const coterie_texts *texts, const coterie_hasher *hasher, size_t n, uint64_t *out) {
    hash_body(texts, hasher, n, out);
}
#endif

void coterie_texts_siphash13(const coterie_texts *texts, const coterie_hasher *hasher, size_t n, uint64_t *out) {
#if defined(COTERIE_TARGET_AVX2)
    if (n && hasher->level == COTERIE_AVX512) hash_avx512(texts, hasher, n, out);
    else if (n && hasher->level == COTERIE_AVX2) hash_avx2(texts, hasher, n, out);
    else
#endif
        hash_each(texts, hasher, n, out);
}
