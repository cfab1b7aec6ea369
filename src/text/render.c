#include <strings.h>

#include "text/render.h"

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
fastcomments_html(struct span s, struct sb *out)
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
	ok = sb_ok(&markdown) && markdown_html((struct span){ sb_text(&markdown), markdown.n }, true, out);
	sb_free(&markdown);
	return ok;
}

/* False if it cannot be: it is too long, or would take time or memory out of proportion. */
static bool
to_html(enum body_kind kind, struct span source, struct sb *out)
{
	if (source.n > LIMIT_BODY_BYTES)
		return false;
	switch (kind) {
	case BODY_MARKDOWN:
		return markdown_html(source, false, out);
	case BODY_MARKDOWN_BREAKS:
		return markdown_html(source, true, out);
	case BODY_WORDPRESS:
	case BODY_INTENSEDEBATE:
		return paragraphs_html(source, out);
	case BODY_MUUT:
		return muutmark_html(source, out);
	case BODY_FASTCOMMENTS:
		return fastcomments_html(source, out);
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
plain(enum body_kind kind, struct span source, struct arena *arena, struct text *out, enum clean_result *result,
    struct err *e)
{
	bool cut;

	if (plain_html(source, arena, out, &cut, e) == -1)
		return -1;
	*result = cut ? CLEAN_CUT : kind == BODY_PLAIN ? CLEAN_OK : CLEAN_PLAIN;
	return 0;
}

static int
render(enum body_kind kind, struct span source, struct arena *arena, struct text *out, enum clean_result *result,
    struct err *e)
{
	const char *html;
	struct sb sb;
	size_t n;
	int ret;

	sb_init(&sb, LIMIT_BODY_BYTES);
	if (!to_html(kind, source, &sb)) {
		sb_free(&sb);
		return plain(kind, source, arena, out, result, e);
	}
	n = sb.n;
	/* What is clean already comes back as it is: it has to outlive sb. */
	html = arena_memdup(arena, sb_text(&sb), n);
	sb_free(&sb);
	ret = html != NULL ? clean_html(html, n, arena, out, result, e) : err_nomem(e);
	if (ret == 0 && *result != CLEAN_OK)
		return plain(kind, source, arena, out, result, e);
	return ret == 0 ? link_addresses(kind, arena, out, e) : -1;
}

int
render_body(enum body_kind kind, const char *p, size_t n, struct arena *arena, struct text *out,
    enum clean_result *result, struct err *e)
{
	struct span source = { p, n };
	struct sb unescaped;
	int ret;

	if (kind == BODY_HTML)
		return clean_html(p, n, arena, out, result, e);
	if (kind != BODY_MUUT)
		return render(kind, source, arena, out, result, e);
	sb_init(&unescaped, n);
	if (muutmark_unescape(source, &unescaped))
		ret = render(kind, (struct span){ sb_text(&unescaped), unescaped.n }, arena, out, result, e);
	else
		ret = err_nomem(e);
	sb_free(&unescaped);
	return ret;
}
