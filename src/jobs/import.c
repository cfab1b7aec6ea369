#include "jobs/import.h"

#include "util/log.h"
#include "util/num.h"

#include "formats/format.h"
#include "jobs/feeder.h"
#include "util/identity.h"
#include "jobs/issues.h"
#include "jobs/pages.h"
#include "jobs/progress.h"
#include "jobs/seen.h"
#include "store/comment.h"

#define OPTIONS_MAX	64

/* What becomes of a record of the batch. */
enum fate { FATE_NEW, FATE_UNCHANGED, FATE_UPDATED, FATE_DUPLICATE };

/* The records of a feed whose ids come for the first time in it. */
struct batch {
	size_t			 n;
	struct batch_ids	*ids;
	struct stored_comment	 stored[FEED_RECORDS];
	enum fate		 fate[FEED_RECORDS];
	const struct hash128	*wanted[FEED_RECORDS];		/* ids to look up */
};

struct import {
	const struct job_context	*ctx;
	const struct job_claim		*claim;
	const struct format		*format;
	struct text			 source;	/* of the format */
	int64_t				 account_id;
	struct job_counts		*counts;

	char			 options[sizeof(((struct job_claim *)0)->options)];
	const char		*pairs[2 * OPTIONS_MAX + 1];
	bool			 partial;	/* what is complete shall be imported although the file is broken */
	struct file_key		*key;
	struct spool_reader	*spool;
	struct feeder		*feeder;
	struct progress		*progress;

	int64_t			 base;		/* highest seq of the account before this import */
	struct id_filter	*created;	/* base == 0: ids that this job may have created */
	struct row_set		*met;		/* base > 0: rows of earlier imports that the file has named */
	struct pages		*pages;
	struct issues		 issues;
	struct batch		*batch;

	bool			 broken;	/* it is: the reader's sentence, and the last record in front of the place */
	struct err		 why;
	char			 last_id[LIMIT_ID_BYTES + 1];
	uint64_t		 last_line;
};

/* --- opening --- */

/* Splits "name=value\n..." in place into the pairs that the reader takes, but for the one that is ours. */
static int
split_options(struct import *im, struct err *e)
{
	char *line = im->options, *end, *value;
	size_t n = 0;

	memcpy(im->options, im->claim->options, sizeof(im->options));
	for (; *line != '\0'; line = end) {
		end = line + strcspn(line, "\n");
		if (*end == '\n')
			*end++ = '\0';
		if ((value = strchr(line, '=')) == NULL || n == 2 * OPTIONS_MAX)
			return err_set(e, ERR_BUG, "the options of the job are malformed");
		*value++ = '\0';
		if (strcmp(line, "partial") == 0) {
			im->partial = strcmp(value, "yes") == 0;
			continue;
		}
		im->pairs[n++] = line;
		im->pairs[n++] = value;
	}
	im->pairs[n] = NULL;
	return 0;
}

static int
rewind_file(void *ctx, struct err *e)
{
	struct import *im = ctx;

	return spool_rewind(im->spool, e);
}

static int
open_file(struct import *im, struct err *e)
{
	const struct job_claim *claim = im->claim;

	if (claim->sealed_key_size != KEY_SEALED_SIZE)
		return err_set(e, ERR_CRYPTO, "the sealed key of the file has %zu bytes", claim->sealed_key_size);
	if ((im->key = file_key_open(im->ctx->keys, claim->sealed_key, e)) == NULL)
		return -1;
	im->spool = spool_open(im->ctx->spool, claim->spool_name, im->key, e);
	return im->spool != NULL ? 0 : -1;
}

static int
open_reader(struct import *im, struct err *e)
{
	struct reader_process_config config = {
		.format = im->claim->job.format,
		.pairs = im->pairs,
		.max_unpacked = (uint64_t)im->ctx->settings->max_unpacked,
		.patience_ms = (int64_t)im->ctx->settings->reader_patience * 1000,
		.memory = im->ctx->settings->reader_memory,
		.rewind = rewind_file,
		.ctx = im,
		.stop = im->ctx->stop,
	};

	if ((im->format = format_by_name(im->claim->job.format)) == NULL)
		return err_set(e, ERR_BUG, "the format of the job is unknown");
	im->source = (struct text){ im->format->source, strlen(im->format->source), true };
	if (split_options(im, e) == -1)
		return -1;
	config.file = spool_reader_input(im->spool);
	im->feeder = feeder_open(&config, e);
	return im->feeder != NULL ? 0 : -1;
}

