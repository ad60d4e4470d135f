#include "coterie/filters/bloom.h"
#include "coterie/filters/parameters.h"
#include "doubles.h"

enum { LAYOUT = 0, PROBES = 4, FPR = 8, BLOCKS = 16 };

void coterie_bloom_write(uint8_t *parameters, const coterie_bloom *filter, double fpr) {
    coterie_store32(parameters + LAYOUT, (uint32_t)filter->layout);
    coterie_store32(parameters + PROBES, (uint32_t)filter->probes);
    store_double(parameters + FPR, fpr);
    coterie_store64(parameters + BLOCKS, filter->blocks);
}

int coterie_bloom_read(const uint8_t *parameters, uint64_t len, coterie_bloom *filter, double *fpr) {
    uint32_t layout = coterie_load32(parameters + LAYOUT), probes = coterie_load32(parameters + PROBES);
    uint64_t blocks = coterie_load64(parameters + BLOCKS);
    if (layout >= COTERIE_BLOOM_LAYOUTS || blocks < 1 || blocks > COTERIE_BLOOM_MAX_BLOCKS) return 0;
    if (len != COTERIE_FILTER_PARAMETERS + blocks * COTERIE_BLOOM_BYTES) return 0;
    if (layout == COTERIE_BLOOM_CLASSIC ? probes < 1 || probes > COTERIE_BLOOM_MAX_PROBES
                                        : probes != (layout == COTERIE_BLOOM_BLOCK ? 8u : 16u))
        return 0;
    *fpr = load_double(parameters + FPR);
    if (!(*fpr > 0 && *fpr < 1)) return 0;
    filter->layout = (int)layout;
    filter->probes = (int)probes;
    filter->blocks = blocks;
    return 1;
}
