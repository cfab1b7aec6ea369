/*
 * Exports: what was asked for, the file that came of it, and its end.  A file lies in the spool of the machine that took
 * the request, and its key, sealed to web, in spool_file until it is deleted: the key first, then (jobs/keeper) the file.
 */
#ifndef STORE_EXPORT_H
#define STORE_EXPORT_H

#include "util/sb.h"

#include "store/db.h"

#include "model/comment.h"
#include "model/job.h"

#define EXPORT_PAGE_MAX	1024		/* bytes of a page's id or address that can be asked for */

/* What an export shall hold. */
struct export_options {
	char	format[33];			/* name of a struct writer */
	bool	gzip;
	char	page[EXPORT_PAGE_MAX + 1];	/* page_id or address of the only page; "": all */
	char	site[LIMIT_SITE_BYTES + 1];	/* source_site, or host of the pages' addresses; "": all */
	int64_t	from_ms, to_ms;			/* created_at >= from, < to, ms UTC; CLOCK_UNKNOWN: no limit.  With a limit,
						 * comments without a date stay out */
	bool	spam, pending, deleted;		/* with them.  Pending: not approved, neither spam nor deleted */
};

/* Everything of the account, in no format yet. */
void export_options_init(struct export_options *);

/*
 * One option by its name, as it stands in job.options and in forms: format, gzip, page, site, from, to, spam, pending,
 * deleted.  gzip and the last three are "yes" or "no"; from and to are dates (2026-01-31, the whole day) or dates with a
 * time (RFC 3339; UTC if no zone is said); an empty value of page, site, from and to means no limit.  ERR_INPUT with a
 * sentence for a name or a value that cannot be.  Which formats there are is not looked at: that is writer_by_name()'s.
 */
int export_options_set(struct export_options *, const char *name, const char *value, struct err *) MUST_CHECK;

/* Do they go together?  ERR_INPUT when the range ends before it begins. */
int export_options_check(const struct export_options *, struct err *) MUST_CHECK;

/* From the lines "name=value" of job.options. */
int export_options_parse(struct export_options *, const char *lines, struct err *) MUST_CHECK;

/* And back. */
int export_options_write(const struct export_options *, struct sb *out, struct err *) MUST_CHECK;

/* --- role web --- */

struct export_request {
	int64_t				 account_id, user_id;	/* user_id 0: nobody's */
	const char			*account_name;		/* becomes part of the file's name */
	const char			*requested_by;		/* e-mail */
	const char			*node;			/* this machine, which will have the file */
	const char			*extension;		/* of the writer: "jsonl" */
	const struct export_options	*options;		/* checked */
};

/* Exports of an account that wait, run or have a file. */
#define EXPORT_KEPT_MAX	20

/* Asks for an export, with a line in the audit log, in one transaction.  ERR_INPUT from export_options_check(); ERR_CONFLICT
 * when the account has EXPORT_KEPT_MAX already.  *job_id. */
int export_request_add(struct db *, const struct export_request *, int64_t *job_id, struct err *) MUST_CHECK;

/*
 * An export as its pages show it.  While it runs, job.counts.comments_read is how many comments are written and
 * job.comments_total how many were found (-1: not known before the end); bytes_read how large the file is so far.
 * Completed: file_size, and created = comments_read = comments_total; while job.available its file can be fetched, until
 * job.download_until; else it was deleted then.
 */
struct export_job {
	struct job		job;		/* format: the writer's name */
	struct export_options	options;
};

/* The account's exports, newest first, at most limit; fn as in store/job.h. */
int export_each(struct db *, int64_t account_id, int limit,
    int (*fn)(void *ctx, const struct export_job *, struct err *), void *ctx, struct err *) MUST_CHECK;

/* One of them: 1, 0 when it is none of the account's exports, -1. */
int export_get(struct db *, int64_t account_id, int64_t job_id, struct export_job *, struct err *) MUST_CHECK;

/* The file of an export, to be sent.  1; 0 when it is none of the account's exports; -1: also ERR_CONFLICT when it is not
 * completed, ERR_GONE when it is deleted, both with a sentence. */
