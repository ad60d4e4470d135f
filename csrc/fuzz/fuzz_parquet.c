/* Filters of Parquet: any bytes. What is accepted says the same when it is written again. */
#include "coterie/filters/parquet.h"
#include "input.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    uint8_t again[COTERIE_PARQUET_WRITTEN], *exact = (uint8_t *)malloc(size ? size : 1);
    coterie_parquet_header header, other;
    if (size) memcpy(exact, data, size);
    const char *problem = coterie_parquet_read(exact, size, &header);
    if (!problem) {
        CHECK(header.len <= size && header.len < COTERIE_PARQUET_LONGEST);
        CHECK(header.nbytes && header.nbytes % 32 == 0 && header.nbytes < 0x80000000u);
        size_t len = coterie_parquet_write(header.nbytes, again);
        CHECK(len <= sizeof again && !coterie_parquet_read(again, len, &other));
        CHECK(other.len == len && other.nbytes == header.nbytes);
        int whole = size == header.len + header.nbytes;
        CHECK((coterie_parquet_read_whole(exact, size, &other) == NULL) == whole);
        CHECK(coterie_parquet_read(exact, header.len - 1, &other) != NULL);
    } else CHECK(coterie_parquet_read_whole(exact, size, &other) != NULL);
    free(exact);
    stop_if_failed();
    return 0;
}
