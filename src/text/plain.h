/* Escaped text with breaks: what remains of a body that cannot be kept as HTML, and what becomes of plain text. */
#ifndef TEXT_PLAIN_H
#define TEXT_PLAIN_H

#include "util/arena.h"
#include "util/err.h"

#include "model/comment.h"

#include "text/span.h"

/*
 * The text as a person typed it in canonical form (util/canonical_html): escaped, <br> for each line end, no blanks at
 * both ends; *out is in the arena.  *cut: it ends at LIMIT_BODY_PLAIN_BYTES, at a character.  *issues as with
 * span_escape().  0, or -1 when out of memory or over the arena's cap.
 */
int plain_html(struct span, struct arena *, struct text *out, bool *cut, uint64_t *issues, struct err *) MUST_CHECK;

/* Is this what plain_html() gives: canonical, without any tag but <br>, without line ends? */
bool plain_is(struct span);

#endif
