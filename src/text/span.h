/* A part of a text, and what all of text/ does with text: trim it, rid it of control characters, and escape it for the
 * canonical form. */
#ifndef TEXT_SPAN_H
#define TEXT_SPAN_H

#include "util/sb.h"

#include "model/issue.h"

#define SPAN_BLANKS	" \t\n\r\f"

struct span {
	const char	*p;
	size_t		 n;
};

/* Without blanks at both ends. */
struct span span_trim(struct span);

/* Nothing but blanks? */
bool span_blank(struct span);

/*
 * s (valid UTF-8) without control characters, which are no text in HTML: form feed and vertical tab become a blank,
 * U+0080 to U+009F what Windows-1252 has there, as HTML's references to them do (ISSUE_CONTROLS_READ); what it does
 * not have and all others but tab, line feed and carriage return are left out (ISSUE_CONTROLS_LEFT_OUT).  These bits
 * are added to *issues.  s itself if there are none, else in sb, which was empty and whose failure the caller looks
 * at.
 */
struct span span_without_controls(struct span s, struct sb *sb, uint64_t *issues);

/*
 * Appends s (valid UTF-8) escaped for the canonical form (util/canonical_html): & < > and, in an attribute, ".  CR
 * becomes LF; other control characters as above.
 */
void span_escape(struct sb *, struct span s, bool in_attribute, uint64_t *issues);

#endif
