/* The bytes of a libFuzzer input as a file that can be read once more. */
#ifndef FUZZ_FILE_H
#define FUZZ_FILE_H

#include "util/input.h"

struct file {
	struct input_mem	 mem;
	const uint8_t		*p;
	size_t			 n;
};

/* To the file's start.  Never fails. */
static int
rewind_file(void *ctx, struct err *e)
{
	struct file *file = ctx;

	(void)e;
	input_mem_init(&file->mem, file->p, file->n);
	return 0;
}

#endif
