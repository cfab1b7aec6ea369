#include "jobs/reader_process.h"

#include <fcntl.h>
#include <linux/close_range.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "util/clock.h"
#include "util/sb.h"

#include "formats/format.h"
#include "jobs/reader_child.h"

#define PIPE_SIZE	(1024 * 1024)		/* lets the reader run ahead while a batch is loaded */
#define RECEIVE_SIZE	(256 * 1024)
#define START_MAX	(64 * 1024)
#define POLL_MS		250			/* how soon a stop is noticed */
#define READER_FILES	16			/* descriptors for the dynamic linker; the reader gives up the rest */

enum exe_fd { EXE_FD = 3 };

struct reader_process {
	struct reader_process_config config;
	pid_t		 pid;			/* -1 once it was collected */
	int		 to, from;		/* our ends of the pipes */
	int64_t		 now_ms;

	/* to the reader */
	struct sb	 start;
	const uint8_t	*send;			/* what still has to be written */
	size_t		 send_left;
	bool		 file_ended;		/* the empty frame of this pass is on its way */
	bool		 refused;		/* the reader closed its end */
	bool		 own_source;		/* records of this format say their source */
	int		 pass;			/* from 1 */
	int64_t		 bytes_read;
	int64_t		 bytes_fed;		/* that it took, whatever they were */
	uint8_t		 frame[WIRE_DATA_HEADER + WIRE_DATA_MAX];

	/* from the reader */
	uint8_t		*buf;
	size_t		 pos, fill, size;
	bool		 hello, done, closed;
	uint64_t	 records, skipped;
	uint64_t	 next_ordinal;		/* least one that the next record of this pass may have */
};

/* --- start --- */

#ifdef TRASLOCO_SANITIZERS
#define KEEP_STDERR	true	/* for their reports */
#else
#define KEEP_STDERR	false
#endif

static int
limit(int resource, rlim_t value)
{
	return setrlimit(resource, &(struct rlimit){ value, value });
}

static int
set_limits(int64_t memory)
{
	if (limit(RLIMIT_CORE, 0) == -1 || limit(RLIMIT_FSIZE, 0) == -1)
		return -1;
#ifdef TRASLOCO_SANITIZERS	/* which reserve terabytes of address space and start a helper to look for leaks */
	(void)memory;
	return 0;
#else
	if (memory > 0 && limit(RLIMIT_AS, (rlim_t)memory) == -1)
		return -1;
	return limit(RLIMIT_NPROC, 0) == -1 || limit(RLIMIT_NOFILE, READER_FILES) == -1 ? -1 : 0;
#endif
}

/* Between fork and exec: only what is safe in the child of a program with threads.  Comes back only in failure. */
static void
become_reader(int exe, int in, int out, pid_t parent, int64_t memory)
{
	static char name[] = READER_CHILD_NAME;
	char *argv[] = { name, NULL }, *envp[] = { NULL };
	sigset_t none;

	sigemptyset(&none);
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) == -1 || getppid() != parent ||
	    setpgid(0, 0) == -1 || sigprocmask(SIG_SETMASK, &none, NULL) == -1)
		return;
	if (dup2(in, STDIN_FILENO) == -1 || dup2(out, STDOUT_FILENO) == -1)
		return;
	if (exe != EXE_FD && dup3(exe, EXE_FD, O_CLOEXEC) == -1)
		return;
	if (!KEEP_STDERR)
		close(STDERR_FILENO);
	if (close_range(EXE_FD + 1, ~0U, 0) == -1 || set_limits(memory) == -1 ||
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1)
		return;
	execveat(EXE_FD, "", argv, envp, AT_EMPTY_PATH);
}

static int
fork_reader(struct reader_process *rp, int in, int out, struct err *e)
{
	int exe = open("/proc/self/exe", O_PATH | O_CLOEXEC);
	pid_t parent = getpid();

	if (exe == -1)
		return err_sys(e, "cannot open the program itself");
	if ((rp->pid = fork()) == 0) {
		become_reader(exe, in, out, parent, rp->config.memory);
		_exit(127);
	}
	if (rp->pid == -1)
		err_sys(e, "cannot start the reader");
	close(exe);
	return rp->pid != -1 ? 0 : -1;
}

