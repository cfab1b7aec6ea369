/*
 * GET /comments: everything that the site may have, parents before children.
 * The list is made when the site asks for its beginning; it asks for the rest by the number that it has got.
 */
#include "store/site_comment.h"
#include "util/num.h"

#include "web/pages.h"
#include "web/site.h"
#include "web/site_told.h"

#define PAGE		100
#define BODY_ENOUGH	(3 * 1024 * 1024)	/* the longest comment fits in behind it */

static bool
is_count(const char *s)
{
	int64_t n;

	return *s == '\0' || num_parse(s, 0, INT32_MAX, &n) == 0;
}

const struct form_field site_download_query[] = {
	{ "skip", 10, is_count, false, "skip in the address of this request must be a whole number." },
	{ "includeCount", 10, NULL, false, "includeCount in the address of this request must be true or false." },
	{ .name = NULL },
};

struct page {
	const struct integration *site;
	struct sb	*body;
	int		 told;
};

static int
take(void *ctx, const struct site_comment *c, struct err *e)
{
	struct page *p = ctx;

	(void)e;
	if (p->told == PAGE || p->body->n > BODY_ENOUGH)
		return 1;
	if (p->told++ > 0)
		sb_char(p->body, ',');
	site_told(p->body, p->site, c);
	return 0;
}

static int
fill(struct ctx *c, struct page *p, int64_t skip, struct err *e)
{
	const char *counted = form_get(&c->query, "includeCount");
	int64_t count;
	int more = site_comment_listed(c->db, c->site, skip, PAGE + 1, take, p, e);

	if (more == -1)
		return -1;
	sb_printf(p->body, "],\"hasMore\":%s", more == 1 ? "true" : "false");
	if (counted != NULL && strcmp(counted, "true") == 0) {
		if (site_list_count(c->db, c->site, &count, e) == -1)
			return -1;
		sb_printf(p->body, ",\"totalCount\":%" PRId64, count);
	}
	sb_str(p->body, "}\n");
	return sb_ok(p->body) ? 0 : err_nomem(e);
}

int
site_download(struct ctx *c, struct err *e)
{
	struct page p = { .site = c->site };
	const char *text = form_get(&c->query, "skip");
	int64_t skip;

	if (text == NULL || num_parse(text, 0, INT32_MAX, &skip) == -1)
		skip = 0;
	if (skip == 0 && site_list_make(c->db, c->site, e) == -1)
		return -1;
	p.body = site_success(c);
	sb_str(p.body, ",\"comments\":[");
	return fill(c, &p, skip, e);
}
