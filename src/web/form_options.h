/*
 * The options of the upload form: one field "FORMAT.OPTION" for each option of each format, because without script
 * all of them are shown.  Only those of the format that the file turns out to have count; the others are passed over.
 */
#ifndef WEB_FORM_OPTIONS_H
#define WEB_FORM_OPTIONS_H

#include "util/arena.h"
#include "util/err.h"
#include "util/sb.h"

struct format;
struct format_option;

#define FORM_OPTIONS_MAX	32	/* given in one form, as many as it may have parts */
#define FORM_OPTION_FIELD_SIZE	96
#define SECOND_FILE_MAX		(INT64_C(64) * 1024 * 1024)	/* of an OPTION_FILE */

struct form_option {
	const struct format		*format;
	const struct format_option	*option;
	const char			*value;		/* of an OPTION_FILE: its size in bytes, in decimal */
};

struct form_options {
	struct form_option	given[FORM_OPTIONS_MAX];
	size_t			n;
};

/* "muut.base_url" */
void form_option_field(char out[FORM_OPTION_FIELD_SIZE], const struct format *, const struct format_option *);

/* The option of the format table that has this field; its value is not touched.  False if there is none. */
bool form_option_find(const char *field, struct form_option *);

/* Keeps a value that the form gave; "" means not given.  The value is copied.  ERR_LIMIT when there are too many. */
int form_options_add(struct form_options *, const struct form_option *, struct arena *, struct err *) MUST_CHECK;

/*
 * Appends what was given for this format, checked, as the lines "name=value\n" that a job keeps.  ERR_INPUT and a
 * sentence for a person, and wrong->format and wrong->option set, for a value that the option cannot have and for a
 * required option that is missing; ERR_INPUT, *wrong untouched, for a second file that belongs to another format.
 */
int form_options_write(const struct form_options *, const struct format *, struct sb *out, struct form_option *wrong,
    struct err *) MUST_CHECK;

/* The value of an option in such lines, in the arena; "" without. */
const char *form_options_read(const char *lines, const char *name, struct arena *);

#endif
