/* GET /api/v1/imports, /exports, /moves: lists; /jobs/{id}: one, whatever its kind, and its end; POST /imports: a new
 * import. */
#include <strings.h>

#include "store/job.h"
#include "store/move.h"
#include "util/num.h"

#include "web/api.h"
#include "web/cancel.h"
#include "web/i18n.h"
#include "web/job_json.h"
#include "web/json.h"
#include "web/pages.h"

#define LIST_USUAL	20
#define TYPE		"multipart/form-data"

static const char bad_limit[] = "\"limit\" must be a whole number from 1 to 50.";
static const char bad_before[] = "\"before\" must be the number of a job.";

const struct form_field api_list_query[] = {
	{ "limit", 20, NULL, false, bad_limit },
	{ "before", 20, NULL, false, bad_before },
	{ .name = NULL },
};

/* --- lists --- */

static int
number_in_query(const struct ctx *c, const char *name, int64_t max, const char *complaint, int64_t *n, struct err *e)
{
	const char *text = form_get(&c->query, name);

	return text == NULL || num_parse(text, 1, max, n) == 0 ? 0 : err_set(e, ERR_INPUT, "%s", tr(complaint));
}

static int
list(struct ctx *c, enum job_kind kind, struct err *e)
{
	int64_t limit = LIST_USUAL, before = 0;

	if (number_in_query(c, "limit", JOB_JSON_MAX, bad_limit, &limit, e) == -1 ||
	    number_in_query(c, "before", INT64_MAX, bad_before, &before, e) == -1)
		return -1;
	return job_json_list(c, kind, before, (int)limit, e);
}

int
api_imports(struct ctx *c, struct err *e)
{
	return list(c, JOB_IMPORT, e);
}

int
api_exports(struct ctx *c, struct err *e)
{
	return list(c, JOB_EXPORT, e);
}

int
api_moves(struct ctx *c, struct err *e)
{
	return list(c, JOB_MOVE, e);
}

/* --- one --- */

static int
get(struct ctx *c, struct job *j, struct err *e)
{
	int found = job_get(c->db, c->admin.account_id, c->id, j, e);

	if (found == 0)
		return err_set(e, ERR_NOTFOUND, "%s", tr("There is no job with this number in the token's account."));
	return found == -1 ? -1 : api_may(c, j->kind, e);
}

static void
add_text(struct sb *out, const char *name, const char *value)
{
	sb_printf(out, ",\"%s\":", name);
	json_string(out, value);
}

struct examples {
	struct sb	*out;
	int		 n;
};

static int
add_example(void *ctx, const struct move_example *x, struct err *e)
{
	struct examples *all = ctx;
	struct sb *out = all->out;

	(void)e;
	sb_printf(out, "%s{\"comments\":%" PRId64 ",\"collides\":%s", all->n++ > 0 ? "," : "", x->comments,
	    x->collides ? "true" : "false");
	add_text(out, "page_title", x->page_title);
	add_text(out, "id_before", x->id_before);
	add_text(out, "url_before", x->url_before);
	add_text(out, "id_after", x->id_after);
	add_text(out, "url_after", x->url_after);
	sb_char(out, '}');
	return 0;
}

/* What a move or its preview has found out, null until then. */
static int
add_move(struct ctx *c, const struct job *j, struct err *e)
{
	struct sb *out = &c->resp->body;
	struct examples examples = { .out = out };
	struct move_result r;
	int found = move_result_get(c->db, j->job_id, &r, e);

	if (found == -1)
		return -1;
	sb_printf(out, ",\"move\":{\"preview\":%s,\"found\":", strcmp(j->format, MOVE_FORMAT_PREVIEW) == 0 ? "true" : "false");
	if (found == 0) {
		sb_str(out, "null}");
		return 0;
	}
	sb_printf(out, "{\"pages\":%" PRId64 ",\"comments\":%" PRId64 ",\"collisions\":%" PRId64 ",\"examples\":[", r.pages,
	    r.comments, r.collisions);
	if (move_example_each(c->db, j->job_id, add_example, &examples, e) == -1)
		return -1;
	sb_str(out, "]}}");
	return 0;
}

static int
answer(struct ctx *c, const struct job *j, struct err *e)
{
	if (job_json_add(c, j, e) == -1 || (j->kind == JOB_MOVE && add_move(c, j, e) == -1))
		return -1;
	sb_str(&c->resp->body, "}\n");
	return sb_ok(&c->resp->body) ? 0 : err_nomem(e);
}

int
api_job(struct ctx *c, struct err *e)
{
	struct job j;

	return get(c, &j, e) == -1 ? -1 : answer(c, &j, e);
}

int
api_job_cancel(struct ctx *c, struct err *e)
{
	struct job j;

	return get(c, &j, e) == -1 || cancel_job(c, &j, e) == -1 ? -1 : answer(c, &j, e);
}

/* --- imports --- */

int
api_import_post(struct ctx *c, struct err *e)
{
	if (strncasecmp(c->req->content_type, TYPE, strlen(TYPE)) != 0)
		return err_set(e, ERR_TYPE, "%s", tr("This address takes a form of the type multipart/form-data, with the export as its "
		    "part \"file\"."));
	return upload_post(c, e);
}