struct export_file {
	char	file_name[256];		/* letters, digits, - and . */
	int64_t	file_size;
	uint8_t	hash[HASH256_SIZE];	/* BLAKE2b-256 of the file */
	char	node[256], spool_name[64];
	uint8_t	sealed_key[255];	/* to export_public_key */
	size_t	sealed_key_size;
};
int export_file_get(struct db *, int64_t account_id, int64_t job_id, struct export_file *, struct err *) MUST_CHECK;

/* "Delete now": the key goes, with lines in the audit log; the file follows within a second.  by: e-mail.  1; 0 when
 * there was nothing to delete (another account's, not completed, deleted already); -1. */
int export_delete(struct db *, int64_t account_id, int64_t job_id, const char *by, struct err *) MUST_CHECK;

/* Lines in the audit log about a download: before its first byte, and at its end, whole or broken off after so many. */
int export_downloading(struct db *, int64_t account_id, int64_t job_id, const char *by, int64_t file_size,
    struct err *) MUST_CHECK;
int export_downloaded(struct db *, int64_t account_id, int64_t job_id, const char *by, int64_t bytes, int64_t file_size,
    struct err *) MUST_CHECK;

/* --- role jobs --- */

/* The keys of files whose time is over go, each with a line in the audit log.  0 or -1. */
int export_expire(struct db *, struct err *) MUST_CHECK;

/* Notes the file of a running export, so that the keeper finds it however the job ends, and how many comments were found
 * (-1: not known yet).  ERR_CANCELLED when the job is no longer this worker's. */
int export_started(struct db *, int64_t job_id, const char *worker, const char *spool_name, int64_t found,
    struct err *) MUST_CHECK;

/* Its end: completed, with its file and key, messages and audit line, in one transaction.  ERR_CANCELLED as above. */
struct export_end {
	int64_t		 job_id;
	const char	*worker, *node, *spool_name;
	const uint8_t	*sealed_key;
	size_t		 sealed_key_size;
	int64_t		 comments, file_size;
	uint8_t		 hash[HASH256_SIZE];
	int		 days;			/* until the file is deleted */
	const char	*message;
};
int export_complete(struct db *, const struct export_end *, struct err *) MUST_CHECK;

/* --- role jobs: the comments, within one snapshot (db_begin_snapshot) --- */

/* The columns EXPORT_COLUMNS of store/sql.c in the open row.  Its page is not said. */
#define EXPORT_ROW_COLUMNS	18
void export_comment(const struct db *, struct comment *);

/* All comments of the account, whatever the options say; quick. */
int export_count(struct db *, int64_t account_id, int64_t *n, struct err *) MUST_CHECK;

/*
 * Some rows of the account with seq > *seq, in that order, as far as the options want them (but for page); *seq then says how far
 * it looked.  1: there may be more; 0: that was all; -1.  Each comment says its page and, if the source said one, its
 * parent; its texts live until fn returns.
 */
int export_slice(struct db *, int64_t account_id, const struct export_options *, int64_t *seq,
    int (*fn)(void *ctx, const struct comment *, struct err *), void *ctx, struct err *) MUST_CHECK;

struct export_page {
	struct hash128	page_key;
	char		page_id[LIMIT_URL_BYTES + 1], page_url[LIMIT_URL_BYTES + 1], page_title[4 * LIMIT_TITLE_CHARS + 1];
	bool		of_site;	/* its address has the host that the options ask for */
};

/* The first page behind *key in the order of keys that the options want: 1, 0 no more, -1.  first: there is no key yet. */
int export_next_page(struct db *, int64_t account_id, const struct export_options *, bool first, struct export_page *,
    struct err *) MUST_CHECK;

/* Its comments, as far as the options want them, by date and seq, those without a date first.  fn as above. */
int export_page_comments(struct db *, int64_t account_id, const struct export_options *, const struct export_page *,
    int (*fn)(void *ctx, const struct comment *, struct err *), void *ctx, struct err *) MUST_CHECK;

#endif
