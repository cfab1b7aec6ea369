#include "http/form.h"

#include "util/esc.h"
#include "util/utf8.h"

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

/* One "name=value". */
static int
take_pair(struct form *f, const char *pair, size_t n, struct arena *a, struct err *e)
{
	const char *eq = memchr(pair, '=', n);
	size_t name_len = eq != NULL ? (size_t)(eq - pair) : n, len;
	const struct form_field *field;
	char *name, *value;
	int i;

	if ((name = decode(pair, name_len, &len, a)) == NULL)
		return err_nomem(e);
	if (strlen(name) != len || (i = find_field(f->fields, name)) == -1)
		return 0;
	field = &f->fields[i];
	if (eq == NULL)
		eq = pair + n - 1;
	if ((value = decode(eq + 1, (size_t)(pair + n - eq - 1), &len, a)) == NULL)
		return err_nomem(e);
	if (f->values[i] != NULL || len > field->max || !is_text(value, len) ||
	    (field->valid != NULL && !field->valid(value)))
		return err_set(e, ERR_INPUT, "%s", field->complaint);
	f->values[i] = value;
	return 0;
}

int
form_parse(struct form *f, const struct form_field *fields, const char *text, size_t n, struct arena *a,
    struct err *e)
{
	const char *p = text, *end = text + n;
	int i;

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
	for (i = 0; fields[i].name != NULL; i++)
		if (fields[i].required && (f->values[i] == NULL || *f->values[i] == '\0'))
			return err_set(e, ERR_INPUT, "%s", fields[i].complaint);
	return 0;
}

const char *
form_get(const struct form *f, const char *name)
{
	int i = f->fields != NULL ? find_field(f->fields, name) : -1;

	return i == -1 ? NULL : f->values[i];
}
