#include "http/multipart.h"

#include <strings.h>

enum state {
	ST_BEFORE,	/* in front of the first boundary */
	ST_BOUNDARY,	/* right after a boundary: "--" or the end of its line */
	ST_PADDING,	/* blanks between a boundary and the end of its line */
	ST_LINE_END,	/* CR seen, LF must follow */
	ST_HEADERS,
	ST_DATA,
	ST_AFTER,	/* behind the closing boundary */
	ST_BROKEN
};

struct multipart {
	const struct multipart_events	*events;
	void				*ctx;
	enum state			 state;
	char				 delimiter[4 + MULTIPART_BOUNDARY_MAX + 1];	/* CR LF - - boundary */
	size_t				 delimiter_len, matched;
	size_t				 dashes;	/* seen right after a boundary */
	int				 parts;
	bool				 is_file;
	size_t				 used;		/* bytes of the present headers or field, or before the first part */
	char				 headers[MULTIPART_HEADERS_MAX + 1];
	char				 name[256], file_name[1024];
};

static int
broken(struct err *e, const char *what)
{
	return err_set(e, ERR_INPUT, "The upload is not a valid form: %s. Please send it again.", what);
}

/* --- header parameters ------------------------------------------------------------ */

static bool
is_token_end(char c)
{
	return c == '\0' || c == ';' || c == ' ' || c == '\t';
}

/*
 * Copies a parameter's value at p, quoted or not, to out; returns where it ends, NULL if it does not fit or its
 * quotes do not close.  A backslash escapes a quote or a backslash only: browsers do not escape it in
 * "C:\dir\file".
 */
static const char *
copy_value(const char *p, char *out, size_t size)
{
	bool quoted = *p == '"';
	size_t n = 0;

	for (p += quoted; quoted ? *p != '"' : !is_token_end(*p); p++) {
		if (*p == '\0')
			return NULL;
		if (quoted && *p == '\\' && (p[1] == '"' || p[1] == '\\'))
			p++;
		if (n + 1 >= size)
			return NULL;
		out[n++] = *p;
	}
	out[n] = '\0';
	return p + quoted;
}

/* Finds parameter name in "value; a=b; c=\"d\"".  1 and its value in out, 0 if it is not there, -1. */
static int
find_parameter(const char *header, const char *name, char *out, size_t size)
{
	const char *p = header + strcspn(header, ";");
	size_t len = strlen(name);
	int found = 0;

	while (*p == ';') {
		bool mine;
		char skipped[1024];

		p += 1 + strspn(p + 1, " \t");
		mine = strncasecmp(p, name, len) == 0 && p[len] == '=';
		p += strcspn(p, "=;");
		if (*p == '=') {
			if (mine && found++ > 0)
				return -1;
			if ((p = copy_value(p + 1, mine ? out : skipped, mine ? size : sizeof(skipped))) == NULL)
				return -1;
		}
		p += strspn(p, " \t");
		if (*p != ';' && *p != '\0')
			return -1;
	}
	return found;
}

