#include "formats/mapping.h"

#include "util/weburl.h"

#include "formats/field.h"
#include "formats/jsonsrc.h"
#include "formats/jsonval.h"

bool
mapping_same(struct text a, struct text b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

struct text
mapping_either(struct text a, struct text b)
{
	return a.n > 0 ? a : b;
}

bool
mapping_ends(struct text t, const char *s)
{
	size_t n = strlen(s);

	return t.n >= n && memcmp(t.p + t.n - n, s, n) == 0;
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
	return t.said ? field_trim(t) : (struct text){ .p = "", .said = false };
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

struct signs {
	const char *const	*signs;
	uint32_t		 found;
};

static void
look_for(void *ctx, unsigned depth, const char *p, size_t n)
{
	struct signs *s = ctx;
	char name[64];
	unsigned i;

	if (n >= sizeof(name))
		return;
	memcpy(name, p, n);
	name[n] = '\0';
	for (i = 0; s->signs[i] != NULL; i++)
		if (*s->signs[i] == '^' ? depth == 1 && jsonval_named(name, s->signs[i] + 1) : jsonval_named(name, s->signs[i]))
			s->found |= UINT32_C(1) << i;
}

uint32_t
mapping_sniff(const uint8_t *head, size_t n, const char *const *signs)
{
	struct signs s = { .signs = signs };

	(void)jsonsrc_sniff(head, n, look_for, &s);
	return s.found;
}
