#include "jobs/convert_file.h"

#include <poll.h>
#include <sys/stat.h>

#include "formats/format.h"
#include "spool/scratch.h"

#define POLL_MS	250	/* how soon a stop is noticed */

struct convert_file {
	struct input		 in;		/* first: what callers see */
	const atomic_int	*stop;
	bool			 again;		/* this is not the first pass */

	int			 front;		/* descriptor of the file in front; -1: none */
	int64_t			 front_size, front_left;

	int			 fd;
	bool			 regular;	/* it can be rewound, to start */
	off_t			 start;
	size_t			 head_n, head_pos;
	uint8_t			 head[FORMAT_HEAD_SIZE];

	struct scratch		*kept;		/* what the pipe brought */
	struct err		 not_kept;	/* why it could not be kept; of importance only if it is wanted */
};

/* --- the file itself --- */

static ssize_t
read_fd(struct convert_file *f, void *buf, size_t n, struct err *e)
{
	struct pollfd p = { .fd = f->fd, .events = POLLIN };
	ssize_t got = -1;

	do {
		if (atomic_load(f->stop) != 0)
			return err_set(e, ERR_CANCELLED, "the conversion was stopped");
		if (poll(&p, 1, POLL_MS) == 0)
			continue;
		got = read(f->fd, buf, n);
		if (got == -1 && errno != EINTR && errno != EAGAIN)
			return err_sys(e, "cannot read the file");
	} while (got == -1);
	return got;
}

/* A full disk is no reason to fail while nobody wants to read it again. */
static void
keep(struct convert_file *f, const void *p, size_t n)
{
	if (f->regular || f->not_kept.kind != ERR_NONE)
		return;
	if (f->kept == NULL && (f->kept = scratch_open(&f->not_kept)) == NULL)
		return;
	if (scratch_write(f->kept, p, n, &f->not_kept) == -1) {
		scratch_close(f->kept);
		f->kept = NULL;
	}
}

static ssize_t
read_front(struct convert_file *f, void *buf, size_t n, struct err *e)
{
	struct input_fd front;
	ssize_t got;

	input_fd_init(&front, f->front);
	got = input_read(&front.in, buf, (size_t)MIN((int64_t)n, f->front_left), e);
	if (got == 0)
		return err_set(e, ERR_INPUT, "The second file has become shorter while it was read. Please try again.");
	f->front_left -= got > 0 ? got : 0;
	return got;
}

static ssize_t
read_main(struct convert_file *f, void *buf, size_t n, struct err *e)
{
	ssize_t got;

	if (f->head_pos < f->head_n) {
		n = MIN(n, f->head_n - f->head_pos);
		memcpy(buf, f->head + f->head_pos, n);
		f->head_pos += n;
		return (ssize_t)n;
	}
	if ((got = read_fd(f, buf, n, e)) > 0)
		keep(f, buf, (size_t)got);
	return got;
}

static ssize_t
file_read(struct input *in, void *buf, size_t n, struct err *e)
{
	struct convert_file *f = (struct convert_file *)in;

	if (f->front_left > 0)
		return read_front(f, buf, n, e);
	if (f->again && !f->regular)
		return input_read(scratch_input(f->kept), buf, n, e);
	return read_main(f, buf, n, e);
}

/* --- what callers do --- */

struct convert_file *
convert_file_open(int fd, const atomic_int *stop, struct err *e)
{
	struct convert_file *f = calloc(1, sizeof(*f));
	struct stat st;

	if (f == NULL) {
		err_nomem(e);
		return NULL;
	}
	f->in.read = file_read;
	f->stop = stop;
	f->front = -1;
	f->fd = fd;
	f->regular = fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && (f->start = lseek(fd, 0, SEEK_CUR)) != -1;
	return f;
}

void
convert_file_close(struct convert_file *f)
{
	if (f == NULL)
		return;
	scratch_close(f->kept);
	free(f);
}

int
convert_file_head(struct convert_file *f, const uint8_t **head, size_t *n, struct err *e)
{
	ssize_t got = 1;

	while (f->head_n < sizeof(f->head) && got > 0) {
		if ((got = read_fd(f, f->head + f->head_n, sizeof(f->head) - f->head_n, e)) == -1)
			return -1;
		keep(f, f->head + f->head_n, (size_t)got);
		f->head_n += (size_t)got;
	}
	*head = f->head;
	*n = f->head_n;
	return 0;
}

void
convert_file_front(struct convert_file *f, int fd, int64_t size)
{
	f->front = fd;
	f->front_size = f->front_left = size;
}

struct input *
convert_file_input(struct convert_file *f)
{
	return &f->in;
}

static int
rewind_main(struct convert_file *f, struct err *e)
{
	if (f->regular)
		return lseek(f->fd, f->start, SEEK_SET) != -1 ? 0 : err_sys(e, "cannot rewind the file");
	if (f->not_kept.kind != ERR_NONE)
		return err_set(e, ERR_SYS, "This file must be read more than once, but what came through the pipe could not be kept (%.300s). "
		    "Please give the name of the file, or set TMPDIR to a folder with more room.", f->not_kept.msg);
	return scratch_rewind(f->kept, e);
}

int
convert_file_rewind(void *ctx, struct err *e)
{
	struct convert_file *f = ctx;

	f->again = true;
	f->front_left = f->front_size;
	if (f->front != -1 && lseek(f->front, 0, SEEK_SET) == -1)
		return err_sys(e, "cannot rewind the second file");
	return rewind_main(f, e);
}
