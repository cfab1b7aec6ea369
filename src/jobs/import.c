#include "jobs/import.h"

#include "util/log.h"
#include "util/num.h"

#include "formats/format.h"
#include "jobs/feeder.h"
#include "jobs/issues.h"
#include "jobs/loader.h"
#include "jobs/progress.h"

#define OPTIONS_MAX	64

_Static_assert(FEED_RECORDS <= LOADER_BATCH, "a feed is one batch of the loader");

struct import {
	const struct job_context	*ctx;
	const struct job_claim		*claim;
	const struct format		*format;
	struct job_counts		*counts;

	char			 options[sizeof(((struct job_claim *)0)->options)];
	const char		*pairs[2 * OPTIONS_MAX + 1];
	bool			 partial;	/* what is complete shall be imported although the file is broken */
	struct file_key		*key;
	struct spool_reader	*spool;
	struct feeder		*feeder;
	struct progress		*progress;

	struct loader		*loader;
	struct issues		 issues;

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
		.max_ratio = (uint64_t)im->ctx->settings->max_ratio,
		.patience_ms = (int64_t)im->ctx->settings->reader_patience * 1000,
		.memory = im->ctx->settings->reader_memory,
		.rewind = rewind_file,
		.ctx = im,
		.stop = im->ctx->stop,
	};

	if ((im->format = format_by_name(im->claim->job.format)) == NULL)
		return err_set(e, ERR_BUG, "the format of the job is unknown");
	if (split_options(im, e) == -1)
		return -1;
	config.file = spool_reader_input(im->spool);
	im->feeder = feeder_open(&config, e);
	return im->feeder != NULL ? 0 : -1;
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

static int
open_loader(struct import *im, struct err *e)
{
	const struct job *job = &im->claim->job;
	struct loader_config config = {
		.db = im->ctx->loader,
		.account_id = job->account_id,
		.job_id = job->job_id,
		.lock_seconds = DB_LOCKS_DAY,
		.counts = im->counts,
		.issues = &im->issues,
	};

	if (!im->format->own_source)
		config.source = (struct text){ im->format->source, strlen(im->format->source), true };
	if (begin(config.db, e) == -1)
		return -1;
	im->loader = loader_open(&config, e);
	return im->loader != NULL ? 0 : -1;
}

/* --- one batch --- */

static void
take_issue(struct import *im, const struct wire_issue *issue, bool skipped)
{
	size_t n = strlen(issue->external_id);

	if (skipped) {
		loader_skipped(im->loader, issue->reason, issue->external_id, n, issue->line);
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

	loader_begin(im->loader);
	if (feed == NULL)
		return -1;
	for (i = 0; i < feed->n; i++)
		loader_add(im->loader, &feed->comment[i]);
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
		if (check_stop(im, e) == -1 || loader_store(im->loader, e) == -1)
			return -1;
		progress_set(im->progress, im->counts);
	} while (more == 1);
	return 0;
}

/* --- the end --- */

static int
finish(struct import *im, struct err *e)
{
	if (im->broken) {
		issues_count(&im->issues, ISSUE_FILE_BROKEN, 1);
		issues_example(&im->issues, ISSUE_FILE_BROKEN, im->last_id, strlen(im->last_id), im->last_line);
	}
	return loader_finish(im->loader, e);
}

/* What a completed job says: nothing, that there was no comment, or where its file broke off. */
static void
conclude(const struct import *im, char message[JOB_MESSAGE_SIZE])
{
	int64_t n = im->counts->comments_read - im->counts->skipped;
	char count[32];

	if (im->counts->comments_read == 0)
		snprintf(message, JOB_MESSAGE_SIZE, "%s", FORMAT_NO_COMMENTS);
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
	loader_close(im->loader);
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
	    open_reader(im, e) == -1 || open_loader(im, e) == -1 || read_all(im, e) == -1 || finish(im, e) == -1)
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
