#include "web/api_body.h"

#include <strings.h>

#include <json-c/json.h>

#include "web/i18n.h"

#define TYPE	"application/json"

struct json_object *
api_body_parse(const char *body, size_t n, int depth, struct err *e)
{
	struct json_tokener *tokener = json_tokener_new_ex(depth);
	struct json_object *root = NULL;

	if (tokener == NULL) {
		err_nomem(e);
		return NULL;
	}
	json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
	if (n <= INT_MAX - 1 && strlen(body) == n)
		root = json_tokener_parse_ex(tokener, body, (int)n + 1);
	if (json_tokener_get_error(tokener) != json_tokener_success || root == NULL) {
		err_set(e, ERR_INPUT, tr("The body of this request is no JSON, beginning with byte %zu."),
		    json_tokener_get_parse_end(tokener) + 1);
		json_object_put(root);
		root = NULL;
	}
	json_tokener_free(tokener);
	return root;
}

struct json_object *
api_body_object(const char *content_type, const char *body, size_t n, int depth, struct err *e)
{
	struct json_object *root;

	if (strncasecmp(content_type, TYPE, strlen(TYPE)) != 0) {
		err_set(e, ERR_TYPE, "%s", tr("This address takes JSON, with the header \"Content-Type: application/json\"."));
		return NULL;
	}
	if ((root = api_body_parse(body, n, depth, e)) == NULL || json_object_is_type(root, json_type_object))
		return root;
	json_object_put(root);
	err_set(e, ERR_INPUT, "%s", tr("The body of this request must be a JSON object."));
	return NULL;
}

int
api_body_text(struct json_object *value, const char *name, const char **text, struct err *e)
{
	if (!json_object_is_type(value, json_type_string) ||
	    strlen(json_object_get_string(value)) != (size_t)json_object_get_string_len(value))
		return err_set(e, ERR_UNUSABLE, tr("The member \"%s\" must be a string, without zero bytes."), name);
	*text = json_object_get_string(value);
	return 0;
}

int
api_body_flag(struct json_object *value, const char *name, bool *flag, struct err *e)
{
	if (!json_object_is_type(value, json_type_boolean))
		return err_set(e, ERR_UNUSABLE, tr("The member \"%s\" must be true or false."), name);
	*flag = json_object_get_boolean(value);
	return 0;
}

int
api_body_unknown(const char *name, struct err *e)
{
	return err_set(e, ERR_UNUSABLE, tr("The member \"%.40s\" is not known here; doc/openapi.json lists those that are."), name);
}

int
api_body_unusable(struct err *e)
{
	if (e->kind == ERR_INPUT)
		e->kind = ERR_UNUSABLE;
	return -1;
}
