/* XXH3 against frozen values of the reference implementation, every level against the others, and no byte read outside of
 * the input. */
#include "check.h"
#include "coterie/hashing/xxh3.h"
#include "guard.h"

enum { TEXT = 70000, CHAIN = 4097 };
static const uint64_t SEEDS[4] = {0, 1, (uint64_t)1 << 63, UINT64_MAX};

/* Hashes of the first bytes of xxHash's sanity text (see fill_text), one per seed. */
static const struct {
    size_t len;
    uint64_t hash[4];
} FROZEN[] = {
    {0, {0x2D06800538D394C2u, 0x4DC5B0CC826F6703u, 0x1FDB4382F72040B7u, 0x4C093276AE47A555u}},
    {1, {0xC44BDFF4074EECDBu, 0x5EAAC1F7B17EF730u, 0x2A2716B36B7D09EEu, 0x77B2DF5FF42AAB88u}},
    {2, {0x7A9978044CB8A8BBu, 0x500767F34AE5E9FFu, 0x6FB693FB03B3BED6u, 0x225D985741E25410u}},
    {3, {0x54247382A8D6B94Du, 0x03D22A2BEE351F17u, 0xA18A81645F939BD9u, 0x7E33E09C7E7755A2u}},
    {4, {0xE5DC74BC51848A51u, 0x3CEC915201DC0A95u, 0x03AD0DDABD5BCC43u, 0x51F6826B893B60FDu}},
    {5, {0xE4243F00720306BBu, 0x3276F2AC4CBDCF76u, 0x7D51A8846E907B09u, 0x7366C4B588C37566u}},
    {7, {0x9941E0007F555E50u, 0xD28BE0AFE1004FF3u, 0x25402F814D9F0B79u, 0x72B39E3D754F99FCu}},
    {8, {0x24CCC9ACAA9F65E4u, 0x6EDD0A446C3329EDu, 0xF33B7B82B4015824u, 0xDE4A4A7227FF7BC6u}},
    {9, {0x14D5001C15DD3F2Bu, 0x1E61BAC9667D1D90u, 0xDB577E08B9E69369u, 0xAB43A9D7B9BF77A3u}},
    {12, {0xA713DAF0DFBB77E7u, 0x11619ECB04C5D104u, 0x3F2B0C4BE6FA3E9Fu, 0xF0F2994E280F61B2u}},
    {15, {0x45556D4D6E1798BCu, 0x22F5FD4F16CE20D6u, 0x51BDA09D538EE2CEu, 0x4B45D6330D8EDF0Cu}},
    {16, {0x981B17D36C7498C9u, 0x196DF22240867BF5u, 0x91B95774BD4DFD69u, 0xD0C256853EE744CAu}},
    {17, {0x796F5ACD3A60F862u, 0x836117EF929839E9u, 0x2F1A1CFF614DEC8Eu, 0x4F9DA46AA933C8C8u}},
    {24, {0xA3FE70BF9D3510EBu, 0x01B8301FF5E6C58Du, 0xD474E95ECC47B148u, 0x6549D6A04F507520u}},
    {31, {0x5D516692CA764C50u, 0x96BD16AE66335806u, 0xADC929D9CD01B9D5u, 0xA454D883BAE44AEDu}},
    {32, {0x9FEADDBDBF57EED3u, 0xB090EB2E83ED72CAu, 0xC38E2AC68D9CDFE9u, 0xC939532E85939CB1u}},
    {33, {0xABFB2D081B400A10u, 0xDA99AAAD4DBBFFAFu, 0x0C02CCB2E0121D74u, 0x2D06B53575678056u}},
    {47, {0x050B544C7C6147BDu, 0xC32AB8E45FCDB1F3u, 0xB3408B94CAA5B696u, 0xC11887C8B3C4EA3Eu}},
    {48, {0x397DA259ECBA1F11u, 0xFE9A4BBDC8A9F4E5u, 0xDA7CC157A794203Du, 0x7FB8B2BFE4CD935Du}},
    {49, {0x982095B2470B49A1u, 0xA52B06189E402A5Cu, 0xB77049FC3F738747u, 0xA4D94F3A3D3A9537u}},
    {63, {0x83D74A75F2C2577Au, 0x4D16C567B6A602A9u, 0x7D71788D55E0BCC8u, 0xD3395C14CD5F7C00u}},
    {64, {0x9CB48487720EC49Du, 0xB4D6E30DCB9C271Eu, 0x7E7DE33362461617u, 0xA1DCD5B63DA4FB79u}},
    {65, {0xFD81AAC4BEBC3883u, 0xAB78B5B107942D17u, 0xF995181A03CA6D5Bu, 0x01C1044FE5924A28u}},
    {79, {0x2326B51BBAA6405Cu, 0x9528ADCA2B7B20FAu, 0xEF9067E6747AEE58u, 0xCF5E6035D60DF111u}},
    {80, {0xBCDEFBBB2C47C90Au, 0x28A7AF615B5EC9A8u, 0x485AE33D7494ADC7u, 0xA367D7925805C3CDu}},
    {81, {0x7BC96F2EE88DF87Du, 0xE5CCFD5D9B56DFB7u, 0x3BE7B5CA09BA1027u, 0xF2A387B87619B063u}},
    {95, {0xC0DD460B48116CDAu, 0x6528F49D4DB11C37u, 0xEE23F97F2D021B1Au, 0x2ACBB5DA26391CE4u}},
    {96, {0x935A769A7F94776Fu, 0x91E6057D0F14A82Du, 0x8DC167335D8E6A1Eu, 0xF666917C9F94CBF2u}},
    {97, {0xCA4CA268FD3C3A6Cu, 0x02D880071022FA75u, 0xC39255C827912E57u, 0xB69386DBAC016063u}},
    {111, {0x678DBD7CD8EF8F5Cu, 0x8EBFE962454B7B09u, 0xA4A34BFCF0B9888Cu, 0xDAED9675D24EFC9Fu}},
    {112, {0xD13D8F57931EEF19u, 0xA5E2B9EAD0D965AFu, 0xFB84658EDCDF3136u, 0x0C9CA2DEC10B66B9u}},
    {113, {0xBE550B209B8053F4u, 0x4BDC4B16EB6F1B51u, 0x0A5B2389560078CBu, 0xCEFBCA3E16335125u}},
    {127, {0x2408ED71323D6096u, 0x283AF741BB02BCA4u, 0x274A7C258D8322B0u, 0x4F85F2DFDE63CBFBu}},
    {128, {0xFCFF24126754D861u, 0x1F92C8F1A121BD98u, 0x5C20EB66C0923977u, 0xFBF57F65C1773FBFu}},
    {129, {0x98F1B0A679A2CA29u, 0x19FE728FFCF4AB6Cu, 0x9E4BADD0CBE7345Au, 0x1C8BC3FB42576DF9u}},
    {143, {0x7A7813693F1F4EDBu, 0x17EA89A060756B15u, 0xC84201C58D1DF035u, 0xEEB56B99CF6353C2u}},
    {144, {0xC440D47E5F03FE58u, 0x3C099C34C3ADC635u, 0x9F762B880BD95AC0u, 0x00752FF1E7DFA5EFu}},
    {145, {0x6B0A35A6CB2DA39Du, 0xCA6304E7484EEE6Eu, 0x2EDF053C348FD4BEu, 0x4D10B90265A78AD8u}},
    {159, {0x7CB32A6ECDEBAF1Cu, 0x4234EA9EFEEFC9B3u, 0xDBFF90555E669D57u, 0x437F8CA9F89C34A3u}},
    {160, {0x9D03A319ED4CBD2Bu, 0x7E611E1BBD29A66Cu, 0xDF6759AD645A16CAu, 0x741F078FD761F15Eu}},
    {161, {0x7F8A89C6BE63F006u, 0xA0E26C5BE9CB511Bu, 0x33AD8B1FA500AB02u, 0x6CA165897C2DD1EAu}},
    {223, {0x6E495316B983036Eu, 0x0510D3998B1778FAu, 0xBA4598E56D6E944Eu, 0x0E641C52FBCA723Du}},
    {224, {0x3F3250C7E92C871Au, 0x75E5045E81560F91u, 0x93005C1B561C7BCEu, 0xBBD04BC23D8DDFA3u}},
    {239, {0x16CE2B9D3B28805Du, 0x9A5E63D7E2D27175u, 0x2E0C69C1A40141A3u, 0x48AD4F2376922CD1u}},
    {240, {0x81C3C2B67F568CCFu, 0xEC8FA23C85C444D5u, 0x84C0BCCB6F2388D6u, 0x568713AA176E1657u}},
    {241, {0xC5A639ECD2030E5Eu, 0x10DA3DDD7528E20Fu, 0xB0FEFC806804F3F7u, 0x9926B3F9D1EC2050u}},
    {255, {0xE98F979F4ED8A197u, 0x6B451B060F4F9CE1u, 0xBAA8D53238544A7Cu, 0x428B7CD1E94FE838u}},
    {256, {0x55DE574AD89D0AC5u, 0xBCDB0DF12577AEC0u, 0x029D0B4EB2CAEDDBu, 0x0691F3EB6196D571u}},
    {257, {0xB17FD5A8AE75BB0Bu, 0xB4818F35C315E84Du, 0x4C1750131D5C5CAEu, 0x3AB7FE9AE5915FBCu}},
    {319, {0x0FCAA9E59EC5A883u, 0x0F4B47194DD63396u, 0xC1A2F8A67F222F03u, 0xEC4C4B077B5AF105u}},
    {320, {0x75620D350FF5C694u, 0xD01E09E8AAED65B4u, 0xA0104977845ECE23u, 0x4C1262BB96773B1Cu}},
    {321, {0x2D8C7E2634AB900Au, 0xA09FBE857EF8A8E4u, 0xB49EE18FAE14F63Eu, 0x34FE80BA692436E9u}},
    {511, {0x8089715B163E7FC0u, 0xF65740679DD3917Du, 0x3EF3FF929EC7893Bu, 0xC9604EF8E7EB2896u}},
    {512, {0x617E49599013CB6Bu, 0x098248A96C7CAC74u, 0xD921854D7F08D478u, 0x74E286ED8CC5EE38u}},
    {513, {0xF7037D3B6722AEECu, 0x4429D9A436304F7Bu, 0x27D780D95168538Eu, 0x608A6D2408275934u}},
    {1023, {0x87A8F7B2F2E22496u, 0x5EBE9B5E57208EC0u, 0xA0BF84A83F561E3Du, 0x980D3C5C83F63176u}},
    {1024, {0xDD85C9B5C1109C5Cu, 0x60F78B42AF240C05u, 0xFE6703650F755BF6u, 0xF6CA4F0156D35DE7u}},
    {1025, {0xD870C0FA13211C6Au, 0xFE1CDB27EA8C2E20u, 0x111B0D0FA3968865u, 0x70EFF988186FCDAAu}},
    {1087, {0x047F181E7C8A41B9u, 0x04F12B460693481Au, 0x78C1E3AE4FF72928u, 0xBF84E60AD35D6C0Fu}},
    {1088, {0xCC1450EA6B52A8F4u, 0x8A0529F409A22A54u, 0xA935608ACB778800u, 0xC66B7D444A7482B2u}},
    {1089, {0xEF727B2EFFC4CC8Cu, 0xE3D460154D191B77u, 0x04900F7E0BF8C0CFu, 0x04FCD7D403282234u}},
    {2047, {0xB36ECE19FCA2197Fu, 0xBA41D62C8291B0F2u, 0xC40D4AEF1417F622u, 0x5E34BD5F9D00166Bu}},
    {2048, {0xDD59E2C3A5F038E0u, 0xA135D432877A465Fu, 0x3D5E16514367B782u, 0xC1A9B3DF2E05DE45u}},
    {2049, {0xD3AFA4329779B921u, 0xFA63308915A9A343u, 0x5012C4776DD520A0u, 0xCE98E64F734B7D0Fu}},
    {3073, {0xBB5CD7893718D93Du, 0x77DEF2ACB17EBAF7u, 0xFC404F1754FAD142u, 0xF3BFA78E09C3FFB7u}},
    {4095, {0x3044187222AB0EFBu, 0xCE5E8235F1236691u, 0x0648F4431C8BE60Au, 0xFB428667A1A23F43u}},
    {4096, {0xE91206429D1F48F9u, 0x129310A83B67A346u, 0x32AB83009E7737F4u, 0x08832B11EB029DADu}},
    {4097, {0xDAC80D543E339451u, 0xF5F711327DED6ABCu, 0xE5F2435DA231CC93u, 0x25695EF772D43208u}},
    {65536, {0x918F7F0F912CA480u, 0x7AFD2138354CE817u, 0xB9E20979ADD5D8E7u, 0x423EDCC261CE300Cu}},
    {70000, {0x1F8D9E4A592B32BAu, 0xE3EE514251DC3935u, 0xC1A255D1A5967DA6u, 0x2CAF0BC30BB62FFCu}},
};
/* The hash, with seed 0, of the hashes of all lengths below CHAIN; and of those of the integers below CHAIN. */
static const uint64_t CHAINS[4] = {0x803C3CFB765481F4u, 0xEDB4385B45F71E28u,
                                   0x4399973C61EF3675u, 0xD5DF3CAF2D96E73Bu};
