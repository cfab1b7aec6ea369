/*
 * Which pages of a job are stored already: a cache of fixed size in front of
 * page_put().  A page that it forgot, or that offers an address or a title
 * that it lacked, is put again, which changes nothing or fills what is empty.
 * A page that has been merged into another one is that other one.
 */
#ifndef JOBS_PAGES_H
#define JOBS_PAGES_H

#include "util/err.h"

#include "store/comment.h"

struct pages;

/* merged: the account has pages that were merged into others (page_merged_any). */
struct pages *pages_new(bool merged);		/* 1.1 MiB, or 2.1; NULL when out of memory */
void pages_free(struct pages *);		/* NULL does nothing */

/* Stores the page of a comment unless that would change nothing.  page_key becomes that of the page that has its
 * comments. */
int pages_put(struct pages *, struct db *, int64_t account_id, struct stored_comment *, struct err *) MUST_CHECK;

#endif
