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

/* *out is escaped plain text with <br> (text/plain). */
#define CLEAN_GAVE_UP	(ISSUE_BIT(ISSUE_BODY_PLAIN) | ISSUE_BIT(ISSUE_BODY_CUT))

/*
 * Cleans n bytes of valid UTF-8 HTML; *out is in the arena or is (part of) the input itself: white space at both
 * ends goes.  Elements that are not allowed vanish and leave their text, blocks among them a break.  Elements that
 * stand where the canonical form does not allow them are taken apart: a block inside an inline element is put around
 * it. What else goes or changes is added to *issues, as bits ISSUE_BIT(reason):
 *
 * - Links lose everything but href and title; those whose address is not http, https, mailto or `//host/...` are no
 *   links any more, nor is a link inside a link, or one around nothing: LINK_LEFT_OUT.
 * - A picture becomes a link to its address (PICTURE_LINKED), with the alternative text as its words if there is
 *   one; one without a usable address only its text, or a relative address as text (LINK_LEFT_OUT); one that stands
 *   in the body itself (data:, SVG) goes, but for its text (PICTURE_LEFT_OUT).  A picture of an emoji becomes its
 *   text (EMOJI_TEXT).
 * - Frames, videos, sounds and plugins become links to their addresses as pictures do (EMBED_LINKED), and what
 *   stands in them for browsers that cannot show them goes; it stays where there is no usable address.
 * - Script, style, template, comments and other content that no browser shows goes: HIDDEN_LEFT_OUT.
 * - title and cite of other elements than links: TOOLTIP_LEFT_OUT.
 * - Control characters: text/span.
 * - Over LIMIT_BODY_BYTES or LIMIT_BODY_DEPTH, also when that is so only of the cleaned body, or when parsing would
 *   take memory or time out of proportion: plain text, BODY_PLAIN; if over LIMIT_BODY_PLAIN_BYTES cut there, at a
 *   character: BODY_CUT.
 *
 * 0, or -1 when out of memory or over the arena's cap.
 */
int clean_html(const char *html, size_t n, struct arena *, struct text *out, uint64_t *issues,
    struct err *) MUST_CHECK;

/*
 * Decodes HTML character references once, in a text without markup ("a &#8212; b"), by HTML's own rules.  address:
 * only those that end in a semicolon, for "&copy=" may be part of a query.  *out is in the arena or the input
 * itself. *issues: BYTES_REPAIRED for references to what is no character; those of text/span.  0, or -1 when out of
 * memory or over the arena's cap.
 */
int clean_decode_entities(const char *s, size_t n, bool address, struct arena *, struct text *out, uint64_t *issues,
    struct err *) MUST_CHECK;

/*
 * One line of n bytes of valid UTF-8: tabs and line ends become blanks, other control characters go as text/span has it
 * (*issues), blanks at both ends go.  *out is in the arena or (part of) the input itself.  0, or -1 when out of memory
 * or over the arena's cap.
 */
int clean_line(const char *s, size_t n, struct arena *, struct text *out, uint64_t *issues, struct err *) MUST_CHECK;

#endif
