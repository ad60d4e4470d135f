/* Byte order and arithmetic: known answers. */
#include "check.h"

static void bytes(void) {
    const uint8_t text[9] = {0xFF, 1, 2, 3, 4, 5, 6, 7, 0x88}; /* read at an odd address */
    uint8_t out[9] = {0};
    CHECK_EQUAL(coterie_swap32(0x01020304u), 0x04030201u);
    CHECK_EQUAL(coterie_swap64(0x0102030405060708u), 0x0807060504030201u);
    CHECK_EQUAL(coterie_load32(text + 1), 0x04030201u);
    CHECK_EQUAL(coterie_load64(text + 1), 0x8807060504030201u);
    coterie_store64(out + 1, 0x8807060504030201u);
    CHECK(!memcmp(out + 1, text + 1, 8) && out[0] == 0);
    coterie_store32(out, 0x0302010Fu);
    CHECK(out[0] == 0x0F && out[1] == 1 && out[2] == 2 && out[3] == 3 && out[4] == 4);
}

static void products(void) {
    static const struct {
        uint64_t a, b, fold;
    } known[] = {
        {0x0000000000000000u, 0xFFFFFFFFFFFFFFFFu, 0x0000000000000000u},
        {0xFFFFFFFFFFFFFFFFu, 0xFFFFFFFFFFFFFFFFu, 0xFFFFFFFFFFFFFFFFu},
        {0x0123456789ABCDEFu, 0xFEDCBA9876543210u, 0x2317228F48165BB2u},
        {0x8000000000000000u, 0x8000000000000000u, 0x4000000000000000u},
        {0x00000000FFFFFFFFu, 0x00000000FFFFFFFFu, 0xFFFFFFFE00000001u},
        {0xFFFFFFFF00000001u, 0x00000001FFFFFFFFu, 0x0000000300000002u},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        CHECK_EQUAL(coterie_mul_fold64(known[i].a, known[i].b), known[i].fold);
        CHECK_EQUAL(coterie_mul_fold64(known[i].b, known[i].a), known[i].fold);
    }
}

/* a * b by adding a, shifted, for each bit of b. */
static uint64_t multiply_plainly(uint64_t a, uint64_t b, uint64_t *high) {
    uint64_t low = 0;
    *high = 0;
    for (unsigned bit = 0; bit < 64; bit++) {
        if (!(b >> bit & 1)) continue;
        uint64_t add = a << bit;
        *high += (bit ? a >> (64 - bit) : 0) + (low + add < low); /* the carry */
        low += add;
    }
    return low;
}

static void check_product(uint64_t a, uint64_t b) {
    uint64_t high = 1, expected_high, expected = multiply_plainly(a, b, &expected_high);
    CHECK_EQUAL(coterie_mul128(a, b, &high), expected);
    CHECK_EQUAL(high, expected_high);
    CHECK_EQUAL(coterie_mul_high64(a, b), expected_high);
    CHECK_EQUAL(coterie_mul_fold64(a, b), expected ^ expected_high);
}

/* Both halves of products, above all of factors whose partial products carry. */
static void halves(void) {
    static const struct {
        uint64_t a, b, high, low;
    } known[] = {
        {0xFFFFFFFFFFFFFFFFu, 0xFFFFFFFFFFFFFFFFu, 0xFFFFFFFFFFFFFFFEu, 1},
        {0xFFFFFFFFFFFFFFFFu, 2, 1, 0xFFFFFFFFFFFFFFFEu},
        {0x8000000000000000u, 0x8000000000000000u, 0x4000000000000000u, 0},
        {0x100000000u, 0x100000000u, 1, 0},
        {0xFFFFFFFFu, 0xFFFFFFFFu, 0, 0xFFFFFFFE00000001u},
        {0x0123456789ABCDEFu, 0xFEDCBA9876543210u, 0x0121FA00AD77D742u, 0x2236D88FE5618CF0u},
    };
    uint64_t words[64 * 4], random = 1;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        uint64_t high;
        CHECK_EQUAL(coterie_mul128(known[i].a, known[i].b, &high), known[i].low);
        CHECK_EQUAL(high, known[i].high);
        check_product(known[i].a, known[i].b);
    }
    for (unsigned bit = 0; bit < 64; bit++) {
        uint64_t power = (uint64_t)1 << bit;
        words[4 * bit] = power, words[4 * bit + 1] = power - 1;
        words[4 * bit + 2] = ~power, words[4 * bit + 3] = 0 - power;
    }
    for (int i = 0; i < 64 * 4; i++)
        for (int j = 0; j < 64 * 4; j++) check_product(words[i], words[j]);
    for (int i = 0; i < 100000; i++) check_product(random64(&random), random64(&random));
}

static void bits(void) {
    CHECK_EQUAL(coterie_rotl64(0x8000000000000001u, 1), 3);
    CHECK_EQUAL(coterie_rotl64(0x8000000000000001u, 63), 0xC000000000000000u);
    for (int bit = 0; bit < 64; bit++) {
        uint64_t power = (uint64_t)1 << bit;
        CHECK_EQUAL(coterie_leading_zeros64(power), 63 - bit);
        CHECK_EQUAL(coterie_leading_zeros64(power | (power - 1)), 63 - bit);
    }
}

static void salts(void) {
    CHECK_EQUAL(coterie_splitmix64(0), 0xE220A8397B1DCDAFu);
    CHECK_EQUAL(coterie_splitmix64(1), 0x910A2DEC89025CC1u);
    CHECK_EQUAL(coterie_splitmix64(UINT64_MAX), 0xE4D971771B652C20u);
    CHECK_EQUAL(coterie_splitmix64(0x0123456789ABCDEFu), 0x157A3807A48FAA9Du);
    CHECK_EQUAL(coterie_mix(0, 0), 0);
    CHECK_EQUAL(coterie_mix(1, 0), 0x9E3779B9E17D05ACu);
    CHECK_EQUAL(coterie_mix(0, coterie_splitmix64(0)), 0xC4355E770A9DFD2Cu);
    CHECK_EQUAL(coterie_mix(0x0123456789ABCDEFu, coterie_splitmix64(1)), 0x755423588604E6A5u);
    CHECK_EQUAL(coterie_mix(UINT64_MAX, UINT64_MAX), 0xE113025B61A681B0u);
}

int main(void) {
    bytes();
    products();
    halves();
    bits();
    salts();
    return check_report();
}
