/*
 * The file that is converted, as the reader process wants it: its beginning can be looked at, a second file can stand
 * in front of it, and it can be read again.  What cannot be rewound (a pipe) is kept in an encrypted scratch file
 * (spool/scratch) as it is read.
 */
#ifndef JOBS_CONVERT_FILE_H
#define JOBS_CONVERT_FILE_H

#include <stdatomic.h>

#include "util/input.h"

struct convert_file;

/* Reads fd from where it stands.  stop: other than 0 ends a wait for bytes with ERR_CANCELLED.  Both stay the
 * caller's, until the close.  NULL when out of memory. */
struct convert_file *convert_file_open(int fd, const atomic_int *stop, struct err *);
void convert_file_close(struct convert_file *);		/* NULL does nothing */

/* The first bytes, up to FORMAT_HEAD_SIZE; they come once more from the input.  Before the input is read. */
int convert_file_head(struct convert_file *, const uint8_t **head, size_t *n, struct err *) MUST_CHECK;

/* The size bytes of the regular file fd come in front.  ERR_INPUT later, if it has become shorter.  Before the input
 * is read. */
void convert_file_front(struct convert_file *, int fd, int64_t size);

struct input *convert_file_input(struct convert_file *);

/* Once more from the start: struct reader_process_config.rewind, ctx being the convert_file.  Only once all was
 * read. */
int convert_file_rewind(void *ctx, struct err *) MUST_CHECK;

#endif
