/*
 * CSV as a stream (RFC 4180, read tolerantly): rows of texts.  UTF-8, a byte
 * order mark is passed over; lines end with LF, CR LF or CR; fields in double quotes may hold
 * anything.  The separator is , ; or TAB, whichever the first line has most of outside quotes.
 */
#ifndef FORMATS_CSVSRC_H
#define FORMATS_CSVSRC_H

#include "formats/format.h"

#define CSVSRC_ROW_MAX		(4 * 1024 * 1024)	/* bytes of a row: avatars come as data: addresses */
#define CSVSRC_FIELDS_MAX	512

struct csvsrc;

struct csvsrc_row {
	const struct text	*field;		/* valid until the next call; NUL-terminated */
	size_t			 n;
	uint64_t		 line;		/* where it begins, from 1 */
};

enum csvsrc_event {
	CSVSRC_ROW,
	CSVSRC_BAD,		/* one row is not usable (over a limit): err, row->line */
	CSVSRC_END,
	CSVSRC_CUT,		/* the input ends inside a quoted field: ERR_INPUT with a sentence; sticky */
	CSVSRC_FAILED		/* of the input; sticky */
};

/* The input stays valid until close.  NULL when out of memory. */
struct csvsrc *csvsrc_open(struct input *, struct err *);
enum csvsrc_event csvsrc_next(struct csvsrc *, struct csvsrc_row *, struct err *);
void csvsrc_close(struct csvsrc *);	/* close(NULL) does nothing */

/* The first row of a file's first bytes, for sniffing: fields in out, their bytes in buf.  Returns how many, 0 for none. */
size_t csvsrc_sniff(const uint8_t *head, size_t n, char *buf, size_t size, struct text *out, size_t max);

#endif
