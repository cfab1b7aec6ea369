#include <strings.h>

#include "text/autolink.h"

#include "util/canonical_html.h"

#include "model/comment.h"

static const struct {
	const char	*written, *scheme;	/* what is typed, and what stands in href for it */
} starts[] = {
	{ "http://", "http://" }, { "https://", "https://" }, { "www.", "http://www." },
};

static bool
alphanumeric(char c)
{
	return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
}

static bool
ends_with(struct span s, const char *what)
{
	size_t n = strlen(what);

	return s.n >= n && memcmp(s.p + s.n - n, what, n) == 0;
}

/* --- where an address ends ------------------------------------------------------------------- */

/* Up to white space, a quotation mark that is no apostrophe, < or >: in canonical text those two are references. */
static size_t
address_length(struct span s)
{
	/* No-break space, quotation marks; whatever begins like U+3000 (Chinese punctuation) or U+FF00 (the wide forms). */
	static const char *const stops[] = {
		"&lt;", "&gt;", "\xc2\xa0", "\xc2\xab", "\xc2\xbb", "\xe2\x80\x9c", "\xe2\x80\x9d", "\xe3\x80", "\xef\xbc",
	};
	size_t i, k, n;

	for (i = 0; i < s.n; i++) {
		if (strchr(" \t\n\"`", s.p[i]) != NULL)
			return i;
		if (s.p[i] != '&' && (unsigned char)s.p[i] < 0x80)
			continue;
		for (k = 0; k < ARRAY_LEN(stops); k++) {
			n = strlen(stops[k]);
			if (s.n - i >= n && memcmp(s.p + i, stops[k], n) == 0)
				return i;
		}
	}
	return i;
}

/* How many more `close` than `open` are in s. */
static long
surplus(struct span s, char open, char close)
{
	long n = 0;
	size_t i;

	for (i = 0; i < s.n; i++)
		n += (s.p[i] == close) - (s.p[i] == open);
	return n;
}

/* Bytes at the end of an address that belong to the sentence around it; 0 if none do.  Counts the surplus down. */
static size_t
tail_length(struct span s, long *round, long *square)
{
	static const char *const tails[] = {
		".", ",", ":", ";", "!", "?", "'", "*", "_", "~", "\xe2\x80\x99", "\xe2\x80\xa6",
	};
	size_t i;

	if (ends_with(s, "&amp;"))
		return 5;
	if (ends_with(s, ")"))
		return (*round)-- > 0;
	if (ends_with(s, "]"))
		return (*square)-- > 0;
	for (i = 0; i < ARRAY_LEN(tails); i++)
		if (ends_with(s, tails[i]))
			return strlen(tails[i]);
	return 0;
}

static struct span
without_tail(struct span s)
{
	long round = surplus(s, '(', ')'), square = surplus(s, '[', ']');
	size_t n;

	while (s.n > 0 && (n = tail_length(s, &round, &square)) > 0)
		s.n -= n;
	return s;
}

/* --- links ----------------------------------------------------------------------------------- */

/* May an address begin behind this character? */
static bool
may_follow(char before, const char *written)
{
	return !alphanumeric(before) && (*written != 'w' || strchr("/.-_@:=", before) == NULL);
}

/* The address that begins at `at` of a text, n == 0 if none does; *start is its row of starts[]. */
static struct span
address_at(struct span text, size_t at, size_t *start)
{
	struct span s = { text.p + at, text.n - at }, none = { 0 };
	size_t i, n = 0;

	for (i = 0; i < ARRAY_LEN(starts); i++) {
		n = strlen(starts[i].written);
		if (s.n > n && strncasecmp(s.p, starts[i].written, n) == 0)
			break;
	}
	if (i == ARRAY_LEN(starts) || (at > 0 && !may_follow(s.p[-1], starts[i].written)))
		return none;
	/* A host begins with a letter or digit, of whatever script, or is an IPv6 address. */
	if (!alphanumeric(s.p[n]) && s.p[n] != '[' && (unsigned char)s.p[n] < 0x80)
		return none;
	s.n = address_length(s);
	s = without_tail(s);
	*start = i;
	return s.n > n ? s : none;
}

static void
put_link(struct span address, size_t start, struct sb *out)
{
	size_t n = strlen(starts[start].written);

	sb_str(out, "<a href=\"");
	sb_str(out, starts[start].scheme);
	sb_add(out, address.p + n, address.n - n);
	sb_str(out, "\" rel=\"" CANONICAL_HTML_REL "\">");
	sb_add(out, address.p, address.n);
	sb_str(out, "</a>");
}

static void
put_text(struct span text, struct sb *out)
{
	size_t i = 0, from = 0, start = 0;

	while (i < text.n) {
		struct span address = { 0 };

		if ((text.p[i] | 0x20) == 'h' || (text.p[i] | 0x20) == 'w')
			address = address_at(text, i, &start);
		if (address.n == 0) {
			i++;
			continue;
		}
		sb_add(out, text.p + from, i - from);
		put_link(address, start, out);
		from = i += address.n;
	}
	sb_add(out, text.p + from, text.n - from);
}

/* --- the tags around -------------------------------------------------------------------------- */

struct place {
	int	depth;
	int	quiet;		/* elements around in which addresses stay text */
};

/* The tag at p. */
static void
pass_tag(struct place *place, const char *p)
{
	static const char *const quiet[] = { "a", "code", "pre" };
	int step = p[1] == '/' ? -1 : 1;
	const char *name = p + (step == 1 ? 1 : 2);
	const struct canonical_element *el = canonical_html_element(name, strcspn(name, " >"));
	size_t i;

	if (el == NULL || el->content == CANONICAL_VOID)
		return;
	place->depth += step;
	for (i = 0; i < ARRAY_LEN(quiet); i++)
		if (strcmp(el->name, quiet[i]) == 0)
			place->quiet += step;
}

bool
autolink_html(struct span html, struct sb *out)
{
	const char *p = html.p, *end = html.p + html.n, *next;
	struct place place = { 0 };

	while (p < end && sb_ok(out)) {
		if (*p == '<') {
			next = (const char *)memchr(p, '>', (size_t)(end - p)) + 1;
			pass_tag(&place, p);
			sb_add(out, p, (size_t)(next - p));
		} else {
			if ((next = memchr(p, '<', (size_t)(end - p))) == NULL)
				next = end;
			if (place.quiet == 0 && place.depth < LIMIT_BODY_DEPTH)
				put_text((struct span){ p, (size_t)(next - p) }, out);
			else
				sb_add(out, p, (size_t)(next - p));
		}
		p = next;
	}
	return sb_ok(out);
}
