#include "util/esc.h"

/* Appends the bytes of s, each one that has a replacement replaced; runs in between go as one. */
static void
add_replaced(struct sb *sb, const char *s, size_t n, const char *(*replacement)(unsigned char, char buf[8]))
{
	char buf[8];
	size_t from = 0, i;

	for (i = 0; i < n; i++) {
		const char *r = replacement((unsigned char)s[i], buf);

		if (r == NULL)
			continue;
		sb_add(sb, s + from, i - from);
		sb_str(sb, r);
		from = i + 1;
	}
	sb_add(sb, s + from, n - from);
}

static const char *
html_replacement(unsigned char c, char buf[8])
{
	(void)buf;
	switch (c) {
	case '&': return "&amp;";
	case '<': return "&lt;";
	case '>': return "&gt;";
	case '"': return "&quot;";
	case '\'': return "&#39;";
	default: return NULL;
	}
}

void
esc_html(struct sb *sb, const char *s, size_t n)
{
	add_replaced(sb, s, n, html_replacement);
}

static const char *
url_replacement(unsigned char c, char buf[8])
{
	if ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
	    c == '-' || c == '.' || c == '_' || c == '~')
		return NULL;
	snprintf(buf, 8, "%%%02X", c);
	return buf;
}

void
esc_url(struct sb *sb, const char *s, size_t n)
{
	add_replaced(sb, s, n, url_replacement);
}

static const char *
json_replacement(unsigned char c, char buf[8])
{
	switch (c) {
	case '"': return "\\\"";
	case '\\': return "\\\\";
	case '\n': return "\\n";
	case '\r': return "\\r";
	case '\t': return "\\t";
	}
	if (c >= 0x20 && c != 0x7f)
		return NULL;
	snprintf(buf, 8, "\\u%04x", c);
	return buf;
}

void
esc_json(struct sb *sb, const char *s, size_t n)
{
	add_replaced(sb, s, n, json_replacement);
}

static const char *
log_replacement(unsigned char c, char buf[8])
{
	if (c == '"')
		return "\\\"";
	if (c == '\\')
		return "\\\\";
	if (c >= 0x20 && c != 0x7f)
		return NULL;
	snprintf(buf, 8, "\\x%02x", c);
	return buf;
}

void
esc_log(struct sb *sb, const char *s, size_t n)
{
	bool quote = n == 0;
	size_t i;

	for (i = 0; i < n && !quote; i++)
		quote = s[i] == ' ' || s[i] == '"' || s[i] == '=';
	if (quote)
		sb_char(sb, '"');
	add_replaced(sb, s, n, log_replacement);
	if (quote)
		sb_char(sb, '"');
}

/* Bytes of a character that could end a line or confuse a terminal; 0 for all others. */
static size_t
control_len(const unsigned char *s, size_t n)
{
	if (s[0] < ' ' || s[0] == 0x7f)
		return 1;
	if (n >= 2 && s[0] == 0xc2 && s[1] >= 0x80 && s[1] < 0xa0)
		return 2;
	return n >= 3 && s[0] == 0xe2 && s[1] == 0x80 && (s[2] == 0xa8 || s[2] == 0xa9) ? 3 : 0;
}

void
esc_line(struct sb *sb, const char *s, size_t n)
{
	bool blank = false;
	size_t i, len;

	for (i = 0; i < n; i += MAX(len, (size_t)1)) {
		len = control_len((const unsigned char *)s + i, n - i);
		if (len == 0)
			sb_char(sb, s[i]);
		else if (!blank)
			sb_char(sb, ' ');
		blank = len > 0;
	}
}

void
esc_base64url(struct sb *out, const void *p, size_t n)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
	const uint8_t *b = p;
	uint32_t group;
	size_t i, k, some;

	for (i = 0; i < n; i += some) {
		some = MIN(n - i, (size_t)3);
		for (group = 0, k = 0; k < 3; k++)
			group = group << 8 | (k < some ? b[i + k] : 0);
		for (k = 0; k <= some; k++)
			sb_char(out, digits[group >> (18 - 6 * k) & 63]);
	}
}

void
esc_hex(struct sb *sb, const void *src, size_t n)
{
	static const char digits[] = "0123456789abcdef";
	const unsigned char *p = src;
	size_t i;

	for (i = 0; i < n; i++) {
		sb_char(sb, digits[p[i] >> 4]);
		sb_char(sb, digits[p[i] & 15]);
	}
}

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

int
unhex(void *out, size_t n, const char *hex)
{
	unsigned char *p = out;
	size_t i;

	if (strlen(hex) != 2 * n)
		return -1;
	for (i = 0; i < n; i++) {
		int hi = hex_digit(hex[2 * i]), lo = hex_digit(hex[2 * i + 1]);

		if (hi < 0 || lo < 0)
			return -1;
		p[i] = (unsigned char)(hi << 4 | lo);
	}
	return 0;
}
