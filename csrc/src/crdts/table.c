#include "coterie/crdts/table.h"

#include "copied.h"

enum {
    FEW = 8,       /* slots at first */
    LITTLE = 1024, /* bytes that are not worth to be moved */
};

static size_t size_of_slots(const coterie_table *table) { return table->slots ? (table->mask + 1) * sizeof *table->slots : 0; }

void coterie_table_free(coterie_table *table) {
    free(table->each);
    free(table->bytes);
    coterie_free_zeros(table->slots, size_of_slots(table));
}

coterie_status coterie_table_copy(coterie_table *out, const coterie_table *table) {
    *out = *table;
    out->room = table->n, out->bytes_room = table->used;
    out->each = copied(table->each, table->n * sizeof *out->each);
    out->bytes = copied(table->bytes, table->used);
    if (table->slots && (out->slots = coterie_alloc_zeros(size_of_slots(table))))
        memcpy(out->slots, table->slots, size_of_slots(table));
    if (out->each && out->bytes && (out->slots || !table->slots)) return COTERIE_OK;
    coterie_table_free(out);
    return COTERIE_NO_MEMORY;
}

size_t coterie_table_memory(const coterie_table *table) {
    return table->room * sizeof *table->each + table->bytes_room + size_of_slots(table);
}

static void enter(coterie_table_slot *slots, size_t mask, uint32_t hash, uint32_t number) {
    size_t at = hash & mask;
    while (slots[at].number) at = (at + 1) & mask;
    slots[at] = (coterie_table_slot){hash, number + 1};
}

/* At most three quarters of the slots are in use. */
static coterie_status reserve_slots(coterie_table *table, size_t len) {
    size_t size = table->slots ? table->mask + 1 : FEW;
    coterie_table_slot *slots;
    if (table->slots && 4 * len <= 3 * size) return COTERIE_OK;
    while (4 * len > 3 * size) size *= 2;
    if (!(slots = coterie_alloc_zeros(size * sizeof *slots))) return COTERIE_NO_MEMORY;
    for (size_t at = 0; table->slots && at <= table->mask; at++)
        if (table->slots[at].number) enter(slots, size - 1, table->slots[at].hash, table->slots[at].number - 1);
    coterie_free_zeros(table->slots, size_of_slots(table));
    table->slots = slots, table->mask = size - 1;
    return COTERIE_OK;
}

/* The strings without those that went between them. */
static void compact(coterie_table *table, uint8_t *bytes) {
    size_t used = 0;
    for (size_t i = 0; i < table->n; i++) {
        coterie_string *string = &table->each[i];
        if (string->len == COTERIE_NO_STRING) continue;
        memcpy(bytes + used, table->bytes + string->start, string->len);
        string->start = used;
        used += string->len;
    }
    free(table->bytes);
    table->bytes = bytes, table->used = used;
}

static coterie_status reserve_bytes(coterie_table *table, size_t size) {
    size_t room;
    uint8_t *bytes;
    if (table->bytes && size <= table->bytes_room - table->used) return COTERIE_OK;
    room = table->live + size + (table->live + size) / 4 + 16;
    if (table->live < table->used) {
        if (!(bytes = malloc(room))) return COTERIE_NO_MEMORY;
        compact(table, bytes);
    } else {
        if (!(bytes = realloc(table->bytes, room))) return COTERIE_NO_MEMORY;
        table->bytes = bytes;
    }
    table->bytes_room = room;
    coterie_wish_huge(table->bytes, room);
    return COTERIE_OK;
}

coterie_status coterie_table_reserve(coterie_table *table, size_t strings, size_t bytes) {
    size_t n = table->len + strings;
    if (strings > UINT32_MAX / 2 - table->len || bytes > SIZE_MAX / 4 - table->live) return COTERIE_NO_MEMORY;
    if (n > table->room) {
        size_t room = table->room + table->room / 4 > n ? table->room + table->room / 4 : n + 3;
        coterie_string *each = realloc(table->each, room * sizeof *each);
        if (!each) return COTERIE_NO_MEMORY;
        table->each = each, table->room = room;
        coterie_wish_huge(each, room * sizeof *each);
    }
    if (reserve_slots(table, n) != COTERIE_OK) return COTERIE_NO_MEMORY;
    return reserve_bytes(table, bytes);
}

int coterie_table_enter(coterie_table *table, uint32_t hash, const void *bytes, size_t len, uint32_t *number) {
    size_t at = hash & table->mask;
    for (; table->slots[at].number; at = (at + 1) & table->mask) {
        if (table->slots[at].hash != hash) continue;
        *number = table->slots[at].number - 1;
        if (table->each[*number].len == len && !memcmp(coterie_table_bytes(table, *number), bytes, len)) return 0;
    }
    if (table->free) {
        *number = table->free - 1;
        table->free = (uint32_t)table->each[*number].start;
    } else {
        *number = (uint32_t)table->n++;
    }
    table->slots[at] = (coterie_table_slot){hash, *number + 1};
    table->each[*number] = (coterie_string){table->used, (uint32_t)len, hash};
    if (len) memcpy(table->bytes + table->used, bytes, len);
    table->used += len, table->live += len;
    table->len++;
    return 1;
}

coterie_status coterie_table_add(coterie_table *table, uint32_t hash, const void *bytes, size_t len, uint32_t *number) {
    if (len >= COTERIE_NO_STRING || coterie_table_reserve(table, 1, len) != COTERIE_OK) return COTERIE_NO_MEMORY;
    coterie_table_enter(table, hash, bytes, len, number);
    return COTERIE_OK;
}

void coterie_table_remove(coterie_table *table, uint32_t number) {
    coterie_string *string = &table->each[number];
    coterie_table_slot *slots = table->slots;
    size_t at = string->hash & table->mask, next;
    while (slots[at].number != number + 1) at = (at + 1) & table->mask;
    /* What stands behind the gap moves into it, unless it stands where it belongs or between that and the gap. */
    for (next = (at + 1) & table->mask; slots[next].number; next = (next + 1) & table->mask) {
        if (((next - slots[next].hash) & table->mask) < ((next - at) & table->mask)) continue;
        slots[at] = slots[next];
        at = next;
    }
    slots[at].number = 0;
    table->live -= string->len;
    if (--table->len == 0) table->used = 0;
    *string = (coterie_string){table->free, COTERIE_NO_STRING, 0};
    table->free = number + 1;
}

void coterie_table_tidy(coterie_table *table) {
    uint8_t *bytes;
    if (table->bytes_room / 4 <= table->live + table->n + LITTLE || !(bytes = malloc(table->live + 1))) return;
    compact(table, bytes); /* which looks at each number */
    table->bytes_room = table->live + 1;
}
