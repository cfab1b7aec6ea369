/*
 * The canonical form of a cleaned body, and the strict linear scanner that
 * proves it (doc/CANONICAL-HTML has the whole grammar).  Only this scanner makes a
 * struct safe_html, the one type that a template prints as it is.
 *
 * The form: UTF-8; text with & < > written as &amp; &lt; &gt; (and only those
 * three references, plus &quot; in attribute values); no control characters but LF and
 * TAB; lower-case tags of the allow-list, each closed in order, void ones
 * (br and hr; img is not allowed) written <br>; elements nested only so that an HTML5
 * parser builds the tree that the tags show; attributes only on <a>: href, perhaps
 * title, and the fixed rel, in this order, double-quoted; href begins http://, https:// or mailto:;
 * depth at most LIMIT_BODY_DEPTH.  No comments, declarations or processing instructions.
 */
#ifndef UTIL_CANONICAL_HTML_H
#define UTIL_CANONICAL_HTML_H

#include "util/base.h"

/* HTML that was proved.  Points into the text that was scanned. */
struct safe_html {
	const char	*p;
	size_t		 n;
};

/* What may stand inside an element (and, as CANONICAL_FLOW, at the outermost level). */
enum canonical_content {
	CANONICAL_FLOW,		/* blocks and phrasing: blockquote, li */
	CANONICAL_PHRASING,	/* text and inline elements: p, pre, h1..h6 and the inline elements themselves */
	CANONICAL_ITEMS,	/* li and white space: ul, ol */
	CANONICAL_VOID		/* nothing, and no end tag: br, hr */
};

/* Where an element may stand. */
enum canonical_place {
	CANONICAL_BLOCK,	/* where flow is allowed */
	CANONICAL_ITEM,		/* in a list: li */
	CANONICAL_INLINE	/* where flow or phrasing is allowed */
};

struct canonical_element {
	const char		*name;
	size_t			 n;
	enum canonical_content	 content;
	enum canonical_place	 place;
};

/* True, and *out set, if s is canonical.  One pass, no allocation, O(n). */
bool canonical_html_check(const char *s, size_t n, struct safe_html *out) MUST_CHECK;

/* The allowed element of this lower-case name; NULL if it is not allowed.  Shared with text/clean. */
const struct canonical_element *canonical_html_element(const char *name, size_t n);

/* May an element with this place stand directly inside this content? */
bool canonical_html_accepts(enum canonical_content, enum canonical_place);

/* Is this (unescaped) text an address that href may have? */
bool canonical_html_href(const char *s, size_t n);

#define CANONICAL_HTML_REL	"nofollow ugc noopener"

#endif
