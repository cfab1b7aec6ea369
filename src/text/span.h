/* A part of a text, and the two things that all of text/ does with text: trim it, and escape it for the canonical
 * form. */
#ifndef TEXT_SPAN_H
#define TEXT_SPAN_H

#include "util/sb.h"

#define SPAN_BLANKS	" \t\n\r\f"

struct span {
	const char	*p;
	size_t		 n;
};

/* Without blanks at both ends. */
struct span span_trim(struct span);

/*
 * Appends s escaped for the canonical form (util/canonical_html): & < > and, in an attribute, ". CR becomes LF;
 * other control characters and bytes that are no UTF-8 are left out.
 */
void span_escape(struct sb *, struct span, bool in_attribute);

#endif
