/*
 * Form fields, declared per route: a value that a handler sees has passed its
 * length and its validator.  For bodies of the type
 * application/x-www-form-urlencoded and for query strings (WHATWG URL, section 5).
 */
#ifndef HTTP_FORM_H
#define HTTP_FORM_H

#include "util/arena.h"
#include "util/err.h"

#define FORM_FIELDS_MAX	12
#define FORM_PARTS_TEXT_MAX	(1040 * 1024)	/* bytes of one value of a multipart form */

struct form_field {
	const char	*name;
	size_t		 max;			/* bytes, decoded */
	bool		(*valid)(const char *);	/* NULL: any UTF-8 text without control characters; form_anything: any bytes
						 * but NUL, for what is looked at later, as lists are */
	bool		 required;
	const char	*complaint;		/* whole sentence, English msgid */
};

bool form_anything(const char *);

struct form {
	const struct form_field	*fields;	/* ends with a NULL name; NULL: no fields */
	const char		*values[FORM_FIELDS_MAX];
};

/*
 * Reads the declared fields out of text (n bytes); others are passed over.  A field that is missing,
 * comes twice, is too long, or is no valid text: ERR_INPUT with the field's complaint.  Values live in the arena.
 */
int form_parse(struct form *, const struct form_field *, const char *text, size_t n, struct arena *,
    struct err *) MUST_CHECK;

/* The same for a body of type multipart/form-data; a file is the value of its field. */
int form_parse_parts(struct form *, const struct form_field *, const char *content_type, const char *body, size_t n,
    struct arena *, struct err *) MUST_CHECK;

/* A value; NULL if the field was not sent.  The name must be declared. */
const char *form_get(const struct form *, const char *name);

#endif
