/* XXH64 against frozen values of the reference implementation, and no byte read outside of the input. */
#include "check.h"
#include "coterie/hashing/xxh64.h"
#include "guard.h"
#include "hashing/sanity_text.h"

enum { TEXT = 65536, CHAIN = 4097 };
static const uint64_t SEEDS[4] = {0, 1, (uint64_t)1 << 63, UINT64_MAX};

/* Hashes of the first bytes of xxHash's sanity text, one per seed. */
static const struct {
    size_t len;
    uint64_t hash[4];
} FROZEN[] = {
    {0, {0xEF46DB3751D8E999u, 0xD5AFBA1336A3BE4Bu, 0xCF2D67FFE44A40DFu, 0x298F4C84B24F5380u}},
    {1, {0xE934A84ADB052768u, 0x771917C7F6EE2451u, 0xF31CDC23037CE6D7u, 0x8BA3328805E37C90u}},
    {2, {0x5D48CD60A77E23FFu, 0x1634E5EE5FAF5815u, 0xCAC9216A7048CF16u, 0xB717B1919A269B1Eu}},
    {3, {0xFF7E1959CB50794Au, 0xDDE6EB1042DB80DCu, 0x4A8C3C7BF687427Eu, 0xD98FF19E5346B786u}},
    {4, {0x9136A0DCA57457EEu, 0x4565228A2F49B70Eu, 0x753E44A592B858BAu, 0x159FBDB3FC3FC1D6u}},
    {5, {0x9B046FB1397F09A5u, 0xABA9F44944F8A7F9u, 0xD18E277684CD47F5u, 0xBEB995D7AE545217u}},
    {7, {0x6C83909A9F01ED25u, 0xBCAF2C3B3A014EB6u, 0x69910F9FD820D179u, 0x73BDE04667CA6BF4u}},
    {8, {0xCDBCF538E71D1348u, 0x9B870EE76A5933BEu, 0x646FF5773E9836E7u, 0x568E81B1596E8283u}},
    {9, {0x554B1AE991EDA6B6u, 0x754E7D467C78F50Cu, 0x5FE8D3EC59142F6Cu, 0x82763E2471C59DEDu}},
    {11, {0x6345D5746F35DA70u, 0x4DF338AAC3F4DF6Bu, 0x74B96A67DE03A757u, 0x7D997DF67EA39EF0u}},
    {12, {0x0723BF50086EAD9Au, 0x7907741DC5F25FE1u, 0x347BC59544545939u, 0x3076E05B0AB6ECE0u}},
    {13, {0xC2E5013E3C40BCF7u, 0x0A1577025E1CD1E8u, 0xED97E3B28164EB1Du, 0xE6918F231CE546F9u}},
    {15, {0x180719316D622D84u, 0x10F6849203122DACu, 0xEB13AC5DFBC9A9E7u, 0xABA497CF6BECE3A5u}},
    {16, {0x98C90B57FDFCB55Cu, 0x10F593C29C952B5Fu, 0x58D2FE37A6E140ABu, 0x2A361A78823233FEu}},
    {17, {0x0D39A2D051A30C2Cu, 0x06982D815EF56345u, 0xDA479618387051E1u, 0x29CB6DD1A6236E81u}},
    {24, {0xF75A6DEA42DC5BF4u, 0x54F2CA4A37054DA0u, 0xB6F04DA16E208F61u, 0xD373A914C9BD3051u}},
    {28, {0x64CD9E8C96A9E2DDu, 0xBCA3368B3276C4F7u, 0x8DA42CEF72D9766Eu, 0xC612A9831F4A2971u}},
    {31, {0x299B39A290E6D783u, 0x92ED4854D8C6CE8Eu, 0xF2B14DD07738C675u, 0x6ED1061F61C686E5u}},
    {32, {0x18B216492BB44B70u, 0x45B462FF81484F35u, 0x37DC80B901764963u, 0x3A793D9020113C2Au}},
    {33, {0x55C8DC3E578F5B59u, 0xDC168C777660DF5Cu, 0x5356B55A04AE0059u, 0x3E29B6E70F2543DAu}},
    {36, {0x0AE67584084DC6A4u, 0xE7A7599B7EA17526u, 0x5F83787A4304F645u, 0xA042F6AAC0F76EACu}},
    {40, {0x23B3810D7D8B1731u, 0xEC1B8DC120D62E80u, 0x22F6728028958EC8u, 0x5F341658CA9B0367u}},
    {47, {0x84A42E167CBD1FEFu, 0xD2F32E71356C31EBu, 0xDFBFBE5D7C79C8E1u, 0x2D10E7F21AE126BEu}},
    {48, {0xFD0FEEAC7A939933u, 0x0BE6C213D491F61Bu, 0xD4A43E938EC41BF8u, 0x6A5F9E480313A87Bu}},
    {63, {0xA9EFBE0FA0F3F4E7u, 0x03D4C56E4AEEA1D5u, 0xD2CFE6E3A9E017A5u, 0x93B7C9E8CE6DE24Cu}},
    {64, {0xEF558F8ACAC2B5CDu, 0xF90D1B561997CBA1u, 0x0D32AD5FF2710E3Du, 0xD48294C0C6D5D9FDu}},
    {65, {0xDE0F20DC2631AF7Au, 0x6054D8263BC37700u, 0x459B2039DEFFFE3Cu, 0xD3366084A3FD665Bu}},
    {95, {0xFF9F46BDCC644624u, 0x2FD8E0646CC52467u, 0x76430571F0015F2Cu, 0xD72722F9207F0AD7u}},
    {96, {0x105064E743EDD1D9u, 0xE7F77685ECFE2399u, 0x8901FCF11BC6BAB3u, 0xE88686775216D7F4u}},
    {127, {0x3C7A21119AA662B0u, 0xE82CEFA4995B2736u, 0xAF2FCCB2718033F6u, 0xED1EB4453B50315Cu}},
    {128, {0x90CA021457D96DC5u, 0xEC109C94B22CF775u, 0x6004EFC0AA5B62A0u, 0x7CFA3DE32F898699u}},
    {255, {0xA80F35BB0DC8E3A7u, 0xBE432627F8CC8BC7u, 0xFD4197BE7EEE3BCCu, 0x824442449E327620u}},
    {256, {0x5E3F5BF94D574981u, 0x50D906196AE662F4u, 0xB3B6215410E7EFCEu, 0xAF5F8BC6A9EA05FCu}},
    {1023, {0xAAC72718B7620924u, 0xEF9E3BBE55254217u, 0x692008CF5896513Fu, 0x27336D92FA217C72u}},
    {1024, {0x4775BF7CACE4D177u, 0x3B260016743E30FEu, 0x973530A69F5D6C27u, 0x93017C1BB643BEE9u}},
    {1025, {0x847FA6006D7C2AC0u, 0x628BEDB6E02E7A7Du, 0x28F67D8EC89A9259u, 0xD613923C253F08DEu}},
    {4096, {0xAB77F4AF85F4E70Bu, 0xFED131D7710D109Eu, 0xDF97986576EEA812u, 0x59C4456E9749EF15u}},
    {65536, {0xB1F497AAE57DEA9Du, 0x9D07D29494D58F72u, 0xC5E5AAB7B5865087u, 0xCBE7B51BB2356246u}},
};
/* The hash, with seed 0, of the hashes of all lengths below CHAIN. */
static const uint64_t CHAINS[4] = {0x271616581DD20CEAu, 0x800BA3AF38597EF3u,
                                   0x64056616ABB1C95Du, 0xB59C0A2F4B147309u};

