#include "jobs/keeper.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>

#include "util/clock.h"
#include "util/log.h"

#include "jobs/patience.h"
#include "store/audit.h"
#include "store/batch.h"
#include "store/export.h"
#include "store/job.h"

#define ROUND_MS	1000
#define SWEEP_MS	60000

/* A lease that has run out does not say which of the two it was. */
#define INTERRUPTED	"The job was interrupted: the program that ran it stopped or lost the database. Nothing was changed. " \
			"Please start it once more; the file of an import must be uploaded again."

struct keeper {
	const struct worker_site *site;
	struct db	*db;
	int		 dead;		/* names of dead workers come here */
	bool		 fresh;		/* every running job of this machine is still to be failed */
	int64_t		 next_sweep_ms;
};

static atomic_bool ending;

static void
on_sigterm(int sig)
{
	(void)sig;
	atomic_store(&ending, true);
}

static void
failed(void *ctx, int64_t job_id)
{
	(void)ctx;
	log_warn("job_interrupted", "job=%" PRId64, job_id);
}

/* What dead workers ran has failed; what they were to take back, the server takes back alone. */
static int
end_dead(struct keeper *k, const char *node, const char *worker, bool force, struct err *e)
{
	if (job_fail_dead(k->db, node, worker, force, INTERRUPTED, k->site->settings->operators, failed, NULL, e) == -1)
		return -1;
	return job_undone_dead(k->db, node, worker, force, e) == -1 ? -1 : 0;
}

/* --- the spool directory --- */

/* The key is gone, the file is of no use to anybody. */
static int
destroy(void *ctx, const char *name)
{
	struct keeper *k = ctx;
	struct err e;

	if (spool_unlink(k->site->spool, name, &e) == 0)
		return 0;
	log_err("spool_unlink", &e);
	return -1;
}

static int
owned(void *ctx, const char *name, struct err *e)
{
	struct keeper *k = ctx;

	return job_spool_owned(k->db, k->site->settings->node, name, e);
}

/* 0 only when it is certain that the file is not there. */
static int
exists(void *ctx, const char *name)
{
	struct keeper *k = ctx;
	int dir = open(k->site->settings->spool_dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	bool missing;

	if (dir == -1)
		return 1;
	missing = faccessat(dir, name, F_OK, AT_SYMLINK_NOFOLLOW) == -1 && errno == ENOENT;
	close(dir);
	return !missing;
}

static int
sweep(struct keeper *k, struct err *e)
{
	const struct settings *settings = k->site->settings;
	int removed = spool_sweep(k->site->spool, owned, k, e);
	char detail[100];

	if (removed == -1)
		return -1;
	if (removed > 0) {
		log_info("spool_swept", "files=%d", removed);
		snprintf(detail, sizeof(detail), "files of no job: %d", removed);
		if (audit_add(k->db, 0, "", AUDIT_FILE_DESTROYED, 0, detail, e) == -1)
			return -1;
	}
	return job_fail_lost_files(k->db, settings->node, settings->operators, exists, k, e);
}

/* --- connected sites --- */

static void
expired(void *ctx, int64_t job_id)
{
	(void)ctx;
	log_warn("site_silent", "job=%" PRId64, job_id);
}

static int
end_silent(struct keeper *k, struct err *e)
{
	const struct settings *settings = k->site->settings;

	if (batch_leave_dead(k->db, e) == -1)
		return -1;
	return run_expire(k->db, settings->plugin_silence_hours, settings->operators, expired, NULL, e) == -1 ? -1 : 0;
}

static int
sweep_sites(struct keeper *k, struct err *e)
{
	const struct settings *settings = k->site->settings;
	int ended = integration_expire(k->db, settings->plugin_asking_hours, e);

	if (ended > 0)
		log_info("sites_given_up", "sites=%d", ended);
	return ended == -1 ? -1 : batch_sweep(k->db, settings->node, destroy, k, e);
}

/* --- rounds --- */

/* The names of workers that died since. */
static int
end_named(struct keeper *k, struct err *e)
{
	char name[KEEPER_NAME_SIZE];
	ssize_t got;

	while ((got = read(k->dead, name, sizeof(name))) == (ssize_t)sizeof(name)) {
		name[sizeof(name) - 1] = '\0';
		if (end_dead(k, k->site->settings->node, name, true, e) == -1)
			return -1;
	}
	return 0;
}

static int
one_round(struct keeper *k, struct err *e)
{
	const char *node = k->site->settings->node;
	int64_t now_ms = clock_monotonic_ms();

	if (db_lost(k->db) && db_reopen(k->db, e) == -1)
		return -1;
	if (k->fresh && end_dead(k, node, NULL, true, e) == -1)
		return -1;
	k->fresh = false;
	if (end_named(k, e) == -1 || end_dead(k, NULL, NULL, false, e) == -1 || end_silent(k, e) == -1 ||
	    export_expire(k->db, e) == -1 || job_destroy_files(k->db, node, destroy, k, e) == -1)
		return -1;
	if (now_ms < k->next_sweep_ms)
		return 0;
	if (sweep_sites(k, e) == -1 || sweep(k, e) == -1)
		return -1;
	k->next_sweep_ms = now_ms + SWEEP_MS;
	return 0;
}

static int
round_or_complain(struct keeper *k, struct patience *patience)
{
	struct err e;

	if (one_round(k, &e) == -1) {
		if (patience_first(patience))
			log_err("keeper", &e);
		patience_wait(patience);
		return -1;
	}
	*patience = (struct patience)PATIENCE_INIT;
	return 0;
}

static void
keep(struct keeper *k, int ready_signal)
{
	struct patience patience = PATIENCE_INIT;
	struct pollfd dead = { .fd = k->dead, .events = POLLIN };
	bool told = false;

	while (!atomic_load(&ending)) {
		int done = round_or_complain(k, &patience);

		/* Whatever else went wrong: nothing of the runs before can disturb the workers any more. */
		if (!k->fresh && !told) {
			kill(getppid(), ready_signal);
			told = true;
		}
		if (done == 0)
			poll(&dead, 1, ROUND_MS);
	}
	/* The runner has ended the workers before it ends us. */
	(void)round_or_complain(k, &patience);
}

int
keeper_main(const struct worker_site *site, int dead, bool fresh, int ready_signal)
{
	struct sigaction on_term = { .sa_handler = on_sigterm };
	struct keeper k = { .site = site, .dead = dead, .fresh = fresh };
	struct patience patience = PATIENCE_INIT;
	struct err e;

	sigaction(SIGTERM, &on_term, NULL);
	signal(SIGINT, SIG_IGN);
	while (!atomic_load(&ending) && (k.db = db_open(site->db, DB_ROLE_JOBS, &e)) == NULL) {
		if (patience_first(&patience))
			log_err("database_away", &e);
		patience_wait(&patience);
	}
	if (k.db != NULL)
		keep(&k, ready_signal);
	db_close(k.db);
	return EXIT_SUCCESS;
}
