/* SipHash against the vectors of its authors and of Rust, integers against their bytes, and no byte read outside of the
 * input. */
#include "check.h"
#include "coterie/hashing/siphash.h"
#include "guard.h"

enum { VECTORS = 64, MOST = 300 };
#define K0 0x0706050403020100u
#define K1 0x0f0e0d0c0b0a0908u

/* Of the bytes 00, 01, .. 3e under the key 00 .. 0f, by length. */
static const uint64_t SIP13[VECTORS] = {
    0xabac0158050fc4dcu, 0xc9f49bf37d57ca93u, 0x82cb9b024dc7d44du, 0x8bf80ab8e7ddf7fbu,
    0xcf75576088d38328u, 0xdef9d52f49533b67u, 0xc50d2b50c59f22a7u, 0xd3927d989bb11140u,
    0x369095118d299a8eu, 0x25a48eb36c063de4u, 0x79de85ee92ff097fu, 0x70c118c1f94dc352u,
    0x78a384b157b4d9a2u, 0x306f760c1229ffa7u, 0x605aa111c0f95d34u, 0xd320d86d2a519956u,
    0xcc4fdd1a7d908b66u, 0x9cf2689063dbd80cu, 0x8ffc389cb473e63eu, 0xf21f9de58d297d1cu,
    0xc0dc2f46a6cce040u, 0xb992abfe2b45f844u, 0x7ffe7b9ba320872eu, 0x525a0e7fdae6c123u,
    0xf464aeb267349c8cu, 0x45cd5928705b0979u, 0x3a3e35e3ca9913a5u, 0xa91dc74e4ade3b35u,
    0xfb0bed02ef6cd00du, 0x88d93cb44ab1e1f4u, 0x540f11d643c5e663u, 0x2370dd1f8c21d1bcu,
    0x81157b6c16a7b60du, 0x4d54b9e57a8ff9bfu, 0x759f12781f2a753eu, 0xcea1a3bebf186b91u,
    0x2cf508d3ada26206u, 0xb6101c2da3c33057u, 0xb3f47496ae3a36a1u, 0x626b57547b108392u,
    0xc1d2363299e41531u, 0x667cc1923f1ad944u, 0x65704ffec8138825u, 0x24f280d1c28949a6u,
    0xc2ca1cedfaf8876bu, 0xc2164bfc9f042196u, 0xa16e9c9368b1d623u, 0x49fb169c8b5114fdu,
    0x9f3143f8df074c46u, 0xc6fdaf2412cc86b3u, 0x7eaf49d10a52098fu, 0x1cf313559d292f9au,
    0xc44a30dda2f41f12u, 0x36fae98943a71ed0u, 0x318fb34c73f0bce6u, 0xa27abf3670a7e980u,
    0xb4bcc0db243c6d75u, 0x23f8d852fdb71513u, 0x8f035f4da67d8a08u, 0xd89cd0e5b7e8f148u,
    0xf6f4e6bcf7a644eeu, 0xaec59ad80f1837f2u, 0xc3b2f6154b6694e0u, 0x9d199062b7bbb3a8u};
