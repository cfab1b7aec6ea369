#include "formats/field.h"

struct text
field_trim(struct text t)
{
	static const char blanks[] = { ' ', '\t', '\n', '\r' };

	for (; t.n > 0 && memchr(blanks, t.p[0], sizeof(blanks)) != NULL; t.n--)
		t.p++;
	while (t.n > 0 && memchr(blanks, t.p[t.n - 1], sizeof(blanks)) != NULL)
		t.n--;
	return t;
}

int
field_copy(struct arena *arena, struct text in, struct text *out, struct err *e)
{
	in = field_trim(in);
	if ((out->p = arena_memdup(arena, in.p, in.n)) == NULL)
		return err_nomem(e);
	out->n = in.n;
	out->said = true;
	return 0;
}

struct text
field_literal(const char *s)
{
	return (struct text){ .p = s, .n = strlen(s), .said = true };
}

bool
field_is(struct text t, const char *s)
{
	return t.n == strlen(s) && (t.n == 0 || memcmp(t.p, s, t.n) == 0);
}

int
field_made_up(struct arena *arena, struct text in, struct text *out, struct err *e)
{
	char *p = arena_alloc(arena, in.n + 2);

	if (p == NULL)
		return err_nomem(e);
	p[0] = '~';
	if (in.n > 0)
		memcpy(p + 1, in.p, in.n);
	p[in.n + 1] = '\0';
	*out = (struct text){ .p = p, .n = in.n + 1, .said = true };
	return 0;
}
