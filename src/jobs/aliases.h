/*
 * Which comment a record means: the one of its own id, unless a site has
 * mapped that id to another (comment_alias) or names ours (CT_COMMENT_ID).
 */
#ifndef JOBS_ALIASES_H
#define JOBS_ALIASES_H

#include "store/comment.h"

struct aliases;

enum alias_kind {
	ALIAS_NONE,		/* its own id */
	ALIAS_OWN,		/* another comment of its source and source_site */
	ALIAS_FOREIGN		/* a comment of another source or site: what is said of it here does not count */
};

/* For batches of at most max records; integration_id: of the site that sends them, 0 for a file.  NULL with err set. */
struct aliases *aliases_open(struct db *, int64_t account_id, int64_t integration_id, size_t max, struct err *);
void aliases_close(struct aliases *);		/* NULL does nothing */

/* Replaces comment_id and parent_id of n records by those of the comments that are meant, and says what these are. */
int aliases_resolve(struct aliases *, struct stored_comment *, enum alias_kind *, size_t n, struct err *) MUST_CHECK;

/* The same for children that wait for their parent since an earlier job, before comment_attach(). */
int aliases_resolve_waiting(struct aliases *, struct err *) MUST_CHECK;

#endif
