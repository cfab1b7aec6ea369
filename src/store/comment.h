/* Comments in the database, for the role jobs.  See jobs/loader for the order of calls. */
#ifndef STORE_COMMENT_H
#define STORE_COMMENT_H

#include "store/db.h"

#include "model/comment.h"
#include "model/issue.h"

/* A record with its identity, ready to be stored. */
struct stored_comment {
	struct hash128		 comment_id, parent_id, page_key;
	bool			 has_parent;
	int64_t			 seq;
	int64_t			 changed;	/* value of the account's cursor, comment_cursor() */
	struct text		 source;	/* where it comes from: the format's, or the record's own */
	const struct comment	*c;
};

/* Highest seq of the account, 0 when it has no comments. */
int comment_max_seq(struct db *, int64_t account_id, int64_t *seq, struct err *) MUST_CHECK;

/*
 * Where a transaction that writes begins with the account's cursor (doc/SCHEMA): its n-th row that is created or
 * changed, from 1, gets *base + n * COMMENT_CURSOR_STEP.  No two transactions share a second of it.  Only the account's one
 * writer may ask.
 */
#define COMMENT_CURSOR_STEP	10	/* looks like ms: no second holds more than 100 */
int comment_cursor(struct db *, int64_t account_id, int64_t *base, struct err *) MUST_CHECK;

/* Fields that a row may lack (NULL) and a record may say.  Of a page: '', and said means not empty. */
enum {
	COMMENT_PARENT_EXTERNAL_ID = 1, COMMENT_AUTHOR_NAME = 2, COMMENT_AUTHOR_EMAIL = 4, COMMENT_AUTHOR_URL = 8,
	COMMENT_AUTHOR_AVATAR = 16, COMMENT_AUTHOR_EXTERNAL_ID = 32, COMMENT_AUTHOR_IP = 64, COMMENT_EXTRA = 128,
	COMMENT_VOTES_UP = 256, COMMENT_VOTES_DOWN = 512,
	COMMENT_CREATED_AT = 1024,	/* a known one */
	COMMENT_PAGE_URL = 2048, COMMENT_PAGE_TITLE = 4096,
	COMMENT_OWN_FIELDS = COMMENT_PAGE_URL - 1	/* all but the page's */
};

/* Those of them that the record says. */
unsigned comment_says(const struct comment *);

/* A row that is there. */
struct comment_row {
	struct hash128	comment_id, source_hash, page_key;
	int64_t		seq;
	unsigned	lacks;		/* fields, as above; of the page that it is on, too */
};

/* Looks up n ids; fn is called for each one that exists (once per COMMENT_LOOKUP ids if it is asked for twice) and
 * must not use the db.  Ids are sent COMMENT_LOOKUP at a time. */
#define COMMENT_LOOKUP	256
int comment_lookup(struct db *, int64_t account_id, const struct hash128 *const *ids, size_t n,
    void (*fn)(void *ctx, const struct comment_row *), void *ctx, struct err *) MUST_CHECK;

/* The same for those that have a date: their ids and dates, ms UTC, and nothing else of them. */
int comment_dates(struct db *, int64_t account_id, const struct hash128 *const *ids, size_t n,
    void (*fn)(void *ctx, const struct hash128 *, int64_t created_at), void *ctx, struct err *) MUST_CHECK;

/*
 * Loads n new rows (LOAD DATA LOCAL, counts checked).  db_load_context() was called.  parent_id goes in as it is:
 * comment_attach() settles which parents exist.  What is not said becomes NULL; where the column must have a
 * value: source_site and body_html "", is_approved 1, is_spam and is_deleted 0.
 */
int comment_load(struct db *, const struct stored_comment *, size_t n, struct err *) MUST_CHECK;

/*
 * Overwrites the row with this comment_id by what the record says; unsaid fields, seq, added and job_id stay.  A parent
 * that differs from the row's goes to the waiting list, and comment_attach() settles it.  The page changes when
 * CT_PAGE_ID is said.
 */
int comment_update(struct db *, int64_t account_id, const struct stored_comment *, struct err *) MUST_CHECK;

/*
 * Fills in what the row with this comment_id lacks (as comment_lookup() said it) and the record says, and nothing else:
 * the cursor stays, too.  A parent that it learns of so goes to the waiting list, as with comment_update(): attached, it is a change.
 */
int comment_fill(struct db *, int64_t account_id, const struct stored_comment *, unsigned lacks,
    struct err *) MUST_CHECK;

struct attach_counts {
	int64_t	missing;	/* parents that are not in the account: parent_id NULL, waiting */
	int64_t	cycles;		/* circles that were cut */
	int64_t	attached;	/* rows of earlier imports whose parent has come */
};
/*
 * Ends an import or batch: parents of rows from first_seq on that do not exist are cut off and put on
 * the waiting list; waiting children whose parent exists now are attached; cycles are cut at
 * their first comment by seq, whose parent_external_id stays and which no later import attaches again.  *cursor is the
 * last value of the account's cursor that the transaction has given out; each row that is attached or cut gets the next one, and
 * *cursor moves on.  note is called for up to ISSUE_EXAMPLES_MAX of the missing and of the cut ones; it must not use the db.
 */
int comment_attach(struct db *, int64_t account_id, int64_t first_seq, int64_t *cursor,
    void (*note)(void *ctx, enum issue_reason, const char *external_id), void *ctx, struct attach_counts *,
    struct err *) MUST_CHECK;

/* The rows of a job, from all its batches, that wait for their parent now, in order; fn must not use the db. */
int comment_waiting_each(struct db *, int64_t account_id, int64_t job_id,
    void (*fn)(void *ctx, const char *external_id), void *ctx, struct err *) MUST_CHECK;

/* Adds the rows with seq >= first_seq to job_page. */
int job_page_fill(struct db *, int64_t account_id, int64_t job_id, int64_t first_seq, struct err *) MUST_CHECK;

#endif
