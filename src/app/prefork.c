#include "app/prefork.h"

#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "util/clock.h"
#include "util/log.h"

#define GOOD_LIFE_MS	10000	/* a child that lived so long had started well */
#define FIRST_PAUSE_MS	500
#define LAST_PAUSE_MS	30000

struct slot {
	const struct prefork_kind	*kind;
	pid_t				 pid;		/* 0: not running */
	int64_t				 started_ms, due_ms;
	int				 pause_ms;
};

struct herd {
	struct slot	*slots;
	size_t		 n;
	sigset_t	 waited, before;
};

static pid_t parent;

/* The kernel sends SIGTERM when the parent is gone; the check covers a parent that was faster. */
static void
die_with_parent(void)
{
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != parent)
		_exit(1);
}

static void NORETURN
child_main(const struct slot *slot, const sigset_t *mask)
{
	int status;

	die_with_parent();
	signal(SIGTERM, SIG_DFL);
	signal(SIGINT, SIG_IGN);
	sigprocmask(SIG_SETMASK, mask, NULL);
	status = slot->kind->run(slot->kind->ctx);
	_exit(status);
}

static void
set_back(struct slot *slot, int64_t now)
{
	slot->pid = 0;
	if (now - slot->started_ms >= GOOD_LIFE_MS)
		slot->pause_ms = 0;
	else
		slot->pause_ms = slot->pause_ms == 0 ? FIRST_PAUSE_MS : MIN(2 * slot->pause_ms, LAST_PAUSE_MS);
	slot->due_ms = now + slot->pause_ms;
}

static void
start(struct slot *slot, const sigset_t *mask)
{
	pid_t pid;

	slot->started_ms = clock_monotonic_ms();
	if ((pid = fork()) == 0)
		child_main(slot, mask);
	if (pid == -1) {
		log_error("cannot_fork", "kind=%s sys=%d", slot->kind->name, errno);
		set_back(slot, slot->started_ms);
		return;
	}
	slot->pid = pid;
}

/* Starts what is due; milliseconds until the next is, -1 when none waits. */
static int64_t
start_due(struct herd *f)
{
	int64_t now = clock_monotonic_ms(), wait = -1;
	size_t i;

	for (i = 0; i < f->n; i++) {
		if (f->slots[i].pid == 0 && f->slots[i].due_ms <= now)
			start(&f->slots[i], &f->before);
		if (f->slots[i].pid == 0 && (wait == -1 || f->slots[i].due_ms - now < wait))
			wait = MAX(f->slots[i].due_ms - now, 1);
	}
	return wait;
}

static void
reaped(struct herd *f, pid_t pid, int status, bool ending)
{
	size_t i;

	for (i = 0; i < f->n && f->slots[i].pid != pid; i++)
		;
	if (i == f->n)
		return;
	set_back(&f->slots[i], clock_monotonic_ms());
	if (!ending)
		log_warn("child_ended", "kind=%s child=%d status=%d signal=%d restart_in_ms=%d",
		    f->slots[i].kind->name, (int)pid, WIFEXITED(status) ? WEXITSTATUS(status) : -1,
		    WIFSIGNALED(status) ? WTERMSIG(status) : 0, f->slots[i].pause_ms);
}

static void
reap(struct herd *f, bool ending)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		reaped(f, pid, status, ending);
}

/* The next of our signals, or 0 after ms milliseconds (-1: no limit). */
static int
wait_signal(const struct herd *f, int64_t ms)
{
	struct timespec t = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 };
	int sig = ms == -1 ? sigwaitinfo(&f->waited, NULL) : sigtimedwait(&f->waited, NULL, &t);

	return sig == -1 ? 0 : sig;
}

static void
serve(struct herd *f)
{
	int sig;

	for (;;) {
		sig = wait_signal(f, start_due(f));
		if (sig == SIGTERM || sig == SIGINT)
			return;
		reap(f, false);
	}
}

