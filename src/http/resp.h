/*
 * An answer under construction.  Everything is known before the first byte
 * is sent, so that an error half-way still gets its own status and page.
 */
#ifndef HTTP_RESP_H
#define HTTP_RESP_H

#include "util/err.h"
#include "util/sb.h"

#define RESP_BODY_MAX	(4 * 1024 * 1024)

struct resp {
	int		 status;
	const char	*content_type;	/* static text; of a body that is not empty */
	struct sb	 headers;	/* more headers, complete lines */
	struct sb	 body;
	int64_t		 stream_size;	/* of a body that comes by req_write() instead; -1: it does not */
};

/* A 200 with an empty body. */
void resp_init(struct resp *);
void resp_free(struct resp *);

/* Back to what resp_init made, memory kept. */
void resp_reset(struct resp *);

/* Adds a header.  A value with control characters (a second header in disguise) is dropped, not sent. */
void resp_header(struct resp *, const char *name, const char *value);

/* 303 See Other to a path of this site. */
void resp_redirect(struct resp *, const char *path);

/* The header of the answer in the form of RFC 3875 section 6, with the security headers that every answer carries. */
void resp_head(const struct resp *, struct sb *out);

#endif
