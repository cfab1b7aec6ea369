#include "util/output.h"

static int
write_all(int fd, const uint8_t *p, size_t n, struct err *e)
{
	while (n > 0) {
		ssize_t put = write(fd, p, n);

		if (put == -1 && errno == EINTR)
			continue;
		if (put == -1 && errno == EPIPE)
			return err_set(e, ERR_CLIENT_GONE, "nobody reads the output any more");
		if (put == -1)
			return err_sys(e, "cannot write the output");
		p += put;
		n -= (size_t)put;
	}
	return 0;
}

static int
fd_write(struct output *out, const void *p, size_t n, struct err *e)
{
	struct output_fd *o = (struct output_fd *)out;

	if (n > sizeof(o->buf) - o->n && output_fd_flush(o, e) == -1)
		return -1;
	if (n > sizeof(o->buf))
		return write_all(o->fd, p, n, e);
	memcpy(o->buf + o->n, p, n);
	o->n += n;
	return 0;
}

void
output_fd_init(struct output_fd *o, int fd)
{
	o->out.write = fd_write;
	o->fd = fd;
	o->n = 0;
}

int
output_fd_flush(struct output_fd *o, struct err *e)
{
	size_t n = o->n;

	o->n = 0;
	return write_all(o->fd, o->buf, n, e);
}
