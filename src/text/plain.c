#include "text/plain.h"

#include "util/canonical_html.h"
#include "util/utf8.h"

/* False if sb is full: what is in it ends at a character, as it appends whole pieces only. */
static bool
escape_lines(struct span s, struct sb *sb, uint64_t *issues)
{
	while (s.n > 0) {
		size_t before = sb->n, len = utf8_sequence(s.p, s.n);

		len = MAX(len, 1u);
		if (s.p[0] == '\n' || (s.p[0] == '\r' && (s.n == 1 || s.p[1] != '\n')))
			sb_str(sb, "<br>");
		else if (s.p[0] != '\r')
			span_escape(sb, (struct span){ s.p, len }, false, issues);
		if (!sb_ok(sb)) {
			sb->n = before;
			return false;
		}
		s.p += len;
		s.n -= len;
	}
	return true;
}

int
plain_html(struct span s, struct arena *arena, struct text *out, bool *cut, uint64_t *issues, struct err *e)
{
	struct span html;
	struct sb sb;

	sb_init(&sb, LIMIT_BODY_PLAIN_BYTES);
	*cut = !escape_lines(s, &sb, issues);
	/* Cutting and control characters that go leave new ends. */
	html = span_trim((struct span){ sb_text(&sb), sb.n });
	*out = (struct text){ .p = arena_memdup(arena, html.p, html.n), .n = html.n, .said = true };
	sb_free(&sb);
	return out->p != NULL ? 0 : err_nomem(e);
}

bool
plain_is(struct span s)
{
	const char *p = s.p, *end = s.p + s.n;
	struct safe_html safe;

	if (memchr(s.p, '\n', s.n) != NULL || !canonical_html_check(s.p, s.n, &safe))
		return false;
	/* A canonical text has < in tags only, and each is complete. */
	while ((p = memchr(p, '<', (size_t)(end - p))) != NULL)
		if (memcmp(++p, "br>", 3) != 0)
			return false;
	return true;
}
