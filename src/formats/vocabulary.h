/*
 * The vocabulary of DESIGN section 2 as our own files spell it (doc/JSONL, doc/CSV), and
 * what its readers have in common.
 */
#ifndef FORMATS_VOCABULARY_H
#define FORMATS_VOCABULARY_H

#include "util/sb.h"

#include "formats/format.h"

#define VOCABULARY_FIELDS	(CT_COMMENT_ID + CN__MAX)	/* the texts in front of CT_COMMENT_ID, and the numbers */

struct vocabulary_field {
	const char	*name;
	bool		 is_number;
	int		 which;		/* enum comment_number or enum comment_text */
};

/* The fields in the order of our files; `extra` is the last. */
extern const struct vocabulary_field vocabulary[VOCABULARY_FIELDS];

/* Place of a field in vocabulary[]; VOCABULARY_FIELDS if there is none of that name. */
size_t vocabulary_by_name(const char *, size_t n);

/* Which fields a file names is a set of bits, 1 << place in vocabulary[].  Is this one among them? */
bool vocabulary_has(uint32_t fields, const char *name);

/* Is all there that a record must say: source, body_html, and page_id or page_url?  Nobody else has these names together. */
bool vocabulary_enough(uint32_t fields);

/* The source of a record of ours must be said, be of a-z, 0-9 and -, and not be us.  0, or -1 with a sentence. */
int vocabulary_check_source(const struct comment *, struct err *);

/* true, 1, yes; false, 0, no; in any case.  False if it is neither. */
bool vocabulary_flag(struct text, bool *out);

/* Reports something about this record, whose external_id is NUL-terminated. */
void vocabulary_note(const struct format_options *, const struct comment *, enum issue_reason);

/*
 * Ids that a spreadsheet took for numbers and rounded (1.23E+18) are nobody's: left out, and reported
 * (ISSUE_VALUE_LEFT_OUT).
 */
void vocabulary_drop_rounded_ids(const struct format_options *, struct comment *);

/*
 * A record whose page has no identifier: its address, normalised, else as it is, stands for it.  If that is missing as
 * well, the page is `~`, reported (ISSUE_PAGE_MISSING).  0, or -1 out of memory.
 */
int vocabulary_page(const struct format_options *, struct comment *, struct arena *, struct err *) MUST_CHECK;

/* What a writer of ours is: where it writes, and the line that it makes. */
struct writing {
	struct output	*out;
	struct sb	 line;
};

/* NULL when out of memory. */
struct writing *vocabulary_writing_new(struct output *, struct err *);

/* Writes the line; it is empty again. */
int vocabulary_write_line(struct writing *, struct err *) MUST_CHECK;

/* struct writer's finish and close, of files that have no end of their own. */
int vocabulary_writing_finish(struct writing *, struct err *);
void vocabulary_writing_free(struct writing *);

#endif
