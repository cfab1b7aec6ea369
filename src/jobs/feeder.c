#include <pthread.h>

#include "jobs/feeder.h"

#define FEED_BYTES	(3 * 1024 * 1024)	/* a batch is full after the record that reaches this */
#define FEED_ARENA	(FEED_BYTES + 2 * WIRE_PAYLOAD_MAX)
#define WAIT_MS		250			/* how soon a stop is noticed */

struct feeder {
	struct reader_process	*reader;
	const atomic_int	*job_stop;	/* of the caller; may be NULL */
	atomic_int		 stop;		/* ours, for the reader process: the caller's or the close */
	pthread_t		 thread;
	bool			 started;

	pthread_mutex_t		 mutex;
	pthread_cond_t		 changed;	/* ready or closing */
	bool			 ready[2];	/* by batch: filled and not yet given back */
	bool			 closing;
	int			 given;		/* the batch that the caller has; -1 none */
	int			 next;		/* the batch that the caller gets next */

	struct feed		 batch[2];
	struct arena		*arena[2];
};

static bool
room(const struct feed *f, const struct arena *a)
{
	return f->n < FEED_RECORDS && f->issues < FEED_ISSUES && arena_used(a) < FEED_BYTES;
}

/* Fills one batch; its more says how that ended. */
static void
fill(struct feeder *fd, struct feed *f, struct arena *a)
{
	struct feed_issue *issue;
	int event;

	f->n = f->issues = 0;
	f->more = 1;
	arena_reset(a);
	while (f->more == 1 && room(f, a)) {
		issue = &f->issue[f->issues];
		event = reader_process_next(fd->reader, a, &f->comment[f->n], &issue->issue, &f->err);
		if (event == -1) {
			f->more = -1;
		} else if (event == READER_DONE) {
			f->more = 0;
		} else if (event == READER_RECORD) {
			f->n++;
		} else {
			issue->skipped = event == READER_SKIPPED;
			f->issues++;
		}
	}
	f->bytes_read = reader_process_bytes_read(fd->reader);
}

/* Waits until this batch may be filled; false when the feeder closes. */
static bool
wait_free(struct feeder *fd, int i)
{
	bool closing;

	pthread_mutex_lock(&fd->mutex);
	while (fd->ready[i] && !fd->closing)
		pthread_cond_wait(&fd->changed, &fd->mutex);
	closing = fd->closing;
	pthread_mutex_unlock(&fd->mutex);
	return !closing;
}

static void *
feeder_main(void *ctx)
{
	struct feeder *fd = ctx;
	int i = 0, more = 1;

	while (more == 1 && wait_free(fd, i)) {
		fill(fd, &fd->batch[i], fd->arena[i]);
		more = fd->batch[i].more;
		pthread_mutex_lock(&fd->mutex);
		fd->ready[i] = true;
		pthread_cond_broadcast(&fd->changed);
		pthread_mutex_unlock(&fd->mutex);
		i = !i;
	}
	return NULL;
}

struct feeder *
feeder_open(const struct reader_process_config *given, struct err *e)
{
	struct reader_process_config config = *given;
	struct feeder *fd = calloc(1, sizeof(*fd));
	int status;

	if (fd == NULL) {
		err_nomem(e);
		return NULL;
	}
	pthread_mutex_init(&fd->mutex, NULL);
	pthread_cond_init(&fd->changed, NULL);
	fd->given = -1;
	fd->job_stop = config.stop;
	config.stop = &fd->stop;
	fd->arena[0] = arena_new(FEED_ARENA);
	fd->arena[1] = arena_new(FEED_ARENA);
	if (fd->arena[0] == NULL || fd->arena[1] == NULL) {
		err_nomem(e);
		goto close_feeder;
	}
	/* By the caller's thread: the reader dies with the thread that started it. */
	if ((fd->reader = reader_process_open(&config, e)) == NULL)
		goto close_feeder;
	if ((status = pthread_create(&fd->thread, NULL, feeder_main, fd)) != 0) {
		err_set(e, ERR_SYS, "cannot start a thread: %s", strerror(status));
		goto close_feeder;
	}
	fd->started = true;
	return fd;

close_feeder:
	feeder_close(fd);
	return NULL;
}

static bool
stopped(const struct feeder *fd)
{
	return fd->job_stop != NULL && atomic_load(fd->job_stop) != 0;
}

/* A little while from now, by the clock that pthread_cond_timedwait() goes by. */
static struct timespec
soon(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	ts.tv_nsec += WAIT_MS * 1000000L;
	ts.tv_sec += ts.tv_nsec / 1000000000L;
	ts.tv_nsec %= 1000000000L;
	return ts;
}

struct feed *
feeder_next(struct feeder *fd, struct err *e)
{
	bool ready;

	pthread_mutex_lock(&fd->mutex);
	if (fd->given != -1) {
		fd->ready[fd->given] = false;
		fd->given = -1;
		pthread_cond_broadcast(&fd->changed);
	}
	while (!fd->ready[fd->next] && !stopped(fd)) {
		struct timespec until = soon();

		pthread_cond_timedwait(&fd->changed, &fd->mutex, &until);
	}
	ready = fd->ready[fd->next];
	if (ready) {
		fd->given = fd->next;
		fd->next = !fd->next;
	}
	pthread_mutex_unlock(&fd->mutex);
	if (!ready) {
		err_set(e, ERR_CANCELLED, "the job was told to stop");
		return NULL;
	}
	return &fd->batch[fd->given];
}

void
feeder_close(struct feeder *fd)
{
	if (fd == NULL)
		return;
	if (fd->started) {
		atomic_store(&fd->stop, 1);
		pthread_mutex_lock(&fd->mutex);
		fd->closing = true;
		pthread_cond_broadcast(&fd->changed);
		pthread_mutex_unlock(&fd->mutex);
		pthread_join(fd->thread, NULL);
	}
	reader_process_close(fd->reader);
	arena_free(fd->arena[0]);
	arena_free(fd->arena[1]);
	pthread_cond_destroy(&fd->changed);
	pthread_mutex_destroy(&fd->mutex);
	free(fd);
}
