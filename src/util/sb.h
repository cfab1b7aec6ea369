/*
 * A string under construction.  It grows up to a cap and remembers its first
 * failure, so that a page of appends needs one check at the end (sb_ok).
 */
#ifndef UTIL_SB_H
#define UTIL_SB_H

#include "util/base.h"

struct sb {
	char	*p;		/* NUL-terminated whenever it is not NULL */
	size_t	 n;		/* bytes without the NUL */
	size_t	 size, cap;
	bool	 failed;
};

/* An empty string that may grow to cap bytes.  Allocates nothing. */
void sb_init(struct sb *, size_t cap);

/* Releases the memory; the sb is empty and usable again. */
void sb_free(struct sb *);

/* Empty again, no failure, memory kept. */
void sb_reset(struct sb *);

/* Appends; once the cap or memory is exhausted, this and all later appends do nothing. */
void sb_add(struct sb *, const void *, size_t n);
void sb_str(struct sb *, const char *);
void sb_char(struct sb *, char);
void sb_printf(struct sb *, const char *fmt, ...) PRINTF(2, 3);

/* False if any append since the last reset was lost. */
bool sb_ok(const struct sb *);

/* The text, "" if there is none; valid until the next append. */
const char *sb_text(const struct sb *);

#endif
