#include "http/form.h"

#include "util/esc.h"
#include "util/utf8.h"

#include "http/multipart.h"

/* One name or value, decoded into the arena.  Malformed escapes stay as they are, as browsers do. */
static char *
decode(const char *s, size_t n, size_t *len, struct arena *a)
{
	char *out = arena_alloc(a, n + 1);
	size_t i, j = 0;

	if (out == NULL)
		return NULL;
	for (i = 0; i < n; i++) {
		char hex[3] = { 0 };

		out[j] = s[i] == '+' ? ' ' : s[i];
		if (s[i] == '%' && n - i > 2) {
			memcpy(hex, s + i + 1, 2);
			if (unhex(&out[j], 1, hex) == 0)
				i += 2;
		}
		j++;
	}
	out[j] = '\0';
	*len = j;
	return out;
}

static bool
is_text(const char *s, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if ((unsigned char)s[i] < 0x20 || s[i] == 0x7f)
			return false;
	return utf8_valid(s, n);
}

static int
find_field(const struct form_field *fields, const char *name)
{
	int i;

	for (i = 0; fields[i].name != NULL && i < FORM_FIELDS_MAX; i++)
		if (strcmp(fields[i].name, name) == 0)
			return i;
	return -1;
}

bool
form_anything(const char *value)
{
	(void)value;
	return true;
}

/* A decoded value of the i-th field: is it one, and the only one? */
static int
take_value(struct form *f, int i, const char *value, size_t len, struct err *e)
{
	const struct form_field *field = &f->fields[i];

	if (f->values[i] != NULL || len > field->max || strlen(value) != len || (field->valid != form_anything && !is_text(value, len)) ||
	    (field->valid != NULL && !field->valid(value)))
		return err_set(e, ERR_INPUT, "%s", field->complaint);
	f->values[i] = value;
	return 0;
}

static int
check_required(const struct form *f, struct err *e)
{
	int i;

	for (i = 0; f->fields[i].name != NULL; i++)
		if (f->fields[i].required && (f->values[i] == NULL || *f->values[i] == '\0'))
			return err_set(e, ERR_INPUT, "%s", f->fields[i].complaint);
	return 0;
}

/* One "name=value". */
static int
take_pair(struct form *f, const char *pair, size_t n, struct arena *a, struct err *e)
{
	const char *eq = memchr(pair, '=', n);
	size_t name_len = eq != NULL ? (size_t)(eq - pair) : n, len;
	char *name, *value;
	int i;

	if ((name = decode(pair, name_len, &len, a)) == NULL)
		return err_nomem(e);
	if (strlen(name) != len || (i = find_field(f->fields, name)) == -1)
		return 0;
	if (eq == NULL)
		eq = pair + n - 1;
	if ((value = decode(eq + 1, (size_t)(pair + n - eq - 1), &len, a)) == NULL)
		return err_nomem(e);
	return take_value(f, i, value, len, e);
}

int
form_parse(struct form *f, const struct form_field *fields, const char *text, size_t n, struct arena *a,
    struct err *e)
{
	const char *p = text, *end = text + n;

	memset(f, 0, sizeof(*f));
	if ((f->fields = fields) == NULL)
		return 0;
	while (p < end) {
		const char *amp = memchr(p, '&', (size_t)(end - p));
		const char *stop = amp != NULL ? amp : end;

		if (stop > p && take_pair(f, p, (size_t)(stop - p), a, e) == -1)
			return -1;
		p = stop + 1;
	}
	return check_required(f, e);
}

/* --- multipart --- */

struct parts {
	struct form	*form;
	struct arena	*arena;
	int		 field;		/* of the part at hand; -1: nobody's */
	struct sb	 value;
};

static int
part_begin(void *ctx, const struct multipart_part *part, struct err *e)
{
	struct parts *p = ctx;

	(void)e;
	p->field = find_field(p->form->fields, part->name);
	sb_reset(&p->value);
	return 0;
}

static int
part_data(void *ctx, const void *data, size_t n, struct err *e)
{
	struct parts *p = ctx;

	if (p->field == -1)
		return 0;
	if (p->value.n + n > p->form->fields[p->field].max)
		return err_set(e, ERR_LIMIT, "%s", p->form->fields[p->field].complaint);
	sb_add(&p->value, data, n);
	return sb_ok(&p->value) ? 0 : err_nomem(e);
}

static int
part_end(void *ctx, struct err *e)
{
	struct parts *p = ctx;
	const char *value;

	if (p->field == -1)
		return 0;
	if ((value = arena_memdup(p->arena, sb_text(&p->value), p->value.n)) == NULL)
		return err_nomem(e);
	return take_value(p->form, p->field, value, p->value.n, e);
}

int
form_parse_parts(struct form *f, const struct form_field *fields, const char *content_type, const char *body, size_t n,
    struct arena *a, struct err *e)
{
	static const struct multipart_events events = { .part = part_begin, .data = part_data, .end = part_end };
	struct parts p = { .form = f, .arena = a };
	struct multipart *m;
	int result = -1;

	memset(f, 0, sizeof(*f));
	f->fields = fields;
	if ((m = multipart_new(content_type, &events, &p, e)) == NULL)
		return -1;
	sb_init(&p.value, FORM_PARTS_TEXT_MAX);
	if (multipart_feed(m, body, n, e) == 0 && multipart_finish(m, e) == 0)
		result = check_required(f, e);
	sb_free(&p.value);
	multipart_free(m);
	return result;
}

const char *
form_get(const struct form *f, const char *name)
{
	int i = f->fields != NULL ? find_field(f->fields, name) : -1;

	return i == -1 ? NULL : f->values[i];
}
