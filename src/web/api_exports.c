/* POST /api/v1/exports: asks for an export. */
#include <json-c/json.h>

#include "web/api_body.h"
#include "web/ask_export.h"
#include "web/job_json.h"
#include "web/pages.h"

#define DEPTH_MAX	2

/* The members of the body, called like the options. */
static const struct member {
	const char	*name;
	bool		 flag;
} members[] = {
	{ "format", false }, { "gzip", true }, { "page", false }, { "site", false }, { "from", false }, { "to", false },
	{ "spam", true }, { "pending", true }, { "deleted", true },
};

static int
set_member(struct export_options *o, const struct member *m, struct json_object *value, struct err *e)
{
	const char *text = NULL;
	bool flag = false;

	if (m->flag ? api_body_flag(value, m->name, &flag, e) == -1 : api_body_text(value, m->name, &text, e) == -1)
		return -1;
	return export_options_set(o, m->name, m->flag ? flag ? "yes" : "no" : text, e);
}

static int
read_members(struct json_object *root, struct export_options *o, struct err *e)
{
	size_t i;

	json_object_object_foreach(root, name, value) {
		for (i = 0; i < ARRAY_LEN(members) && strcmp(members[i].name, name) != 0; i++)
			;
		if (i == ARRAY_LEN(members))
			return api_body_unknown(name, e);
		if (set_member(o, &members[i], value, e) == -1)
			return -1;
	}
	return 0;
}

static int
read_options(const struct ctx *c, struct export_options *o, struct err *e)
{
	struct json_object *root = api_body_object(c->req->content_type, c->body, c->body_n, DEPTH_MAX, e);
	int result;

	if (root == NULL)
		return -1;
	export_options_init(o);
	result = read_members(root, o, e) == -1 ? api_body_unusable(e) : 0;
	json_object_put(root);
	return result;
}

int
api_export_post(struct ctx *c, struct err *e)
{
	struct export_options o;
	int64_t job_id;

	if (read_options(c, &o, e) == -1)
		return -1;
	if (ask_export(c, &o, &job_id, e) == -1)
		return api_body_unusable(e);
	job_json_created(c, JOB_EXPORT, job_id);
	return 0;
}
