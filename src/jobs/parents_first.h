/*
 * Puts parents before their replies: a reply whose parent has not come yet waits until it does, in bounded memory.
 * Else the order stays that of the file.
 */
#ifndef JOBS_PARENTS_FIRST_H
#define JOBS_PARENTS_FIRST_H

#include "util/hash.h"
#include "util/idmap.h"

#include "jobs/sink.h"

#define PARENTS_FIRST_MEMORY	(16 * 1024 * 1024)

struct parents_first;

/*
 * came: ids of all comments that were put so far, kept by the caller; a comment's own is there when it is put.
 * memory: bytes of the replies that wait, usually PARENTS_FIRST_MEMORY.  NULL when out of memory.
 */
struct parents_first *parents_first_new(struct sink *next, const struct idmap *came, size_t memory, struct err *);
void parents_first_free(struct parents_first *);	/* NULL does nothing */

/*
 * Hands the comment on, and behind it those that waited for it and for these, at each step the one that came first;
 * or keeps it, if its parent (NULL: none) is not out.  When the memory is full, all that waits goes out as at the
 * end.
 */
int parents_first_put(struct parents_first *, const struct comment *, const struct hash128 *id,
    const struct hash128 *parent, struct err *) MUST_CHECK;

/* Nothing more comes.  What waits goes out in file order, but each behind its parent if that waits too; of a circle
 * of replies the first comes first. */
int parents_first_end(struct parents_first *, struct err *) MUST_CHECK;

#endif