static void
close_pipe(int fds[2])
{
	if (fds[0] != -1)
		close(fds[0]);
	if (fds[1] != -1)
		close(fds[1]);
}

/* Ours is non-blocking, so that neither side can wait for the other at the same time. */
static int
open_pipe(int fds[2], int ours, struct err *e)
{
	if (pipe2(fds, O_CLOEXEC) == -1)
		return err_sys(e, "cannot make a pipe");
	if (fcntl(fds[ours], F_SETFL, O_NONBLOCK) == -1)
		return err_sys(e, "cannot prepare a pipe");
	/* A smaller pipe is slower, not wrong: the kernel may refuse when others hold much. */
	(void)fcntl(fds[ours], F_SETPIPE_SZ, PIPE_SIZE);
	return 0;
}

static int
start(struct reader_process *rp, struct err *e)
{
	int in[2] = { -1, -1 }, out[2] = { -1, -1 }, result = -1;

	if (open_pipe(in, 1, e) == -1 || open_pipe(out, 0, e) == -1 || fork_reader(rp, in[0], out[1], e) == -1)
		goto close_pipes;
	rp->to = in[1];
	rp->from = out[0];
	in[1] = out[0] = -1;
	result = 0;
close_pipes:
	close_pipe(in);
	close_pipe(out);
	return result;
}

static int
write_start(struct reader_process *rp, struct err *e)
{
	const struct reader_process_config *config = &rp->config;
	struct wire_start s = {
		.max_unpacked = config->max_unpacked, .max_ratio = config->max_ratio, .now_ms = rp->now_ms, .pairs = config->pairs,
	};
	size_t n, i;

	if (strlen(config->format) >= sizeof(s.format))
		return err_set(e, ERR_BUG, "the name of the format is too long");
	memcpy(s.format, config->format, strlen(config->format) + 1);
	wire_put_u32(&rp->start, 0);
	wire_put_start(&rp->start, &s);
	if (!sb_ok(&rp->start))
		return err_set(e, ERR_LIMIT, "The options of this import are too long.");
	n = rp->start.n - WIRE_DATA_HEADER;
	for (i = 0; i < WIRE_DATA_HEADER; i++)
		rp->start.p[i] = (char)(uint8_t)(n >> (8 * i));
	rp->send = (const uint8_t *)rp->start.p;
	rp->send_left = rp->start.n;
	return 0;
}

struct reader_process *
reader_process_open(const struct reader_process_config *config, struct err *e)
{
	struct reader_process *rp = calloc(1, sizeof(*rp));
	const struct format *format = format_or_channel(config->format);

	if (rp == NULL) {
		err_nomem(e);
		return NULL;
	}
	rp->config = *config;
	rp->own_source = format != NULL && format->own_source;
	rp->pid = rp->to = rp->from = -1;
	rp->pass = 1;
	rp->now_ms = clock_now_ms();
	rp->size = RECEIVE_SIZE;
	sb_init(&rp->start, START_MAX);
	if ((rp->buf = malloc(rp->size)) == NULL) {
		err_nomem(e);
		goto fail;
	}
	if (write_start(rp, e) == -1 || start(rp, e) == -1)
		goto fail;
	return rp;
fail:
	reader_process_close(rp);
	return NULL;
}

/* --- feeding --- */

/* The next data frame, out of the file.  The empty one ends the pass. */
static int
next_data(struct reader_process *rp, struct err *e)
{
	ssize_t got = input_read_full(rp->config.file, rp->frame + WIRE_DATA_HEADER, WIRE_DATA_MAX, e);
	size_t i;

	if (got == -1)
		return -1;
	for (i = 0; i < WIRE_DATA_HEADER; i++)
		rp->frame[i] = (uint8_t)((size_t)got >> (8 * i));
	rp->send = rp->frame;
	rp->send_left = WIRE_DATA_HEADER + (size_t)got;
	rp->file_ended = got == 0;
	if (rp->pass == 1)
		rp->bytes_read += got;
	return 0;
}

