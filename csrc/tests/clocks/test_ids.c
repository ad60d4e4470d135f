/* Numbers and ids as bytes: what is written is read, and nothing else. */
#include "coterie/clocks/entries.h"

#include "check.h"

static void test_varints(void) {
    uint8_t bytes[COTERIE_VARINT_MOST + 1];
    for (int bit = 0; bit <= 64; bit++)
        for (int less = 0; less < 3; less++) {
            uint64_t x = (bit == 64 ? 0 : (uint64_t)1 << bit) - (uint64_t)less, y = x + 1;
            size_t size = (size_t)(coterie_varint_write(bytes, x) - bytes);
            CHECK_EQUAL(size, coterie_varint_size(x));
            CHECK(coterie_varint_read(bytes, bytes + size, &y) == bytes + size && y == x);
            for (size_t less_bytes = 1; less_bytes <= size; less_bytes++)
                CHECK(!coterie_varint_read(bytes, bytes + size - less_bytes, &y));
            uint8_t *end = coterie_varint_write(bytes, x);
            end[-1] |= 128, end[0] = 0; /* more bytes than it needs */
            CHECK(!coterie_varint_read(bytes, end + 1, &y));
        }
    const uint8_t large[] = {255, 255, 255, 255, 255, 255, 255, 255, 255, 2};
    uint64_t y;
    CHECK(!coterie_varint_read(large, large + sizeof large, &y));
}

static void test_utf8(void) {
    static const char *const good[] = {"", "a", "\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf", "\xee\x80\x80",
                                       "\xef\xbf\xbf", "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf", "a\xc3\xa4z"};
    static const char *const bad[] = {"\x80", "\xc1\xbf", "\xc3", "\xc3(", "\xe0\x9f\xbf", "\xed\xa0\x80", "\xed\xbf\xbf",
                                      "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff", "\xe2\x82", "a\xbf"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        CHECK(coterie_is_utf8((const uint8_t *)good[i], strlen(good[i])));
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) CHECK(!coterie_is_utf8((const uint8_t *)bad[i], strlen(bad[i])));
}

static void test_ids(void) {
    static const char *const ids[] = {"a", "aa", "ab", "b", "node-0001", "node-0002", "node-01"};
    enum { N = sizeof ids / sizeof *ids };
    uint8_t data[N * 40], *out = data;
    coterie_id before = {.kind = COTERIE_IDS_BYTES}, read = {.kind = COTERIE_IDS_TEXT};
    for (size_t i = 0; i < N; i++) out = coterie_id_write_bytes(&before, ids[i], strlen(ids[i]), out);
    const uint8_t *at = data;
    for (size_t i = 0; i < N && at; i++) {
        at = coterie_id_read(&read, at, out);
        CHECK(at && read.len == strlen(ids[i]) && !memcmp(read.bytes, ids[i], read.len));
    }
    CHECK(at == out);
    coterie_id numbers = {.kind = COTERIE_IDS_NUMBERS}, again = numbers;
    const uint64_t values[] = {0, 1, 5, 300, UINT64_MAX - 1, UINT64_MAX};
    out = data;
    for (size_t i = 0; i < 6; i++) out = coterie_id_write_number(&numbers, values[i], out);
    at = data;
    for (size_t i = 0; i < 6 && at; i++) {
        at = coterie_id_read(&again, at, out);
        CHECK(at && again.number == values[i]);
    }
    data[0] = 0; /* one more than the greatest */
    CHECK(!coterie_id_read(&again, data, data + 1));
}

int main(void) {
    test_varints();
    test_utf8();
    test_ids();
    return check_report();
}
