/* Where the strings of a replicated map stand. Each begins with its path, so they form a tree of keys; reading what a key holds
 * costs what it holds, and not what the whole map does.
 *
 * A string has for each map that it is in, the outermost first, the number of bytes of a key, a varint, these, and the kind of what
 * the key holds there. If that is a map, the next such level follows; else the rest, which is
 *
 *      counter             an int of at most 64 bits and a sign, as an element: what each dot of the string counts
 *      set                 an element
 *      rw_set              0 (removed) or 1 (added), and an element
 *      register            a value
 *      lww                 a stamp, 8 bytes, the highest first, not 0; and a value
 *      flag, dw_flag       nothing
 *
 * The tree has nodes: that of the outermost map, which is always there, and one for each key and kind that strings have. A string is
 * a member of the node of its path, and a key of that of its map. Nodes go when they are empty.
 *
 * Members of a node are shown or hidden. A string is shown, but a removal is not, nor is an addition that has one beside it. A key
 * is present, and shown, if any node of it is: one that has a string which is no removal, or of a map, a key that is present. */
#ifndef COTERIE_CRDTS_MAP_INDEX_H
#define COTERIE_CRDTS_MAP_INDEX_H

#include "coterie/crdts/dotted.h"

/* These are part of the format and never change. */
typedef enum {
    COTERIE_MAP_COUNTER,
    COTERIE_MAP_SET,
    COTERIE_MAP_RW_SET,
    COTERIE_MAP_REGISTER,
    COTERIE_MAP_LWW,
    COTERIE_MAP_FLAG,
    COTERIE_MAP_DW_FLAG,
    COTERIE_MAP_MAP,
    COTERIE_MAP_KINDS, /* how many there are */
} coterie_map_kind;

enum {
    COTERIE_MAP_DEPTH = 32, /* maps in each other within the outermost one, at most */
    COTERIE_MAP_ROOT = 0,   /* the node of that */
};
#define COTERIE_MAP_NONE UINT32_MAX /* no node, key or string */

/* Where a member stands among those of its node. */
typedef struct {
    uint32_t before, next;
} coterie_map_link;

typedef struct {
    coterie_map_link link;
    uint32_t node;
} coterie_map_member;

typedef struct {
    coterie_map_link link;
    uint32_t map;     /* the node that it is a member of */
    uint32_t node;    /* the first of its own, or COTERIE_MAP_NONE */
    uint32_t present; /* how many of these are */
} coterie_map_key;

typedef struct {
    uint64_t content;  /* a sum of hashes of the members that are shown */
    uint32_t key;      /* whose it is; of the root: COTERIE_MAP_NONE */
    uint32_t next;     /* another node of the key, or COTERIE_MAP_NONE; of a node that is free: the next free one */
    uint32_t shown;    /* the first member that is, or COTERIE_MAP_NONE */
    uint32_t hidden;   /* the same of those that are not */
    uint32_t len;      /* members */
    uint32_t n_shown;
    uint32_t present;  /* members that make it so */
    uint32_t head;     /* bytes of its path */
    uint32_t newest;   /* of a counter: the record that counted last, unless it is another's now */
    uint8_t kind;      /* COTERIE_MAP_KINDS: it is free */
} coterie_map_node;

typedef struct {
    coterie_table keys;         /* the number of a map's node in 4 bytes, and the key's bytes */
    coterie_map_key *each_key;  /* by their numbers */
    coterie_map_node *nodes;
    coterie_map_member *members; /* by the numbers of strings */
    size_t keys_room, n_nodes, nodes_room, members_room, scratch_room;
    uint32_t free;     /* a free node, or COTERIE_MAP_NONE */
    uint8_t *scratch;  /* as long as the longest string of an rw_set */
    uint64_t latest;   /* the greatest stamp that came */
    uint64_t removals; /* that are there */
} coterie_map_index;

/* Whether bytes are a string in its one form. */
int coterie_map_string_check(const uint8_t *bytes, size_t len);

/* Lets an index follow dotted strings that are empty. */
coterie_status coterie_map_follow(coterie_dotted *dotted);
COTERIE_INLINE const coterie_map_index *coterie_map_index_of(const coterie_dotted *dotted) { return dotted->follows; }

/* The node of a path, or COTERIE_MAP_NONE. */
uint32_t coterie_map_find(const coterie_map_index *index, const uint8_t *path, size_t len);
/* The key of a map, or COTERIE_MAP_NONE. */
uint32_t coterie_map_find_key(const coterie_map_index *index, uint32_t map, const uint8_t *bytes, size_t len);
/* Its node of a kind, or COTERIE_MAP_NONE. */
uint32_t coterie_map_node_of(const coterie_map_index *index, uint32_t key, unsigned kind);
/* The kinds of its nodes that are present, each a bit. */
unsigned coterie_map_kinds(const coterie_map_index *index, uint32_t key);

/* The member that is shown after another one, or the first if that is COTERIE_MAP_NONE; the same if there is none. */
uint32_t coterie_map_next(const coterie_map_index *index, uint32_t node, uint32_t member);
/* The bytes of a member that are its own: of a key, all; of a string, the rest, in an rw_set without its first byte. */
const uint8_t *coterie_map_rest(const coterie_dotted *dotted, uint32_t node, uint32_t member, size_t *len);

#endif