static bool
feeding(const struct reader_process *rp)
{
	return !rp->refused && (rp->send_left > 0 || !rp->file_ended);
}

/* Writes as much as the pipe takes.  1 if anything was written, 0, -1. */
static int
feed(struct reader_process *rp, struct err *e)
{
	int moved = 0;

	while (feeding(rp)) {
		ssize_t put;

		if (rp->send_left == 0 && next_data(rp, e) == -1)
			return -1;
		put = write(rp->to, rp->send, rp->send_left);
		if (put == -1 && errno == EINTR)
			continue;
		if (put == -1 && errno == EAGAIN)
			break;
		if (put == -1 && errno != EPIPE)
			return err_sys(e, "cannot write to the reader");
		if (put == -1) {
			/* What it said before it closed its end tells why. */
			rp->refused = true;
			break;
		}
		rp->bytes_fed += put;
		rp->send += put;
		rp->send_left -= (size_t)put;
		moved = 1;
	}
	return moved;
}

/* --- receiving --- */

static int
broken(struct err *e, const char *what)
{
	return err_set(e, ERR_READER, "the reader broke its protocol: %s", what);
}

/* Kills it, which does nothing to one that has ended by itself, and collects its status. */
static int
collect(struct reader_process *rp, int *status)
{
	pid_t pid;

	if (rp->pid <= 0)	/* kill() would take it for a group */
		return -1;
	kill(rp->pid, SIGKILL);
	do
		pid = waitpid(rp->pid, status, 0);
	while (pid == -1 && errno == EINTR);
	rp->pid = -1;
	return pid == -1 ? -1 : 0;
}

/* It closed its end: all is well only if it had said everything. */
static int
ended(struct reader_process *rp, struct err *e)
{
	int status;

	if (collect(rp, &status) == -1)
		return err_sys(e, "the reader is lost");
	if (WIFSIGNALED(status))
		return err_set(e, ERR_READER, "the reader was killed by signal %d", WTERMSIG(status));
	if (WEXITSTATUS(status) != 0)
		return err_set(e, ERR_READER, "the reader ended with status %d", WEXITSTATUS(status));
	if (!rp->done)
		return broken(e, "it ended before it was done");
	return READER_DONE;
}

/* Room for a frame of n bytes, whose beginning moves to the front. */
static int
make_room(struct reader_process *rp, size_t n, struct err *e)
{
	uint8_t *p;

	memmove(rp->buf, rp->buf + rp->pos, rp->fill - rp->pos);
	rp->fill -= rp->pos;
	rp->pos = 0;
	if (rp->size >= n)
		return 0;
	if ((p = realloc(rp->buf, n)) == NULL)
		return err_nomem(e);
	rp->buf = p;
	rp->size = n;
	return 0;
}

/* Takes what the pipe has.  1 if anything came, be it the end, 0, -1. */
static int
receive(struct reader_process *rp, struct err *e)
{
	ssize_t got;

	do
		got = read(rp->from, rp->buf + rp->fill, rp->size - rp->fill);
	while (got == -1 && errno == EINTR);
	if (got == -1)
		return errno == EAGAIN ? 0 : err_sys(e, "cannot read from the reader");
	rp->closed = got == 0;
	rp->fill += (size_t)got;
	return 1;
}

static bool
stopped(const struct reader_process *rp)
{
	return rp->config.stop != NULL && atomic_load_explicit(rp->config.stop, memory_order_relaxed) != 0;
}

