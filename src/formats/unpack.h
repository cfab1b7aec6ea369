/*
 * From the bytes of an upload to the documents that a format reads: a file that is not packed is one; of what is
 * packed (formats/streams) each export in it is one: WordPress.com splits large ones.
 */
#ifndef FORMATS_UNPACK_H
#define FORMATS_UNPACK_H

#include "formats/streams.h"

struct unpack;

/*
 * Reads nothing yet.  The input and the options (for notes) stay the caller's, until close.  NULL when out of memory.
 */
struct unpack *unpack_open(struct input *below, const struct format *, const struct streams_limits *,
    const struct format_options *, struct err *);

/*
 * The first size bytes below are a second file, which the main one follows.  To be called before anything is read.  The
 * second file is never unpacked; it comes once more with unpack_again().  What of it was not read is passed over by
 * reading a document.
 */
struct input *unpack_second(struct unpack *, uint64_t size);

/*
 * To the next document: 1, 0 after the last, -1 with a sentence.  Of what is packed these are the streams that the
 * format's sniff takes; one that another format takes better is an error, one that none takes is passed over and
 * reported (ISSUE_FILE_PASSED_OVER); that there is none at all is an error.  The first answer is always 1, without a look at the input: what is wrong with it is told by reading.
 */
int unpack_next(struct unpack *, struct err *) MUST_CHECK;

/* The document at hand.  The same input for all of them; errors are sticky. */
struct input *unpack_input(struct unpack *);

/* How the document at hand begins: its first *n bytes, at most FORMAT_HEAD_SIZE. */
const uint8_t *unpack_head(struct unpack *, size_t *n);

/* Which member of an archive the document at hand is, fit to be shown; "" if it is none. */
const char *unpack_name(const struct unpack *);

/* The input below is rewound to its start before the next read: the document at hand comes once more. */
void unpack_again(struct unpack *);

void unpack_close(struct unpack *);	/* close(NULL) does nothing */

#endif
