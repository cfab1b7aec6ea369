#include "util/canonical_html.h"
#include "util/utf8.h"

#include "model/comment.h"

#define ELEMENT(name, content, place)	{ name, sizeof(name) - 1, CANONICAL_##content, CANONICAL_##place }

/* The most frequent first: the look-up is linear. */
static const struct canonical_element elements[] = {
	ELEMENT("p", PHRASING, BLOCK), ELEMENT("br", VOID, INLINE), ELEMENT("a", PHRASING, INLINE),
	ELEMENT("b", PHRASING, INLINE), ELEMENT("i", PHRASING, INLINE), ELEMENT("em", PHRASING, INLINE),
	ELEMENT("strong", PHRASING, INLINE), ELEMENT("code", PHRASING, INLINE), ELEMENT("blockquote", FLOW, BLOCK),
	ELEMENT("li", FLOW, ITEM), ELEMENT("ul", ITEMS, BLOCK), ELEMENT("ol", ITEMS, BLOCK),
	ELEMENT("pre", PHRASING, BLOCK), ELEMENT("u", PHRASING, INLINE), ELEMENT("s", PHRASING, INLINE),
	ELEMENT("del", PHRASING, INLINE), ELEMENT("ins", PHRASING, INLINE), ELEMENT("sub", PHRASING, INLINE),
	ELEMENT("sup", PHRASING, INLINE), ELEMENT("q", PHRASING, INLINE), ELEMENT("hr", VOID, BLOCK),
	ELEMENT("h1", PHRASING, BLOCK), ELEMENT("h2", PHRASING, BLOCK), ELEMENT("h3", PHRASING, BLOCK),
	ELEMENT("h4", PHRASING, BLOCK), ELEMENT("h5", PHRASING, BLOCK), ELEMENT("h6", PHRASING, BLOCK),
};

/* Bytes that a run of text stops at: C0 controls but TAB and LF, " & < >, DEL, and what is not ASCII. */
static const unsigned char stops[256] = {
	[0x00 ... 0x08] = 1, [0x0b ... 0x1f] = 1, ['"'] = 1, ['&'] = 1, ['<'] = 1, ['>'] = 1, [0x7f ... 0xff] = 1,
};

struct scan {
	const char			*p, *end;
	const struct canonical_element	*open[LIMIT_BODY_DEPTH];
	size_t				 depth;
	bool				 in_link;	/* an <a> is open: HTML has no link inside a link */
};

const struct canonical_element *
canonical_html_element(const char *name, size_t n)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(elements); i++)
		if (elements[i].n == n && memcmp(elements[i].name, name, n) == 0)
			return &elements[i];
	return NULL;
}

bool
canonical_html_accepts(enum canonical_content content, enum canonical_place place)
{
	switch (content) {
	case CANONICAL_FLOW:
		return place != CANONICAL_ITEM;
	case CANONICAL_PHRASING:
		return place == CANONICAL_INLINE;
	case CANONICAL_ITEMS:
		return place == CANONICAL_ITEM;
	case CANONICAL_VOID:
		break;
	}
	return false;
}

static bool
starts_with(const char *s, size_t n, const char *prefix, size_t prefix_n)
{
	return n >= prefix_n && memcmp(s, prefix, prefix_n) == 0;
}

#define STARTS_WITH(s, n, literal)	starts_with(s, n, literal, sizeof(literal) - 1)

bool
canonical_html_href(const char *s, size_t n)
{
	size_t i, host = 0;

	if (STARTS_WITH(s, n, "https://"))
		host = 8;
	else if (STARTS_WITH(s, n, "http://"))
		host = 7;
	else if (!STARTS_WITH(s, n, "mailto:") || n == 7)
		return false;
	/* Without a host, `http:` addresses are relative ones. */
	if (host > 0 && (n == host || memchr("/?#\\", s[host], 4) != NULL))
		return false;
	for (i = 0; i < n; i++)
		if ((unsigned char)s[i] <= ' ')
			return false;
	return true;
}

/* At a byte of 0x80 or more: one character, but no C1 control (U+0080 to U+009F). */
static bool
character(struct scan *sc)
{
	size_t len = utf8_sequence(sc->p, (size_t)(sc->end - sc->p));

	if (len < 2 || (sc->p[0] == '\xc2' && (unsigned char)sc->p[1] < 0xa0))
		return false;
	sc->p += len;
	return true;
}

/* At '&': one of the references of the form. */
static bool
reference(struct scan *sc, bool in_attribute)
{
	size_t n = (size_t)(sc->end - sc->p);

	if (STARTS_WITH(sc->p, n, "&amp;"))
		sc->p += 5;
	else if (STARTS_WITH(sc->p, n, "&lt;") || STARTS_WITH(sc->p, n, "&gt;"))
		sc->p += 4;
	else if (in_attribute && STARTS_WITH(sc->p, n, "&quot;"))
		sc->p += 6;
	else
		return false;
	return true;
}

