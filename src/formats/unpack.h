/*
 * From the bytes of an upload to the documents that a format reads, as UTF-8 (formats/charset): a file that is not packed is one; of
 * what is packed (formats/streams) each export in it is one: WordPress.com splits large ones.  One document may follow another in
 * the same file, as they do when somebody joined two.
 */
#ifndef FORMATS_UNPACK_H
#define FORMATS_UNPACK_H

#include "formats/streams.h"

/* Puts the input below back to its start.  0, or -1 with err set. */
typedef int unpack_rewind(void *ctx, struct err *);

/*
 * Reads nothing yet.  The options are what documents are opened with; note, ended and ctx of them are set here, and notes
 * handed on with the lines of the file.  They, the input and
 * ctx (of rewind) stay the caller's, until close.  NULL when out of memory.
 */
struct unpack *unpack_open(struct input *below, const struct format *, const struct streams_limits *, struct format_options *,
    unpack_rewind *, void *ctx, struct err *);

/*
 * The first size bytes below are a second file, which the main one follows.  To be called before anything is read; sets
 * second_file of the options.  The second file is never unpacked.  It comes once more with each document, and with
 * unpack_again().  What of it was not read is passed over by reading a document.  0, or -1 when out of memory.
 */
int unpack_second(struct unpack *, uint64_t size, struct err *) MUST_CHECK;

/*
 * To the next document: 1, 0 after the last, -1 with a sentence.  Of what is packed these are the streams that the
 * format's sniff takes; one that another format takes better is an error, one that none takes is passed over and
 * reported (ISSUE_FILE_PASSED_OVER); that there is none at all is an error.
 *
 * What follows a document in its stream is looked at to its end: a document; ISSUE_TRAILING_JUNK for text and messages of
 * PHP; an error for an export of another provider, what is packed, or data that nobody knows.  It begins
 * where the format says so (format_ended), and for that the input is rewound.
 *
 * The first answer is always 1, without a look at the input: what is wrong with it is told by reading.
 */
int unpack_next(struct unpack *, struct err *) MUST_CHECK;

/* The document at hand.  The same input for all of them; errors are sticky. */
struct input *unpack_input(struct unpack *);

/* How the document at hand begins, as UTF-8: its first *n bytes, at most FORMAT_HEAD_SIZE. */
const uint8_t *unpack_head(struct unpack *, size_t *n);

/* Which member of an archive the document at hand is, and which of several in one file ("a.xml, document 2"), fit to be
 * shown; "" if it is alone. */
const char *unpack_name(struct unpack *);

/* Lines of the file in front of the document at hand, which counts its own from 1. */
uint64_t unpack_lines(const struct unpack *);

/* Rewinds the input: the document at hand comes once more, and the second file.  0, or -1 with err set. */
int unpack_again(struct unpack *, struct err *) MUST_CHECK;

void unpack_close(struct unpack *);	/* close(NULL) does nothing */

#endif
