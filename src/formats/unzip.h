/*
 * The members of a ZIP archive, one after the other as they come: libarchive's
 * reader for streams, which never seeks and so never sees the directory at the
 * archive's end.  Stored and deflated members, data descriptors, ZIP64.
 *
 * Directories, links, hidden files (.DS_Store) and what macOS adds (__MACOSX/) are passed over.
 */
#ifndef FORMATS_UNZIP_H
#define FORMATS_UNZIP_H

#include "util/err.h"
#include "util/input.h"

#define UNZIP_NAME_SIZE	101

/* Do these first bytes (4 are enough) begin an archive, be it an empty one? */
bool unzip_magic(const void *head, size_t n);

struct unzip;

/* The input stays the caller's, until close.  NULL when out of memory. */
struct unzip *unzip_open(struct input *below, struct err *);

/* To the next member: 1, 0 behind the last, -1: ERR_INPUT with a sentence for one that is damaged, encrypted or packed
 * in a rare way, or what the input said.  Errors are sticky. */
int unzip_next(struct unzip *, struct err *) MUST_CHECK;

/* Of the member at hand, fit to be shown: valid UTF-8, no control characters, cut at 100 bytes. */
const char *unzip_name(const struct unzip *);

/* The bytes of the member at hand; the same input for all of them.  Damage is told behind what came before it. */
struct input *unzip_input(struct unzip *);

/* The input below was rewound to its start.  0, or -1 when out of memory. */
int unzip_rewind(struct unzip *, struct err *) MUST_CHECK;

void unzip_close(struct unzip *);	/* close(NULL) does nothing */

#endif
