#include "coterie/crdts/map_index.h"

#include "coterie/clocks/varint.h"
#include "coterie/crdts/elements.h"
#include "copied.h"

enum { NONE_YET = 16, FEW = 256 };

/* ---- strings ---- */

static int is_amount(const uint8_t *bytes, size_t len) {
    return len >= 2 && len <= 10 && bytes[0] == COTERIE_ELEMENT_INT && coterie_element_check(bytes, len);
}

static int is_rest(unsigned kind, const uint8_t *bytes, size_t len) {
    static const uint8_t never[8] = {0};
    switch (kind) {
    case COTERIE_MAP_COUNTER: return is_amount(bytes, len);
    case COTERIE_MAP_SET:
    case COTERIE_MAP_REGISTER: return coterie_element_check(bytes, len);
    case COTERIE_MAP_RW_SET: return len > 1 && bytes[0] < 2 && coterie_element_check(bytes + 1, len - 1);
    case COTERIE_MAP_LWW: return len > 8 && memcmp(bytes, never, 8) && coterie_element_check(bytes + 8, len - 8);
    case COTERIE_MAP_FLAG:
    case COTERIE_MAP_DW_FLAG: return len == 0;
    default: return 0;
    }
}

/* The level that begins there: its key and kind; where the next one or the rest begins, or NULL if there is none. */
static const uint8_t *read_level(const uint8_t *at, const uint8_t *end, const uint8_t **key, size_t *len, unsigned *kind) {
    uint64_t size;
    *key = coterie_varint_read(at, end, &size);
    if (!*key || size >= (size_t)(end - *key)) return NULL;
    *len = (size_t)size;
    *kind = (*key)[size];
    return *key + size + 1;
}

int coterie_map_string_check(const uint8_t *bytes, size_t len) {
    const uint8_t *at = bytes, *end = bytes + len, *key;
    for (int depth = 0; depth <= COTERIE_MAP_DEPTH; depth++) {
        size_t size;
        unsigned kind;
        if (!(at = read_level(at, end, &key, &size, &kind)) || !coterie_element_check(key, size)) return 0;
        if (kind != COTERIE_MAP_MAP) return is_rest(kind, at, (size_t)(end - at));
    }
    return 0;
}

/* ---- memory ---- */

static int reserve(void *list, size_t *room, size_t n, size_t size) {
    void **each = list, *grown;
    size_t more = *room + *room / 4 > n ? *room + *room / 4 : n + NONE_YET;
    if (n <= *room) return 1;
    if (!(grown = realloc(*each, more * size))) return 0;
    *each = grown, *room = more;
    return 1;
}

static coterie_map_index *index_of(coterie_dotted *dotted) { return dotted->follows; }

static void free_index(void *follows) {
    coterie_map_index *index = follows;
    coterie_table_free(&index->keys);
    free(index->each_key);
    free(index->nodes);
    free(index->members);
    free(index->scratch);
    free(index);
}

static void *copy_index(const void *follows) {
    const coterie_map_index *index = follows;
    coterie_map_index *out = copied(index, sizeof *index);
    if (!out) return NULL;
    out->keys_room = index->keys.n, out->nodes_room = index->n_nodes;
    out->each_key = copied(index->each_key, out->keys_room * sizeof *out->each_key);
    out->nodes = copied(index->nodes, out->nodes_room * sizeof *out->nodes);
    out->members = copied(index->members, out->members_room * sizeof *out->members);
    out->scratch = malloc(index->scratch_room + 1);
    if (coterie_table_copy(&out->keys, &index->keys) != COTERIE_OK) memset(&out->keys, 0, sizeof out->keys);
    else if (out->each_key && out->nodes && out->members && out->scratch) return out;
    free_index(out);
    return NULL;
}

static size_t memory_of_index(const void *follows) {
    const coterie_map_index *index = follows;
    return sizeof *index + coterie_table_memory(&index->keys) + index->keys_room * sizeof *index->each_key +
           index->nodes_room * sizeof *index->nodes + index->members_room * sizeof *index->members + index->scratch_room;
}

/* ---- members ---- */

static coterie_map_link *link_of(coterie_map_index *index, uint32_t node, uint32_t member) {
    return index->nodes[node].kind == COTERIE_MAP_MAP ? &index->each_key[member].link : &index->members[member].link;
}

/* What a member adds to the content of its node. */
static uint64_t content_of(const coterie_dotted *dotted, uint32_t node, uint32_t member) {
    size_t len;
    const uint8_t *bytes = coterie_map_rest(dotted, node, member, &len);
    if (coterie_map_index_of(dotted)->nodes[node].kind == COTERIE_MAP_MAP)
        return coterie_siphash(bytes, len, dotted->strings.key[0], dotted->strings.key[1], 1, 3);
    return coterie_splitmix64(dotted->strings.each[member].hash);
}

