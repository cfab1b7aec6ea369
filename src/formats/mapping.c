#include "formats/mapping.h"

#include "util/weburl.h"

#include "formats/jsonval.h"

struct text
mapping_trim(struct text t)
{
	static const char blanks[] = { ' ', '\t', '\n', '\r' };

	for (; t.n > 0 && memchr(blanks, t.p[0], sizeof(blanks)) != NULL; t.n--)
		t.p++;
	while (t.n > 0 && memchr(blanks, t.p[t.n - 1], sizeof(blanks)) != NULL)
		t.n--;
	return t;
}

struct text
mapping_literal(const char *s)
{
	return (struct text){ .p = s, .n = strlen(s), .said = true };
}

bool
mapping_is(struct text t, const char *s)
{
	return t.n == strlen(s) && memcmp(t.p, s, t.n) == 0;
}

bool
mapping_begins(struct text t, const char *s)
{
	size_t n = strlen(s);

	return t.n >= n && memcmp(t.p, s, n) == 0;
}

struct number
mapping_number(int64_t v)
{
	return (struct number){ .v = v, .said = true };
}

/* An empty text, so that nobody needs to look at p. */
static struct text
lost(struct mapping *m)
{
	m->failed = true;
	return (struct text){ .p = "", .said = false };
}

struct text
mapping_member(struct mapping *m, struct json_object *object, const char *names)
{
	struct text t;

	if (!jsonval_text(object, names, m->arena, &t))
		return lost(m);
	return t.said ? mapping_trim(t) : (struct text){ .p = "", .said = false };
}

struct text
mapping_address(struct mapping *m, struct json_object *object, const char *names)
{
	struct text t = mapping_member(m, object, names);

	return mapping_begins(t, "//") ? mapping_printf(m, "https:%.*s", MAPPING_ARG(t)) : t;
}

struct text
mapping_copy(struct mapping *m, struct text t)
{
	if (!t.said)
		return (struct text){ .p = "", .said = false };
	if ((t.p = arena_memdup(m->arena, t.p, t.n)) == NULL)
		return lost(m);
	return t;
}

struct text
mapping_printf(struct mapping *m, const char *fmt, ...)
{
	struct text t;
	va_list ap;
	char *p;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&p, fmt, ap);
	va_end(ap);
	if (n < 0)
		return lost(m);
	t = mapping_copy(m, (struct text){ .p = p, .n = (size_t)n, .said = true });
	free(p);
	return t;
}

struct text
mapping_of_sb(struct mapping *m, struct sb *sb)
{
	struct text t = { .p = sb_text(sb), .n = sb->n, .said = true };

	t = sb_ok(sb) ? mapping_copy(m, t) : lost(m);
	sb_reset(sb);
	return t;
}

struct text
mapping_page(struct mapping *m, struct text url)
{
	struct text page = { .p = "", .said = false };
	struct sb sb;

	sb_init(&sb, 2 * LIMIT_URL_BYTES + url.n);
	if (weburl_page(url.p, url.n, &sb))
		page = mapping_of_sb(m, &sb);
	sb_free(&sb);
	return page;
}