static void frozen(const uint8_t *text) {
    for (size_t i = 0; i < sizeof FROZEN / sizeof *FROZEN; i++)
        for (int s = 0; s < 4; s++) CHECK_EQUAL(coterie_xxh64(text, FROZEN[i].len, SEEDS[s]), FROZEN[i].hash[s]);
}

static void chains(const uint8_t *text) {
    static uint64_t hashes[CHAIN];
    for (int s = 0; s < 4; s++) {
        for (size_t i = 0; i < CHAIN; i++) coterie_store64(hashes + i, coterie_xxh64(text, i, SEEDS[s]));
        CHECK_EQUAL(coterie_xxh64(hashes, sizeof hashes, 0), CHAINS[s]);
    }
}

static void boundaries(const uint8_t *text) {
    for (size_t len = 0; len <= 300; len++) {
        uint8_t *end = (uint8_t *)guard_alloc(len);
        memcpy(end, text, len);
        CHECK_EQUAL(coterie_xxh64(end, len, 9), coterie_xxh64(text, len, 9));
        guard_free(end, len);
    }
    uint8_t *page = (uint8_t *)guard_alloc(guard_page());
    for (size_t shift = 0; shift < 32; shift++)
        for (size_t len = 0; len <= 300; len += 7) {
            memcpy(page + shift, text, len);
            CHECK_EQUAL(coterie_xxh64(page + shift, len, 9), coterie_xxh64(text, len, 9));
        }
    guard_free(page, guard_page());
}

static void integers(void) {
    enum { INTS = 40 };
    uint64_t in[INTS], eight[INTS], four[INTS], random = 3;
    uint8_t bytes[8];
    for (size_t i = 0; i < INTS; i++) in[i] = random64(&random) >> i;
    EACH_LEVEL(level) for (size_t n = 0; n <= INTS; n++) {
        coterie_xxh64_u64s[level](in, n, n, eight);
        memcpy(four, in, sizeof in);
        coterie_xxh64_u32s[level](four, n, n, four);
        for (size_t i = 0; i < n; i++) {
            coterie_store64(bytes, in[i]);
            CHECK_EQUAL(eight[i], coterie_xxh64(bytes, 8, n));
            CHECK_EQUAL(four[i], coterie_xxh64(bytes, 4, n));
        }
    }
}

int main(void) {
    static uint8_t text[TEXT];
    sanity_text(text, TEXT);
    CHECK_EQUAL(coterie_xxh64(NULL, 0, 0), FROZEN[0].hash[0]);
    frozen(text);
    chains(text);
    boundaries(text);
    integers();
    return check_report();
}
