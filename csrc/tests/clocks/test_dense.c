/* Vectors of counters at every level: whichever column decides, at every length, and with the greatest counters. */
#include "coterie/clocks/dense.h"

#include "check.h"

enum { MOST = 130 };
static const uint64_t VALUES[] = {0, 1, (uint64_t)1 << 53, (uint64_t)1 << 62, INT64_MAX - 1, INT64_MAX};
enum { VALUES_LEN = sizeof VALUES / sizeof *VALUES };

static int plain(const uint64_t *a, size_t a_len, const uint64_t *b, size_t b_len) {
    int relation = COTERIE_EQUAL;
    for (size_t i = 0; i < a_len || i < b_len; i++) {
        uint64_t x = i < a_len ? a[i] : 0, y = i < b_len ? b[i] : 0;
        relation |= x < y ? COTERIE_BEFORE : x > y ? COTERIE_AFTER : 0;
    }
    return relation;
}

static void check_pair(const uint64_t *a, size_t a_len, const uint64_t *b, size_t b_len) {
    EACH_LEVEL(level) {
        uint64_t joined[MOST + 1], met[MOST + 1];
        size_t n = a_len < b_len ? a_len : b_len, filled = 0, expected = 0;
        uint64_t bits = 1, expected_bits = 0;
        CHECK_EQUAL(coterie_dense_relation(a, a_len, b, b_len, level), plain(a, a_len, b, b_len));
        memcpy(joined, a, sizeof joined);
        memcpy(met, a, sizeof met);
        coterie_dense_join[level](joined, b, n);
        coterie_dense_meet[level](met, b, n);
        for (size_t i = 0; i <= MOST; i++) {
            CHECK_EQUAL(joined[i], i < n && b[i] > a[i] ? b[i] : a[i]);
            CHECK_EQUAL(met[i], i < n && b[i] < a[i] ? b[i] : a[i]);
            expected += i < a_len && a[i];
            expected_bits |= i < a_len ? a[i] : 0;
        }
        coterie_dense_count[level](a, a_len, &filled);
        CHECK_EQUAL(filled, expected);
        coterie_dense_bits[level](a, a_len, &bits);
        CHECK_EQUAL(bits, expected_bits);
        CHECK_EQUAL(coterie_dense_any(a, 0, a_len), expected > 0);
    }
}

int main(void) {
    uint64_t a[MOST + 1], b[MOST + 1], state = 1;
    for (size_t n = 0; n <= MOST; n++) {
        for (size_t i = 0; i <= MOST; i++) a[i] = b[i] = VALUES[random_below(&state, VALUES_LEN)];
        check_pair(a, n, b, n);
        for (size_t at = 0; at < n; at++) {
            uint64_t before = b[at];
            b[at] = VALUES[random_below(&state, VALUES_LEN)];
            check_pair(a, n, b, n);
            b[(at * 7) % n] = VALUES[random_below(&state, VALUES_LEN)];
            check_pair(a, n, b, n);
            b[(at * 7) % n] = a[(at * 7) % n];
            b[at] = before;
        }
        check_pair(a, n, b, n / 2);
        check_pair(a, n / 3, b, n);
    }
    return check_report();
}
