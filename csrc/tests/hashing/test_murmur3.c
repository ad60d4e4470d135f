/* MurmurHash3 against published values and the verification value of its author's test suite, and no byte read outside of
 * the input. */
#include "check.h"
#include "coterie/hashing/murmur3.h"
#include "guard.h"

static void is(const char *text, uint32_t seed, uint64_t first, uint64_t last) {
    coterie_murmur3 hash = coterie_murmur3_hash(text, strlen(text), seed);
    CHECK_EQUAL(hash.first, first);
    CHECK_EQUAL(hash.last, last);
}

static void published(void) { /* in Guava's own test of it */
    is("hell", 0, 0x629942693e10f867u, 0x92db0b82baeb5347u);
    is("hello", 1, 0xa78ddff5adae8d10u, 0x128900ef20900135u);
    is("hello ", 2, 0x8a486b23f422e826u, 0xf962a2c58947765fu);
    is("hello w", 3, 0x2ea59f466f6bed8cu, 0xc610990acc428a17u);
    is("hello wo", 4, 0x79f6305a386c572cu, 0x46305aed3483b94eu);
    is("hello wor", 5, 0xc2219d213ec1f1b5u, 0xa1d8e2e0a52785bdu);
    is("The quick brown fox jumps over the lazy dog", 0, 0xe34bbc7bbc071b6cu, 0x7a433ca9c49a9347u);
    is("The quick brown fox jumps over the lazy cog", 0, 0x658ca970ff85269au, 0x43fee3eaa68e5c3eu);
    is("", 0, 0, 0);
}

/* SMHasher: the hash of the hashes of the bytes 0 .. i-1 with seed 256 - i. */
static void verification(void) {
    uint8_t bytes[256], hashes[256 * 16];
    for (int i = 0; i < 256; i++) {
        bytes[i] = (uint8_t)i;
        coterie_murmur3 hash = coterie_murmur3_hash(bytes, (size_t)i, (uint32_t)(256 - i));
        coterie_store64(hashes + 16 * i, hash.first);
        coterie_store64(hashes + 16 * i + 8, hash.last);
    }
    CHECK_EQUAL((uint32_t)coterie_murmur3_hash(hashes, sizeof hashes, 0).first, 0x6384BA69u);
}

static void boundaries(void) {
    uint8_t text[100];
    for (size_t i = 0; i < sizeof text; i++) text[i] = (uint8_t)(i * 37);
    CHECK_EQUAL(coterie_murmur3_hash(NULL, 0, 7).first, coterie_murmur3_hash(text, 0, 7).first);
    for (size_t len = 0; len <= sizeof text; len++) {
        uint8_t *end = (uint8_t *)guard_alloc(len);
        memcpy(end, text, len);
        coterie_murmur3 here = coterie_murmur3_hash(end, len, 9), there = coterie_murmur3_hash(text, len, 9);
        CHECK(here.first == there.first && here.last == there.last);
        guard_free(end, len);
    }
}

int main(void) {
    published();
    verification();
    boundaries();
    return check_report();
}
