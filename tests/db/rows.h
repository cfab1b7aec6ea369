/* Comments to store, for the tests of store/comment and store/attach. */
#ifndef TESTS_DB_ROWS_H
#define TESTS_DB_ROWS_H

#include "store/comment.h"

struct row {
	struct comment		c;
	struct stored_comment	s;
	char			external_id[32], parent_external_id[32];
};

/* The id of an external id, of a page: any function will do, as long as it is one. */
struct hash128 row_hash(const char *external_id);

/* A comment with little said: ids, and parent "" or NULL (not said). */
void row_init(struct row *, int64_t seq, const char *external_id, const char *parent);

/* Says a text of the comment; p stays the caller's. */
void row_say(struct row *, enum comment_text, const char *p);
void row_number(struct row *, enum comment_number, int64_t);

/* Loads the rows in one go, as job 7 of the account, committed.  0 or -1. */
int row_load(struct db *, int64_t account_id, const struct row *, size_t n, struct err *) MUST_CHECK;

#endif