/* Passes text up to the next tag or the end (in an attribute: up to the quote). */
static bool
text(struct scan *sc, bool in_attribute)
{
	for (;;) {
		const char *p = sc->p, *end = sc->end;

		while (p < end && !stops[(unsigned char)*p])
			p++;
		sc->p = p;
		if (p == end)
			return true;
		if (*p == '"') {
			if (in_attribute)
				return true;
			sc->p++;
		} else if (*p == '<') {
			return !in_attribute;
		} else if (*p == '&') {
			if (!reference(sc, in_attribute))
				return false;
		} else if ((unsigned char)*p < 0x80 || !character(sc)) {
			return false;
		}
	}
}

static enum canonical_content
inside(const struct scan *sc)
{
	return sc->depth > 0 ? sc->open[sc->depth - 1]->content : CANONICAL_FLOW;
}

/* Between the items of a list only white space may stand. */
static bool
blank(const char *p, const char *end)
{
	for (; p < end; p++)
		if (*p != ' ' && *p != '\n' && *p != '\t')
			return false;
	return true;
}

static bool
literal(struct scan *sc, const char *s, size_t n)
{
	if (!starts_with(sc->p, (size_t)(sc->end - sc->p), s, n))
		return false;
	sc->p += n;
	return true;
}

#define LITERAL(sc, s)	literal(sc, s, sizeof(s) - 1)

/* An attribute value up to and with its closing quote; *value is what stands before it. */
static bool
attribute(struct scan *sc, const char **value, size_t *n)
{
	*value = sc->p;
	if (!text(sc, true) || sc->p == sc->end)
		return false;
	*n = (size_t)(sc->p - *value);
	sc->p++;
	return true;
}

/* Behind `<a`. */
static bool
link_attributes(struct scan *sc)
{
	const char *value;
	size_t n;

	/* References in the value do not touch what canonical_html_href looks at: none of them is white space. */
	if (!LITERAL(sc, " href=\"") || !attribute(sc, &value, &n) || !canonical_html_href(value, n))
		return false;
	if (LITERAL(sc, " title=\"") && !attribute(sc, &value, &n))
		return false;
	return LITERAL(sc, " rel=\"" CANONICAL_HTML_REL "\"");
}

static const struct canonical_element *
tag_name(struct scan *sc)
{
	const char *name = sc->p;

	while (sc->p < sc->end && ((*sc->p >= 'a' && *sc->p <= 'z') || (*sc->p >= '1' && *sc->p <= '6')))
		sc->p++;
	return canonical_html_element(name, (size_t)(sc->p - name));
}

static bool
end_tag(struct scan *sc)
{
	const struct canonical_element *el = tag_name(sc);

	if (el == NULL || sc->depth == 0 || sc->open[sc->depth - 1] != el || !LITERAL(sc, ">"))
		return false;
	sc->depth--;
	if (el->n == 1 && el->name[0] == 'a')
		sc->in_link = false;
	return true;
}

static bool
start_tag(struct scan *sc)
{
	const struct canonical_element *el = tag_name(sc);
	bool is_link;

	if (el == NULL || !canonical_html_accepts(inside(sc), el->place))
		return false;
	is_link = el->n == 1 && el->name[0] == 'a';
	if (is_link && (sc->in_link || !link_attributes(sc)))
		return false;
	if (!LITERAL(sc, ">"))
		return false;
	if (el->content == CANONICAL_VOID)
		return true;
	if (sc->depth == LIMIT_BODY_DEPTH)
		return false;
	sc->open[sc->depth++] = el;
	sc->in_link |= is_link;
	/* A parser drops a line feed right behind <pre>. */
	return el->n != 3 || memcmp(el->name, "pre", 3) != 0 || sc->p == sc->end || *sc->p != '\n';
}

bool
canonical_html_check(const char *s, size_t n, struct safe_html *out)
{
	struct scan sc = { .p = s, .end = s + n };

	while (sc.p < sc.end) {
		const char *from = sc.p;

		if (!text(&sc, false) || (inside(&sc) == CANONICAL_ITEMS && !blank(from, sc.p)))
			return false;
		if (sc.p == sc.end)
			break;
		sc.p++;
		if (LITERAL(&sc, "/") ? !end_tag(&sc) : !start_tag(&sc))
			return false;
	}
	if (sc.depth != 0)
		return false;
	out->p = s;
	out->n = n;
	return true;
}
