/* Columns of any layout over any bytes, against the model, at every level. */
#include "input.h"
#include "keys/column_model.h"

enum { INTS, BYTES, UTF32, MOST = 200 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    fuzz_input input = {data, data + size};
    uint64_t items = take(&input, 1) % 3, kind = take(&input, 1) % (COTERIE_HASH_NONE + 1), flags = take(&input, 1);
    size_t width = (size_t)take(&input, 1), gap = (size_t)take(&input, 1) % 40, n = (size_t)take(&input, 1) % MOST;
    coterie_hasher hasher = {(coterie_hash_kind)kind, COTERIE_BASELINE, flags & 4 ? take(&input, 8) : 0, flags};
    if (items == INTS) width = (size_t)1 << width % 4;
    else if (items == UTF32) width = width / 4 * 4;
    if (items != INTS && kind == COTERIE_HASH_NONE) return 0;

    size_t step = flags & 8 ? 0 : width + gap, left = (size_t)(input.end - input.next);
    if (left < width) return 0;
    if (n && step && (n - 1) * step + width > left) n = (left - width) / step + 1;
    size_t used = n ? (n - 1) * step + width : 0;
    char *copy = (char *)malloc(used + 1), *bytes = (char *)realloc(copy, used ? used : 1); /* exactly what is used */
    size_t texts = 1 + gap % COTERIE_TEXTS;
    uint64_t *out = (uint64_t *)malloc((n + 1) * sizeof *out), expected = 0;
    uint8_t *scratch = (uint8_t *)malloc(texts * width + !width), *utf8 = (uint8_t *)malloc(width + 1);
    if (used) memcpy(bytes, input.next, used);
    coterie_column column = {.data = bytes, .stride = (ptrdiff_t)step, .width = width, .is_signed = flags & 1,
                             .is_bool = width == 1 && flags & 32, .swapped = flags >> 1 & 1};
    if (flags & 16 && n) column.data += (n - 1) * step, column.stride = -column.stride;

    EACH_LEVEL(level) {
        size_t done = n;
        hasher.level = level;
        if (items == INTS) coterie_column_ints(&column, &hasher, n, out);
        else if (items == BYTES) coterie_column_bytes(&column, &hasher, n, out);
        else done = coterie_column_utf32(&column, &hasher, n, texts, scratch, out);
        for (size_t i = 0; i < done; i++) {
            if (items == INTS) expected = model_int(&column, &hasher, i);
            else if (items == BYTES) expected = model_bytes(&column, &hasher, i);
            else CHECK(model_utf32(&column, &hasher, i, utf8, &expected));
            CHECK_EQUAL(out[i], expected);
        }
        if (done < n) CHECK(!model_utf32(&column, &hasher, done, utf8, &expected));
    }
    free(bytes);
    free(out);
    free(scratch);
    free(utf8);
    stop_if_failed();
    return 0;
}
