#include "text/muutmark.h"

#include "text/markdown.h"

/* What escapers of the time made of the characters that matter in HTML, quotes and templates. */
static const struct {
	const char	*reference;
	char		 as;
} references[] = {
	{ "&lt;", '<' }, { "&gt;", '>' }, { "&amp;", '&' }, { "&quot;", '"' }, { "&#39;", '\'' }, { "&#039;", '\'' },
	{ "&#x27;", '\'' }, { "&apos;", '\'' }, { "&#34;", '"' }, { "&#x2F;", '/' }, { "&#x60;", '`' }, { "&#x3D;", '=' },
};

bool
muutmark_unescape(struct span s, struct sb *sb)
{
	const char *p = s.p, *end = s.p + s.n;

	while (p < end) {
		size_t i, n = 0;

		for (i = 0; *p == '&' && i < ARRAY_LEN(references); i++) {
			n = strlen(references[i].reference);
			if ((size_t)(end - p) >= n && memcmp(p, references[i].reference, n) == 0)
				break;
		}
		if (*p == '&' && i < ARRAY_LEN(references)) {
			sb_char(sb, references[i].as);
			p += n;
		} else {
			sb_char(sb, *p++);
		}
	}
	return sb_ok(sb);
}

/* Three dashes; in front of code perhaps the name of its language. */
static bool
is_fence(struct span line, bool opening)
{
	size_t i;

	line = span_trim(line);
	if (line.n < 3 || memcmp(line.p, "---", 3) != 0)
		return false;
	line = span_trim((struct span){ line.p + 3, line.n - 3 });
	if (line.n > 0 && (!opening || line.p[0] == '-'))
		return false;
	for (i = 0; i < line.n; i++)
		if (strchr(SPAN_BLANKS "<>&\"'`|", line.p[i]) != NULL)
			return false;
	return true;
}

/* What the author typed stays what it is: a reference in it is none. */
static bool
put_markdown(struct span s, struct sb *out, uint64_t *issues)
{
	struct sb guarded;
	bool ok;
	size_t i;

	if (span_trim(s).n == 0)
		return true;
	sb_init(&guarded, 4 * s.n);
	for (i = 0; i < s.n; i++) {
		sb_char(&guarded, s.p[i]);
		if (s.p[i] == '&')
			sb_str(&guarded, MARKDOWN_NOTHING);
	}
	ok = sb_ok(&guarded) && markdown_html((struct span){ guarded.p, guarded.n }, true, out, issues);
	sb_free(&guarded);
	return ok;
}

static bool
put_code(struct span s, struct sb *out, uint64_t *issues)
{
	if (span_trim(s).n == 0)
		return true;
	sb_str(out, "<pre><code>");
	span_escape(out, s, false, issues);
	sb_str(out, "</code></pre>");
	return sb_ok(out);
}

bool
muutmark_html(struct span s, struct sb *out, uint64_t *issues)
{
	const char *p = s.p, *end = s.p + s.n, *from = s.p;
	bool in_code = false, ok = true;

	while (p < end && ok) {
		const char *line_end = memchr(p, '\n', (size_t)(end - p));
		struct span before = { from, (size_t)(p - from) };

		if (line_end == NULL)
			line_end = end;
		if (is_fence((struct span){ p, (size_t)(line_end - p) }, !in_code)) {
			ok = in_code ? put_code(before, out, issues) : put_markdown(before, out, issues);
			in_code = !in_code;
			from = MIN(line_end + 1, end);
		}
		p = line_end + 1;
	}
	s = (struct span){ from, (size_t)(end - from) };
	return ok && (in_code ? put_code(s, out, issues) : put_markdown(s, out, issues));
}
