/*
 * A file for what does not fit into memory, in the form of a spool file (doc/SPOOL): encrypted with a key that exists
 * in this process alone, in $TMPDIR or /var/tmp, without a name from its first moment on.  Written once, then read as
 * often as one likes; gone when it is closed, and when the process ends, however it ends.
 */
#ifndef SPOOL_SCRATCH_H
#define SPOOL_SCRATCH_H

#include "util/err.h"
#include "util/input.h"

struct scratch;

/* An empty file to be written.  NULL with err set. */
struct scratch *scratch_open(struct err *);

int scratch_write(struct scratch *, const void *, size_t n, struct err *) MUST_CHECK;

/* Puts it to its start, to be read; the first call ends the writing. */
int scratch_rewind(struct scratch *, struct err *) MUST_CHECK;

/* What was written.  Only after a rewind. */
struct input *scratch_input(struct scratch *);

void scratch_close(struct scratch *);		/* NULL does nothing */

#endif
