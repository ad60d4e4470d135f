/* The bytes of lists of Bloom filters: what was written is read, and nothing else. */
#include "coterie/filters/parameters.h"
#include "coterie/filters/rotating.h"
#include "coterie/filters/scalable.h"
#include "slices_room.h"

typedef struct {
    int rotating;
    coterie_scalable scalable;
    coterie_rotating window;
    coterie_slices slices;
    uint8_t *payload;
    size_t size;
} stored;

static void store(stored *stored) {
    stored->size = (size_t)coterie_slices_size(&stored->slices);
    stored->payload = (uint8_t *)guard_alloc(stored->size);
    memset(stored->payload, 0, COTERIE_FILTER_PARAMETERS);
    if (stored->rotating) coterie_rotating_write(stored->payload, &stored->window);
    else coterie_scalable_write(stored->payload, &stored->scalable);
    coterie_slices_write(stored->payload, &stored->slices);
}

static int readable(const stored *stored, const uint8_t *payload, size_t size) {
    coterie_slices slices;
    coterie_scalable scalable = {stored->scalable.capacity, 0, 0, 0};
    coterie_rotating window = {stored->window.capacity, 0, 0, 0, 0};
    if (!coterie_slices_read(payload, size, &slices)) return 0;
    if (stored->rotating ? !coterie_rotating_read(payload, &slices, &window)
                         : !coterie_scalable_read(payload, &slices, &scalable))
        return 0;
    return 1;
}

static stored scalable_of(int count) {
    stored made = {0};
    made.scalable = (coterie_scalable){3, 2, 0.2, 0.85};
    uint64_t state = 3;
    for (int i = 0; i < count; i++) {
        coterie_slice shape;
        CHECK(coterie_scalable_slice(&made.scalable, i, &shape));
        begin_slice(&made.slices, &shape, 0, 0);
        while (made.slices.at[i].keys < made.slices.at[i].capacity - (i == count - 1))
            coterie_slices_add_one(&made.slices, random64(&state), 0);
    }
    store(&made);
    return made;
}

static stored rotating_of(int count, double window) {
    stored made = {0};
    made.rotating = 1;
    made.window = (coterie_rotating){40, 4, window > 0 ? COTERIE_CLOCK_OWN : COTERIE_CLOCK_NONE, 0.01, window};
    uint64_t state = 4;
    for (int i = 0; i < count; i++) {
        coterie_slice shape;
        CHECK(coterie_rotating_slice(&made.window, &shape));
        if (window > 0) shape.first = -7 + i, shape.last = shape.first + 0.5;
        begin_slice(&made.slices, &shape, 0, 0);
        for (int j = 0; j < i; j++) coterie_slices_refresh_one(&made.slices, random64(&state), 0);
    }
    store(&made);
    return made;
}

static void release(stored *stored) {
    guard_free(stored->payload, stored->size);
    drop_slices(&stored->slices, stored->slices.count);
}

static void test_round_trip(stored *stored) {
    coterie_slices slices;
    CHECK(coterie_slices_read(stored->payload, stored->size, &slices));
    CHECK(same_slices(&stored->slices, &slices));
    CHECK(readable(stored, stored->payload, stored->size));
    for (int i = 0; i < slices.count; i++) CHECK((slices.at[i].bloom.bits - stored->payload) % 64 == 0);
    if (stored->rotating) {
        coterie_rotating window = {stored->window.capacity, 0, 0, 0, 0};
        CHECK(coterie_rotating_read(stored->payload, &slices, &window));
        CHECK(window.generations == 4 && window.clock == stored->window.clock);
        CHECK(!memcmp(&window.fpr, &stored->window.fpr, 8) && !memcmp(&window.window, &stored->window.window, 8));
    } else {
        coterie_scalable scalable = {stored->scalable.capacity, 0, 0, 0};
        CHECK(coterie_scalable_read(stored->payload, &slices, &scalable));
        CHECK(scalable.growth == 2 && !memcmp(&scalable.fpr, &stored->scalable.fpr, 16));
    }
}

/* Cut short or longer, and every bit of the parameters and rows flipped, with no checksum over the parameters. */
static void test_damage(stored *stored) {
    for (size_t size = 0; size < stored->size; size++) {
        uint8_t *cut = (uint8_t *)guard_alloc(size);
        memcpy(cut, stored->payload, size);
        CHECK(!readable(stored, cut, size));
        memset(cut, GUARD_FILL, size);
        guard_free(cut, size);
    }
    uint8_t *longer = (uint8_t *)guard_alloc(stored->size + 64);
    memset(longer, 0, stored->size + 64);
    memcpy(longer, stored->payload, stored->size);
    CHECK(!readable(stored, longer, stored->size + 64) && !readable(stored, longer, stored->size + 1));
    guard_free(longer, stored->size + 64);
    size_t rows = COTERIE_FILTER_PARAMETERS + (size_t)stored->slices.count * 64;
    for (size_t bit = 0; bit < 8 * rows; bit++) {
        stored->payload[bit / 8] ^= (uint8_t)(1 << bit % 8);
        int accepted = readable(stored, stored->payload, stored->size);
        if (bit / 8 >= COTERIE_FILTER_PARAMETERS) CHECK(!accepted);
        if (bit / 8 >= 4 && bit / 8 < 16) CHECK(!accepted); /* the number of slices, the rate */
        stored->payload[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    CHECK(readable(stored, stored->payload, stored->size));
}

static void reseal(uint8_t *row) { coterie_store64(row + 56, coterie_xxh3(row, 56, 0, COTERIE_BASELINE)); }

/* Numbers that no filter writes, in a row with a checksum that fits. */
static void test_contradictions(stored *stored) {
    const uint64_t nan = 0x7ff8000000000000u, infinity = 0x7ff0000000000000u, one = 0x3ff0000000000000u;
    const struct {
        size_t at;
        uint64_t value;
    } table[] = {
        {0, 2 | (uint64_t)7 << 32}, {0, 3 | (uint64_t)8 << 32}, {0, 9}, {0, (uint64_t)16 << 32}, {8, 0}, {8, one},
        {8, nan}, {8, infinity}, {16, 0}, {16, 1 << 20}, {16, (uint64_t)1 << 31}, {16, UINT64_MAX},
        {16, (uint64_t)1 << 59},
        {24, 0}, {24, 11111}, {32, 11111}, {32, UINT64_MAX}, {40, nan}, {40, infinity}, {40, one | one >> 4}, {48, nan},
        {48, infinity}, {48, infinity | (uint64_t)1 << 63},
    };
    uint8_t kept[64];
    for (int i = 0; i < stored->slices.count; i++) {
        uint8_t *row = stored->payload + COTERIE_FILTER_PARAMETERS + 64 * i;
        memcpy(kept, row, sizeof kept);
        for (size_t j = 0; j < sizeof table / sizeof *table; j++) {
            coterie_store64(row + table[j].at, table[j].value);
            reseal(row);
            CHECK(!readable(stored, stored->payload, stored->size));
            memcpy(row, kept, sizeof kept);
        }
    }
    CHECK(readable(stored, stored->payload, stored->size));
}

int main(void) {
    for (int count = 1; count <= 5; count++) {
        stored all[] = {scalable_of(count), rotating_of(count, 0), rotating_of(count, 60)};
        for (int i = 0; i < 3; i++) {
            test_round_trip(&all[i]);
            test_damage(&all[i]);
            test_contradictions(&all[i]);
            release(&all[i]);
        }
    }
    return check_report();
}
