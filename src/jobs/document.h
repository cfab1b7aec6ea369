/*
 * A file of comments while it is written: a writer, and what the writer lays aside (struct writer, aside) until the end.
 * That is kept in memory as far as it is little, else in an encrypted scratch file (spool/scratch).
 */
#ifndef JOBS_DOCUMENT_H
#define JOBS_DOCUMENT_H

#include "formats/format.h"

struct document;

/* The output stays valid until close.  NULL with err set. */
struct document *document_open(const struct writer *, struct output *, struct err *);

int document_put(struct document *, const struct comment *, struct err *) MUST_CHECK;

/* Writes what was laid aside, and the end. */
int document_finish(struct document *, struct err *) MUST_CHECK;

void document_close(struct document *);		/* NULL does nothing */

#endif
