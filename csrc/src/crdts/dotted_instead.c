#include "coterie/crdts/dotted_instead.h"

/* All of these have room in the log before they begin, so that what is dropped after a dot was made needs no memory. */

static size_t dots_of(const coterie_dotted *dotted, uint32_t string) {
    return string == COTERIE_NO_STRING ? 0 : coterie_dotted_count(dotted, dotted->first[string]);
}

coterie_status coterie_dotted_make_instead(coterie_dotted *dotted, size_t place, uint32_t hash, const void *bytes, size_t len,
                                           uint32_t other, coterie_dot_log *log) {
    uint32_t own = coterie_table_find(&dotted->strings, hash, bytes, len);
    coterie_status status = coterie_dot_log_reserve(log, 1 + dots_of(dotted, own) + dots_of(dotted, other));
    if (status == COTERIE_OK) status = coterie_dotted_make(dotted, place, hash, bytes, len, log);
    if (status == COTERIE_OK && other != COTERIE_NO_STRING) coterie_dotted_unmake(dotted, other, log);
    return status;
}

/* Those of all strings but one. The last first, so that the first numbers are given again first. */
static void unmake_others(coterie_dotted *dotted, uint32_t kept, coterie_dot_log *log) {
    for (uint32_t i = (uint32_t)dotted->strings.n; i--;)
        if (i != kept && dotted->strings.each[i].len != COTERIE_NO_STRING) coterie_dotted_unmake(dotted, i, log);
}

coterie_status coterie_dotted_make_alone(coterie_dotted *dotted, size_t place, uint32_t hash, const void *bytes, size_t len,
                                         coterie_dot_log *log) {
    coterie_status status = coterie_dot_log_reserve(log, 1 + (size_t)dotted->len);
    if (status == COTERIE_OK) status = coterie_dotted_make(dotted, place, hash, bytes, len, log);
    if (status == COTERIE_OK) unmake_others(dotted, coterie_table_find(&dotted->strings, hash, bytes, len), log);
    return status;
}

coterie_status coterie_dotted_unmake_all(coterie_dotted *dotted, coterie_dot_log *log) {
    coterie_status status = coterie_dot_log_reserve(log, (size_t)dotted->len);
    if (status == COTERIE_OK) unmake_others(dotted, COTERIE_NO_STRING, log);
    return status;
}
