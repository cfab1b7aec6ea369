#include "jobs/import.h"

#include "util/log.h"
#include "util/num.h"
#include "util/same_site.h"
#include "util/utf8.h"
#include "util/weburl.h"

#include "formats/format.h"
#include "jobs/feeder.h"
#include "jobs/issues.h"
#include "jobs/loader.h"
#include "jobs/other_sites.h"
#include "jobs/progress.h"
#include "store/page.h"

#define OPTIONS_MAX	64
#define SITE_SHOWN	100	/* bytes of a site's name in a message */

_Static_assert(FEED_RECORDS <= LOADER_BATCH, "a feed is one batch of the loader");

struct import {
	const struct job_context	*ctx;
	const struct job_claim		*claim;
	const struct format		*format;
	struct job_counts		*counts;

	char			 options[sizeof(((struct job_claim *)0)->options)];
	const char		*pairs[2 * OPTIONS_MAX + 1];
	const char		*site;		/* what the file's site is called instead; NULL: what it is */
	bool			 partial;	/* what is complete shall be imported although the file is broken */
	struct file_key		*key;
	struct spool_reader	*spool;
	struct feeder		*feeder;
	struct progress		*progress;

	struct loader		*loader;
	struct same_site	 same_site;
	char			 file_site[LIMIT_SITE_BYTES + 1];	/* once same_site is known */
	struct other_sites	*others;	/* NULL: nothing has come yet, or the admin has said which site it is */
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
		/* The reader has its share of that one. */
		if (strcmp(line, SAME_SITE_OPTION) == 0)
			im->site = value;
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

/* --- the file's site --- */

/* Another site of the account that the file seems to be of; "": none. */
static const char *
met_site(const struct import *im)
{
	return im->others != NULL ? other_sites_met(im->others) : "";
}

/* With the first record it is known.  own: as the file has it. */
static int
begin_site(struct import *im, const struct comment *c, struct err *e)
{
	const struct text *own = &c->text[CT_SOURCE_SITE], *source = &c->text[CT_SOURCE];
	const struct text of = im->format->own_source ? *source : (struct text){ im->format->source, strlen(im->format->source), true };
	struct db *db = im->ctx->loader;
	int64_t account_id = im->claim->job.account_id;
	int found;

	(void)same_site_own(&im->same_site, c);
	if (own->said)
		snprintf(im->file_site, sizeof(im->file_site), "%.*s", (int)own->n, own->p);
	if (im->site == NULL) {
		im->others = other_sites_open(db, account_id, &of, own, e);
		return im->others != NULL ? 0 : -1;
	}
	if ((found = page_site_exists(db, account_id, &of, im->site, e)) == 0 && strcmp(im->site, im->file_site) != 0)
		return err_set(e, ERR_INPUT, "The comments of this file come from %.*s, and this account has no site \"%s\" of it. "
		    "Please choose another site, or none.", (int)of.n, of.p, im->site);
	return found == -1 ? -1 : 0;
}

static int
take_site(struct import *im, struct feed *feed, struct err *e)
{
	size_t i;

	if (feed->n == 0)
		return 0;
	if (!im->same_site.known && begin_site(im, &feed->comment[0], e) == -1)
		return -1;
	for (i = 0; im->site != NULL && i < feed->n; i++)
		if (same_site_own(&im->same_site, &feed->comment[i]))
			feed->comment[i].text[CT_SOURCE_SITE] = (struct text){ im->site, strlen(im->site), true };
	if (im->others != NULL && other_sites_compare(im->others, feed->comment, feed->n, e) == -1)
		return -1;
	progress_site(im->progress, im->file_site, met_site(im));
	return 0;
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
	struct feed *feed = feeder_next(im->feeder, e);
	size_t i;

	loader_begin(im->loader);
	if (feed == NULL || take_site(im, feed, e) == -1)
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

static void
conclude_broken(const struct import *im, struct sb *out)
{
	int64_t n = im->counts->comments_read - im->counts->skipped;
	char count[32];

	num_format_count(count, n);
	sb_printf(out, "%s %s complete %s before that place and %s imported.", err_public(&im->why), count,
	    n == 1 ? "comment stood" : "comments stood", n == 1 ? "was" : "were");
}

/* A name of a site may be as long as half a message. */
static void
add_site(struct sb *out, const char *site)
{
	struct sb name;
	size_t shown;

	sb_init(&name, WEBURL_PAGE_ROOM(strlen(site)));
	weburl_readable(site, strlen(site), &name);
	shown = utf8_cut_bytes(sb_text(&name), name.n, SITE_SHOWN);
	sb_add(out, sb_text(&name), shown);
	sb_str(out, shown < name.n ? "..." : "");
	sb_free(&name);
}

static void
conclude_met(const struct import *im, const char *met, struct sb *out)
{
	char count[32];

	num_format_count(count, im->counts->created);
	sb_str(out, out->n > 0 ? " " : "");
	sb_str(out, "More than half of the comments of this file have the ids and dates of comments of ");
	add_site(out, met);
	sb_str(out, ": it is probably the same site under another address.");
	if (im->counts->created == 0)
		return;
	sb_printf(out, " The %s new %s of this import %s beside them, as %s of ", count,
	    im->counts->created == 1 ? "comment" : "comments", im->counts->created == 1 ? "stands" : "stand",
	    im->counts->created == 1 ? "one" : "those");
	add_site(out, *im->file_site != '\0' ? im->file_site : "a site without a name");
	sb_char(out, '.');
}

/* What a completed job says: nothing, that there was no comment, or where its file broke off, and that it doubles another site. */
static void
conclude(const struct import *im, char message[JOB_MESSAGE_SIZE])
{
	const char *met = met_site(im);
	struct sb sb;

	sb_init(&sb, 4 * JOB_MESSAGE_SIZE);
	if (im->counts->comments_read == 0)
		sb_str(&sb, FORMAT_NO_COMMENTS);
	if (im->broken)
		conclude_broken(im, &sb);
	if (*met != '\0')
		conclude_met(im, met, &sb);
	snprintf(message, JOB_MESSAGE_SIZE, "%.*s", (int)utf8_cut_bytes(sb_text(&sb), sb.n, JOB_MESSAGE_SIZE - 1), sb_text(&sb));
	sb_free(&sb);
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
	if (im->same_site.known &&
	    job_site(ctx->loader, im->claim->job.job_id, ctx->worker, im->file_site, met_site(im), e) == -1)
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
	other_sites_close(im->others);
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
