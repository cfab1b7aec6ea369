#include <json-c/json.h>

#include "web/examples.h"

/* Objects within the array, and nothing deeper. */
#define DEPTH_MAX	4

static struct json_object *
parse(const char *json)
{
	struct json_tokener *tokener = json_tokener_new_ex(DEPTH_MAX);
	struct json_object *root = NULL;

	if (tokener == NULL)
		return NULL;
	json_tokener_set_flags(tokener, JSON_TOKENER_STRICT);
	root = json_tokener_parse_ex(tokener, json, (int)strlen(json) + 1);
	if (json_tokener_get_error(tokener) != json_tokener_success) {
		json_object_put(root);
		root = NULL;
	}
	json_tokener_free(tokener);
	return root;
}

static int
give(struct json_object *example, struct arena *arena, void (*fn)(void *ctx, const char *external_id, int64_t line),
    void *ctx, struct err *e)
{
	struct json_object *id, *line;
	const char *text = NULL;

	if (!json_object_is_type(example, json_type_object))
		return err_set(e, ERR_BUG, "an example of an issue is no JSON object");
	if (json_object_object_get_ex(example, "external_id", &id) && id != NULL &&
	    (text = arena_strdup(arena, json_object_get_string(id))) == NULL)
		return err_nomem(e);
	fn(ctx, text, json_object_object_get_ex(example, "line", &line) ? json_object_get_int64(line) : 0);
	return 0;
}

int
examples_each(const char *json, struct arena *arena, void (*fn)(void *ctx, const char *external_id, int64_t line),
    void *ctx, struct err *e)
{
	struct json_object *root = parse(json);
	int result = -1;
	size_t i;

	if (!json_object_is_type(root, json_type_array)) {
		err_set(e, ERR_BUG, "the examples of an issue are no JSON array");
		goto free_root;
	}
	for (i = 0; i < json_object_array_length(root); i++)
		if (give(json_object_array_get_idx(root, i), arena, fn, ctx, e) == -1)
			goto free_root;
	result = 0;

free_root:
	json_object_put(root);
	return result;
}
