/*
 * What is in an upload when everything is unpacked: streams of bytes, one after the other.  A file that is not packed is one stream.  So
 * is a gzip, bzip2, xz or zstd file; a ZIP or tar archive has one for each member.  One of these may be in
 * another one, not deeper; a compressed tar archive counts as one.
 *
 * Reads forwards only, and everything to its end: whatever is cut, damaged or does not belong to it is an error.
 */
#ifndef FORMATS_STREAMS_H
#define FORMATS_STREAMS_H

#include "formats/format.h"

#define STREAMS_NAME_SIZE	208	/* two names of members, and what stands between them */

/* Of what comes out together, archives in archives each for themselves. */
struct streams_limits {
	uint64_t	max_unpacked;	/* bytes */
	uint64_t	max_ratio;	/* bytes for each byte of the upload, once they are over 64 MiB; 0: any */
};

struct streams;

/* The input stays the caller's, until close; nothing is read yet.  NULL when out of memory. */
struct streams *streams_open(struct input *below, const struct streams_limits *, struct err *);

/*
 * To the next stream: 1; 0 after the last; -1: ERR_TYPE for an archive that is not read here, ERR_INPUT for what is damaged, cut or
 * packed too deep, ERR_LIMIT, or what the input said.  The rest of the stream before is read.
 */
int streams_next(struct streams *, struct err *) MUST_CHECK;

/* The stream at hand, from its beginning.  The same input for all of them; errors are sticky. */
struct input *streams_input(struct streams *);

/*
 * How it begins, whatever of it was read: *n is FORMAT_HEAD_SIZE unless it is shorter or cannot be read on there.
 * Valid until the next call of streams_next() or streams_rewind().
 */
const uint8_t *streams_head(const struct streams *, size_t *n);

/* Which member of an archive it is, fit to be shown ("inner.zip/export.xml"); "" if it is none. */
const char *streams_name(struct streams *);

/* What it was in, without its article: "ZIP archive"; NULL if it was not packed. */
const char *streams_around(const struct streams *);

/* What the upload is, known once its first bytes were looked at: "ZIP archive"; NULL if it is not packed. */
const char *streams_upload(const struct streams *);

/* What these first bytes begin that is packed, be it read here or not, and its article; NULL: nothing. */
const char *streams_packing(const uint8_t *head, size_t n);
const char *streams_article(const char *title);

/* The input below is rewound to its start before the next read: streams_next() begins with the first stream again. */
void streams_rewind(struct streams *);

void streams_close(struct streams *);	/* close(NULL) does nothing */

#endif
