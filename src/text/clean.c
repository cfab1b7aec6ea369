#include <gumbo.h>

#include "text/clean.h"

#include "util/canonical_html.h"
#include "util/sb.h"
#include "util/utf8.h"

#include "text/parse.h"
#include "text/plain.h"
#include "text/rewrite.h"

static int
give(const char *s, size_t n, struct arena *arena, struct text *out, struct err *e)
{
	if ((out->p = arena_memdup(arena, s, n)) == NULL)
		return err_nomem(e);
	out->n = n;
	out->said = true;
	return 0;
}

/* The source as a person would have typed it. */
static int
plain(struct span html, struct arena *arena, struct text *out, uint64_t *issues, struct err *e)
{
	bool cut;

	if (plain_html(html, arena, out, &cut, issues, e) == -1)
		return -1;
	*issues |= ISSUE_BIT(cut ? ISSUE_BODY_CUT : ISSUE_BODY_PLAIN);
	return 0;
}

/* Is it as this cleaner leaves a body?  Then it must stay: what was stored comes back from exports. */
static bool
is_clean(struct span html)
{
	struct safe_html safe;

	if (html.n > LIMIT_BODY_BYTES)
		return html.n <= LIMIT_BODY_PLAIN_BYTES && plain_is(html);
	return canonical_html_check(html.p, html.n, &safe);
}

/*
 * False, with nothing in *issues, if it has to become plain text.  The parser would replace control characters
 * without a word.
 */
static bool
rewrite(struct span html, struct sb *out, uint64_t *issues)
{
	uint64_t seen = 0;
	struct sb sb;
	bool ok;

	sb_init(&sb, 2 * LIMIT_BODY_BYTES);
	html = span_without_controls(html, &sb, &seen);
	ok = sb_ok(&sb) && rewrite_html(html, out, &seen);
	sb_free(&sb);
	*issues |= ok ? seen : 0;
	return ok;
}

int
clean_html(const char *source, size_t n, struct arena *arena, struct text *out, uint64_t *issues, struct err *e)
{
	struct span html = span_trim((struct span){ source, n }), trimmed;
	struct sb sb;
	int ret;

	if (is_clean(html)) {
		*out = (struct text){ .p = html.p, .n = html.n, .said = true };
		return 0;
	}
	if (html.n > LIMIT_BODY_BYTES || parse_too_nested(html))
		return plain(html, arena, out, issues, e);
	sb_init(&sb, LIMIT_BODY_BYTES);
	if (rewrite(html, &sb, issues)) {
		trimmed = span_trim((struct span){ sb_text(&sb), sb.n });
		ret = give(trimmed.p, trimmed.n, arena, out, e);
	} else {
		ret = plain(html, arena, out, issues, e);
	}
	sb_free(&sb);
	return ret;
}

/* --- references in texts without markup ------------------------------------------------------ */

/* Length of a reference with its semicolon at p ('&'), 0 if there is none. */
static size_t
reference_length(const char *p, size_t n)
{
	size_t i = 1;

	if (i < n && p[i] == '#')
		i++;
	while (i < n && i < 40 && ((p[i] >= '0' && p[i] <= '9') || ((p[i] | 0x20) >= 'a' && (p[i] | 0x20) <= 'z')))
		i++;
	return i > 1 && i < n && p[i] == ';' ? i + 1 : 0;
}

/* An HTML source whose only text, a <title>'s, is s. */
static void
as_title(struct sb *sb, const char *s, size_t n, bool address)
{
	size_t i;

	sb_str(sb, "<title>");
	for (i = 0; i < n; i++) {
		if (s[i] == '<')
			sb_str(sb, "&lt;");
		else if (address && s[i] == '&' && reference_length(s + i, n - i) == 0)
			sb_str(sb, "&amp;");
		else
			sb_char(sb, s[i]);
	}
	sb_str(sb, "</title>");
}

static const char *
title_text(const GumboNode *root)
{
	const GumboNode *title, *text;

	if (root->v.element.children.length == 0)
		return "";
	title = root->v.element.children.data[0];
	if (title->type != GUMBO_NODE_ELEMENT || title->v.element.children.length == 0)
		return "";
	text = title->v.element.children.data[0];
	return text->type == GUMBO_NODE_TEXT || text->type == GUMBO_NODE_WHITESPACE ? text->v.text.text : "";
}

/* As a parser reads it. */
static int
decode(struct span s, bool address, struct arena *arena, struct text *out, uint64_t *issues, struct err *e)
{
	struct parse parse = { 0 };
	struct sb sb;
	int ret = 0;

	sb_init(&sb, 8 * LIMIT_BODY_BYTES);
	as_title(&sb, s.p, s.n, address);
	if (sb_ok(&sb) && parse_begin(&parse, (struct span){ sb.p, sb.n }) == 0) {
		const char *text = title_text(parse.output->root);

		if (utf8_count(text, strlen(text), UTF8_REPLACEMENT) > utf8_count(s.p, s.n, UTF8_REPLACEMENT))
			*issues |= ISSUE_BIT(ISSUE_BYTES_REPAIRED);
		ret = give(text, strlen(text), arena, out, e);
	}
	parse_end(&parse);
	sb_free(&sb);
	return ret;
}

int
clean_decode_entities(const char *p, size_t n, bool address, struct arena *arena, struct text *out, uint64_t *issues,
    struct err *e)
{
	struct span s = { p, n };
	struct sb sb;
	int ret;

	*out = (struct text){ .p = p, .n = n, .said = true };
	/* A title of over 64 KiB is none: it is cut soon, and not worth a parser. */
	if (n == 0 || n > LIMIT_BODY_BYTES || memchr(p, '&', n) == NULL)
		return 0;
	sb_init(&sb, 2 * LIMIT_BODY_BYTES);
	s = span_without_controls(s, &sb, issues);
	ret = sb_ok(&sb) ? decode(s, address, arena, out, issues, e) : err_nomem(e);
	sb_free(&sb);
	return ret;
}

static bool
has_line_ends(struct span s)
{
	size_t i;

	for (i = 0; i < s.n; i++)
		if (memchr("\t\n\r", s.p[i], 3) != NULL)
			return true;
	return false;
}

int
clean_line(const char *p, size_t n, struct arena *arena, struct text *out, uint64_t *issues, struct err *e)
{
	struct span s, line;
	struct sb sb;
	char *copy;
	size_t i;

	sb_init(&sb, 2 * n);
	s = span_without_controls((struct span){ p, n }, &sb, issues);
	line = span_trim(s);
	*out = (struct text){ .p = line.p, .n = line.n, .said = true };
	if (s.p != p || has_line_ends(line)) {
		copy = sb_ok(&sb) ? arena_memdup(arena, line.p, line.n) : NULL;
		for (i = 0; copy != NULL && i < line.n; i++)
			if (memchr("\t\n\r", copy[i], 3) != NULL)
				copy[i] = ' ';
		out->p = copy;
	}
	sb_free(&sb);
	return out->p != NULL ? 0 : err_nomem(e);
}
