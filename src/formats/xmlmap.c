#include <strings.h>

#include "formats/xmlmap.h"

#include "formats/field.h"

static int
innermost(const struct xmlmap *map)
{
	return map->open_n > 0 ? map->open[map->open_n - 1] : 0;
}

/* Depth of the elements that the innermost object may have. */
static unsigned
children_depth(const struct xmlmap *map)
{
	return map->open_n > 0 ? map->depth[map->open_n - 1] + 1 : 0;
}

static const struct xmlmap_rule *
rule_of(const struct xmlmap *map, const struct xmlsrc_element *el)
{
	const struct xmlmap_rule *rule;
	int in = innermost(map);

	if (el->depth != children_depth(map))
		return NULL;
	for (rule = map->rules; rule->name != NULL; rule++)
		if (rule->in == in && strcasecmp(rule->name, el->name) == 0 && !(rule->unprefixed && el->prefixed))
			return rule;
	return NULL;
}

static int
begin(struct xmlmap *map, int object, const struct xmlsrc_element *el, struct err *e)
{
	const struct xmlmap_rule *rule;

	for (rule = map->rules; rule->name != NULL; rule++)
		if (rule->in == object && rule->opens == 0)
			map->fields[rule->field] = (struct text){ .said = false };
	map->open[map->open_n] = object;
	map->depth[map->open_n++] = el->depth;
	return map->begin(map->ctx, object, el, e);
}

int
xmlmap_start(void *ctx, const struct xmlsrc_element *el, size_t *want, struct err *e)
{
	struct xmlmap *map = ctx;
	const struct xmlmap_rule *rule = rule_of(map, el);

	if (rule == NULL)
		return 0;
	if (rule->opens != 0)
		return map->open_n < XMLMAP_DEPTH ? begin(map, rule->opens, el, e) : 0;
	map->text = rule;
	*want = rule->want;
	return 0;
}

int
xmlmap_end(void *ctx, const char *name, unsigned depth, const struct xmlsrc_text *text, struct err *e)
{
	struct xmlmap *map = ctx;
	struct text *field;

	(void)name;
	if (map->open_n > 0 && map->depth[map->open_n - 1] == depth)
		return map->end(map->ctx, map->open[--map->open_n], e);
	if (map->text == NULL || depth != children_depth(map))
		return 0;
	field = &map->fields[map->text->field];
	map->text = NULL;
	if (field->n > 0)
		return 0;
	return field_copy(xmlqueue_arena(map->queue), (struct text){ .p = text->p, .n = text->n }, field, e);
}

int
xmlmap_keep(struct text *fields, int n, struct arena *arena, struct err *e)
{
	int i;

	for (i = 0; i < n; i++)
		if (fields[i].said && field_copy(arena, fields[i], &fields[i], e) == -1)
			return -1;
	return 0;
}
