/* The numbers of rendezvous hashing: arrivals never fall as draws rise and are what they should be; places are below
 * them and limits above. For some of the 2^31 places, or for all of them if COTERIE_TESTS_ALL is set: minutes. */
#include "check.h"
#include "placement/rendezvous_model.h"
#include "placement/rendezvous_scan.h"

static const uint64_t STEP = (uint64_t)1 << 12; /* from one arrival to the next */

/* ---- arrivals ---- */

static void frozen(void) { /* answers of another program, in Python */
    static const struct {
        uint64_t draw;
        double arrival;
    } known[] = {
        {0, 0x1p-53},
        {(uint64_t)1 << 40, 0x1.0000008800005p-24},
        {(uint64_t)1 << 63, 0x1.62e42fefa39f1p-1},
        {0xE220A8397B1DCDAFu, 0x1.12f992a7286f0p+1},
        {UINT64_MAX, 0x1.25e4f7b2737fap+5},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        CHECK(coterie_draw_arrival(known[i].draw) == known[i].arrival);
    uint64_t sum = 0, bits;
    for (uint64_t k = 0; k < 100000; k++) {
        double arrival = coterie_draw_arrival(coterie_splitmix64(k) >> k % 53);
        memcpy(&bits, &arrival, sizeof bits);
        sum = sum * 31 + bits;
    }
    CHECK_EQUAL(sum, 0x451840B5705A60BBu);
}

/* This arrival is the model's, about -ln(1 - v), and not after the next one. v is exact: its lowest bit is 2^-53. */
static void check_arrival(uint64_t draw) {
    double arrival = coterie_draw_arrival(draw), v = ((double)(draw >> 12) + 0.5) * 0x1p-52, exact = -log1p(-v);
    CHECK(arrival == model_arrival(draw));
    CHECK(fabs(arrival - exact) <= 4 * (nextafter(exact, INFINITY) - exact));
    CHECK(arrival == coterie_draw_arrival(draw / STEP * STEP) && arrival == coterie_draw_arrival(draw | (STEP - 1)));
    if (draw <= UINT64_MAX - STEP) CHECK(arrival <= coterie_draw_arrival(draw + STEP));
}

/* On both sides of all powers of two of v and of 1 - v: at those of 1 - v the exponent changes. */
static void borders(void) {
    for (int bit = 12; bit < 64; bit++)
        for (uint64_t i = 0; i < 2000; i++) {
            uint64_t power = (uint64_t)1 << bit, by = i * STEP;
            if (power >= by) check_arrival(power - by), check_arrival(UINT64_MAX - power + by);
            if (by <= UINT64_MAX - power) check_arrival(power + by), check_arrival(UINT64_MAX - power - by);
        }
    for (uint64_t i = 0; i < 2000; i++) check_arrival(i * STEP), check_arrival(UINT64_MAX - i * STEP);
}

static void neighbours(void) { /* in all binades */
    uint64_t random = 1;
    for (uint64_t i = 0; i < 1000000; i++) {
        uint64_t draw = random64(&random), near_zero = draw >> i % 53;
        check_arrival(i % 2 ? near_zero : UINT64_MAX - near_zero);
        uint64_t other = random64(&random), low = draw < other ? draw : other, high = draw < other ? other : draw;
        CHECK(coterie_draw_arrival(low) <= coterie_draw_arrival(high));
    }
}

/* ---- places ---- */

enum { SLOWNESSES = 4 }; /* a heavy node, the heaviest, a light one, the lightest that is told from others */
static const float SLOWNESS[SLOWNESSES] = {0x1p-31f, 0x1.000002p-32f, 0x1.3579bep-3f, 0x1.fffffep+29f};

/* Places are below every arrival at v in c .. c+1, in units of 2^-31, by more than all roundings; the limit of what
 * may be before is above every one of them. Up to v = 0.7997 there is a limit. */
static void check_place(uint32_t place, int scanned, float slowness, uint32_t c, double arrival, double next) {
    double unit = (double)slowness * 0x1p31, rounding = 0x1p-22; /* 1 / weight is a double, then a float */
    CHECK((double)coterie_bits_float(place) <= arrival * unit * (1 - 0x1p-17));
    if (scanned) place &= ~COTERIE_NUMBER_MASK;
    uint32_t last = coterie_last_rival(place, slowness, 1);
    CHECK(last == UINT32_MAX || (double)coterie_bits_float(last) >= next * unit * (1 + rounding));
    if (c < 0x665C0000) CHECK(last != UINT32_MAX);
}

/* At every level. `arrival` and `next`: the first and the last of those v. */
static void check_places(uint32_t c, double arrival, double next) {
    const uint32_t factor[COTERIE_PAD_NODES] = {1}; /* the upper half of the draw is that of w */
    const float slowness = SLOWNESS[c % SLOWNESSES], all[COTERIE_PAD_NODES] = {slowness};
    const coterie_rendezvous r = {0, 1, 1, NULL, NULL, factor, factor, all};
    for (uint32_t half = 0; half < 2; half++)
        check_place(coterie_early(2 * c + half, slowness), 0, slowness, c, arrival, next);
    EACH_LEVEL(level) {
        uint32_t place, second;
        coterie_rendezvous_scan[level](&r, (uint64_t)c << 33, 0, 1, &place, &second);
        check_place(place, 1, slowness, c, arrival, next);
    }
}

/* All c in from .. to-1; upwards, so that each arrival is computed once. */
static void check_range(uint32_t from, uint32_t to) {
    double next = coterie_draw_arrival((uint64_t)from << 33);
    for (uint32_t c = from; c < to; c++) {
        double arrival = next;
        uint64_t end = ((uint64_t)c + 1) << 33; /* 0 after the last */
        next = coterie_draw_arrival(end ? end : UINT64_MAX);
        check_places(c, arrival, next);
    }
}

static void places(void) {
    const uint32_t all = (uint32_t)1 << 31, most = 1000, special[] = {0x66666666, 0x665CE141, 0x7FC00000, 0x7FFE0000};
    uint64_t random = 2;
    const char *every = getenv("COTERIE_TESTS_ALL");
    if (every && *every) {
        check_range(0, all);
        return;
    }
    check_range(0, 1 << 14);
    check_range(all - (1 << 14), all);
    for (int bit = 15; bit < 31; bit++) {
        check_range((1u << bit) - most, (1u << bit) + most);
        check_range(all - (1u << bit) - most, all - (1u << bit) + most);
    }
    for (size_t i = 0; i < sizeof special / sizeof *special; i++) check_range(special[i] - most, special[i] + most);
    for (int i = 0; i < 400000; i++) {
        uint32_t c = (uint32_t)(random64(&random) >> 33) >> (i % 4 ? 0 : i / 4 % 31);
        check_range(c, c + 1);
    }
}

int main(void) {
    frozen();
    borders();
    neighbours();
    places();
    return check_report();
}
