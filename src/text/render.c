#include <strings.h>

#include "text/render.h"

#include "util/utf8.h"

#include "text/autolink.h"
#include "text/markdown.h"
#include "text/muutmark.h"
#include "text/paragraphs.h"
#include "text/plain.h"

static const char picture_start[] = "[img]", picture_end[] = "[/img]";

static bool
starts_with(struct span s, const char *what)
{
	return s.n >= strlen(what) && strncasecmp(s.p, what, strlen(what)) == 0;
}

static struct span
without(struct span s, size_t n)
{
	return (struct span){ s.p + n, s.n - n };
}

/* The address in the [img]...[/img] that s begins with, and the length of it all; n == 0 if there is none for us. */
static struct span
picture_address(struct span s, size_t *length)
{
	struct span inside, address = { 0 };
	size_t n;

	if (!starts_with(s, picture_start))
		return address;
	inside = without(s, strlen(picture_start));
	for (n = 0; n < inside.n && memchr("[<>\\\n", inside.p[n], 5) == NULL; n++)
		continue;
	if (!starts_with(without(inside, n), picture_end))
		return address;
	*length = strlen(picture_start) + n + strlen(picture_end);
	address = span_trim((struct span){ inside.p, n });
	if ((!starts_with(address, "http://") && !starts_with(address, "https://")) ||
	    memchr(address.p, ' ', address.n) != NULL)
		address.n = 0;
	return address;
}

/* FastComments: pictures in BBCode, the rest Markdown. */
static bool
fastcomments_html(struct span s, struct sb *out, uint64_t *issues)
{
	struct sb markdown;
	bool ok;

	sb_init(&markdown, 2 * LIMIT_BODY_BYTES);
	while (s.n > 0) {
		size_t n = 1;
		struct span address = picture_address(s, &n);

		if (address.n > 0) {
			sb_str(&markdown, "![](<");
			sb_add(&markdown, address.p, address.n);
			sb_str(&markdown, ">)");
		} else {
			sb_add(&markdown, s.p, n);
		}
		s = without(s, n);
	}
	ok = sb_ok(&markdown) && markdown_html((struct span){ sb_text(&markdown), markdown.n }, true, out, issues);
	sb_free(&markdown);
	return ok;
}

/* False if it cannot be: it is too long, or would take time or memory out of proportion. */
static bool
to_html(enum body_kind kind, struct span source, struct sb *out, uint64_t *issues)
{
	if (source.n > LIMIT_BODY_BYTES)
		return false;
	switch (kind) {
	case BODY_MARKDOWN:
		return markdown_html(source, false, out, issues);
	case BODY_MARKDOWN_BREAKS:
		return markdown_html(source, true, out, issues);
	case BODY_WORDPRESS:
	case BODY_INTENSEDEBATE:
		return paragraphs_html(source, out);
	case BODY_MUUT:
		return muutmark_html(source, out, issues);
	case BODY_FASTCOMMENTS:
		return fastcomments_html(source, out, issues);
	case BODY_HTML:
	case BODY_PLAIN:
		break;
	}
	return false;
}

/* Links where the provider's own page shows them; IntenseDebate's are in the body. */
static int
link_addresses(enum body_kind kind, struct arena *arena, struct text *body, struct err *e)
{
	struct sb linked;
	int ret = 0;

	if (kind == BODY_INTENSEDEBATE)
		return 0;
	sb_init(&linked, LIMIT_BODY_BYTES);
	/* A body that has no room for links keeps its text. */
	if (autolink_html((struct span){ body->p, body->n }, &linked) && linked.n != body->n) {
		*body = (struct text){ .p = arena_memdup(arena, linked.p, linked.n), .n = linked.n, .said = true };
		if (body->p == NULL)
			ret = err_nomem(e);
	}
	sb_free(&linked);
	return ret;
}

static int
plain(enum body_kind kind, struct span source, struct arena *arena, struct text *out, uint64_t *issues, struct err *e)
{
	bool cut;

	if (plain_html(source, arena, out, &cut, issues, e) == -1)
		return -1;
	if (cut)
		*issues |= ISSUE_BIT(ISSUE_BODY_CUT);
	else if (kind != BODY_PLAIN)
		*issues |= ISSUE_BIT(ISSUE_BODY_PLAIN);
	return 0;
}

static int
render(enum body_kind kind, struct span source, struct arena *arena, struct text *out, uint64_t *issues, struct err *e)
{
	uint64_t seen = 0;
	const char *html;
	struct sb sb;
	size_t n;
	int ret;

	sb_init(&sb, LIMIT_BODY_BYTES);
	if (!to_html(kind, source, &sb, &seen)) {
		sb_free(&sb);
		return plain(kind, source, arena, out, issues, e);
	}
	n = sb.n;
	/* What is clean already comes back as it is: it has to outlive sb. */
	html = arena_memdup(arena, sb_text(&sb), n);
	sb_free(&sb);
	ret = html != NULL ? clean_html(html, n, arena, out, &seen, e) : err_nomem(e);
	if (ret == 0 && seen & CLEAN_GAVE_UP)
		return plain(kind, source, arena, out, issues, e);
	*issues |= seen;
	return ret == 0 ? link_addresses(kind, arena, out, e) : -1;
}

/* What the parsers replace or leave out without a word: references to what is no character. */
static void
look_for_replaced(enum body_kind kind, struct span source, struct text out, uint64_t *issues)
{
	bool rendered = kind != BODY_HTML && kind != BODY_PLAIN;
	size_t replaced = utf8_count(out.p, out.n, UTF8_REPLACEMENT);

	if (replaced > 0 && replaced > utf8_count(source.p, source.n, UTF8_REPLACEMENT))
		*issues |= ISSUE_BIT(ISSUE_BYTES_REPAIRED);
	if (rendered && utf8_count(source.p, source.n, MARKDOWN_NOTHING) > 0)
		*issues |= ISSUE_BIT(ISSUE_CONTROLS_LEFT_OUT);
}

static int
render_kind(enum body_kind kind, struct span source, struct arena *arena, struct text *out, uint64_t *issues,
    struct err *e)
{
	struct sb unescaped;
	int ret;

	if (kind == BODY_HTML)
		return clean_html(source.p, source.n, arena, out, issues, e);
	if (kind != BODY_MUUT)
		return render(kind, source, arena, out, issues, e);
	sb_init(&unescaped, source.n);
	if (muutmark_unescape(source, &unescaped))
		ret = render(kind, (struct span){ sb_text(&unescaped), unescaped.n }, arena, out, issues, e);
	else
		ret = err_nomem(e);
	sb_free(&unescaped);
	return ret;
}

int
render_body(enum body_kind kind, const char *p, size_t n, struct arena *arena, struct text *out, uint64_t *issues,
    struct err *e)
{
	struct span source = { p, n };

	if (render_kind(kind, source, arena, out, issues, e) == -1)
		return -1;
	/* A body that was clean is part of the source. */
	if (out->n > 0 && (out->p < p || out->p >= p + n))
		look_for_replaced(kind, source, *out, issues);
	return 0;
}
