#include <strings.h>

#include "util/base.h"

#include "formats/jsonmend.h"

static const struct {
	const char	*written, *meant;
} words[] = {
	{ "true", "true" }, { "false", "false" }, { "null", "null" },
	{ "undefined", "null" }, { "none", "null" }, { "nil", "null" }, { "nan", "null" }, { "-nan", "null" },
	{ "infinity", "null" }, { "-infinity", "null" },
};

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Behind the digits at p, of which there must be one; NULL if there is none. */
static const char *
digits(const char *p, const char *end)
{
	const char *begin = p;

	while (p < end && is_digit(*p))
		p++;
	return p > begin ? p : NULL;
}

/* RFC 8259, section 6. */
static bool
is_number(const char *p, const char *end)
{
	const char *whole = p += p < end && *p == '-';

	if ((p = digits(p, end)) == NULL || (*whole == '0' && p - whole > 1))
		return false;
	if (p < end && *p == '.' && (p = digits(p + 1, end)) == NULL)
		return false;
	if (p == end || (*p | 0x20) != 'e')
		return p == end;
	p++;
	p += p < end && (*p == '+' || *p == '-');
	return digits(p, end) == end;
}

static void
mend_word(const char *p, size_t n, struct sb *out)
{
	bool number = is_number(p, p + n);
	size_t i;

	for (i = 0; i < ARRAY_LEN(words) && !number; i++)
		if (n == strlen(words[i].written) && strncasecmp(p, words[i].written, n) == 0) {
			sb_str(out, words[i].meant);
			return;
		}
	if (!number)
		sb_char(out, '"');
	sb_add(out, p, n);
	if (!number)
		sb_char(out, '"');
}

static bool
is_hex(char c)
{
	return is_digit(c) || ((c | 0x20) >= 'a' && (c | 0x20) <= 'f');
}

/* The escape at p, a backslash; returns its bytes. */
static size_t
mend_escape(const char *p, size_t n, struct sb *out)
{
	size_t len = 2, hex;

	if (n < 2)
		return n;
	if (p[1] == '\'') {
		sb_char(out, '\'');
		return 2;
	}
	for (hex = 2; p[1] == 'u' && hex < n && hex < 6 && is_hex(p[hex]); hex++)
		len++;
	if (strchr("\"\\/bfnrt", p[1]) == NULL && !(p[1] == 'u' && len == 6))
		sb_char(out, '\\');
	sb_add(out, p, len);
	return len;
}

/* The string at p, in its quotes; returns its bytes. */
static size_t
mend_string(const char *p, size_t n, struct sb *out)
{
	size_t i = 1;

	sb_char(out, '"');
	while (i < n && p[i] != '"') {
		if (p[i] == '\\') {
			i += mend_escape(p + i, n - i, out);
		} else {
			sb_char(out, p[i++]);
		}
	}
	sb_char(out, '"');
	return MIN(i + 1, n);
}

void
jsonmend(const char *record, size_t n, struct sb *out)
{
	size_t i = 0, len;

	while (i < n) {
		for (len = 0; i + len < n && strchr("\"{}[]:,", record[i + len]) == NULL; len++)
			continue;
		if (len > 0)
			mend_word(record + i, len, out);
		else if (record[i] == '"')
			len = mend_string(record + i, n - i, out);
		else
			sb_add(out, record + i, len = 1);
		i += len;
	}
}
