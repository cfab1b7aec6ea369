/*
 * The pairs of a move as rules, and what they make of a page.  The most specific rule decides: page id, URL, the
 * longest prefix, domain.  Addresses are compared by util/weburl_page(): scheme, "www.", a last slash and their spelling
 * do not matter.
 */
#ifndef UTIL_MOVERULES_H
#define UTIL_MOVERULES_H

#include "util/err.h"

#include "model/move.h"

struct moverules;

/*
 * The rules of n pairs, whose texts must outlive them.  NULL with err set; ERR_INPUT, a sentence that names the line: a
 * side that is not what its kind says, a place that is moved onto itself or to two places.
 */
struct moverules *moverules_new(const struct move_pair *, size_t n, struct err *);
void moverules_free(struct moverules *);	/* NULL does nothing */

/*
 * What becomes of a page: 1 and *after, whose texts stand until the next call; 0 when nothing changes.  ERR_INPUT when
 * the new place would be too long or no address.
 * An id that is the page's address, bare or as a URL, changes along with it.  A page without a usable URL is known by
 * its id.  *by_id: the page has been moved by that and not by its address.
 */
int moverules_apply(struct moverules *, const struct move_place *before, struct move_place *after, bool *by_id,
    struct err *) MUST_CHECK;

#endif
