/*
 * What PHP says where it died: a website that runs out of memory or time while it writes an export leaves a file that
 * breaks off, and its last words are the reason.  An input that keeps the last bytes that went through it.
 */
#ifndef FORMATS_LASTWORDS_H
#define FORMATS_LASTWORDS_H

#include "util/input.h"

#define LASTWORDS_SIZE	2048		/* bytes of the end that are looked at */

struct lastwords {
	struct input	 in;
	struct input	*below;
	size_t		 n;
	char		 bytes[LASTWORDS_SIZE];
};

/* below stays the caller's; when it is rewound, this is called again. */
void lastwords_init(struct lastwords *, struct input *below);

/*
 * The file could not be read on (*e): if it ends within 64 KiB, with PHP's last words, *e becomes ERR_INPUT with the
 * reason and what to do.  Always -1.
 */
int lastwords_explain(struct lastwords *, struct err *e);

/*
 * A file that has no mark at its end seems whole: 0, or -1 with err as above if it ends with a line of PHP's that says so.
 * A comment that quotes such a line does not count: it is no line of its own.
 */
int lastwords_check(const struct lastwords *, struct err *e);

#endif
