#include "util/input.h"

ssize_t
input_read_full(struct input *in, void *buf, size_t n, struct err *e)
{
	size_t have = 0;

	while (have < n) {
		ssize_t got = input_read(in, (char *)buf + have, n - have, e);

		if (got == -1)
			return -1;
		if (got == 0)
			break;
		have += (size_t)got;
	}
	return (ssize_t)have;
}

static ssize_t
mem_read(struct input *in, void *buf, size_t n, struct err *e)
{
	struct input_mem *m = (struct input_mem *)in;

	(void)e;
	n = MIN(n, m->n);
	/* Of nothing, p may be NULL. */
	if (n == 0)
		return 0;
	memcpy(buf, m->p, n);
	m->p += n;
	m->n -= n;
	return (ssize_t)n;
}

void
input_mem_init(struct input_mem *m, const void *p, size_t n)
{
	m->in.read = mem_read;
	m->p = p;
	m->n = n;
}

static ssize_t
fd_read(struct input *in, void *buf, size_t n, struct err *e)
{
	struct input_fd *f = (struct input_fd *)in;
	ssize_t got;

	do
		got = read(f->fd, buf, n);
	while (got == -1 && errno == EINTR);
	if (got == -1)
		return err_sys(e, "cannot read");
	return got;
}

void
input_fd_init(struct input_fd *f, int fd)
{
	f->in.read = fd_read;
	f->fd = fd;
}