static int
open_memory(struct import *im, struct err *e)
{
	if ((im->pages = pages_new()) == NULL || (im->batch = calloc(1, sizeof(*im->batch))) == NULL)
		return err_nomem(e);
	im->batch->ids = batch_ids_new(FEED_RECORDS);
	return im->batch->ids != NULL ? 0 : err_nomem(e);
}

/* The server ends the loader's connection when it was silent for two minutes: between two jobs that is no loss. */
static int
begin(struct db *db, struct err *e)
{
	if (db_begin(db, e) == 0)
		return 0;
	if (!db_lost(db) || db_reopen(db, e) == -1)
		return -1;
	return db_begin(db, e);
}

/* While the account was empty, only what this job created can come twice: the filter spares nearly all look-ups. */
static int
open_transaction(struct import *im, struct err *e)
{
	struct db *db = im->ctx->loader;

	if (begin(db, e) == -1 || db_load_context(db, im->account_id, im->claim->job.job_id, e) == -1 ||
	    comment_max_seq(db, im->account_id, &im->base, e) == -1)
		return -1;
	if (im->base > 0)
		return (im->met = row_set_new(im->base, e)) != NULL ? 0 : -1;
	return (im->created = id_filter_new()) != NULL ? 0 : err_nomem(e);
}

/* --- one batch --- */

static void
skip(struct import *im, enum issue_reason reason, const char *external_id, size_t n, uint64_t line)
{
	im->counts->skipped++;
	issues_count(&im->issues, reason, 1);
	issues_example(&im->issues, reason, external_id, n, line);
}

static void
skip_duplicate(struct import *im, const struct comment *c)
{
	skip(im, ISSUE_DUPLICATE_ID, c->text[CT_EXTERNAL_ID].p, c->text[CT_EXTERNAL_ID].n, c->line);
}

/* Gives a record its identity, and takes it into the batch unless its id is there already. */
static void
take_record(struct import *im, const struct comment *c)
{
	struct batch *b = im->batch;
	const struct text *t = c->text, *site = &t[CT_SOURCE_SITE], *parent = &t[CT_PARENT_EXTERNAL_ID];
	struct stored_comment *s = &b->stored[b->n];

	im->counts->comments_read++;
	s->source = im->format->own_source ? t[CT_SOURCE] : im->source;
	identity_comment(&s->comment_id, im->account_id, &s->source, site, &t[CT_EXTERNAL_ID]);
	if (!batch_ids_add(b->ids, &s->comment_id, b->n)) {
		skip_duplicate(im, c);
		return;
	}
	identity_page(&s->page_key, im->account_id, &s->source, site, &t[CT_PAGE_ID]);
	s->has_parent = parent->n > 0;
	if (s->has_parent)
		identity_comment(&s->parent_id, im->account_id, &s->source, site, parent);
	s->seq = im->base + 1 + (int64_t)c->ordinal;
	s->c = c;
	b->fate[b->n++] = FATE_NEW;
}

static void
take_issue(struct import *im, const struct wire_issue *issue, bool skipped)
{
	size_t n = strlen(issue->external_id);

	if (skipped) {
		im->counts->comments_read++;
		skip(im, issue->reason, issue->external_id, n, issue->line);
		return;
	}
	issues_count(&im->issues, issue->reason, 1);
	issues_example(&im->issues, issue->reason, issue->external_id, n, issue->line);
}

static void
remember(struct import *im, const struct comment *c)
{
	snprintf(im->last_id, sizeof(im->last_id), "%.*s", (int)c->text[CT_EXTERNAL_ID].n, c->text[CT_EXTERNAL_ID].p);
	im->last_line = c->line;
}

/* The next records and what was said of them.  1, 0 when they are the last, -1. */
static int
take_feed(struct import *im, struct err *e)
{
	const struct feed *feed = feeder_next(im->feeder, e);
	size_t i;

	im->batch->n = 0;
	batch_ids_clear(im->batch->ids);
	if (feed == NULL)
		return -1;
	for (i = 0; i < feed->n; i++)
		take_record(im, &feed->comment[i]);
	for (i = 0; i < feed->issues; i++)
		take_issue(im, &feed->issue[i].issue, feed->issue[i].skipped);
	if (feed->n > 0)
		remember(im, &feed->comment[feed->n - 1]);
	im->counts->bytes_read = feed->bytes_read;
	progress_set(im->progress, im->counts);
	if (feed->more == -1 && e != NULL)
		*e = feed->err;
	return feed->more;
}

