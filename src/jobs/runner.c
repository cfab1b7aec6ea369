#include "jobs/runner.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "util/clock.h"
#include "util/log.h"
#include "util/rnd.h"

#include "jobs/batcher.h"
#include "jobs/keeper.h"
#include "jobs/notify.h"
#include "jobs/patience.h"
#include "jobs/worker.h"
#include "spool/spool.h"

#define WORKERS_MAX	64
#define BATCHERS	2		/* one batch that takes its time holds up no other site */
#define READY_SIGNAL	SIGUSR1
#define LOCK_TRIES	50		/* a tenth of a second each */
#define STEADY_MS	10000		/* a process that lived so long is started again at once */
#define DELAY_LEAST_MS	100
#define DELAY_MOST_MS	30000
#define WORKERS_END_MS	20000		/* for a worker to end its job after SIGTERM */
#define KEEPER_END_MS	15000
#define NOTIFIER_END_MS	10000		/* it gives up before that by itself */
#define BATCHERS_END_MS	10000		/* for a batch to be refused */

/* A process of ours. */
struct slot {
	pid_t	pid;			/* -1: none now */
	int64_t	started_ms, due_ms;	/* when it was, and when it is to be started */
	int64_t	delay_ms;
	char	name[KEEPER_NAME_SIZE];	/* of this run of a worker */
};

struct runner {
	struct worker_site	 site;
	int			 dead[2];	/* pipe to the keeper: names of workers that died */
	bool			 keeper_done;	/* the keeper has been through its fresh start */
	int			 workers;
	sigset_t		 before;	/* signal mask of our parent */
	struct slot		 keeper, notifier, batcher[BATCHERS], worker[WORKERS_MAX];
};

static bool
is_worker(const struct runner *r, const struct slot *slot)
{
	return slot >= r->worker && slot < r->worker + WORKERS_MAX;
}

static bool
is_batcher(const struct runner *r, const struct slot *slot)
{
	return slot >= r->batcher && slot < r->batcher + BATCHERS;
}

/* The slots by number: the keeper, the notifier, the batchers, the workers; NULL behind the last. */
static struct slot *
slot_at(struct runner *r, int i)
{
	if (i < 2)
		return i == 0 ? &r->keeper : &r->notifier;
	if ((i -= 2) < BATCHERS)
		return &r->batcher[i];
	i -= BATCHERS;
	return i < r->workers ? &r->worker[i] : NULL;
}

static const char *
what_is(const struct runner *r, const struct slot *slot)
{
	if (is_batcher(r, slot))
		return "batcher";
	return slot == &r->keeper ? "keeper" : slot == &r->notifier ? "notifier" : "worker";
}

/* --- starting --- */

/* In the new process. */
static NORETURN void
become(struct runner *r, struct slot *slot, pid_t parent)
{
	/* Nothing of a runner outlives its parent, however that ends. */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) == -1 || getppid() != parent)
		exit(EXIT_FAILURE);
	/* What ps and top show: all of them are the same program. */
	prctl(PR_SET_NAME, what_is(r, slot));
	close(r->dead[1]);
	if (slot != &r->keeper)
		close(r->dead[0]);
	sigprocmask(SIG_SETMASK, &r->before, NULL);
	if (slot == &r->keeper)
		exit(keeper_main(&r->site, r->dead[0], !r->keeper_done, READY_SIGNAL));
	if (slot == &r->notifier)
		exit(notify_main(&r->site));
	if (is_batcher(r, slot))
		exit(batcher_main(&r->site));
	exit(worker_main(&r->site, slot->name));
}

/* A name that no other run of any worker has: the job's row tells by it whose it is. */
static void
name_worker(struct runner *r, struct slot *slot)
{
	char random[17];

	rnd_hex(random, 8);
	snprintf(slot->name, sizeof(slot->name), "%.200s:%d:%s", r->site.settings->node, (int)getpid(), random);
}

static void
start(struct runner *r, struct slot *slot)
{
	pid_t parent = getpid();

	if (is_worker(r, slot))
		name_worker(r, slot);
	slot->started_ms = clock_monotonic_ms();
	slot->pid = fork();
	if (slot->pid == 0)
		become(r, slot, parent);
	if (slot->pid == -1) {
		log_error("fork", "errno=%d", errno);
		slot->due_ms = slot->started_ms + DELAY_MOST_MS;
	}
}

/* Starts what is due; returns the milliseconds until the next is. */
static int64_t
start_due(struct runner *r)
{
	int64_t now_ms = clock_monotonic_ms(), next_ms = now_ms + DELAY_MOST_MS;
	struct slot *slot;
	int i;

	for (i = 0; (slot = slot_at(r, i)) != NULL; i++) {
		if (slot->pid != -1 || (is_worker(r, slot) && !r->keeper_done))
			continue;
		if (slot->due_ms <= now_ms)
			start(r, slot);
		if (slot->pid == -1)
			next_ms = MIN(next_ms, slot->due_ms);
	}
	return MAX(next_ms - now_ms, 0);
}

/* --- ending --- */

static void
tell_keeper(struct runner *r, const struct slot *slot)
{
	/* A whole name or nothing: KEEPER_NAME_SIZE is below PIPE_BUF.  What does not fit is left to the lease. */
	if (write(r->dead[1], slot->name, sizeof(slot->name)) == -1)
		log_warn("keeper_not_told", "errno=%d", errno);
}