static bool
boundary_valid(const char *s)
{
	size_t n = strlen(s);

	return n > 0 && n <= MULTIPART_BOUNDARY_MAX && s[n - 1] != ' ' &&
	    strspn(s, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'()+_,-./:=? ") == n;
}

struct multipart *
multipart_new(const char *content_type, const struct multipart_events *events, void *ctx, struct err *e)
{
	static const char type[] = "multipart/form-data";
	char boundary[MULTIPART_BOUNDARY_MAX + 2];
	struct multipart *m;

	if (strncasecmp(content_type, type, sizeof(type) - 1) != 0 || !is_token_end(content_type[sizeof(type) - 1]) ||
	    find_parameter(content_type, "boundary", boundary, sizeof(boundary)) != 1 || !boundary_valid(boundary)) {
		broken(e, "its type is not multipart/form-data with a boundary");
		return NULL;
	}
	if ((m = calloc(1, sizeof(*m))) == NULL) {
		err_nomem(e);
		return NULL;
	}
	m->events = events;
	m->ctx = ctx;
	m->delimiter_len = (size_t)snprintf(m->delimiter, sizeof(m->delimiter), "\r\n--%s", boundary);
	/* The first boundary has no line in front of it: as if its line end had been seen. */
	m->matched = 2;
	return m;
}

void
multipart_free(struct multipart *m)
{
	free(m);
}

/* --- one part's headers -------------------------------------------------------------- */

static int
take_disposition(struct multipart *m, const char *value, bool *has_file, struct err *e)
{
	int file;

	if (strncasecmp(value, "form-data", 9) != 0 || !is_token_end(value[9]) ||
	    find_parameter(value, "name", m->name, sizeof(m->name)) != 1)
		return broken(e, "a part has no name");
	if ((file = find_parameter(value, "filename", m->file_name, sizeof(m->file_name))) == -1)
		return broken(e, "the name of a file is malformed or over 1,000 bytes long");
	*has_file = file == 1;
	return 0;
}

/* The collected header block: lines with CR LF, the last one empty. */
static int
take_headers(struct multipart *m, struct err *e)
{
	static const char wanted[] = "Content-Disposition:";
	struct multipart_part part = { .name = m->name };
	bool seen = false, has_file = false;
	char *line = m->headers, *end;

	if (strlen(m->headers) != m->used)
		return broken(e, "a header holds a zero byte");
	for (; (end = strstr(line, "\r\n")) != NULL && end > line; line = end + 2) {
		*end = '\0';
		if (strncasecmp(line, wanted, sizeof(wanted) - 1) != 0)
			continue;
		line += sizeof(wanted) - 1;
		if (seen || take_disposition(m, line + strspn(line, " \t"), &has_file, e) == -1)
			return seen ? broken(e, "a part has two names") : -1;
		seen = true;
	}
	if (!seen)
		return broken(e, "a part has no name");
	m->is_file = has_file;
	if (has_file)
		part.file_name = m->file_name;
	m->used = 0;
	m->matched = 0;
	m->state = ST_DATA;
	return m->events->part(m->ctx, &part, e);
}

static int
begin_part(struct multipart *m, struct err *e)
{
	if (++m->parts > MULTIPART_PARTS_MAX)
		return err_set(e, ERR_LIMIT, "The form has more than %d parts, and the import form only a few. "
		    "Please reload the page and try again.", MULTIPART_PARTS_MAX);
	m->used = 0;
	m->state = ST_HEADERS;
	return 0;
}

static int
header_byte(struct multipart *m, char c, struct err *e)
{
	if (m->used == MULTIPART_HEADERS_MAX)
		return err_set(e, ERR_LIMIT, "The headers of one part of the form are over %d bytes long.", MULTIPART_HEADERS_MAX);
	m->headers[m->used++] = c;
	m->headers[m->used] = '\0';
	if (c == '\n' && ((m->used == 2 && m->headers[0] == '\r') ||
	    (m->used >= 4 && memcmp(m->headers + m->used - 4, "\r\n\r\n", 4) == 0)))
		return take_headers(m, e);
	return 0;
}

/* --- content --------------------------------------------------------------------------- */

static int
emit(struct multipart *m, const void *p, size_t n, struct err *e)
{
	if (n == 0)
		return 0;
	if (m->state == ST_BEFORE || !m->is_file) {
		m->used += n;
		if (m->state == ST_BEFORE && m->used > MULTIPART_HEADERS_MAX)
			return broken(e, "its first boundary is missing");
		if (m->state == ST_DATA && m->used > MULTIPART_FIELD_MAX)
			return err_set(e, ERR_LIMIT, "A field of the form is over %d bytes long.", MULTIPART_FIELD_MAX);
	}
	return m->state == ST_BEFORE ? 0 : m->events->data(m->ctx, p, n, e);
}

static int
boundary_found(struct multipart *m, struct err *e)
{
	enum state was = m->state;

	m->state = ST_BOUNDARY;
	m->dashes = 0;
	return was == ST_DATA ? m->events->end(m->ctx, e) : 0;
}

/*
 * Content up to the next boundary; *p moves behind what was used.  CR occurs in the delimiter only at its
 * start, so that after a mismatch a new match can begin at the present byte alone.
 */
static int
scan_data(struct multipart *m, const char **p, const char *end, struct err *e)
{
	while (*p < end) {
		const char *cr;

		if (m->matched == 0) {
			cr = memchr(*p, '\r', (size_t)(end - *p));
			if (emit(m, *p, (size_t)((cr != NULL ? cr : end) - *p), e) == -1)
				return -1;
			*p = cr != NULL ? cr + 1 : end;
			m->matched = cr != NULL;
			continue;
		}
		if (**p != m->delimiter[m->matched]) {
			size_t n = m->matched;

			m->matched = 0;
			if (emit(m, m->delimiter, n, e) == -1)
				return -1;
			continue;
		}
		(*p)++;
		if (++m->matched == m->delimiter_len)
			return boundary_found(m, e);
	}
	return 0;
}

/* A byte between a boundary and the end of its line. */
static int
boundary_byte(struct multipart *m, char c, struct err *e)
{
	if (m->state == ST_LINE_END)
		return c == '\n' ? begin_part(m, e) : broken(e, "a boundary is followed by other text");
	if (m->state == ST_BOUNDARY && c == '-') {
		if (++m->dashes == 2)
			m->state = ST_AFTER;
		return 0;
	}
	if (m->dashes > 0)
		return broken(e, "a boundary is followed by other text");
	if (c == '\r') {
		m->state = ST_LINE_END;
		return 0;
	}
	m->state = ST_PADDING;
	return c == ' ' || c == '\t' ? 0 : broken(e, "a boundary is followed by other text");
}

static int
feed(struct multipart *m, const char *p, const char *end, struct err *e)
{
	while (p < end) {
		switch (m->state) {
		case ST_BEFORE:
		case ST_DATA:
			if (scan_data(m, &p, end, e) == -1)
				return -1;
			break;
		case ST_BOUNDARY:
		case ST_PADDING:
		case ST_LINE_END:
			if (boundary_byte(m, *p++, e) == -1)
				return -1;
			break;
		case ST_HEADERS:
			if (header_byte(m, *p++, e) == -1)
				return -1;
			break;
		case ST_AFTER:
			return 0;
		case ST_BROKEN:
			return broken(e, "it was already found to be malformed");
		}
	}
	return 0;
}

int
multipart_feed(struct multipart *m, const void *p, size_t n, struct err *e)
{
	if (feed(m, p, (const char *)p + n, e) == -1) {
		m->state = ST_BROKEN;
		return -1;
	}
	return 0;
}

bool
multipart_done(const struct multipart *m)
{
	return m->state == ST_AFTER;
}

int
multipart_finish(struct multipart *m, struct err *e)
{
	return m->state == ST_AFTER ? 0 : broken(e, "it ends in the middle");
}
