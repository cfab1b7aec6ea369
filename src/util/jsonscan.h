/*
 * Strict JSON (RFC 8259, UTF-8) as it arrives: proves that a text is JSON and
 * tells of its values, in constant memory and without ever having the whole.
 */
#ifndef UTIL_JSONSCAN_H
#define UTIL_JSONSCAN_H

#include "util/err.h"

#define JSONSCAN_DEPTH		32	/* arrays and objects within each other */
#define JSONSCAN_TEXT_MAX	255	/* bytes of a key or value that are told; a number that is longer is refused */

enum jsonscan_kind {
	JSONSCAN_OBJECT,	/* begins */
	JSONSCAN_ARRAY,		/* begins */
	JSONSCAN_END,		/* of an object or array */
	JSONSCAN_STRING,
	JSONSCAN_NUMBER,
	JSONSCAN_WORD		/* true, false, null */
};

struct jsonscan_value {
	enum jsonscan_kind	 kind;
	int			 depth;		/* of the value: 0 the document, 1 what is directly in it; END: as its beginning */
	const char		*key;		/* in an object; else, and at an END, "" */
	const char		*text;		/* of a string, decoded, of a number or word as it stands; else "" */
	bool			 cut;		/* text is longer than what is told */
};

/* Strings are valid UTF-8 and NUL-terminated, and last for the call; a NUL within is told as U+FFFD, as is half a surrogate pair.
 * Returns 0, or -1 with err set to end the reading. */
typedef int jsonscan_fn(void *ctx, const struct jsonscan_value *, struct err *);

struct jsonscan;
struct jsonscan *jsonscan_new(jsonscan_fn *, void *ctx, struct err *);
void jsonscan_free(struct jsonscan *);		/* NULL does nothing */

/* The next bytes.  ERR_INPUT with the position of the byte that does not fit, from 1. */
int jsonscan_feed(struct jsonscan *, const void *, size_t n, struct err *) MUST_CHECK;

/* The end: ERR_INPUT if the document is not complete. */
int jsonscan_end(struct jsonscan *, struct err *) MUST_CHECK;

#endif