/* Waits until a byte moved in either direction, but not beyond end_ms. */
static int
pump(struct reader_process *rp, int64_t end_ms, struct err *e)
{
	while (!stopped(rp)) {
		struct pollfd fds[2] = { { .fd = rp->from, .events = POLLIN }, { .fd = -1, .events = POLLOUT } };
		int fed, got;

		if (clock_monotonic_ms() > end_ms)
			return err_set(e, ERR_READER, "the reader has come no further for %" PRId64 " seconds",
			    rp->config.patience_ms / 1000);
		if (feeding(rp))
			fds[1].fd = rp->to;
		if (poll(fds, 2, POLL_MS) == -1 && errno != EINTR)
			return err_sys(e, "cannot wait for the reader");
		if ((fed = feed(rp, e)) == -1 || (got = receive(rp, e)) == -1)
			return -1;
		if (fed + got > 0)
			return 0;
	}
	return err_set(e, ERR_CANCELLED, "the job was told to stop");
}

struct frame {
	enum wire_type	 type;
	const uint8_t	*payload;	/* until the next call */
	size_t		 n;
};

/* 1 and *f when a whole frame is there, 0 when more must come, -1. */
static int
whole_frame(struct reader_process *rp, struct frame *f, struct err *e)
{
	size_t have = rp->fill - rp->pos;
	struct wire_in in = { rp->buf + rp->pos, have, false };
	uint32_t length;

	if (have < WIRE_FRAME_HEADER)
		return make_room(rp, WIRE_FRAME_HEADER, e);
	f->type = wire_get_u8(&in);
	if ((length = wire_get_u32(&in)) > WIRE_PAYLOAD_MAX)
		return broken(e, "a frame is too long");
	if (in.n < length)
		return make_room(rp, WIRE_FRAME_HEADER + (size_t)length, e);
	f->payload = in.p;
	f->n = length;
	rp->pos += WIRE_FRAME_HEADER + (size_t)length;
	return 1;
}

/* --- what the frames say: an event, -1, or GO_ON when a frame was for us alone --- */

#define GO_ON	(READER_DONE + 1)

static int
take_hello(struct reader_process *rp, const struct frame *f, struct err *e)
{
	struct wire_in in = { f->payload, f->n, false };
	uint32_t version = wire_get_u32(&in);

	if (f->type != WIRE_HELLO || version != WIRE_VERSION || !wire_complete(&in))
		return broken(e, "it did not greet as it should");
	rp->hello = true;
	return GO_ON;
}

static int
take_record(struct reader_process *rp, const struct frame *f, struct arena *arena, struct comment *c, struct err *e)
{
	void *payload = arena_alloc(arena, MAX(f->n, (size_t)1));

	/* One copy; the texts of the comment point into it. */
	if (payload == NULL)
		return err_nomem(e);
	memcpy(payload, f->payload, f->n);
	if (wire_get_comment(payload, f->n, rp->now_ms, c, e) == -1)
		return -1;
	if (c->text[CT_SOURCE].said != rp->own_source)
		return broken(e, rp->own_source ? "a record lacks its source" : "a record has a source of its own");
	if (c->ordinal < rp->next_ordinal)
		return broken(e, "the records are not in file order");
	rp->next_ordinal = c->ordinal + 1;
	rp->records++;
	return READER_RECORD;
}

static int
take_issue(struct reader_process *rp, const struct frame *f, struct wire_issue *issue, struct err *e)
{
	struct wire_in in = { f->payload, f->n, false };
	bool skipped = f->type == WIRE_SKIPPED;
	struct text why;

	if (wire_get_issue(&in, skipped, issue, e) == -1)
		return -1;
	if (skipped) {
		wire_get_text(&in, &why);
		rp->skipped++;
	}
	if (!wire_complete(&in))
		return broken(e, "the length of an issue is wrong");
	return skipped ? READER_SKIPPED : READER_NOTE;
}

static int
take_again(struct reader_process *rp, const struct frame *f, struct err *e)
{
	if (f->n != 0 || rp->pass == WIRE_PASSES_MAX || feeding(rp))
		return broken(e, "it wants the file again at the wrong time");
	if (rp->config.rewind(rp->config.ctx, e) == -1)
		return -1;
	rp->pass++;
	rp->file_ended = false;
	rp->next_ordinal = 0;
	return GO_ON;
}

