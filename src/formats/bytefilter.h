/*
 * What stands in front of the XML parser, so that small damage does not stop it
 * (formats/wordpress-wxr.md, "XML layer"): an input of characters of XML over an input of UTF-8 (formats/charset).
 *
 * - Whatever stands in front of the document is passed over and reported (ISSUE_LEADING_JUNK).
 * - Control characters and references to characters that XML does not know become U+FFFD (ISSUE_BYTES_REPAIRED, once
 *   for each line).
 * - An & that begins no reference that XML knows, outside CDATA and comments, becomes &amp; (so &nbsp; is text);
 *   ]]> outside of CDATA becomes ]]&gt;.
 * - ]]> ends a CDATA section where the end tag of the open element, or another section, follows, with or without blanks, or
 *   where text does that has the end tag behind it.  Elsewhere it is text: WordPress before 3.3 wrote it into posts as it stood
 *   there (in scripts of advertisements).  A section that goes on into the next element of its name is damage
 *   (ERR_INPUT): comments may stand in between.
 * - A < that begins no tag becomes &lt;, and so does that of an element of HTML directly inside one that has a prefix or is
 *   a description: WordPress before 3.0 wrote wp:meta_value unescaped, and HTML need not be XML.
 * - After the end of the document's element it ends, and whoever wants to know is told where something else follows (ended of the
 *   options): blanks, zero bytes, comments and instructions are nothing.
 * - A CDATA section of over 64 KiB becomes several, one behind the other: the parser would keep it in memory.
 *
 * Refused: no `<` in the first 32 KiB (ERR_TYPE), a tag, comment
 * or processing instruction over 1 MiB (ERR_LIMIT): the parser would keep it in memory.
 * Line feeds are never added or removed within the document.
 */
#ifndef FORMATS_BYTEFILTER_H
#define FORMATS_BYTEFILTER_H

#include "formats/format.h"

struct bytefilter;

/* below and the options (for note) stay valid until close.  NULL when out of memory. */
struct bytefilter *bytefilter_open(struct input *below, const struct format_options *, struct err *);

struct input *bytefilter_input(struct bytefilter *);

/* Lines that were passed over before the document: to be added to the parser's line numbers. */
uint64_t bytefilter_lines_skipped(const struct bytefilter *);

/* Line of the last byte read, from 1, counted in what came from below. */
uint64_t bytefilter_line(const struct bytefilter *);

/* Is the element at p one with which PHP marks up its messages (<br />, <b>)? */
bool bytefilter_php_message(const char *p, size_t n);

/*
 * Where the document begins in the first bytes of a file: at the first `<`; behind messages of PHP that are
 * marked up themselves (<br />), at the XML declaration.  NULL if there is no `<`.
 */
const char *bytefilter_document(const char *, size_t n);

/* below was rewound to its start.  From now on nothing is reported: it was the first time. */
void bytefilter_rewind(struct bytefilter *);

void bytefilter_close(struct bytefilter *);	/* close(NULL) does nothing */

#endif
