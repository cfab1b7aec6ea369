#include <json-c/json.h>

#include "formats/jsonwalk.h"

#include "formats/jsonval.h"

/* A list of replies that is being walked. */
struct level {
	struct json_object	*list, *parent;
	size_t			 next;
};

struct jsonwalk {
	const char		*lists;
	struct json_object	*top;
	bool			 begun;		/* top was handed out */
	struct level		*levels;
	size_t			 n, size;
};

struct jsonwalk *
jsonwalk_new(const char *lists, struct err *e)
{
	struct jsonwalk *w = calloc(1, sizeof(*w));

	if (w == NULL) {
		err_nomem(e);
		return NULL;
	}
	w->lists = lists;
	w->begun = true;
	return w;
}

void
jsonwalk_free(struct jsonwalk *w)
{
	if (w == NULL)
		return;
	json_object_put(w->top);
	free(w->levels);
	free(w);
}

void
jsonwalk_begin(struct jsonwalk *w, struct json_object *top)
{
	json_object_put(w->top);
	w->top = json_object_get(top);
	w->begun = false;
	w->n = 0;
}

/* Goes into the replies of this comment, if it has some. */
static int
descend(struct jsonwalk *w, struct json_object *parent, struct err *e)
{
	struct json_object *list = jsonval_get(parent, w->lists);

	if (json_object_is_type(list, json_type_object))
		list = jsonval_get(list, "data");
	if (!json_object_is_type(list, json_type_array))
		return 0;
	if (w->n == w->size) {
		size_t size = MAX(w->size * 2, (size_t)16);
		struct level *p = reallocarray(w->levels, size, sizeof(*p));

		if (p == NULL)
			return err_nomem(e);
		w->levels = p;
		w->size = size;
	}
	w->levels[w->n++] = (struct level){ .list = list, .parent = parent };
	return 0;
}

int
jsonwalk_next(struct jsonwalk *w, struct jsonwalk_item *item, struct err *e)
{
	struct level *level;

	while (w->n > 0 && w->levels[w->n - 1].next == json_object_array_length(w->levels[w->n - 1].list))
		w->n--;
	if (!w->begun) {
		w->begun = true;
		*item = (struct jsonwalk_item){ .object = w->top };
	} else if (w->n > 0) {
		level = &w->levels[w->n - 1];
		item->object = json_object_array_get_idx(level->list, level->next++);
		item->parent = level->parent;
	} else {
		return 0;
	}
	return descend(w, item->object, e) == -1 ? -1 : 1;
}
