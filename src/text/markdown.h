/* Markdown as comments have it: CommonMark by libcmark, ~~strikethrough~~ besides.  HTML in it is text. */
#ifndef TEXT_MARKDOWN_H
#define TEXT_MARKDOWN_H

#include "text/span.h"

/*
 * U+FDD0, no character (Unicode 23.7), is left out of whatever is rendered.  Between & and what follows it keeps a
 * reference from being one, in code as elsewhere: a backslash would be seen there.
 */
#define MARKDOWN_NOTHING	"\xef\xb7\x90"

/*
 * Appends the HTML of valid UTF-8; not clean yet.  breaks: as comment boxes show it, where each line break counts,
 * headings are paragraphs in bold, and there are no rules.  False, with something in out, if out is full or the source
 * would take memory or time out of proportion.  *issues: bits of what was left out, links within the text of a picture
 * and as span_escape() has it, are added.  Not for several threads at once: cmark's allocator knows no context.
 */
bool markdown_html(struct span, bool breaks, struct sb *out, uint64_t *issues);

#endif
