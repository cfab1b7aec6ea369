/* Lists of pairs for a move as people write them: lines "old,new". */
#ifndef UTIL_MOVELIST_H
#define UTIL_MOVELIST_H

#include "util/arena.h"
#include "util/err.h"

#include "model/comment.h"
#include "model/move.h"

struct movelist {
	struct move_pair	*pair;
	size_t			 n;
};

/* The kind of one of move_kind_names; MOVE_KIND__MAX for "", as it looks.  False if it is neither. */
bool movelist_kind(const char *name, enum move_kind *) MUST_CHECK;

/* What a place looks like: https://... a URL, with * at its end a prefix, a bare host name a domain, all else a page id. */
enum move_kind movelist_looks(const char *);

/*
 * Appends the pairs of a text (CSV: , ; or tab between the two, quotes, CR LF, a byte order mark and a first line of
 * titles are understood; empty lines are passed over).  kind: of all of them, or MOVE_KIND__MAX: each as it looks.  Texts
 * live in the arena.  ERR_INPUT or ERR_LIMIT, a sentence that names the line.
 */
int movelist_add_text(struct movelist *, const char *text, size_t n, enum move_kind, struct arena *,
    struct err *) MUST_CHECK;

/* Appends one pair.  The texts are copied. */
int movelist_add(struct movelist *, const char *from, const char *to, enum move_kind, int64_t line, struct arena *,
    struct err *) MUST_CHECK;

/* Is there anything, and is all of it usable (moverules_new)?  ERR_INPUT. */
int movelist_check(const struct movelist *, struct err *) MUST_CHECK;

/* "old.example to new.example", or "312 pairs": what a list is called, in full. */
#define MOVELIST_TITLE_SIZE	(2 * LIMIT_URL_BYTES + 8)
void movelist_title(const struct movelist *, char out[MOVELIST_TITLE_SIZE]);

#endif
