#include "jobs/worker.h"

#include <signal.h>

#include "util/clock.h"
#include "util/log.h"

#include "jobs/context.h"
#include "jobs/copy.h"
#include "jobs/export.h"
#include "jobs/import.h"
#include "jobs/move.h"
#include "jobs/patience.h"
#include "store/job.h"

#define IDLE_MS		250	/* between two looks for a job */
#define END_TRIES	20	/* to write that a job has ended; then its lease ends it, or the keeper */

/* Why the running job is to stop; JOB_STOP_SHUTDOWN stays. */
static atomic_int stop = JOB_STOP_NONE;

/* Runs a job of one kind: see import_run(). */
typedef int job_runner(const struct job_context *, const struct job_claim *, struct job_counts *,
    char message[JOB_MESSAGE_SIZE], struct err *);

static job_runner *const runners[JOB_KIND__MAX] = {
	[JOB_IMPORT] = import_run,
	[JOB_EXPORT] = export_run,
	[JOB_MOVE] = move_run,
	[JOB_COPY] = copy_run,
};

static void
on_sigterm(int sig)
{
	(void)sig;
	atomic_store(&stop, JOB_STOP_SHUTDOWN);
}

static bool
ending(void)
{
	return atomic_load(&stop) == JOB_STOP_SHUTDOWN;
}

static int
run_kind(const struct job_context *ctx, const struct job_claim *claim, struct job_counts *counts,
    char message[JOB_MESSAGE_SIZE], struct err *e)
{
	job_runner *run = runners[claim->job.kind];

	if (run != NULL)
		return run(ctx, claim, counts, message, e);
	snprintf(message, JOB_MESSAGE_SIZE, "This version of the service cannot run such a job yet. "
	    "Nothing was changed.");
	return err_set(e, ERR_CONFLICT, "there is no runner for jobs of the kind %s", job_kind_names[claim->job.kind]);
}

/* A job at its end, for what is to be written then. */
struct end {
	const struct job_context	*ctx;
	int64_t				 job_id;
	const struct job_counts		*counts;
	const char			*message;
};

/* 1 if it is failed now, 0 if it had ended already: cancelled, given up for dead, or completed by a commit whose
 * answer was lost.  -1 if the database cannot be reached: then the lease ends it. */
static int
write_failed(const struct end *end, struct err *e)
{
	return job_fail(end->ctx->status, end->job_id, end->ctx->worker, end->counts, end->message,
	    end->ctx->settings->operators, e);
}

/* What the job had written is taken back, if it was cancelled. */
static int
write_undone(const struct end *end, struct err *e)
{
	return job_undone(end->ctx->status, end->job_id, end->ctx->worker, e);
}

static int
write_file_destroyed(const struct end *end, struct err *e)
{
	return job_file_destroyed(end->ctx->status, end->job_id, e);
}

/* Writes it as soon as the database can be reached. */
static int
write_end(const struct end *end, int (*write)(const struct end *, struct err *))
{
	struct patience patience = PATIENCE_INIT;
	struct db *db = end->ctx->status;
	struct err e;
	int i, done;

	for (i = 0; i < END_TRIES && (i == 0 || !ending()); i++) {
		if (i > 0)
			patience_wait(&patience);
		if (db_lost(db) && db_reopen(db, &e) == -1)
			continue;
		if ((done = write(end, &e)) != -1)
			return done;
	}
	log_err("job_end_not_written", &e);
	return -1;
}

/* What fails here is left to the keeper. */
static void
destroy_file(const struct end *end, const char *spool_name)
{
	struct err e;

	if (spool_unlink(end->ctx->spool, spool_name, &e) == -1)
		log_err("spool_unlink", &e);
	else
		(void)write_end(end, write_file_destroyed);
}

static void
log_end(const char *how, const struct job_counts *n, int64_t begin_ms)
{
	log_info("job_ended", "outcome=%s seconds=%.1f bytes_read=%" PRId64 " comments_read=%" PRId64
	    " created=%" PRId64 " updated=%" PRId64 " unchanged=%" PRId64 " skipped=%" PRId64, how,
	    (double)(clock_monotonic_ms() - begin_ms) / 1000, n->bytes_read, n->comments_read, n->created, n->updated,
	    n->unchanged, n->skipped);
}

