/* Bare addresses in a text become links. */
#ifndef TEXT_AUTOLINK_H
#define TEXT_AUTOLINK_H

#include "text/span.h"

/*
 * Appends canonical HTML (util/canonical_html) as canonical HTML with http://..., https://... and www... in its text
 * made links: none inside a link, <code> or <pre>, none deeper than LIMIT_BODY_DEPTH.  Punctuation behind an address is
 * not part of it, nor is a closing bracket that none in it opens.  False, with something in out, if out is full.
 */
bool autolink_html(struct span canonical, struct sb *out);

#endif
