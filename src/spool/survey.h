/* A look at the spool directory from outside, for those who watch the service: nothing is opened or changed. */
#ifndef SPOOL_SURVEY_H
#define SPOOL_SURVEY_H

#include "util/err.h"

struct survey {
	int64_t	files, bytes;		/* spool files, those being written included */
	int64_t	strangers;		/* entries that are no spool files */
	int64_t	free_bytes;		/* of the disk, for others than root */
	bool	writable;		/* for this process; a full disk is not */
	bool	in_memory;		/* a tmpfs or ramfs */
	bool	workers;		/* a jobs process of this machine works on it */
};

/*
 * fn may be NULL; it is told each entry but . and ..: whether it is a spool file, its bytes, and how many seconds ago it
 * was written to last.  -1 if the directory cannot be read.
 */
int survey_spool(const char *path, struct survey *,
    void (*fn)(void *ctx, const char *name, bool spool_file, int64_t bytes, int64_t age), void *ctx,
    struct err *) MUST_CHECK;

#endif
