#include "util/num.h"

#include "tmpl/tmpl_ops.h"

struct tmpl_data {
	struct arena		*arena;
	bool			*failed;	/* one for a whole tree */
	struct tmpl_data	*next;		/* the next row of its list */
	struct tmpl_value	*first;
};

struct tmpl_data *
tmpl_data_new(struct arena *a)
{
	struct tmpl_data *d = arena_zalloc(a, 1, sizeof(*d));

	if (d == NULL || (d->failed = arena_zalloc(a, 1, sizeof(*d->failed))) == NULL)
		return NULL;
	d->arena = a;
	return d;
}

static struct tmpl_value *
add(struct tmpl_data *d, const char *name, enum tmpl_type type)
{
	struct tmpl_value *v, **link;

	if (d == NULL)
		return NULL;
	if ((v = arena_zalloc(d->arena, 1, sizeof(*v))) == NULL) {
		*d->failed = true;
		return NULL;
	}
	v->name = name;
	v->type = type;
	for (link = &d->first; *link != NULL; link = &(*link)->next)
		;
	*link = v;
	return v;
}

static void
set_text(struct tmpl_data *d, struct tmpl_value *v, const char *text)
{
	if (v != NULL && (v->text = arena_strdup(d->arena, text)) == NULL) {
		v->text = "";
		*d->failed = true;
	}
}

void
tmpl_text(struct tmpl_data *d, const char *name, const char *text)
{
	set_text(d, add(d, name, TV_TEXT), text);
}

void
tmpl_flag(struct tmpl_data *d, const char *name, bool flag)
{
	struct tmpl_value *v = add(d, name, TV_FLAG);

	if (v != NULL)
		v->number = flag;
}

static void
set_number(struct tmpl_data *d, const char *name, int64_t n, const char *text)
{
	struct tmpl_value *v = add(d, name, TV_NUMBER);

	if (v != NULL)
		v->number = n;
	set_text(d, v, text);
}

void
tmpl_number(struct tmpl_data *d, const char *name, int64_t n)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRId64, n);
	set_number(d, name, n, text);
}

void
tmpl_count(struct tmpl_data *d, const char *name, int64_t n)
{
	char text[32];

	num_format_count(text, n);
	set_number(d, name, n, text);
}

void
tmpl_html(struct tmpl_data *d, const char *name, struct safe_html html)
{
	struct tmpl_value *v = add(d, name, TV_HTML);
	const char *copy;

	if (v == NULL)
		return;
	if ((copy = arena_memdup(d->arena, html.p, html.n)) == NULL)
		*d->failed = true;
	else
		v->html = (struct safe_html){ .p = copy, .n = html.n };
}

struct tmpl_data *
tmpl_row(struct tmpl_data *d, const char *name)
{
	struct tmpl_value *v;
	struct tmpl_data *row;

	if (d == NULL)
		return NULL;
	for (v = d->first; v != NULL; v = v->next)
		if (v->type == TV_LIST && strcmp(v->name, name) == 0)
			break;
	if (v == NULL && (v = add(d, name, TV_LIST)) == NULL)
		return NULL;
	if ((row = arena_zalloc(d->arena, 1, sizeof(*row))) == NULL) {
		*d->failed = true;
		return NULL;
	}
	row->arena = d->arena;
	row->failed = d->failed;
	if (v->last_row != NULL)
		v->last_row->next = row;
	else
		v->rows = row;
	v->last_row = row;
	return row;
}

static bool
printable(const char *s)
{
	for (; *s != '\0'; s++)
		if ((unsigned char)*s <= 0x20 || *s == 0x7f)
			return false;
	return true;
}

struct tmpl_url
tmpl_url_path(const char *path)
{
	struct tmpl_url url = { .checked = NULL };

	/* "//host" and "/\host" would leave this site. */
	if (path[0] == '/' && path[1] != '/' && path[1] != '\\' && printable(path))
		url.checked = path;
	return url;
}

bool
tmpl_url_web(const char *s, struct tmpl_url *url)
{
	size_t scheme = strncmp(s, "https://", 8) == 0 ? 8 : strncmp(s, "http://", 7) == 0 ? 7 : 0;

	if (scheme == 0 || strchr("/?#\\:@", s[scheme]) != NULL || !printable(s))
		return false;
	url->checked = s;
	return true;
}

void
tmpl_url(struct tmpl_data *d, const char *name, struct tmpl_url url)
{
	if (url.checked != NULL)
		set_text(d, add(d, name, TV_URL), url.checked);
}

const struct tmpl_value *
tmpl_data_find(const struct tmpl_data *d, const char *name, size_t n)
{
	const struct tmpl_value *v;

	for (v = d->first; v != NULL; v = v->next)
		if (strncmp(v->name, name, n) == 0 && v->name[n] == '\0')
			return v;
	return NULL;
}

const struct tmpl_data *
tmpl_data_next(const struct tmpl_data *row)
{
	return row->next;
}

bool
tmpl_data_failed(const struct tmpl_data *d)
{
	return d == NULL || *d->failed;
}

bool
tmpl_value_true(const struct tmpl_value *v)
{
	if (v == NULL)
		return false;
	switch (v->type) {
	case TV_TEXT:
	case TV_URL: return *v->text != '\0';
	case TV_NUMBER:
	case TV_FLAG: return v->number != 0;
	case TV_HTML: return v->html.n > 0;
	case TV_LIST: return v->rows != NULL;
	}
	return false;
}
