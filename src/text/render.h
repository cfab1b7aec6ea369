/*
 * The bodies of the providers, whatever they are written in (enum body_kind), as canonical HTML: Markdown, WordPress
 * paragraphs, Muut's mark-up and so on, each rendered, cleaned (text/clean) and, where the provider does
 * so when it shows a comment, with bare addresses as links.  Nothing is decoded twice.
 */
#ifndef TEXT_RENDER_H
#define TEXT_RENDER_H

#include "util/arena.h"
#include "util/err.h"

#include "model/comment.h"

#include "text/clean.h"

/*
 * Renders and cleans n bytes of valid UTF-8; *out is in the arena or is (part of) the input itself. *issues as with
 * clean_html(), about the source: with ISSUE_BODY_PLAIN and ISSUE_BODY_CUT *out shows it as it was typed, not the
 * HTML that was made of it; ISSUE_BODY_PLAIN also when rendering would take time or memory out of proportion, but
 * not for BODY_PLAIN.  0, or -1 when out of memory or over the arena's cap. Not for several threads at once
 * (text/parse, text/markdown).
 */
int render_body(enum body_kind, const char *, size_t n, struct arena *, struct text *out, uint64_t *issues,
    struct err *) MUST_CHECK;

#endif
