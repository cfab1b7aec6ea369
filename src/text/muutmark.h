/* Muut's mark-up: Markdown with a code block between lines of three dashes. */
#ifndef TEXT_MUUTMARK_H
#define TEXT_MUUTMARK_H

#include "text/span.h"

/* Appends the text without the one layer of HTML escaping that Muut's bodies have.  False if sb is full. */
bool muutmark_unescape(struct span, struct sb *);

/*
 * Appends the HTML of an unescaped body; not clean yet.  False, with something in out, if out is full or the source
 * would take memory or time out of proportion.  *issues as with markdown_html().
 */
bool muutmark_html(struct span, struct sb *out, uint64_t *issues);

#endif
