#include "http/resp.h"

#define HEADERS_MAX	(8 * 1024)

static const struct {
	int		 status;
	const char	*reason;
} reasons[] = {
	{ 200, "OK" }, { 201, "Created" }, { 303, "See Other" }, { 304, "Not Modified" },
	{ 400, "Bad Request" }, { 401, "Unauthorized" }, { 403, "Forbidden" }, { 404, "Not Found" },
	{ 405, "Method Not Allowed" }, { 409, "Conflict" }, { 410, "Gone" }, { 413, "Content Too Large" },
	{ 415, "Unsupported Media Type" }, { 422, "Unprocessable Content" }, { 429, "Too Many Requests" },
	{ 500, "Internal Server Error" }, { 503, "Service Unavailable" }, { 507, "Insufficient Storage" },
};

/*
 * Our pages load style, script and images from files of ours and nothing else; nobody may frame them.
 * no-store: they show what belongs to an account, also to the next person at this browser.
 */
static const char every_answer[] =
    "Content-Security-Policy: default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'\r\n"
    "X-Content-Type-Options: nosniff\r\n"
    "Referrer-Policy: same-origin\r\n"
    "Cross-Origin-Opener-Policy: same-origin\r\n"
    "Cache-Control: no-store\r\n";

void
resp_init(struct resp *r)
{
	r->status = 200;
	r->content_type = "text/html; charset=utf-8";
	r->stream_size = -1;
	sb_init(&r->headers, HEADERS_MAX);
	sb_init(&r->body, RESP_BODY_MAX);
}

void
resp_free(struct resp *r)
{
	sb_free(&r->headers);
	sb_free(&r->body);
}

void
resp_reset(struct resp *r)
{
	r->status = 200;
	r->content_type = "text/html; charset=utf-8";
	r->stream_size = -1;
	sb_reset(&r->headers);
	sb_reset(&r->body);
}

void
resp_header(struct resp *r, const char *name, const char *value)
{
	const char *p;

	for (p = value; *p != '\0'; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			return;
	sb_printf(&r->headers, "%s: %s\r\n", name, value);
}

void
resp_redirect(struct resp *r, const char *path)
{
	r->status = 303;
	sb_reset(&r->body);
	resp_header(r, "Location", path);
}

/* "Not Found" for 404; "" for a status that we do not send. */
static const char *
reason(int status)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(reasons); i++)
		if (reasons[i].status == status)
			return reasons[i].reason;
	return "";
}

void
resp_head(const struct resp *r, struct sb *out)
{
	int64_t size = r->stream_size >= 0 ? r->stream_size : (int64_t)r->body.n;

	sb_printf(out, "Status: %d %s\r\n", r->status, reason(r->status));
	if (size > 0)
		sb_printf(out, "Content-Type: %s\r\n", r->content_type);
	if (r->status != 304)
		sb_printf(out, "Content-Length: %" PRId64 "\r\n", size);
	sb_add(out, every_answer, sizeof(every_answer) - 1);
	sb_add(out, sb_text(&r->headers), r->headers.n);
	sb_str(out, "\r\n");
}
