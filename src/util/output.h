/* Bytes to write, wherever they go: a file descriptor, memory, an encrypted file.  The counterpart of util/input.h. */
#ifndef UTIL_OUTPUT_H
#define UTIL_OUTPUT_H

#include "util/err.h"

struct output {
	/* All n bytes, or -1 with err set. */
	int (*write)(struct output *, const void *, size_t n, struct err *);
};

static inline int
output_write(struct output *out, const void *p, size_t n, struct err *e)
{
	return out->write(out, p, n, e);
}

/* A file descriptor as an output, buffered.  The descriptor stays the caller's. */
struct output_fd {
	struct output	out;
	int		fd;
	size_t		n;
	uint8_t		buf[64 * 1024];
};
void output_fd_init(struct output_fd *, int fd);

/* Writes what is buffered.  0, or -1: ERR_CLIENT_GONE when nobody reads the other end of a pipe. */
int output_fd_flush(struct output_fd *, struct err *) MUST_CHECK;

#endif