static struct slot *
slot_of(struct runner *r, pid_t pid)
{
	struct slot *slot;
	int i;

	for (i = 0; (slot = slot_at(r, i)) != NULL && slot->pid != pid; i++)
		;
	return slot;
}

static void
ended(struct runner *r, struct slot *slot, int status)
{
	int64_t now_ms = clock_monotonic_ms();

	if (status != 0)
		log_error("process_died", "process=%s pid=%d signal=%d status=%d",
		    what_is(r, slot), (int)slot->pid, WIFSIGNALED(status) ? WTERMSIG(status) : 0,
		    WIFEXITED(status) ? WEXITSTATUS(status) : 0);
	slot->pid = -1;
	slot->delay_ms = now_ms - slot->started_ms >= STEADY_MS ? DELAY_LEAST_MS :
	    MIN(MAX(2 * slot->delay_ms, DELAY_LEAST_MS), DELAY_MOST_MS);
	slot->due_ms = now_ms + slot->delay_ms;
	if (is_worker(r, slot))
		tell_keeper(r, slot);
}

static void
reap(struct runner *r)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		struct slot *slot = slot_of(r, pid);

		if (slot != NULL)
			ended(r, slot, status);
	}
}

/* Waits for a signal of ours for so long, and sees to ended children and the keeper's word.  The signal, or 0. */
static int
wait_signal(struct runner *r, const sigset_t *set, int64_t ms)
{
	struct timespec ts = { ms / 1000, ms % 1000 * 1000000L };
	siginfo_t info;
	int sig = sigtimedwait(set, &info, &ts);

	if (sig == READY_SIGNAL && info.si_pid == r->keeper.pid)
		r->keeper_done = true;
	reap(r);
	return sig == -1 ? 0 : sig;
}

static bool
lives(const struct slot *slots, int n)
{
	int i;

	for (i = 0; i < n; i++)
		if (slots[i].pid != -1)
			return true;
	return false;
}

static void
signal_all(const struct slot *slots, int n, int sig)
{
	int i;

	for (i = 0; i < n; i++)
		if (slots[i].pid > 0)
			kill(slots[i].pid, sig);
}

/* Asks n processes to end, and ends those that do not within ms. */
static void
end_all(struct runner *r, const struct slot *slots, int n, int64_t ms, const sigset_t *set)
{
	int64_t end_ms = clock_monotonic_ms() + ms, left;

	signal_all(slots, n, SIGTERM);
	while (lives(slots, n) && (left = end_ms - clock_monotonic_ms()) > 0)
		wait_signal(r, set, left);
	signal_all(slots, n, SIGKILL);
	while (lives(slots, n))
		wait_signal(r, set, PATIENCE_MOST_MS);
}

/* --- the runner --- */

static void
supervise(struct runner *r)
{
	sigset_t set;
	int sig;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGCHLD);
	sigaddset(&set, READY_SIGNAL);
	sigprocmask(SIG_BLOCK, &set, &r->before);
	log_info("ready", "workers=%d", r->workers);
	do
		sig = wait_signal(r, &set, start_due(r));
	while (sig != SIGTERM && sig != SIGINT);
	log_info("stopping", "signal=%d", sig);

	/* Meanwhile the notifier ends what it has begun, and batches are refused.  Workers first: the keeper fails the jobs
	 * of those that had to be killed. */
	signal_all(&r->notifier, 1, SIGTERM);
	signal_all(r->batcher, BATCHERS, SIGTERM);
	end_all(r, r->worker, r->workers, WORKERS_END_MS, &set);
	end_all(r, r->batcher, BATCHERS, BATCHERS_END_MS, &set);
	end_all(r, &r->keeper, 1, KEEPER_END_MS, &set);
	end_all(r, &r->notifier, 1, NOTIFIER_END_MS, &set);
	log_info("stopped", "signal=%d", sig);
}

/* Processes of a runner that was killed may need a moment to die. */
static int
lock_spool(struct spool_dir *spool, struct err *e)
{
	int i;

	for (i = 0; spool_lock_workers(spool, e) == -1; i++) {
		if (e->kind != ERR_CONFLICT || i == LOCK_TRIES)
			return -1;
		patience_sleep(100);
	}
	return 0;
}

int
runner_main(const struct settings *settings, const struct db_config *db, const struct key_pair *keys,
    const char *smtp_password, struct err *e)
{
	struct runner r = {
		.site = { .settings = settings, .db = db, .keys = keys, .smtp_password = smtp_password },
		.workers = MIN(MAX(settings->jobs_parallel, 1), WORKERS_MAX),
		.keeper = { .pid = -1 }, .notifier = { .pid = -1 },
	};
	int i, result = -1;

	for (i = 0; i < r.workers; i++)
		r.worker[i].pid = -1;
	for (i = 0; i < BATCHERS; i++)
		r.batcher[i].pid = -1;
	signal(SIGPIPE, SIG_IGN);
	if ((r.site.spool = spool_dir_open(settings->spool_dir, e)) == NULL)
		return -1;
	if (lock_spool(r.site.spool, e) == -1)
		goto close_spool;
	if (pipe2(r.dead, O_CLOEXEC | O_NONBLOCK) == -1) {
		err_sys(e, "cannot make a pipe");
		goto close_spool;
	}
	supervise(&r);
	close(r.dead[0]);
	close(r.dead[1]);
	result = 0;
close_spool:
	spool_dir_close(r.site.spool);
	return result;
}
