/* POST /api/v1/moves: asks for a move, or for its preview. */
#include <json-c/json.h>

#include "store/move.h"
#include "util/log.h"

#include "web/api_body.h"
#include "web/i18n.h"
#include "web/job_json.h"
#include "web/pages.h"

#define DEPTH_MAX	4

struct order {
	struct movelist	 list;
	struct arena	*arena;
	bool		 preview, merge;
};

static int
read_kind(const char *name, enum move_kind *kind, struct err *e)
{
	return movelist_kind(name, kind) ? 0 :
	    err_set(e, ERR_UNUSABLE, "%s", tr("\"kind\" must be domain, url, prefix or page_id."));
}

struct said {
	const char	*from, *to, *kind;
};

static int
read_pair(struct json_object *pair, struct said *said, struct err *e)
{
	json_object_object_foreach(pair, name, value) {
		const char **text = strcmp(name, "from") == 0 ? &said->from : strcmp(name, "to") == 0 ? &said->to :
		    strcmp(name, "kind") == 0 ? &said->kind : NULL;

		if (text == NULL)
			return api_body_unknown(name, e);
		if (api_body_text(value, name, text, e) == -1)
			return -1;
	}
	return 0;
}

/* n: its number in the list, from 1. */
static int
add_pair(struct order *o, struct json_object *pair, int64_t n, struct err *e)
{
	struct said said = { "", "", "" };
	enum move_kind kind;

	if (!json_object_is_type(pair, json_type_object))
		return err_set(e, ERR_UNUSABLE, tr("Pair %" PRId64 " must be an object with \"from\" and \"to\"."), n);
	if (read_pair(pair, &said, e) == -1 || read_kind(said.kind, &kind, e) == -1)
		return -1;
	return movelist_add(&o->list, said.from, said.to, kind, n, o->arena, e);
}

static int
add_pairs(struct order *o, struct json_object *pairs, struct err *e)
{
	size_t i;

	if (!json_object_is_type(pairs, json_type_array))
		return err_set(e, ERR_UNUSABLE, "%s", tr("\"pairs\" must be an array of objects with \"from\" and \"to\"."));
	for (i = 0; i < json_object_array_length(pairs); i++)
		if (add_pair(o, json_object_array_get_idx(pairs, i), (int64_t)i + 1, e) == -1)
			return -1;
	return 0;
}

static int
read_members(struct order *o, struct json_object *root, struct err *e)
{
	json_object_object_foreach(root, name, value) {
		int result;

		if (strcmp(name, "pairs") == 0)
			result = add_pairs(o, value, e);
		else if (strcmp(name, "preview") == 0)
			result = api_body_flag(value, name, &o->preview, e);
		else if (strcmp(name, "merge") == 0)
			result = api_body_flag(value, name, &o->merge, e);
		else
			result = api_body_unknown(name, e);
		if (result == -1)
			return -1;
	}
	return movelist_check(&o->list, e);
}

int
api_move_post(struct ctx *c, struct err *e)
{
	struct json_object *root = api_body_object(c->req->content_type, c->body, c->body_n, DEPTH_MAX, e);
	struct order o = { .arena = c->arena };
	struct move_request r = { .account_id = c->admin.account_id, .requested_by = c->admin.email,
	    .node = c->web->settings->node };
	int64_t job_id;
	int result;

	if (root == NULL)
		return -1;
	result = read_members(&o, root, e) == -1 ? api_body_unusable(e) : 0;
	json_object_put(root);
	r.preview = o.preview;
	r.merge = o.merge;
	if (result == -1 || move_request_add(c->db, &r, &o.list, &job_id, e) == -1)
		return -1;
	log_info(o.preview ? "move_preview_requested" : "move_requested", "job=%" PRId64 " pairs=%zu", job_id, o.list.n);
	job_json_created(c, JOB_MOVE, job_id);
	return 0;
}
