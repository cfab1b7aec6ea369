#include <gumbo.h>

#include "text/clean.h"

#include "util/canonical_html.h"
#include "util/sb.h"

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
plain(struct span html, struct arena *arena, struct text *out, enum clean_result *result, struct err *e)
{
	bool cut;

	if (plain_html(html, arena, out, &cut, e) == -1)
		return -1;
	*result = cut ? CLEAN_CUT : CLEAN_PLAIN;
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

int
clean_html(const char *source, size_t n, struct arena *arena, struct text *out, enum clean_result *result,
    struct err *e)
{
	struct span html = span_trim((struct span){ source, n }), trimmed;
	struct sb sb;
	int ret;

	*result = CLEAN_OK;
	if (is_clean(html)) {
		*out = (struct text){ .p = html.p, .n = html.n, .said = true };
		return 0;
	}
	if (html.n > LIMIT_BODY_BYTES || parse_too_nested(html))
		return plain(html, arena, out, result, e);
	sb_init(&sb, LIMIT_BODY_BYTES);
	if (rewrite_html(html, &sb)) {
		trimmed = span_trim((struct span){ sb_text(&sb), sb.n });
		ret = give(trimmed.p, trimmed.n, arena, out, e);
	} else {
		ret = plain(html, arena, out, result, e);
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
as_title(struct sb *sb, const char *s, size_t n)
{
	size_t i;

	sb_str(sb, "<title>");
	for (i = 0; i < n; i++) {
		if (s[i] == '<')
			sb_str(sb, "&lt;");
		else if (s[i] == '&' && reference_length(s + i, n - i) == 0)
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

int
clean_decode_entities(const char *s, size_t n, struct arena *arena, struct text *out, struct err *e)
{
	struct parse parse = { 0 };
	struct sb sb;
	int ret = 0;

	*out = (struct text){ .p = s, .n = n, .said = true };
	/* A title of over 64 KiB is none: it is cut soon, and not worth a parser. */
	if (n == 0 || n > LIMIT_BODY_BYTES || memchr(s, '&', n) == NULL)
		return 0;
	sb_init(&sb, 8 * LIMIT_BODY_BYTES);
	as_title(&sb, s, n);
	if (sb_ok(&sb) && parse_begin(&parse, (struct span){ sb.p, sb.n }) == 0) {
		const char *text = title_text(parse.output->root);

		ret = give(text, strlen(text), arena, out, e);
	}
	parse_end(&parse);
	sb_free(&sb);
	return ret;
}
