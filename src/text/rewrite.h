/* Any HTML to canonical HTML, by way of its tree. */
#ifndef TEXT_REWRITE_H
#define TEXT_REWRITE_H

#include "text/span.h"

/*
 * Appends html in the canonical form.  False, with something in out, if its tree is over LIMIT_BODY_DEPTH levels
 * deep, if out is full, or if it cannot be parsed within the budget of text/parse.  What was altered or left out is
 * added to *issues (text/clean).
 */
bool rewrite_html(struct span html, struct sb *out, uint64_t *issues);

#endif
