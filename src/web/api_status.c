/* status.json: the account's newest jobs of the kind at whose address it lies, for the script of the pages. */
#include "util/esc.h"

#include "web/job_json.h"
#include "web/pages.h"
#include "web/view.h"

/* 304 when the browser has this body already. */
static void
tag_body(struct ctx *c)
{
	struct sb *body = &c->resp->body, tag;
	struct hash128 sum;
	struct hash h;

	hash_begin(&h, HASH128_SIZE);
	hash_part(&h, body->p, body->n);
	hash_end(&h, sum.b);
	sb_init(&tag, 64);
	sb_char(&tag, '"');
	esc_hex(&tag, sum.b, sizeof(sum.b));
	sb_char(&tag, '"');
	resp_header(c->resp, "ETag", sb_text(&tag));
	if (strstr(c->req->if_none_match, sb_text(&tag)) != NULL) {
		c->resp->status = 304;
		sb_reset(body);
	}
	sb_free(&tag);
}

int
api_status(struct ctx *c, struct err *e)
{
	if (job_json_list(c, view_kind(c), 0, JOB_JSON_MAX, e) == -1)
		return -1;
	tag_body(c);
	return 0;
}
