#include "coterie/crdts/dotted.h"

#include <stdlib.h>

/* All live dots in the same places. */
static coterie_status put_all(coterie_dotted *out, const coterie_dotted *dotted) {
    size_t place;
    uint32_t record;
    if (coterie_dotted_reserve(out, (size_t)dotted->len, dotted->strings.live) != COTERIE_OK) return COTERIE_NO_MEMORY;
    for (size_t i = 0; i < dotted->ids.n; i++) {
        coterie_live_walk walk = {0};
        if (coterie_dotted_place(out, coterie_replica_id(&dotted->ids, i), dotted->ids.each[i].len, &place) != COTERIE_OK)
            return COTERIE_NO_MEMORY;
        while (coterie_live_next(&dotted->live[i], &walk)) {
            const coterie_string *string = &dotted->strings.each[dotted->records[walk.number].string];
            if (coterie_dotted_put_in_room(out, i, walk.counter, string->hash, dotted->strings.bytes + string->start, string->len,
                                           &record) != COTERIE_OK)
                return COTERIE_NO_MEMORY;
        }
    }
    return COTERIE_OK;
}

#define SWAP(type, a, b) do { type a_ = a; a = b; b = a_; } while (0)

void coterie_dotted_tidy(coterie_dotted *dotted) {
    coterie_dotted out;
    coterie_status status = COTERIE_OK;
    coterie_table_tidy(&dotted->strings);
    if (dotted->follows && dotted->follower->tidy) dotted->follower->tidy(dotted->follows);
    if (!coterie_is_loose(dotted->strings.n, dotted->strings.len) && !coterie_is_loose(dotted->n, dotted->len) &&
        !(dotted->follows && dotted->follower->is_loose && dotted->follower->is_loose(dotted)))
        return;
    coterie_dotted_begin(&out, dotted->strings.key);
    out.follower = dotted->follower;
    if (dotted->follows && !(out.follows = dotted->follower->again(dotted->follows))) status = COTERIE_NO_MEMORY;
    if (status == COTERIE_OK) status = put_all(&out, dotted);
    if (status == COTERIE_OK) {
        for (size_t i = 0; i < dotted->ids.n; i++) SWAP(coterie_live, dotted->live[i], out.live[i]);
        SWAP(coterie_table, dotted->strings, out.strings);
        SWAP(uint32_t *, dotted->first, out.first);
        SWAP(size_t, dotted->first_room, out.first_room);
        SWAP(coterie_record *, dotted->records, out.records);
        SWAP(void *, dotted->follows, out.follows);
        dotted->n = out.n, dotted->room = out.room, dotted->free = out.free;
        dotted->turns++;
        dotted->lowest = 0;
    }
    coterie_dotted_free(&out);
}
