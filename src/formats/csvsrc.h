/*
 * CSV as a stream (RFC 4180, read tolerantly): rows of texts.  Lines end with LF, CR LF or CR; fields in double quotes
 * may hold anything.  The separator is the one that a first line "sep=;" names, whichever it is, as Excel has it; else
 * , ; or TAB, whichever the first line has most of outside quotes.
 *
 * A quote inside a field without quotes is a character like any other; so is one inside quotes behind
 * which (blanks apart) the field does not end.  Lines in which nothing is filled in are no rows: spreadsheets leave
 * such ones.  The first row says how many fields there are: a shorter row lacks its last ones, a longer one is
 * not usable if what is too much says something, because then its fields are not those of the titles above.
 * The first row once more, as where one file was put after another, is no record (csvsrc_record).
 */
#ifndef FORMATS_CSVSRC_H
#define FORMATS_CSVSRC_H

#include "formats/format.h"

#define CSVSRC_ROW_MAX		(4 * 1024 * 1024)	/* bytes of a row: avatars come as data: addresses */
#define CSVSRC_FIELDS_MAX	512

struct csvsrc;

struct csvsrc_row {
	/* Valid until the next call; NUL-terminated.  said: it has a character or quotes: "" and nothing differ. */
	const struct text	*field;
	size_t			 n;
	uint64_t		 line;		/* where it begins, from 1 */
};

enum csvsrc_event {
	CSVSRC_ROW,
	CSVSRC_BAD,		/* one row is not usable (over a limit, too long, quotes not closed): err, row->line */
	CSVSRC_END,
	CSVSRC_CUT,		/* the input ends inside a quoted field, or in a row that is too short and has
				 * no line end: ERR_INPUT with a sentence; sticky */
	CSVSRC_FAILED		/* of the input; sticky */
};

/* The input stays valid until close.  NULL when out of memory. */
struct csvsrc *csvsrc_open(struct input *, struct err *);
enum csvsrc_event csvsrc_next(struct csvsrc *, struct csvsrc_row *, struct err *);
void csvsrc_close(struct csvsrc *);	/* close(NULL) does nothing */

/* Looks at the first row.  -1 with a sentence if it does not have the titles that it must have. */
typedef int csvsrc_titles(void *ctx, const struct csvsrc_row *, struct err *);

/*
 * The next row as the record of a format, for its next(): RD_ITEM with *row, RD_SKIPPED, RD_EOF or RD_FATAL.  Before the
 * first one titles() is called; what it refuses is fatal.  *c is emptied; its ordinal, from 0 behind the titles,
 * and its line are set.
 */
enum rd_status csvsrc_record(struct csvsrc *, csvsrc_titles *titles, void *ctx, struct csvsrc_row *, struct comment *c,
    struct err *);

/* What the format met with a row is fatal: RD_FATAL with *e, now and from now on. */
enum rd_status csvsrc_fail(struct csvsrc *, const struct err *e);

/* A cell without the one ' that stands in front of a character out of guarded, so that no spreadsheet computes it. */
struct text csvsrc_unguard(struct text, const char *guarded);

/* The first row of a file's first bytes, for sniffing: fields in out, their bytes in buf.  Returns how many. */
size_t csvsrc_sniff(const uint8_t *head, size_t n, char *buf, size_t size, struct text *out, size_t max);

/* Does a file that is all in head end with a line end?  If not, its only line may be cut. */
bool csvsrc_line_ends(const uint8_t *head, size_t n);

#endif
