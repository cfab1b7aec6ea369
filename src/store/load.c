#include "store/load.h"

/* What stands for a byte that means something in such a line; NULL: itself. */
static const char *
escape(char c)
{
	switch (c) {
	case '\\':
		return "\\\\";
	case '\t':
		return "\\t";
	case '\n':
		return "\\n";
	case '\r':
		return "\\r";
	case '\0':
		return "\\0";
	default:
		return NULL;
	}
}

void
load_bytes(struct sb *sb, const void *p, size_t n)
{
	const char *s = p;
	size_t from = 0, i;
	const char *r;

	for (i = 0; i < n; i++) {
		if ((unsigned char)s[i] > '\r' && s[i] != '\\')
			continue;
		if ((r = escape(s[i])) == NULL)
			continue;
		sb_add(sb, s + from, i - from);
		sb_str(sb, r);
		from = i + 1;
	}
	if (from < n)
		sb_add(sb, s + from, n - from);
	sb_char(sb, '\t');
}

void
load_int(struct sb *sb, int64_t v)
{
	sb_printf(sb, "%" PRId64 "\t", v);
}

void
load_null(struct sb *sb)
{
	sb_str(sb, "\\N\t");
}

void
load_end(struct sb *sb)
{
	if (sb_ok(sb))
		sb->p[sb->n - 1] = '\n';
}