static void enter(coterie_dotted *dotted, uint32_t node, uint32_t member, int shown) {
    coterie_map_index *index = index_of(dotted);
    coterie_map_node *at = &index->nodes[node];
    uint32_t *first = shown ? &at->shown : &at->hidden;
    *link_of(index, node, member) = (coterie_map_link){COTERIE_MAP_NONE, *first};
    if (*first != COTERIE_MAP_NONE) link_of(index, node, *first)->before = member;
    *first = member;
    at->len++;
    if (shown) at->n_shown++, at->content += content_of(dotted, node, member);
}

static void leave(coterie_dotted *dotted, uint32_t node, uint32_t member, int shown) {
    coterie_map_index *index = index_of(dotted);
    coterie_map_node *at = &index->nodes[node];
    coterie_map_link link = *link_of(index, node, member);
    if (link.next != COTERIE_MAP_NONE) link_of(index, node, link.next)->before = link.before;
    if (link.before != COTERIE_MAP_NONE) link_of(index, node, link.before)->next = link.next;
    else *(shown ? &at->shown : &at->hidden) = link.next;
    at->len--;
    if (shown) at->n_shown--, at->content -= content_of(dotted, node, member);
}

static void move(coterie_dotted *dotted, uint32_t node, uint32_t member, int shown) {
    leave(dotted, node, member, !shown);
    enter(dotted, node, member, shown);
}

/* One more member makes a node present, or one less: and so its key, and the map that this is of. */
static void more_present(coterie_dotted *dotted, uint32_t node) {
    coterie_map_index *index = index_of(dotted);
    while (index->nodes[node].present++ == 0 && node != COTERIE_MAP_ROOT) {
        uint32_t number = index->nodes[node].key;
        coterie_map_key *key = &index->each_key[number];
        if (key->present++) return;
        node = key->map;
        move(dotted, node, number, 1);
    }
}
static void less_present(coterie_dotted *dotted, uint32_t node) {
    coterie_map_index *index = index_of(dotted);
    while (--index->nodes[node].present == 0 && node != COTERIE_MAP_ROOT) {
        uint32_t number = index->nodes[node].key;
        coterie_map_key *key = &index->each_key[number];
        if (--key->present) return;
        node = key->map;
        move(dotted, node, number, 0);
    }
}

/* ---- nodes ---- */

/* Under a secret that differs by map, so that no choice of maps and keys makes them meet. */
static uint32_t hash_key(const coterie_table *keys, uint32_t map, const uint8_t *bytes, size_t len) {
    return (uint32_t)coterie_siphash(bytes, len, keys->key[0], keys->key[1] ^ map, 1, 3);
}

uint32_t coterie_map_find_key(const coterie_map_index *index, uint32_t map, const uint8_t *bytes, size_t len) {
    const coterie_table *keys = &index->keys;
    uint32_t hash = hash_key(keys, map, bytes, len);
    if (!keys->len) return COTERIE_MAP_NONE;
    for (size_t at = hash & keys->mask; keys->slots[at].number; at = (at + 1) & keys->mask) {
        uint32_t number = keys->slots[at].number - 1;
        if (keys->slots[at].hash != hash || index->each_key[number].map != map) continue;
        if (keys->each[number].len == len + 4 && !memcmp(coterie_table_bytes(keys, number) + 4, bytes, len)) return number;
    }
    return COTERIE_MAP_NONE;
}

/* A key that is not there; COTERIE_MAP_NONE if there is no memory. */
static uint32_t add_key(coterie_dotted *dotted, uint32_t map, const uint8_t *bytes, size_t len) {
    coterie_map_index *index = index_of(dotted);
    uint8_t few[FEW], *all = len + 4 <= FEW ? few : malloc(len + 4);
    uint32_t number = COTERIE_MAP_NONE;
    if (!all) return COTERIE_MAP_NONE;
    coterie_store32(all, map);
    memcpy(all + 4, bytes, len);
    if (!reserve(&index->each_key, &index->keys_room, index->keys.n + 1, sizeof *index->each_key) ||
        coterie_table_add(&index->keys, hash_key(&index->keys, map, bytes, len), all, len + 4, &number) != COTERIE_OK)
        number = COTERIE_MAP_NONE;
    if (all != few) free(all);
    if (number == COTERIE_MAP_NONE) return COTERIE_MAP_NONE;
    index->each_key[number] = (coterie_map_key){.map = map, .node = COTERIE_MAP_NONE};
    enter(dotted, map, number, 0);
    return number;
}

uint32_t coterie_map_node_of(const coterie_map_index *index, uint32_t key, unsigned kind) {
    uint32_t node = index->each_key[key].node;
    while (node != COTERIE_MAP_NONE && index->nodes[node].kind != kind) node = index->nodes[node].next;
    return node;
}