static const uint64_t INTEGERS[4] = {0x4430B1D51DBB7768u, 0xF24D1DC707CBF23Au,
                                     0x99BE4E42D0039562u, 0x8C81F9CD6684537Eu};

static void fill_text(uint8_t *text, size_t len) {
    uint64_t state = 2654435761u;
    for (size_t i = 0; i < len; i++) {
        text[i] = (uint8_t)(state >> 56);
        state *= 11400714785074694797u;
    }
}

static void frozen(const uint8_t *text) {
    for (size_t i = 0; i < sizeof FROZEN / sizeof *FROZEN; i++)
        for (int s = 0; s < 4; s++)
            EACH_LEVEL(level) {
                CHECK_EQUAL(coterie_xxh3(text, FROZEN[i].len, SEEDS[s], level), FROZEN[i].hash[s]);
                if (FROZEN[i].len <= 16)
                    CHECK_EQUAL(coterie_xxh3_short(text, FROZEN[i].len, SEEDS[s]), FROZEN[i].hash[s]);
            }
}

static void chains(const uint8_t *text) {
    static uint64_t hashes[CHAIN], integers[CHAIN];
    for (int s = 0; s < 4; s++)
        EACH_LEVEL(level) {
            for (size_t i = 0; i < CHAIN; i++) {
                coterie_store64(hashes + i, coterie_xxh3(text, i, SEEDS[s], level));
                integers[i] = i;
            }
            CHECK_EQUAL(coterie_xxh3(hashes, sizeof hashes, 0, level), CHAINS[s]);
            coterie_xxh3_u64s[level](integers, CHAIN, SEEDS[s], hashes);
            for (size_t i = 0; i < CHAIN; i++) {
                CHECK_EQUAL(coterie_xxh3_u64(i, SEEDS[s]), hashes[i]);
                coterie_store64(hashes + i, hashes[i]);
            }
            CHECK_EQUAL(coterie_xxh3(hashes, sizeof hashes, 0, level), INTEGERS[s]);
        }
}