/* What it says of the file is for a person, but it is hostile bytes that made it say so. */
static int
take_fatal(const struct frame *f, struct err *e)
{
	struct wire_in in = { f->payload, f->n, false };
	uint8_t kind = wire_get_u8(&in);
	char message[WIRE_MESSAGE_MAX + 1];
	struct text t;

	wire_get_text(&in, &t);
	if (!wire_complete(&in) || t.n == 0)
		return broken(e, "its last word is malformed");
	wire_clean_message(message, t.p, t.n);
	switch (kind) {
	case WIRE_FATAL_INPUT:
		return err_set(e, ERR_INPUT, "%s", message);
	case WIRE_FATAL_LIMIT:
		return err_set(e, ERR_LIMIT, "%s", message);
	case WIRE_FATAL_MEMORY:
		return err_set(e, ERR_MEMORY, "the reader is out of memory");
	default:
		return err_set(e, ERR_READER, "the reader gave up: %s", message);
	}
}

static int
take_done(struct reader_process *rp, const struct frame *f, struct err *e)
{
	struct wire_in in = { f->payload, f->n, false };
	uint64_t records = wire_get_u64(&in), skipped = wire_get_u64(&in);

	if (!wire_complete(&in) || records != rp->records || skipped != rp->skipped)
		return broken(e, "its count of the records is not ours");
	if (feeding(rp))
		return broken(e, "it was done before the file was");
	rp->done = true;
	return GO_ON;
}

static int
take_frame(struct reader_process *rp, const struct frame *f, struct arena *arena, struct comment *c,
    struct wire_issue *issue, struct err *e)
{
	if (rp->done)
		return broken(e, "it goes on after it was done");
	if (!rp->hello && f->type != WIRE_FATAL)
		return take_hello(rp, f, e);
	switch (f->type) {
	case WIRE_RECORD:
		return take_record(rp, f, arena, c, e);
	case WIRE_SKIPPED:
	case WIRE_NOTE:
		return take_issue(rp, f, issue, e);
	case WIRE_AGAIN:
		return take_again(rp, f, e);
	case WIRE_FATAL:
		return take_fatal(f, e);
	case WIRE_DONE:
		return take_done(rp, f, e);
	default:
		return broken(e, "a frame is of the wrong type");
	}
}

static int64_t
patience_end(const struct reader_process *rp)
{
	return rp->config.patience_ms > 0 ? clock_monotonic_ms() + rp->config.patience_ms : INT64_MAX;
}

int
reader_process_next(struct reader_process *rp, struct arena *arena, struct comment *c, struct wire_issue *issue,
    struct err *e)
{
	struct frame f = { .n = 0 };
	int64_t end_ms = patience_end(rp), bytes_fed = rp->bytes_fed;
	int event = GO_ON;

	while (event == GO_ON) {
		int have = whole_frame(rp, &f, e);

		/* Single bytes of a frame are no progress. */
		if (have == 1 || rp->bytes_fed != bytes_fed)
			end_ms = patience_end(rp);
		bytes_fed = rp->bytes_fed;
		if (have == 1)
			event = take_frame(rp, &f, arena, c, issue, e);
		else if (have == -1)
			event = -1;
		else if (rp->closed)
			event = ended(rp, e);
		else if (pump(rp, end_ms, e) == -1)
			event = -1;
	}
	return event;
}

int64_t
reader_process_bytes_read(const struct reader_process *rp)
{
	return rp->bytes_read;
}

void
reader_process_close(struct reader_process *rp)
{
	int status;

	if (rp == NULL)
		return;
	if (rp->to != -1)
		close(rp->to);
	if (rp->from != -1)
		close(rp->from);
	if (rp->pid != -1)
		(void)collect(rp, &status);
	sb_free(&rp->start);
	free(rp->buf);
	free(rp);
}
