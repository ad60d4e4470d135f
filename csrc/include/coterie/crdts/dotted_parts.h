/* Parts of dotted strings: deltas, and what a peer lacks. */
#ifndef COTERIE_CRDTS_DOTTED_PARTS_H
#define COTERIE_CRDTS_DOTTED_PARTS_H

#include "coterie/crdts/dotted_bytes.h"

/* Puts into `out`, which is empty, those of a set of dots, whose slots are places here: all as seen, and those that are live. */
coterie_status coterie_dotted_only(coterie_dotted *out, const coterie_dotted *dotted, const coterie_dots *dots);

/* Puts into `out`, which is empty, what who made a digest lacks: the dots that it has not seen, and as seen alone those that it has
 * live and that were dropped here. It is the least that brings it up to date, whatever it has done since. */
coterie_status coterie_dotted_beyond(coterie_dotted *out, const coterie_dotted *dotted, const coterie_dotted_digest *known);

#endif
