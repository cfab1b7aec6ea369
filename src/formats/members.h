/*
 * The members of a ZIP or tar archive, one after the other as they come: libarchive's
 * readers for streams, which never seek, so that a ZIP archive's directory is of no use.  Stored and deflated members of ZIP,
 * data descriptors, ZIP64; tar as GNU, POSIX (pax) and older ones write it, and several of them one after the other.
 *
 * Directories, links, devices, hidden files (.DS_Store) and what macOS adds (__MACOSX/) are passed over.
 */
#ifndef FORMATS_MEMBERS_H
#define FORMATS_MEMBERS_H

#include "util/err.h"
#include "util/input.h"

#define MEMBERS_NAME_SIZE	101
#define MEMBERS_MAX		10000	/* of all archives of one upload */

enum members_kind { MEMBERS_NONE, MEMBERS_ZIP, MEMBERS_TAR };

/* What these first bytes begin, be it empty.  A tar archive is known by the sum of its first header. */
enum members_kind members_kind(const void *head, size_t n);

const char *members_title(enum members_kind);	/* "ZIP archive" */

struct members;

/*
 * The input and the count stay the caller's, until close.  Each header adds one to the count, also that of what is passed over; over
 * MEMBERS_MAX is ERR_LIMIT.  NULL when out of memory.
 */
struct members *members_open(struct input *below, enum members_kind, uint64_t *count, struct err *);

/*
 * To the next member: 1; 0 after the last, when the input was read to its end; -1: ERR_INPUT with a sentence for what is damaged,
 * cut, encrypted or packed in a rare way, or does not belong to the archive and follows its end; or what the
 * input said.  Errors are sticky.
 */
int members_next(struct members *, struct err *) MUST_CHECK;

/* Of the member at hand, fit to be shown: valid UTF-8, no control characters, cut at 100 bytes. */
const char *members_name(const struct members *);

/* The bytes of the member at hand; the same input for all of them.  Damage is told after what came before it. */
struct input *members_input(struct members *);

void members_close(struct members *);	/* close(NULL) does nothing */

#endif
