/* PATCH /comment-ids: the numbers under which a site has taken over comments of ours. */
#include <json-c/json.h>

#include "store/site_comment.h"
#include "util/esc.h"
#include "util/num.h"

#include "web/api_body.h"
#include "web/i18n.h"
#include "web/pages.h"
#include "web/site.h"

#define MAPPINGS_MAX	500
#define DEPTH_MAX	4
#define NUMBER_MAX	INT64_C(999999999999999999)

/* A whole number from 1, as a number or as its text without leading zeros. */
static bool
read_number(struct json_object *value, char out[24])
{
	int64_t n;
	const char *text = json_object_get_string(value);

	if (!json_object_is_type(value, json_type_int) && !json_object_is_type(value, json_type_string))
		return false;
	if (strlen(text) != (size_t)json_object_get_string_len(value) && json_object_is_type(value, json_type_string))
		return false;
	if (num_parse(text, 1, NUMBER_MAX, &n) == -1)
		return false;
	snprintf(out, 24, "%" PRId64, n);
	return strcmp(out, text) == 0;
}

/* 1 mapped, 0 ignored, -1. */
static int
map_one(struct db *db, const struct integration *site, struct json_object *mapping, struct err *e)
{
	struct json_object *ours, *theirs;
	struct hash128 id;
	char number[24];

	if (!json_object_is_type(mapping, json_type_object) || !json_object_object_get_ex(mapping, "fcId", &ours) ||
	    !json_object_object_get_ex(mapping, "wpId", &theirs) || !json_object_is_type(ours, json_type_string))
		return 0;
	if (unhex(id.b, sizeof(id.b), json_object_get_string(ours)) == -1 || !read_number(theirs, number))
		return 0;
	return site_comment_map(db, site, &id, number, e);
}

struct mapping {
	const struct integration *site;
	struct json_object	*mappings;
	int			 ignored;
};

static int
map_all(struct db *db, void *ctx, struct err *e)
{
	struct mapping *m = ctx;
	size_t i;
	int mapped;

	m->ignored = 0;
	for (i = 0; i < json_object_array_length(m->mappings); i++) {
		if ((mapped = map_one(db, m->site, json_object_array_get_idx(m->mappings, i), e)) == -1)
			return -1;
		m->ignored += mapped == 0;
	}
	return 0;
}

int
site_ids(struct ctx *c, struct err *e)
{
	struct json_object *root = api_body_parse(c->body, c->body_n, DEPTH_MAX, e);
	struct mapping m = { .site = c->site };
	int result = -1;

	if (root == NULL)
		return -1;
	if (!json_object_is_type(root, json_type_object) || !json_object_object_get_ex(root, "mappings", &m.mappings) ||
	    !json_object_is_type(m.mappings, json_type_array)) {
		err_set(e, ERR_INPUT, "%s", tr("The body of this request must be a JSON object with an array \"mappings\"."));
		goto free_root;
	}
	if (json_object_array_length(m.mappings) > MAPPINGS_MAX) {
		err_set(e, ERR_LIMIT, tr("A request takes %d mappings at most. Please send them in several."), MAPPINGS_MAX);
		goto free_root;
	}
	if (db_transaction(c->db, map_all, &m, e) == -1)
		goto free_root;
	sb_printf(site_success(c), ",\"ignored\":%d}\n", m.ignored);
	result = 0;

free_root:
	json_object_put(root);
	return result;
}
