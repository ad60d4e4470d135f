/* The fuzzer's bytes, taken one after the other; zeros when they are used up. */
#ifndef COTERIE_FUZZ_INPUT_H
#define COTERIE_FUZZ_INPUT_H

#include "check.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef struct {
    const uint8_t *next, *end;
} fuzz_input;

static inline uint64_t take(fuzz_input *input, size_t bytes) {
    uint64_t x = 0;
    while (bytes-- > 0) x = x << 8 | (input->next < input->end ? *input->next++ : 0);
    return x;
}

/* libFuzzer keeps an input on which the program aborts. */
static inline void stop_if_failed(void) {
    if (checks_failed) abort();
}

#endif
