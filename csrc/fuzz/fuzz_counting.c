/* The stored shapes of counting filters: what is accepted can be used and is what a writer writes. Then keys that come and
 * go in lines of any counters, against the filter as it is defined. */
#include "coterie/filters/counting_size.h"
#include "filters/counting_model.h"
#include "input.h"

enum { SHAPE = COTERIE_COUNTING_SHAPE, MOST_LINES = 16 };

static void use(const coterie_counting_shape *shape, fuzz_input *input) {
    size_t bytes = (size_t)shape->rows * (size_t)shape->columns * COTERIE_COUNTING_LINE;
    uint8_t *lines = (uint8_t *)coterie_alloc(bytes);
    coterie_counting filter = {lines, shape->rows, take(input, 1) & 1, shape->columns, (int)take(input, 1) & 1};
    coterie_counting_tally tally = {take(input, 1), 0};
    counting_model model = counting_model_new(shape->rows, shape->columns, filter.salt);
    model.keys = tally.keys;
    for (size_t i = 0; i < bytes; i++) lines[i] = (uint8_t)take(input, 1);
    for (size_t i = 0; i < 2 * bytes; i++) model.counters[i] = lines[i / 2] >> (i & 1 ? 4 : 0) & 15;
    coterie_counting_filled[0](lines, bytes, &tally.filled);
    counting_model_check(&model, &filter, &tally);
    while (input->next < input->end) {
        uint64_t how = take(input, 1), digest = coterie_splitmix64(take(input, 1));
        int level = (int)(how >> 4) % (coterie_level_best() + 1);
        CHECK_EQUAL(coterie_counting_has[level](&filter, digest), counting_model_count(&model, digest) > 0);
        if (how & 1)
            CHECK_EQUAL(coterie_counting_put[level](&filter, digest, &tally), counting_model_add(&model, digest));
        else
            CHECK_EQUAL(coterie_counting_take[level](&filter, digest, &tally), counting_model_remove(&model, digest));
    }
    counting_model_check(&model, &filter, &tally);
    free(model.counters);
    coterie_free(lines);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    fuzz_input input = {data, data + size};
    uint8_t *stored = (uint8_t *)malloc(SHAPE), again[SHAPE];
    coterie_counting_shape shape;
    uint64_t how = take(&input, 1), lines = take(&input, 1) % MOST_LINES;
    for (int i = 0; i < SHAPE; i++) stored[i] = (uint8_t)take(&input, 1);
    if (how & 1) coterie_store32(stored, 1u << (stored[0] & 3));
    if (how & 2) coterie_store32(stored + 4, 4 * coterie_load32(stored));
    if (how & 4) coterie_store64(stored + 16, lines);
    if (coterie_counting_shape_read(stored, lines * COTERIE_COUNTING_LINE, &shape)) {
        coterie_counting_shape_write(again, &shape);
        CHECK(!memcmp(again, stored, SHAPE));
        CHECK(shape.rows * (uint64_t)shape.columns == lines);
        use(&shape, &input);
    }
    free(stored);
    stop_if_failed();
    return 0;
}
