/*
 * The one cleaner: any HTML in, canonical HTML out (util/canonical_html).
 * HTML5 parse by gumbo, allow-list, serialise.  A body that already is
 * canonical is returned as it is, without a parser; so is the plain text that
 * became of a body over the limits.  Cleaning twice is cleaning once.
 */
#ifndef TEXT_CLEAN_H
#define TEXT_CLEAN_H

#include "util/arena.h"
#include "util/err.h"

#include "model/comment.h"

enum clean_result {
	CLEAN_OK,
	CLEAN_PLAIN,	/* over LIMIT_BODY_BYTES or LIMIT_BODY_DEPTH: now escaped plain text with <br> (text/plain) */
	CLEAN_CUT	/* the same, and cut at LIMIT_BODY_PLAIN_BYTES, at a character */
};

/*
 * Cleans n bytes of valid UTF-8 HTML; *out is in the arena or is (part of) the input itself: white space at
 * both ends goes.  Script, style, frames, plugins, pictures in SVG and the like vanish with their content; elements
 * that are not allowed vanish and leave their content, blocks among them a break; links lose everything
 * but href and title, and those whose address is not http, https or mailto are no links any more;
 * a picture becomes a link to it.  Elements that stand where the canonical form does not allow them are taken apart:
 * a block inside an inline element is put around it, a link inside a link is dropped.
 *
 * Plain text instead (CLEAN_PLAIN) also when the cleaned body is over LIMIT_BODY_BYTES, or parsing it would take
 * memory or time out of proportion.  0, or -1 when out of memory or over the arena's cap.
 */
int clean_html(const char *html, size_t n, struct arena *, struct text *out, enum clean_result *,
    struct err *) MUST_CHECK;

/*
 * Decodes HTML character references once, in a text without markup ("a &#8212; b"): those that end in a semicolon.
 * *out is in the arena or the input itself.  0, or -1 when out of memory or over the arena's cap.
 */
int clean_decode_entities(const char *s, size_t n, struct arena *, struct text *out, struct err *) MUST_CHECK;

#endif
