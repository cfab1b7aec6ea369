/* The pieces that formats/markdown_write is made of: tags of canonical HTML, and where Markdown's signs are signs. */
#ifndef FORMATS_MARKDOWN_MARK_H
#define FORMATS_MARKDOWN_MARK_H

#include "util/sb.h"

#include "model/comment.h"

enum tag {
	TAG_OTHER,		/* nothing in Markdown */
	TAG_P, TAG_PRE, TAG_QUOTE, TAG_UL, TAG_OL, TAG_LI, TAG_HR, TAG_BR,
	TAG_STRONG, TAG_EM, TAG_DEL, TAG_CODE, TAG_Q, TAG_A,
	TAG_H1, TAG_H2, TAG_H3, TAG_H4, TAG_H5, TAG_H6
};

struct mark_tag {
	enum tag	tag;
	bool		closing;
	struct text	href;	/* as it is written there */
};

/* Reads the tag at p, which is a <; at the end there is none.  Returns what stands behind it. */
const char *mark_tag(const char *p, const char *end, struct mark_tag *);

/* The end tag of the element whose inside begins at p; end if there is none. */
const char *mark_end(const char *p, const char *end);

/* Is there any character between the two but tags and white space? */
bool mark_has_text(const char *p, const char *end);

/* Appends the character at p, decoded if it is a reference; returns how long it was. */
size_t mark_character(const char *p, const char *end, struct sb *);

/*
 * The sign for strong, emphasis or deletion around the element whose inside begins at p, behind the character `before`; "" if
 * it would not be one there (CommonMark 6.2).
 */
const char *mark_emphasis(enum tag, char before, const char *p, const char *end);

/* Appends an address as a link's. */
void mark_address(struct text href, struct sb *);

#endif
