/*
 * Which pages of a job are stored already: a cache of fixed size in front of
 * page_put().  A page that it forgot, or that offers an address or a title
 * that it lacked, is put again, which changes nothing or fills what is empty.
 */
#ifndef JOBS_PAGES_H
#define JOBS_PAGES_H

#include "util/err.h"

#include "store/comment.h"

struct pages;

struct pages *pages_new(void);			/* 1.5 MiB; NULL when out of memory */
void pages_free(struct pages *);		/* NULL does nothing */

/* Stores the page of a comment unless that would change nothing. */
int pages_put(struct pages *, struct db *, int64_t account_id, const struct stored_comment *, struct err *) MUST_CHECK;

#endif
