/* Sets of dots with memory of their own. */
#ifndef COTERIE_CRDTS_DOT_SETS_H
#define COTERIE_CRDTS_DOT_SETS_H

#include "coterie/clocks/dots.h"

/* An empty set with n slots and room for so many ranges; what there is no memory for can be freed too. */
coterie_status coterie_dot_set_make(coterie_dots *dots, size_t n, size_t room);
void coterie_dot_set_free(coterie_dots *dots);
/* The same of sorted ranges. */
coterie_status coterie_dot_set_of(coterie_dots *dots, size_t n, const coterie_range *ranges, size_t len);
/* The same of another set, by its slots' places, each below n or COTERIE_NOWHERE: what has none is left out. */
coterie_status coterie_dot_set_moved(coterie_dots *dots, size_t n, const coterie_dots *other, const size_t *places);

#endif
