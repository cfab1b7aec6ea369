/*
 * From the bytes of an upload to the documents that a format reads: a plain
 * file and a gzip file are one document, a ZIP archive has one for each export
 * in it (WordPress.com splits large ones), each of which may be a gzip file.
 */
#ifndef FORMATS_UNPACK_H
#define FORMATS_UNPACK_H

#include "formats/format.h"

struct unpack;

/*
 * Reads nothing yet.  At most max_unpacked bytes come out of all documents together, then ERR_LIMIT.  The input
 * stays the caller's, until close.  NULL when out of memory.
 */
struct unpack *unpack_open(struct input *below, const struct format *, uint64_t max_unpacked, struct err *);

/*
 * The first size bytes below are a second file, which the main one follows.  To be called before anything is read.  The
 * second file is never unpacked; it comes once more with unpack_again().  What of it was not read is passed over by
 * reading a document.
 */
struct input *unpack_second(struct unpack *, uint64_t size);

/*
 * To the next document: 1, 0 behind the last, -1 with a sentence.  Of an archive these are the members that the
 * format's sniff takes; one that another format takes better is an error, one that none takes is passed over.
 * The first answer is always 1, without a look at the input: what is wrong with it is told by reading.
 */
int unpack_next(struct unpack *, struct err *) MUST_CHECK;

/* The document at hand.  The same input for all of them; errors are sticky. */
struct input *unpack_input(struct unpack *);

/* How the document at hand begins: its first *n bytes, at most FORMAT_HEAD_SIZE. */
const uint8_t *unpack_head(const struct unpack *, size_t *n);

/* Which member of an archive the document at hand is, fit to be shown; "" if it is none. */
const char *unpack_name(const struct unpack *);

/* The input below is rewound to its start before the next read: the document at hand comes once more. */
void unpack_again(struct unpack *);

void unpack_close(struct unpack *);	/* close(NULL) does nothing */

#endif
