/*
 * Bytes to read, whoever has them: a file, a pipe, memory, a decryption or a
 * decompression of another input.  A concrete input embeds struct input as
 * its first member and is freed by its own close function.
 */
#ifndef UTIL_INPUT_H
#define UTIL_INPUT_H

#include "util/err.h"

struct input {
	/* Up to n (> 0) bytes into buf; returns how many, 0 only at the end, -1 with err set. */
	ssize_t (*read)(struct input *, void *buf, size_t n, struct err *);
};

static inline ssize_t
input_read(struct input *in, void *buf, size_t n, struct err *e)
{
	return in->read(in, buf, n, e);
}

/* Reads until buf is full or the input ends; returns the bytes read, -1 with err set. */
ssize_t input_read_full(struct input *, void *buf, size_t n, struct err *) MUST_CHECK;

/* n bytes of memory as an input.  The memory stays the caller's. */
struct input_mem {
	struct input	 in;
	const char	*p;
	size_t		 n;
};
void input_mem_init(struct input_mem *, const void *, size_t n);

/* A file descriptor as an input.  The descriptor stays the caller's. */
struct input_fd {
	struct input	in;
	int		fd;
};
void input_fd_init(struct input_fd *, int fd);

#endif
