#include "jobs/progress.h"

#include <pthread.h>
#include <signal.h>

#include "util/clock.h"
#include "util/log.h"

#include "model/comment.h"
#include "store/job.h"

#define BEAT_SECONDS	1

/* What progress_site() was told. */
struct job_sites {
	bool	known;
	char	file[LIMIT_SITE_BYTES + 1], met[LIMIT_SITE_BYTES + 1];
};

struct progress {
	const struct job_context *ctx;
	int64_t			 job_id;
	pthread_t		 thread;
	pthread_mutex_t		 lock;
	pthread_cond_t		 wake;
	bool			 ended;		/* under the lock */
	struct job_counts	 counts;	/* under the lock */
	int64_t			 total;		/* under the lock; -1: nothing new */
	struct job_sites	 sites;		/* under the lock */

	/* the thread's own */
	int64_t			 renewed_ms;
	struct job_sites	 written;	/* the last that were */
	bool			 over;		/* the job has ended without us: at most there is something to undo */
	bool			 complained;
};

static int
write_sites(struct progress *p, const struct job_sites *sites, struct err *e)
{
	if (!sites->known || memcmp(sites, &p->written, sizeof(*sites)) == 0)
		return 0;
	if (job_site(p->ctx->status, p->job_id, p->ctx->worker, sites->file, sites->met, e) == -1)
		return -1;
	p->written = *sites;
	return 0;
}

/* Writes the counts and renews the lease.  -1 when that could not be done this time. */
static int
beat(struct progress *p, const struct job_counts *counts, int64_t total, const struct job_sites *sites, struct err *e)
{
	const struct job_context *ctx = p->ctx;
	int lease = ctx->settings->lease_seconds, mine;

	if (db_lost(ctx->status) && db_reopen(ctx->status, e) == -1)
		return -1;
	if (!p->over) {
		if (total != -1 && job_total(ctx->status, p->job_id, ctx->worker, total, e) == -1)
			return -1;
		if (write_sites(p, sites, e) == -1)
			return -1;
		if ((mine = job_progress(ctx->status, p->job_id, ctx->worker, lease, counts, e)) != 0)
			return mine == -1 ? -1 : 0;
		p->over = true;
		job_stop_ask(ctx->stop, JOB_STOP_NOT_OURS);
	}
	return job_undoing(ctx->status, p->job_id, ctx->worker, lease, e) == -1 ? -1 : 0;
}

/* A job whose lease ran out may be failed by anybody at any time: stop before its file is taken away. */
static void
beat_or_complain(struct progress *p, const struct job_counts *counts, int64_t total, const struct job_sites *sites)
{
	int64_t begin = clock_monotonic_ms();
	struct err e;

	if (beat(p, counts, total, sites, &e) == 0) {
		p->renewed_ms = begin;
		p->complained = false;
		return;
	}
	if (!p->complained)
		log_err("progress_not_written", &e);
	p->complained = true;
	if (clock_monotonic_ms() - p->renewed_ms > (int64_t)p->ctx->settings->lease_seconds * 1000)
		job_stop_ask(p->ctx->stop, JOB_STOP_NO_DATABASE);
}

static void *
run(void *arg)
{
	struct progress *p = arg;
	char id[24];

	snprintf(id, sizeof(id), "%" PRId64, p->job_id);
	log_context("job", id);
	pthread_mutex_lock(&p->lock);
	while (!p->ended) {
		struct job_counts counts = p->counts;
		int64_t total = p->total;
		struct job_sites sites = p->sites;
		struct timespec until;

		pthread_mutex_unlock(&p->lock);
		beat_or_complain(p, &counts, total, &sites);
		clock_gettime(CLOCK_MONOTONIC, &until);
		until.tv_sec += BEAT_SECONDS;
		pthread_mutex_lock(&p->lock);
		while (!p->ended && pthread_cond_timedwait(&p->wake, &p->lock, &until) == 0)
			;
	}
	pthread_mutex_unlock(&p->lock);
	return NULL;
}

/* Signals stay with the main thread, whose waiting they end. */
static int
create_thread(struct progress *p, struct err *e)
{
	sigset_t all, before;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	errno = pthread_create(&p->thread, NULL, run, p);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return errno == 0 ? 0 : err_sys(e, "cannot start the progress thread");
}

struct progress *
progress_start(const struct job_context *ctx, int64_t job_id, struct err *e)
{
	struct progress *p = calloc(1, sizeof(*p));
	pthread_condattr_t attr;

	if (p == NULL) {
		err_nomem(e);
		return NULL;
	}
	p->ctx = ctx;
	p->job_id = job_id;
	p->renewed_ms = clock_monotonic_ms();
	p->total = -1;
	pthread_mutex_init(&p->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&p->wake, &attr);
	pthread_condattr_destroy(&attr);
	if (create_thread(p, e) == 0)
		return p;
	pthread_cond_destroy(&p->wake);
	pthread_mutex_destroy(&p->lock);
	free(p);
	return NULL;
}

void
progress_set(struct progress *p, const struct job_counts *counts)
{
	pthread_mutex_lock(&p->lock);
	p->counts = *counts;
	pthread_mutex_unlock(&p->lock);
}

void
progress_total(struct progress *p, int64_t total)
{
	pthread_mutex_lock(&p->lock);
	p->total = total;
	pthread_mutex_unlock(&p->lock);
}

void
progress_site(struct progress *p, const char *file_site, const char *met_site)
{
	pthread_mutex_lock(&p->lock);
	p->sites.known = true;
	/* To the end of the arrays, for they are compared so. */
	strncpy(p->sites.file, file_site, sizeof(p->sites.file) - 1);
	strncpy(p->sites.met, met_site, sizeof(p->sites.met) - 1);
	pthread_mutex_unlock(&p->lock);
}

void
progress_end(struct progress *p)
{
	if (p == NULL)
		return;
	pthread_mutex_lock(&p->lock);
	p->ended = true;
	pthread_cond_signal(&p->wake);
	pthread_mutex_unlock(&p->lock);
	pthread_join(p->thread, NULL);
	pthread_cond_destroy(&p->wake);
	pthread_mutex_destroy(&p->lock);
	free(p);
}
