/* HTML in which line ends mean something, as WordPress and IntenseDebate keep comments. */
#ifndef TEXT_PARAGRAPHS_H
#define TEXT_PARAGRAPHS_H

#include "text/span.h"

/*
 * Appends HTML in which a line end has become <br> and an empty line a paragraph, as WordPress shows it: none inside
 * <pre>, none beside a block element; none at all if the body is rich text, with a block element at its start and at
 * its end.  References stay as they are.  A < that begins no tag, or one that never ends, becomes text.
 * Not clean yet.  False, with something in out, if out is full.
 */
bool paragraphs_html(struct span html, struct sb *out);

#endif