/* Sends sig to the children of a kind that still run; how many those are. */
static size_t
signal_kind(struct herd *f, const struct prefork_kind *kind, int sig)
{
	size_t i, alive = 0;

	for (i = 0; i < f->n; i++)
		if (f->slots[i].kind == kind && f->slots[i].pid != 0) {
			kill(f->slots[i].pid, sig);
			alive++;
		}
	return alive;
}

static void
end_kind(struct herd *f, const struct prefork_kind *kind)
{
	int64_t until = clock_monotonic_ms() + 1000 * (int64_t)kind->grace_seconds, left;

	signal_kind(f, kind, SIGTERM);
	for (;;) {
		reap(f, true);
		if (signal_kind(f, kind, 0) == 0)
			return;
		if ((left = until - clock_monotonic_ms()) <= 0)
			break;
		wait_signal(f, left);
	}
	log_warn("child_killed", "kind=%s children=%zu", kind->name, signal_kind(f, kind, SIGKILL));
	while (signal_kind(f, kind, 0) > 0) {
		wait_signal(f, 100);
		reap(f, true);
	}
}

static int
make_slots(struct herd *f, const struct prefork_kind *kinds, size_t n, struct err *e)
{
	size_t i, total = 0, at = 0;
	int j;

	for (i = 0; i < n; i++)
		total += (size_t)kinds[i].count;
	if ((f->slots = calloc(MAX(total, (size_t)1), sizeof(*f->slots))) == NULL)
		return err_nomem(e);
	for (i = 0; i < n; i++)
		for (j = 0; j < kinds[i].count; j++)
			f->slots[at++].kind = &kinds[i];
	f->n = total;
	return 0;
}

int
prefork_run(const struct prefork_kind *kinds, size_t n, void (*ready)(void *ctx), void *ctx, struct err *e)
{
	struct herd f = { .n = 0 };
	size_t i;

	if (make_slots(&f, kinds, n, e) == -1)
		return -1;
	parent = getpid();
	signal(SIGPIPE, SIG_IGN);
	/* Blocked and fetched one by one: no handler runs, no signal is missed. */
	sigemptyset(&f.waited);
	sigaddset(&f.waited, SIGTERM);
	sigaddset(&f.waited, SIGINT);
	sigaddset(&f.waited, SIGCHLD);
	sigprocmask(SIG_BLOCK, &f.waited, &f.before);

	start_due(&f);
	ready(ctx);
	serve(&f);
	log_info("ending", "children=%zu", f.n);
	for (i = 0; i < n; i++)
		end_kind(&f, &kinds[i]);

	sigprocmask(SIG_SETMASK, &f.before, NULL);
	free(f.slots);
	return 0;
}

static int
find_group(const char *name, gid_t *gid, struct err *e)
{
	struct group *gr = getgrnam(name);

	if (gr == NULL)
		return err_set(e, ERR_CONFIG, "there is no group %s on this machine", name);
	*gid = gr->gr_gid;
	return 0;
}

int
prefork_become(const char *user, const char *group, struct err *e)
{
	struct passwd *pw;
	gid_t beside;

	if (*user == '\0')
		return 0;
	if ((pw = getpwnam(user)) == NULL)
		return err_set(e, ERR_CONFIG, "there is no user %s on this machine", user);
	if (*group != '\0' && find_group(group, &beside, e) == -1)
		return -1;
	if (setgroups(*group != '\0' ? 1 : 0, &beside) == -1 || setresgid(pw->pw_gid, pw->pw_gid, pw->pw_gid) == -1 ||
	    setresuid(pw->pw_uid, pw->pw_uid, pw->pw_uid) == -1)
		return err_sys(e, "become user %s", user);
	if (pw->pw_uid != 0 && setuid(0) != -1)
		return err_set(e, ERR_BUG, "the rights of root could be taken back");
	/* The change of user has taken it away. */
	die_with_parent();
	return 0;
}