/* Every length, at every alignment that its end leaves: between unmapped pages and at shifted addresses. */
static void boundaries(const uint8_t *text) {
    for (size_t len = 0; len <= 2048; len++) {
        uint64_t expected = coterie_xxh3(text, len, len, COTERIE_BASELINE);
        uint8_t *end = (uint8_t *)guard_alloc(len);
        memcpy(end, text, len);
        EACH_LEVEL(level) CHECK_EQUAL(coterie_xxh3(end, len, len, level), expected);
        if (len <= 16) CHECK_EQUAL(coterie_xxh3_short(end, len, len), expected);
        guard_free(end, len);
    }
    uint8_t *page = (uint8_t *)guard_alloc(guard_page()); /* begins right behind an unmapped page */
    for (size_t len = 0; len <= 2048; len += len < 300 ? 1 : 61) {
        memcpy(page, text, len);
        EACH_LEVEL(level) CHECK_EQUAL(coterie_xxh3(page, len, 7, level), coterie_xxh3(text, len, 7, COTERIE_BASELINE));
    }
    for (size_t shift = 0; shift < 64; shift++)
        for (size_t len = 0; len <= 2048; len += len < 18 ? 1 : 127) {
            memcpy(page + shift, text, len);
            EACH_LEVEL(level)
            CHECK_EQUAL(coterie_xxh3(page + shift, len, 7, level), coterie_xxh3(text, len, 7, COTERIE_BASELINE));
        }
    guard_free(page, guard_page());
}

static void u64s(void) {
    uint64_t random = 1;
    EACH_LEVEL(level)
    for (size_t n = 0; n < 70; n++) {
        size_t size = n * sizeof(uint64_t);
        uint64_t *in = (uint64_t *)guard_alloc(size), *out = (uint64_t *)guard_alloc(size), seed = random64(&random);
        for (size_t i = 0; i < n; i++) in[i] = random64(&random);
        coterie_xxh3_u64s[level](in, n, seed, out);
        for (size_t i = 0; i < n; i++) {
            uint8_t bytes[8];
            coterie_store64(bytes, in[i]);
            CHECK_EQUAL(out[i], coterie_xxh3(bytes, sizeof bytes, seed, level));
        }
        coterie_xxh3_u64s[level](in, n, seed, in); /* in place */
        CHECK(!n || !memcmp(in, out, size));
        guard_free(in, size);
        guard_free(out, size);
    }
}

int main(void) {
    static uint8_t text[TEXT];
    fill_text(text, TEXT);
    EACH_LEVEL(level) CHECK_EQUAL(coterie_xxh3(NULL, 0, 0, level), FROZEN[0].hash[0]);
    frozen(text);
    chains(text);
    boundaries(text);
    u64s();
    return check_report();
}
