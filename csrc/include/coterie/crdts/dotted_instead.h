/* Local changes that replace more than the dots of their own string. Nothing changed if there is no memory; they return
 * COTERIE_STOPPED as coterie_dotted_make does. */
#ifndef COTERIE_CRDTS_DOTTED_INSTEAD_H
#define COTERIE_CRDTS_DOTTED_INSTEAD_H

#include "coterie/crdts/dotted_local.h"

/* Makes a dot of a place with a string, and drops all others that the string has, and those of another one, which may be
 * COTERIE_NO_STRING. */
coterie_status coterie_dotted_make_instead(coterie_dotted *dotted, size_t place, uint32_t hash, const void *bytes, size_t len,
                                           uint32_t other, coterie_dot_log *log);
/* The same, and drops those of all strings. */
coterie_status coterie_dotted_make_alone(coterie_dotted *dotted, size_t place, uint32_t hash, const void *bytes, size_t len,
                                         coterie_dot_log *log);
/* Drops all dots. */
coterie_status coterie_dotted_unmake_all(coterie_dotted *dotted, coterie_dot_log *log);

#endif
