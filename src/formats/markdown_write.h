/* Markdown of a body, for formats that keep comments as it. */
#ifndef FORMATS_MARKDOWN_WRITE_H
#define FORMATS_MARKDOWN_WRITE_H

#include "util/sb.h"

#include "model/comment.h"

/*
 * Appends canonical HTML (doc/CANONICAL-HTML) as Markdown that CommonMark and the older dialects read alike: nothing in the
 * text is mark-up by accident, and no HTML comes out.  The visible text stays, but for white space; of the elements
 * those go that Markdown has no sign for, or none in that place: u, ins, sub, sup, q (becomes quotation marks), titles
 * of links, emphasis in the middle of a word.
 */
void markdown_write(struct text html, struct sb *);

#endif