static const uint64_t SIP24[VECTORS] = {
    0x726fdb47dd0e0e31u, 0x74f839c593dc67fdu, 0x0d6c8009d9a94f5au, 0x85676696d7fb7e2du,
    0xcf2794e0277187b7u, 0x18765564cd99a68du, 0xcbc9466e58fee3ceu, 0xab0200f58b01d137u,
    0x93f5f5799a932462u, 0x9e0082df0ba9e4b0u, 0x7a5dbbc594ddb9f3u, 0xf4b32f46226bada7u,
    0x751e8fbc860ee5fbu, 0x14ea5627c0843d90u, 0xf723ca908e7af2eeu, 0xa129ca6149be45e5u,
    0x3f2acc7f57c29bdbu, 0x699ae9f52cbe4794u, 0x4bc1b3f0968dd39cu, 0xbb6dc91da77961bdu,
    0xbed65cf21aa2ee98u, 0xd0f2cbb02e3b67c7u, 0x93536795e3a33e88u, 0xa80c038ccd5ccec8u,
    0xb8ad50c6f649af94u, 0xbce192de8a85b8eau, 0x17d835b85bbb15f3u, 0x2f2e6163076bcfadu,
    0xde4daaaca71dc9a5u, 0xa6a2506687956571u, 0xad87a3535c49ef28u, 0x32d892fad841c342u,
    0x7127512f72f27cceu, 0xa7f32346f95978e3u, 0x12e0b01abb051238u, 0x15e034d40fa197aeu,
    0x314dffbe0815a3b4u, 0x027990f029623981u, 0xcadcd4e59ef40c4du, 0x9abfd8766a33735cu,
    0x0e3ea96b5304a7d0u, 0xad0c42d6fc585992u, 0x187306c89bc215a9u, 0xd4a60abcf3792b95u,
    0xf935451de4f21df2u, 0xa9538f0419755787u, 0xdb9acddff56ca510u, 0xd06c98cd5c0975ebu,
    0xe612a3cb9ecba951u, 0xc766e62cfcadaf96u, 0xee64435a9752fe72u, 0xa192d576b245165au,
    0x0a8787bf8ecb74b2u, 0x81b3e73d20b49b6fu, 0x7fa8220ba3b2eceau, 0x245731c13ca42499u,
    0xb78dbfaf3a8d83bdu, 0xea1ad565322a1a0bu, 0x60e61c23a3795013u, 0x6606d7e446282b93u,
    0x6ca4ecb15c5f91e1u, 0x9f626da15c9625f3u, 0xe51b38608ef25f57u, 0x958a324ceb064572u};

static void vectors(void) {
    uint8_t text[VECTORS];
    for (size_t i = 0; i < VECTORS; i++) text[i] = (uint8_t)i;
    CHECK_EQUAL(coterie_siphash13(NULL, 0, K0, K1), SIP13[0]);
    for (size_t len = 0; len < VECTORS; len++) {
        CHECK_EQUAL(coterie_siphash13(text, len, K0, K1), SIP13[len]);
        CHECK_EQUAL(coterie_siphash(text, len, K0, K1, 2, 4), SIP24[len]);
    }
}

/* The last word byte by byte. */
static uint64_t model_last(const uint8_t *p, size_t len) {
    uint64_t word = (uint64_t)(len % 256) << 56;
    for (size_t i = 0; i < len % 8; i++) word |= (uint64_t)p[len / 8 * 8 + i] << 8 * i;
    return word;
}

static void boundaries(void) {
    uint8_t text[MOST];
    uint64_t random = 1;
    for (size_t i = 0; i < MOST; i++) text[i] = (uint8_t)random64(&random);
    for (size_t len = 0; len <= MOST; len++) {
        uint8_t *end = (uint8_t *)guard_alloc(len), *begin = (uint8_t *)guard_alloc(guard_page());
        memcpy(end, text, len);
        memcpy(begin, text, len);
        CHECK_EQUAL(coterie_sip_last(end, len), model_last(text, len));
        CHECK_EQUAL(coterie_siphash13(end, len, 1, 2), coterie_siphash13(text, len, 1, 2));
        CHECK_EQUAL(coterie_siphash13(begin, len, 1, 2), coterie_siphash13(text, len, 1, 2));
        guard_free(end, len);
        guard_free(begin, guard_page());
    }
}

static void integers(void) {
    enum { INTS = 70 };
    uint64_t in[INTS], out[INTS + 1], random = 2;
    for (size_t i = 0; i < INTS; i++) in[i] = random64(&random) >> i % 64;
    EACH_LEVEL(level) for (size_t n = 0; n <= INTS; n++) {
        uint64_t k0 = random64(&random), k1 = random64(&random);
        memset(out, 0x5A, sizeof out);
        coterie_siphash13_u64s[level](in, n, k0, k1, out);
        for (size_t i = 0; i < n; i++) {
            uint8_t bytes[8];
            coterie_store64(bytes, in[i]);
            CHECK_EQUAL(out[i], coterie_siphash13(bytes, sizeof bytes, k0, k1));
        }
        CHECK_EQUAL(out[n], 0x5A5A5A5A5A5A5A5Au);
        memcpy(out, in, sizeof in);
        coterie_siphash13_u64s[level](out, n, k0, k1, out);
        for (size_t i = 0; i < n; i++) CHECK_EQUAL(out[i], coterie_siphash13_u64(in[i], k0, k1));
    }
}

int main(void) {
    vectors();
    boundaries();
    integers();
    return check_report();
}
