/*
 * The one place that knows in which encoding a document is: an input of UTF-8 over the bytes of a document, whatever
 * its format.  A format above it, and every sniff, sees UTF-8 alone (util/utf8.h), without a byte order mark.
 *
 * What the encoding is, the first that holds:
 * - A byte order mark, or NUL bytes among the first four as UTF-16 has them: UTF-8 or UTF-16, whatever else is said.
 *   UTF-32 is refused by name.
 * - An XML declaration names it, by a label of the WHATWG Encoding Standard (https://encoding.spec.whatwg.org, 4.2),
 *   with the meaning that it has there: ISO-8859-1 and US-ASCII are Windows-1252, Shift_JIS is Windows-31J, GB2312 is
 *   GB18030, and so on.  (A declaration that can be read as it stands is not in UTF-16: "utf-16" there says nothing.)
 *   Labels that the standard does not have, or has only to refuse them, are refused by name.
 *   A document that is UTF-8 from one end to the other and has a character above ASCII is read as UTF-8, whatever the
 *   label: by chance no text in another encoding is that.  ISSUE_READ_AS_UTF8, once.
 * - Else it is UTF-8.
 *
 * In a document that is UTF-8, or of which nothing is said, bytes may be met that are not.  What stands above ASCII in
 * the whole document is then counted: if none of it or fewer than 1 in 20 is UTF-8 (fewer than half where there are not
 * so many), each such byte is one of Windows-1252 (ISSUE_READ_AS_WINDOWS_1252, once); else each becomes U+FFFD
 * (ISSUE_BYTES_REPAIRED, one by one).  The same is done with what a declared encoding does not have.  Sequences that are
 * UTF-8 stay what they are in Windows-1252 too: WordPress writes such files, and nothing that was given out before needs
 * to be taken back.  Two UTF-16 surrogates of three bytes each are the one character that they mean.
 *
 * Nothing is decided before it matters: a document of clean UTF-8 is read once.  For a decision the rest of the document
 * is looked through and the input rewound; what had been given out was ASCII, or UTF-8 under all outcomes, and is passed
 * over.  Readers above notice nothing.
 */
#ifndef FORMATS_CHARSET_H
#define FORMATS_CHARSET_H

#include "formats/format.h"

struct charset;

/* Rewinds the input below to the document's start.  0, or -1 with err set. */
typedef int charset_rewind(void *ctx, struct err *);

/*
 * Reads nothing yet.  xml: the document may have an XML declaration; else only its bytes tell.  below, the options (for
 * note) and ctx (of rewind) stay valid until close.  NULL when out of memory.
 */
struct charset *charset_open(struct input *below, bool xml, const struct format_options *, charset_rewind *rewind,
    void *ctx, struct err *);

/* The same input for all documents.  ERR_INPUT for an encoding that cannot be read; errors are sticky. */
struct input *charset_input(struct charset *);

/* Below is another document, at its start. */
void charset_next(struct charset *);

/* Below was rewound: the document at hand comes once more, decided as it is, without what was already reported. */
void charset_again(struct charset *);

/*
 * Did the first n bytes come out as they stand in the document, but for a byte order mark of *mark bytes?  If it ended with them, what
 * follows may be another document with an encoding of its own.
 */
bool charset_untouched(const struct charset *, uint64_t n, size_t *mark);

/* Else it goes on in the encoding of this one: is that what its first n bytes, decoded, say of it? */
bool charset_serves(const struct charset *, const uint8_t *head, size_t n);

void charset_close(struct charset *);	/* close(NULL) does nothing */

/*
 * Opens the converters of all encodings, for good: opening one loads files, and who calls this cannot do so later.  What
 * the machine does not have (glibc's gconv modules) is refused when a document asks for it.  Whoever does not call this
 * opens what a document needs.  Not for programs with threads: the converters are shared.
 */
void charset_prepare(void);

/*
 * The beginning of a document as UTF-8, for sniffing; *n is how much.  Either head itself, after its byte order mark, or
 * buf.  What cannot be decoded stays as it is.
 */
const uint8_t *charset_head(const uint8_t *head, size_t *n, uint8_t buf[FORMAT_HEAD_SIZE]);

#endif
