#include "text/span.h"

#include "util/utf8.h"

void
span_escape(struct sb *sb, struct span in, bool in_attribute)
{
	const char *s = in.p, *end = s + in.n, *run = s;

	while (s < end) {
		unsigned char c = (unsigned char)*s;
		size_t len = c < 0x80 ? 1 : utf8_sequence(s, (size_t)(end - s));
		const char *as = NULL;

		if (c == '&')
			as = "&amp;";
		else if (c == '<')
			as = "&lt;";
		else if (c == '>')
			as = "&gt;";
		else if (c == '"' && in_attribute)
			as = "&quot;";
		else if (c == '\r')
			as = end - s > 1 && s[1] == '\n' ? "" : "\n";
		else if ((c < ' ' && c != '\n' && c != '\t') || c == 0x7f || len == 0 ||
		    (c == 0xc2 && (unsigned char)s[1] < 0xa0))
			as = "";
		len = MAX(len, 1u);
		if (as != NULL) {
			sb_add(sb, run, (size_t)(s - run));
			sb_str(sb, as);
			run = s + len;
		}
		s += len;
	}
	sb_add(sb, run, (size_t)(s - run));
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
