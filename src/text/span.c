#include "text/span.h"

#include "util/utf8.h"

/* What the control character at p becomes, and its length; NULL if none is there.  White space in HTML is none. */
static inline const char *
control(const char *p, const char *end, size_t *length, uint64_t *issues)
{
	unsigned char c = (unsigned char)*p;
	const char *as = "";

	*length = 1;
	if (c >= ' ' && c < 0x7f)
		return NULL;
	if (c == '\v' || c == '\f')
		return " ";
	if (c == 0xc2 && end - p > 1 && (unsigned char)p[1] < 0xa0) {
		*length = 2;
		as = utf8_windows_1252((unsigned char)p[1]);
	} else if (c > 0x7f || c == '\t' || c == '\n' || c == '\r') {
		return NULL;
	}
	*issues |= ISSUE_BIT(*as != '\0' ? ISSUE_CONTROLS_READ : ISSUE_CONTROLS_LEFT_OUT);
	return as;
}

struct span
span_without_controls(struct span s, struct sb *sb, uint64_t *issues)
{
	const char *p, *end = s.p + s.n, *run = s.p, *as;
	size_t length;

	for (p = s.p; p < end; p += length) {
		if ((as = control(p, end, &length, issues)) == NULL)
			continue;
		sb_add(sb, run, (size_t)(p - run));
		sb_str(sb, as);
		run = p + length;
	}
	if (run == s.p)
		return s;
	sb_add(sb, run, (size_t)(end - run));
	return (struct span){ sb_text(sb), sb->n };
}

void
span_escape(struct sb *sb, struct span in, bool in_attribute, uint64_t *issues)
{
	const char *s = in.p, *end = s + in.n, *run = s;
	size_t length;

	for (; s < end; s += length) {
		const char *as = control(s, end, &length, issues);

		if (*s == '&')
			as = "&amp;";
		else if (*s == '<')
			as = "&lt;";
		else if (*s == '>')
			as = "&gt;";
		else if (*s == '"' && in_attribute)
			as = "&quot;";
		else if (*s == '\r')
			as = end - s > 1 && s[1] == '\n' ? "" : "\n";
		if (as != NULL) {
			sb_add(sb, run, (size_t)(s - run));
			sb_str(sb, as);
			run = s + length;
		}
	}
	sb_add(sb, run, (size_t)(end - run));
}

static bool
is_blank(char c)
{
	return c != '\0' && strchr(SPAN_BLANKS, c) != NULL;
}

struct span
span_trim(struct span s)
{
	while (s.n > 0 && is_blank(s.p[0])) {
		s.p++;
		s.n--;
	}
	while (s.n > 0 && is_blank(s.p[s.n - 1]))
		s.n--;
	return s;
}

bool
span_blank(struct span s)
{
	return span_trim(s).n == 0;
}
