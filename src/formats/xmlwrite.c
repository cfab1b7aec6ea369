#include "formats/xmlwrite.h"

#include "util/utf8.h"

/* Length of the character at p that XML 1.0 does not know (texts are valid UTF-8), 0 if it knows it. */
static size_t
unknown_to_xml(const char *p, size_t n)
{
	unsigned char c = (unsigned char)*p;

	if (c < 0x20 && c != '\t' && c != '\n' && c != '\r')
		return 1;
	return n >= 3 && c == 0xef && (memcmp(p, "\xef\xbf\xbe", 3) == 0 || memcmp(p, "\xef\xbf\xbf", 3) == 0) ? 3 : 0;
}

void
xmlwrite_escape(struct sb *sb, struct text t)
{
	size_t i, bad;

	for (i = 0; i < t.n; i += MAX(bad, (size_t)1)) {
		bad = unknown_to_xml(t.p + i, t.n - i);
		if (bad > 0)
			sb_str(sb, UTF8_REPLACEMENT);
		else if (t.p[i] == '&')
			sb_str(sb, "&amp;");
		else if (t.p[i] == '<')
			sb_str(sb, "&lt;");
		else if (t.p[i] == '>')
			sb_str(sb, "&gt;");
		else
			sb_char(sb, t.p[i]);
	}
}

static void
add_cdata(struct sb *sb, const char *p, size_t n)
{
	size_t from = 0, i = 0;

	sb_str(sb, "<![CDATA[");
	while (i < n) {
		size_t bad = unknown_to_xml(p + i, n - i);
		bool end = n - i >= 3 && memcmp(p + i, "]]>", 3) == 0;

		if (bad == 0 && !end) {
			i++;
			continue;
		}
		sb_add(sb, p + from, i - from);
		sb_str(sb, end ? "]]]]><![CDATA[" : UTF8_REPLACEMENT);
		i += end ? 2 : bad;
		from = i;
	}
	sb_add(sb, p + from, n - from);
	sb_str(sb, "]]>");
}

static void
open_tag(struct sb *sb, int deep, const char *name)
{
	while (deep-- > 0)
		sb_char(sb, '\t');
	sb_printf(sb, "<%s>", name);
}

static void
close_tag(struct sb *sb, const char *name)
{
	sb_printf(sb, "</%.*s>\n", (int)strcspn(name, " "), name);
}

void
xmlwrite_text(struct sb *sb, int deep, const char *name, struct text t)
{
	open_tag(sb, deep, name);
	xmlwrite_escape(sb, t);
	close_tag(sb, name);
}

void
xmlwrite_cdata(struct sb *sb, int deep, const char *name, struct text t)
{
	open_tag(sb, deep, name);
	add_cdata(sb, t.p, t.n);
	close_tag(sb, name);
}

void
xmlwrite_word(struct sb *sb, int deep, const char *name, const char *word)
{
	xmlwrite_cdata(sb, deep, name, (struct text){ word, strlen(word), true });
}

void
xmlwrite_number(struct sb *sb, int deep, const char *name, uint64_t v)
{
	open_tag(sb, deep, name);
	sb_printf(sb, "%" PRIu64, v);
	close_tag(sb, name);
}
