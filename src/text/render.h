/*
 * The bodies of the providers as HTML: Markdown, WordPress paragraphs, Muut's
 * mark-up and so on (enum body_kind).  What comes out is not clean yet:
 * text/clean follows, always.  Nothing is decoded twice.
 */
#ifndef TEXT_RENDER_H
#define TEXT_RENDER_H

#include "util/arena.h"
#include "util/err.h"

#include "model/comment.h"

/*
 * Renders n bytes of valid UTF-8; *out is in the arena or is the input itself (always for BODY_HTML).
 * A body over LIMIT_BODY_PLAIN_BYTES, or one whose rendering would take time or memory out of proportion, comes out
 * as escaped text with <br>.  0, or -1 when out of memory or over the arena's cap.
 */
int render_body(enum body_kind, const char *, size_t n, struct arena *, struct text *out, struct err *) MUST_CHECK;

#endif