/* The row of a record of the batch exists. */
static void
found_row(void *ctx, const struct hash128 *id, int64_t seq, const uint8_t source_hash[HASH128_SIZE])
{
	struct import *im = ctx;
	struct batch *b = im->batch;
	size_t i = batch_ids_find(b->ids, id);

	if (i == SIZE_MAX)
		return;
	/* From this job, or met before in this file: the first counts. */
	if (seq > im->base || !row_set_add(im->met, seq))
		b->fate[i] = FATE_DUPLICATE;
	else if (memcmp(source_hash, b->stored[i].c->source_hash, HASH128_SIZE) == 0)
		b->fate[i] = FATE_UNCHANGED;
	else
		b->fate[i] = FATE_UPDATED;
	b->stored[i].seq = seq;
}

static int
look_up(struct import *im, struct err *e)
{
	struct batch *b = im->batch;
	size_t n = 0, i;

	for (i = 0; i < b->n; i++)
		if (im->created == NULL || id_filter_maybe(im->created, &b->stored[i].comment_id))
			b->wanted[n++] = &b->stored[i].comment_id;
	return n == 0 ? 0 : comment_lookup(im->ctx->loader, im->account_id, b->wanted, n, found_row, im, e);
}

static int
put_page(struct import *im, const struct stored_comment *s, struct err *e)
{
	return pages_put(im->pages, im->ctx->loader, im->account_id, s, e);
}

static int
update(struct import *im, const struct stored_comment *s, struct err *e)
{
	/* A record that says nothing of its page leaves the comment where it is. */
	if (s->c->text[CT_PAGE_ID].said && put_page(im, s, e) == -1)
		return -1;
	im->counts->updated++;
	return comment_update(im->ctx->loader, im->account_id, s, e);
}

/* Does what the fates say; the new rows gather at the front and are loaded at once. */
static int
store(struct import *im, struct err *e)
{
	struct batch *b = im->batch;
	size_t created = 0, i;

	for (i = 0; i < b->n; i++) {
		switch (b->fate[i]) {
		case FATE_DUPLICATE:
			skip_duplicate(im, b->stored[i].c);
			break;
		case FATE_UNCHANGED:
			im->counts->unchanged++;
			break;
		case FATE_UPDATED:
			if (update(im, &b->stored[i], e) == -1)
				return -1;
			break;
		case FATE_NEW:
			if (put_page(im, &b->stored[i], e) == -1)
				return -1;
			if (im->created != NULL)
				id_filter_add(im->created, &b->stored[i].comment_id);
			b->stored[created++] = b->stored[i];
			break;
		}
	}
	im->counts->created += (int64_t)created;
	if (created > 0 && comment_load(im->ctx->loader, b->stored, created, e) == -1)
		return -1;
	progress_set(im->progress, im->counts);
	return 0;
}

static int
check_stop(const struct import *im, struct err *e)
{
	if (atomic_load(im->ctx->stop) != JOB_STOP_NONE)
		return err_set(e, ERR_CANCELLED, "the job was told to stop");
	return 0;
}

/*
 * The file is wrong from some place on, and what stands in front of it was asked for: the import ends here.  Nothing
 * else that ends a reader is taken for that: not a limit, not a reader that died.
 */
static bool
ends_here(struct import *im, const struct err *e)
{
	im->broken = im->partial && e->kind == ERR_INPUT && im->counts->comments_read > im->counts->skipped;
	if (im->broken)
		im->why = *e;
	return im->broken;
}

static int
read_all(struct import *im, struct err *e)
{
	int more;

	do {
		more = take_feed(im, e);
		if (more == -1 && !ends_here(im, e))
			return -1;
		if (check_stop(im, e) == -1 || look_up(im, e) == -1 || store(im, e) == -1)
			return -1;
	} while (more == 1);
	return 0;
}

/* --- the end --- */

static void
note_thread(void *ctx, enum issue_reason reason, const char *external_id)
{
	struct import *im = ctx;

	issues_example(&im->issues, reason, external_id, strlen(external_id), 0);
}

static int
report(struct import *im, struct err *e)
{
	struct db *db = im->ctx->loader;
	int64_t job_id = im->claim->job.job_id;
	struct attach_counts attached;

	if (comment_attach(db, im->account_id, im->base + 1, note_thread, im, &attached, e) == -1)
		return -1;
	issues_count(&im->issues, ISSUE_PARENT_MISSING, attached.missing);
	issues_count(&im->issues, ISSUE_PARENT_CYCLE, attached.cycles);
	if (im->broken) {
		issues_count(&im->issues, ISSUE_FILE_BROKEN, 1);
		issues_example(&im->issues, ISSUE_FILE_BROKEN, im->last_id, strlen(im->last_id), im->last_line);
	}
	if (issues_store(&im->issues, db, job_id, e) == -1)
		return -1;
	return job_page_fill(db, im->account_id, job_id, im->base + 1, e);
}

