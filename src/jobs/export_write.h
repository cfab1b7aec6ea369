/*
 * From the comments of an account to a file of any format that has a writer, as the database is at one moment, and in
 * memory that does not grow with them.
 */
#ifndef JOBS_EXPORT_WRITE_H
#define JOBS_EXPORT_WRITE_H

#include <stdatomic.h>

#include "util/output.h"

#include "formats/format.h"
#include "store/export.h"

struct export_config {
	struct db			*db;		/* role jobs; no transaction is open, and none is afterwards */
	int64_t				 account_id;
	const struct export_options	*options;	/* gzip among them */
	const struct writer		*writer;
	struct output			*out;
	const atomic_int		*stop;		/* other than 0: ERR_CANCELLED */
	/* After each comment; may be NULL. */
	void				(*progress)(void *ctx, int64_t written);
	void				*ctx;
};

/* Writes the whole document.  *written comments.  -1: what was written is not whole. */
int export_write(const struct export_config *, int64_t *written, struct err *) MUST_CHECK;

/* Do the options leave nothing of an account out? */
bool export_of_all(const struct export_options *);

#endif
