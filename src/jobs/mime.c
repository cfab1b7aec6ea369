#include "jobs/mime.h"

#include "util/esc.h"

#define WORD_BEGIN	"=?UTF-8?Q?"
#define WORD_END	"?="
#define WORD_MOST	52		/* of 75 (RFC 2047 section 2): room for the header's name */
#define LINE_MOST	75		/* of 76 (RFC 2045 section 6.7): room for the = of a soft break */

/* Printable ASCII that nobody could take for an encoded word, and short enough for one line. */
static bool
is_plain(const char *s, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if ((unsigned char)s[i] < ' ' || (unsigned char)s[i] > '~')
			return false;
	return n <= 900 && strstr(s, "=?") == NULL;
}

static bool
is_alnum(unsigned char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/* Bytes of the character at s. */
static size_t
character(const char *s, size_t n)
{
	size_t len = 1;

	while (len < n && ((unsigned char)s[len] & 0xc0) == 0x80)
		len++;
	return len;
}

/* Encoded words, a line each; no character is spread over two (RFC 2047 section 5). */
static void
add_words(struct sb *sb, const char *s, size_t n)
{
	size_t used = 0, i, j, len;

	sb_str(sb, WORD_BEGIN);
	for (i = 0; i < n; i += len) {
		len = character(s + i, n - i);
		if (used + 3 * len > WORD_MOST) {
			sb_str(sb, WORD_END "\r\n " WORD_BEGIN);
			used = 0;
		}
		for (j = i; j < i + len; j++) {
			if (is_alnum((unsigned char)s[j]))
				sb_char(sb, s[j]);
			else
				sb_printf(sb, "=%02X", (unsigned char)s[j]);
		}
		used += 3 * len;
	}
	sb_str(sb, WORD_END);
}

void
mime_header(struct sb *sb, const char *name, const char *text)
{
	struct sb line;

	sb_init(&line, sb->cap);
	esc_line(&line, text, strlen(text));
	sb_printf(sb, "%s: ", name);
	if (is_plain(sb_text(&line), line.n))
		sb_str(sb, sb_text(&line));
	else
		add_words(sb, sb_text(&line), line.n);
	sb_str(sb, "\r\n");
	if (!sb_ok(&line))
		sb->failed = true;
	sb_free(&line);
}

void
mime_date(struct sb *sb, int64_t ms)
{
	time_t seconds = (time_t)(ms / 1000);
	char text[64];
	struct tm tm;

	/* No locale is ever set: these are the English names that RFC 5322 wants. */
	gmtime_r(&seconds, &tm);
	strftime(text, sizeof(text), "%a, %d %b %Y %H:%M:%S +0000", &tm);
	sb_printf(sb, "Date: %s\r\n", text);
}

void
mime_quoted_printable(struct sb *sb, const char *s, size_t n)
{
	size_t column = 0, i;

	for (i = 0; i < n; i++) {
		unsigned char c = (unsigned char)s[i];
		bool last = i + 1 == n || s[i + 1] == '\n', blank = c == ' ' || c == '\t';
		size_t width = (c > ' ' && c <= '~' && c != '=') || (blank && !last) ? 1 : 3;

		if (c == '\n') {
			sb_str(sb, "\r\n");
			column = 0;
			continue;
		}
		if (column + width > LINE_MOST) {
			sb_str(sb, "=\r\n");
			column = 0;
		}
		if (width == 1)
			sb_char(sb, (char)c);
		else
			sb_printf(sb, "=%02X", c);
		column += width;
	}
	if (column > 0)
		sb_str(sb, "\r\n");
}