static uint32_t add_node(coterie_map_index *index, uint32_t key, unsigned kind, size_t head) {
    uint32_t node = index->free, none = COTERIE_MAP_NONE;
    if (node != COTERIE_MAP_NONE) index->free = index->nodes[node].next;
    else if (index->n_nodes < COTERIE_MAP_NONE && reserve(&index->nodes, &index->nodes_room, index->n_nodes + 1, sizeof *index->nodes))
        node = (uint32_t)index->n_nodes++;
    else return COTERIE_MAP_NONE;
    index->nodes[node] = (coterie_map_node){0, key, none, none, none, 0, 0, 0, (uint32_t)head, none, (uint8_t)kind};
    if (key == COTERIE_MAP_NONE) return node;
    index->nodes[node].next = index->each_key[key].node;
    index->each_key[key].node = node;
    return node;
}

/* Takes away a node that is empty, its key if that has no other, and so on. */
static void prune_key(coterie_dotted *dotted, uint32_t key);
static void prune(coterie_dotted *dotted, uint32_t node) {
    coterie_map_index *index = index_of(dotted);
    uint32_t key = index->nodes[node].key, *link;
    if (index->nodes[node].len || node == COTERIE_MAP_ROOT) return;
    for (link = &index->each_key[key].node; *link != node;) link = &index->nodes[*link].next;
    *link = index->nodes[node].next;
    index->nodes[node].next = index->free, index->nodes[node].kind = COTERIE_MAP_KINDS;
    index->free = node;
    prune_key(dotted, key);
}
static void prune_key(coterie_dotted *dotted, uint32_t key) {
    coterie_map_index *index = index_of(dotted);
    uint32_t map = index->each_key[key].map;
    if (index->each_key[key].node != COTERIE_MAP_NONE) return;
    leave(dotted, map, key, 0);
    coterie_table_remove(&index->keys, key);
    prune(dotted, map);
}

uint32_t coterie_map_find(const coterie_map_index *index, const uint8_t *path, size_t len) {
    const uint8_t *at = path, *end = path + len, *bytes;
    uint32_t node = COTERIE_MAP_ROOT, key;
    unsigned kind = 0;
    while (at < end && node != COTERIE_MAP_NONE) {
        if (!(at = read_level(at, end, &bytes, &len, &kind))) return COTERIE_MAP_NONE;
        key = coterie_map_find_key(index, node, bytes, len);
        node = key == COTERIE_MAP_NONE ? COTERIE_MAP_NONE : coterie_map_node_of(index, key, kind);
    }
    return node;
}

/* The node of a string, made if it is not there; COTERIE_MAP_NONE if there is no memory. */
static uint32_t make_node(coterie_dotted *dotted, const uint8_t *string, size_t size) {
    coterie_map_index *index = index_of(dotted);
    const uint8_t *at = string, *bytes;
    uint32_t node = COTERIE_MAP_ROOT;
    size_t len = 0;
    unsigned kind = 0;
    do {
        uint32_t map = node, key;
        at = read_level(at, string + size, &bytes, &len, &kind);
        key = coterie_map_find_key(index, map, bytes, len);
        if (key == COTERIE_MAP_NONE && (key = add_key(dotted, map, bytes, len)) == COTERIE_MAP_NONE) {
            prune(dotted, map);
            return COTERIE_MAP_NONE;
        }
        node = coterie_map_node_of(index, key, kind);
        if (node == COTERIE_MAP_NONE && (node = add_node(index, key, kind, (size_t)(at - string))) == COTERIE_MAP_NONE) {
            prune_key(dotted, key);
            return COTERIE_MAP_NONE;
        }
    } while (kind == COTERIE_MAP_MAP);
    return node;
}

unsigned coterie_map_kinds(const coterie_map_index *index, uint32_t key) {
    unsigned kinds = 0;
    for (uint32_t node = index->each_key[key].node; node != COTERIE_MAP_NONE; node = index->nodes[node].next)
        if (index->nodes[node].present) kinds |= 1u << index->nodes[node].kind;
    return kinds;
}

uint32_t coterie_map_next(const coterie_map_index *index, uint32_t node, uint32_t member) {
    if (member == COTERIE_MAP_NONE) return index->nodes[node].shown;
    return index->nodes[node].kind == COTERIE_MAP_MAP ? index->each_key[member].link.next : index->members[member].link.next;
}