static void
run_job(struct job_context *ctx, const struct job_claim *claim)
{
	static const char *const outcome[] = { "unknown", "ended_already", "failed" };
	int64_t begin_ms = clock_monotonic_ms();
	char message[JOB_MESSAGE_SIZE], id[24];
	struct job_counts counts;
	const struct end end = { ctx, claim->job.job_id, &counts, message };
	const char *how = "completed";
	struct err e;
	int why, failed = 0;

	snprintf(id, sizeof(id), "%" PRId64, claim->job.job_id);
	log_context("job", id);
	log_info("job_started", "kind=%s account=%" PRId64 " bytes=%" PRId64, job_kind_names[claim->job.kind],
	    claim->job.account_id, claim->job.file_size);
	if (run_kind(ctx, claim, &counts, message, &e) == -1) {
		log_err("job_failed", &e);
		failed = write_end(&end, write_failed);
		how = outcome[1 + failed];
		if (failed == 0)
			(void)write_end(&end, write_undone);
	}
	if (failed != -1 && claim->spool_name[0] != '\0')
		destroy_file(&end, claim->spool_name);
	log_end(how, &counts, begin_ms);
	log_context(NULL, NULL);

	/* The next job starts with a clean slate, unless the service ends. */
	why = atomic_load(&stop);
	if (why != JOB_STOP_SHUTDOWN)
		atomic_compare_exchange_strong(&stop, &why, JOB_STOP_NONE);
}

/* Opens or reopens until it works or the service ends. */
static struct db *
open_db(const struct db_config *config)
{
	struct patience patience = PATIENCE_INIT;
	struct db *db = NULL;
	struct err e;

	while (!ending() && (db = db_open(config, DB_ROLE_JOBS, &e)) == NULL) {
		if (patience_first(&patience))
			log_err("database_away", &e);
		patience_wait(&patience);
	}
	return db;
}

static void
reopen_db(struct db *db)
{
	struct patience patience = PATIENCE_INIT;
	struct err e;

	while (!ending() && db_lost(db) && db_reopen(db, &e) == -1) {
		if (patience_first(&patience))
			log_err("database_away", &e);
		patience_wait(&patience);
	}
}

/* The server ends a connection that was silent for two minutes: between two jobs that is no loss. */
static void
wake_db(struct db *db)
{
	struct err e;

	if (db_begin(db, &e) == 0)
		db_rollback(db);
	reopen_db(db);
}

static void
work(struct job_context *ctx)
{
	struct patience patience = PATIENCE_INIT;
	struct job_claim claim;
	struct err e;

	while (!ending()) {
		int got;

		reopen_db(ctx->loader);
		reopen_db(ctx->status);
		got = job_claim(ctx->status, ctx->settings->node, ctx->worker, ctx->settings->lease_seconds, &claim,
		    &e);
		if (got == 1) {
			wake_db(ctx->loader);
			run_job(ctx, &claim);
		}
		else if (got == 0)
			patience_sleep(IDLE_MS);
		else if (!db_lost(ctx->status)) {
			if (patience_first(&patience))
				log_err("job_claim", &e);
			patience_wait(&patience);
		}
		if (got != -1)
			patience = (struct patience)PATIENCE_INIT;
	}
}

int
worker_main(const struct worker_site *site, const char *name)
{
	struct sigaction on_term = { .sa_handler = on_sigterm };
	struct job_context ctx = {
		.settings = site->settings, .keys = site->keys, .spool = site->spool, .worker = name, .stop = &stop,
	};

	/* No SA_RESTART: a signal ends every wait. */
	sigaction(SIGTERM, &on_term, NULL);
	signal(SIGINT, SIG_IGN);
	ctx.loader = open_db(site->db);
	ctx.status = open_db(site->db);
	if (ctx.loader != NULL && ctx.status != NULL)
		work(&ctx);
	db_close(ctx.status);
	db_close(ctx.loader);
	return EXIT_SUCCESS;
}
