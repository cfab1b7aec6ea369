/*
 * multipart/form-data (RFC 7578, RFC 2046 section 5.1) as a push parser: fed
 * in pieces of any size, it hands on what arrives and keeps nothing but the headers
 * of the present part.
 */
#ifndef HTTP_MULTIPART_H
#define HTTP_MULTIPART_H

#include "util/err.h"

#define MULTIPART_PARTS_MAX	32
#define MULTIPART_HEADERS_MAX	(8 * 1024)	/* of one part; also of what stands before the first one */
#define MULTIPART_FIELD_MAX	(16 * 1024)	/* content of a part that is no file */
#define MULTIPART_BOUNDARY_MAX	70		/* RFC 2046 section 5.1.1 */

struct multipart_part {
	const char	*name;		/* never NULL */
	const char	*file_name;	/* NULL: no file.  As sent: path, any bytes but NUL. */
};

/* What the parser hands on, in order: part, data (any number of times, n > 0), end.  -1 stops it with err set. */
struct multipart_events {
	int	(*part)(void *ctx, const struct multipart_part *, struct err *);
	int	(*data)(void *ctx, const void *p, size_t n, struct err *);
	int	(*end)(void *ctx, struct err *);
};

struct multipart;

/* A parser for a body of this Content-Type.  ERR_INPUT if that is no multipart/form-data with a usable boundary. */
struct multipart *multipart_new(const char *content_type, const struct multipart_events *, void *ctx, struct err *);
void multipart_free(struct multipart *);	/* NULL does nothing */

/* The next bytes.  ERR_INPUT for a malformed body, ERR_LIMIT for too many or too large parts, or what an event
 * returned; sticky.  What follows the closing boundary is passed over. */
int multipart_feed(struct multipart *, const void *, size_t n, struct err *) MUST_CHECK;

/* True once the closing boundary was seen: nothing that follows matters. */
bool multipart_done(const struct multipart *);

/* At the end of the body.  ERR_INPUT if the closing boundary is missing. */
int multipart_finish(struct multipart *, struct err *) MUST_CHECK;

#endif