const uint8_t *coterie_map_rest(const coterie_dotted *dotted, uint32_t node, uint32_t member, size_t *len) {
    const coterie_map_index *index = coterie_map_index_of(dotted);
    const coterie_map_node *at = &index->nodes[node];
    const coterie_table *table = at->kind == COTERIE_MAP_MAP ? &index->keys : &dotted->strings;
    size_t head = at->kind == COTERIE_MAP_MAP ? 4 : at->head + (at->kind == COTERIE_MAP_RW_SET);
    *len = table->each[member].len - head;
    return coterie_table_bytes(table, member) + head;
}

/* ---- strings that come and go ---- */

/* The addition of the same element as a removal, or the other way round; COTERIE_NO_STRING if there is none. */
static uint32_t twin_of(const coterie_dotted *dotted, coterie_map_index *index, uint32_t string, size_t head) {
    size_t len = dotted->strings.each[string].len;
    memcpy(index->scratch, coterie_table_bytes(&dotted->strings, string), len);
    index->scratch[head] ^= 1;
    return coterie_table_find(&dotted->strings, coterie_table_hash(&dotted->strings, index->scratch, len), index->scratch, len);
}

static coterie_status come(coterie_dotted *dotted, uint32_t string) {
    coterie_map_index *index = index_of(dotted);
    const uint8_t *bytes = coterie_table_bytes(&dotted->strings, string);
    uint32_t node, twin = COTERIE_NO_STRING;
    size_t head, len = dotted->strings.each[string].len;
    if (!reserve(&index->members, &index->members_room, (size_t)string + 1, sizeof *index->members) ||
        (node = make_node(dotted, bytes, len)) == COTERIE_MAP_NONE)
        return COTERIE_NO_MEMORY;
    head = index->nodes[node].head;
    index->members[string].node = node;
    if (index->nodes[node].kind == COTERIE_MAP_RW_SET) {
        if (!reserve(&index->scratch, &index->scratch_room, len, 1)) {
            prune(dotted, node);
            return COTERIE_NO_MEMORY;
        }
        twin = twin_of(dotted, index, string, head);
    }
    if (index->nodes[node].kind == COTERIE_MAP_RW_SET && !bytes[head]) {
        enter(dotted, node, string, 0);
        if (twin != COTERIE_NO_STRING) move(dotted, node, twin, 0);
        index->removals++;
    } else {
        enter(dotted, node, string, twin == COTERIE_NO_STRING);
        more_present(dotted, node);
    }
    if (index->nodes[node].kind == COTERIE_MAP_LWW) {
        uint64_t stamp = coterie_swap64(coterie_load64(bytes + head));
        if (stamp > index->latest) index->latest = stamp;
    }
    return COTERIE_OK;
}

static void go(coterie_dotted *dotted, uint32_t string) {
    coterie_map_index *index = index_of(dotted);
    uint32_t node = index->members[string].node, twin = COTERIE_NO_STRING;
    size_t head = index->nodes[node].head;
    if (index->nodes[node].kind == COTERIE_MAP_RW_SET) twin = twin_of(dotted, index, string, head);
    if (index->nodes[node].kind == COTERIE_MAP_RW_SET && !coterie_table_bytes(&dotted->strings, string)[head]) {
        leave(dotted, node, string, 0);
        if (twin != COTERIE_NO_STRING) move(dotted, node, twin, 1);
        index->removals--;
    } else {
        leave(dotted, node, string, twin == COTERIE_NO_STRING);
        less_present(dotted, node);
    }
    prune(dotted, node);
}

static void tidy(void *follows) { coterie_table_tidy(&((coterie_map_index *)follows)->keys); }

/* A string may have had many keys: they go if they are many for the dots too, all of which have to be put again then. */
static int is_loose(const coterie_dotted *dotted) {
    const coterie_table *keys = &coterie_map_index_of(dotted)->keys;
    return coterie_is_loose(keys->n, keys->len + dotted->len);
}

/* One that has no strings, under a key. */
static coterie_map_index *new_index(const uint64_t key[2]) {
    coterie_map_index *index = calloc(1, sizeof *index);
    if (!index) return NULL;
    memcpy(index->keys.key, key, sizeof index->keys.key);
    index->free = COTERIE_MAP_NONE;
    if (add_node(index, COTERIE_MAP_NONE, COTERIE_MAP_MAP, 0) != COTERIE_MAP_NONE) return index;
    free_index(index);
    return NULL;
}

static void *again(const void *follows) {
    const coterie_map_index *index = follows;
    coterie_map_index *out = new_index(index->keys.key);
    if (out) out->latest = index->latest;
    return out;
}

coterie_status coterie_map_follow(coterie_dotted *dotted) {
    static const coterie_follower follower = {come, go, copy_index, again, free_index, memory_of_index, tidy, is_loose};
    dotted->follower = &follower;
    dotted->follows = new_index(dotted->strings.key);
    return dotted->follows ? COTERIE_OK : COTERIE_NO_MEMORY;
}