/* What a completed job says: nothing, or where its file broke off. */
static void
conclude(const struct import *im, char message[JOB_MESSAGE_SIZE])
{
	int64_t n = im->counts->comments_read - im->counts->skipped;
	char count[32];

	if (!im->broken)
		return;
	num_format_count(count, n);
	snprintf(message, JOB_MESSAGE_SIZE, "%s %s complete %s before that place and %s imported.", err_public(&im->why),
	    count, n == 1 ? "comment stood" : "comments stood", n == 1 ? "was" : "were");
}

/* The job's row is locked from job_complete() to the commit, so the progress thread must have ended. */
static int
complete(struct import *im, const char *message, struct err *e)
{
	const struct job_counts *n = im->counts;
	const struct job_context *ctx = im->ctx;

	if (n->comments_read != n->created + n->updated + n->unchanged + n->skipped)
		return err_set(e, ERR_BUG, "%" PRId64 " comments read, but %" PRId64 " created, %" PRId64 " updated, %"
		    PRId64 " unchanged, %" PRId64 " skipped", n->comments_read, n->created, n->updated, n->unchanged,
		    n->skipped);
	progress_end(im->progress);
	im->progress = NULL;
	if (check_stop(im, e) == -1)
		return -1;
	if (job_complete(ctx->loader, im->claim->job.job_id, ctx->worker, n, message, e) == -1)
		return -1;
	return db_commit(ctx->loader, e);
}

/* The rollback may take as long as the load did; until it is over the lease is kept, so that no other job of the
 * account starts against rows that still vanish.  At the end of the service the server does it alone. */
static void
undo(struct import *im)
{
	feeder_close(im->feeder);
	im->feeder = NULL;
	if (atomic_load(im->ctx->stop) != JOB_STOP_SHUTDOWN)
		db_rollback(im->ctx->loader);
}

static void
release(struct import *im)
{
	progress_end(im->progress);
	feeder_close(im->feeder);
	spool_reader_close(im->spool);
	file_key_free(im->key);
	if (im->batch != NULL)
		batch_ids_free(im->batch->ids);
	free(im->batch);
	pages_free(im->pages);
	row_set_free(im->met);
	id_filter_free(im->created);
	issues_free(&im->issues);
}

static void
explain(char message[JOB_MESSAGE_SIZE], const struct err *e, int64_t comments, enum job_stop stop)
{
	char count[32];

	num_format_count(count, comments);
	if (stop == JOB_STOP_SHUTDOWN)
		snprintf(message, JOB_MESSAGE_SIZE, "The import was interrupted by a restart of the service. "
		    "Nothing was imported. Please upload the file again.");
	else if (stop == JOB_STOP_NO_DATABASE)
		snprintf(message, JOB_MESSAGE_SIZE, "The database could not be reached for too long. "
		    "Nothing was imported. Please upload the file again in a minute.");
	else if (e->kind == ERR_CANCELLED)
		snprintf(message, JOB_MESSAGE_SIZE, "%s", err_public(e));
	else if (err_shown(e->kind) && comments > 0)
		snprintf(message, JOB_MESSAGE_SIZE, "%s %s complete %s came before that place. Nothing was imported.",
		    err_public(e), count, comments == 1 ? "comment" : "comments");
	else
		snprintf(message, JOB_MESSAGE_SIZE, "%s Nothing was imported.", err_public(e));
}

/* From the spool file to the commit. */
static int
run(struct import *im, char message[JOB_MESSAGE_SIZE], struct err *e)
{
	if ((im->progress = progress_start(im->ctx, im->claim->job.job_id, e)) == NULL || open_file(im, e) == -1 ||
	    open_reader(im, e) == -1 || open_memory(im, e) == -1 || open_transaction(im, e) == -1 ||
	    read_all(im, e) == -1 || report(im, e) == -1)
		return -1;
	conclude(im, message);
	return complete(im, message, e);
}

int
import_run(const struct job_context *ctx, const struct job_claim *claim, struct job_counts *counts,
    char message[JOB_MESSAGE_SIZE], struct err *e)
{
	struct import *im = calloc(1, sizeof(*im));
	int result;

	memset(counts, 0, sizeof(*counts));
	message[0] = '\0';
	if (im == NULL) {
		err_nomem(e);
		explain(message, e, 0, JOB_STOP_NONE);
		return -1;
	}
	im->ctx = ctx;
	im->claim = claim;
	im->account_id = claim->job.account_id;
	im->counts = counts;
	issues_init(&im->issues);
	if ((result = run(im, message, e)) == -1) {
		undo(im);
		explain(message, e, counts->comments_read, atomic_load(ctx->stop));
	}
	release(im);
	free(im);
	return result;
}
