#include "util/utf8.h"

size_t
utf8_sequence(const void *start, size_t n)
{
	const unsigned char *p = start;
	unsigned char low = 0x80, high = 0xbf;
	size_t len, i;

	if (p[0] < 0x80)
		return 1;
	if (p[0] < 0xc2 || p[0] > 0xf4)
		return 0;
	len = p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
	if (n < len)
		return 0;

	/* The table of RFC 3629 section 4: these four lead bytes narrow the range of the second byte. */
	if (p[0] == 0xe0)
		low = 0xa0;
	else if (p[0] == 0xed)
		high = 0x9f;
	else if (p[0] == 0xf0)
		low = 0x90;
	else if (p[0] == 0xf4)
		high = 0x8f;
	if (p[1] < low || p[1] > high)
		return 0;
	for (i = 2; i < len; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	return len;
}

static uint32_t
code_point(const unsigned char *p, size_t n)
{
	uint32_t c = n == 1 ? p[0] : p[0] & (0x7fu >> n);
	size_t i;

	for (i = 1; i < n; i++)
		c = c << 6 | (p[i] & 0x3fu);
	return c;
}

bool
utf8_invisible(const char *p, size_t n)
{
	/* Of Unicode 15: Cc, Cf, Zs, Zl, Zp, Co, noncharacters, Default_Ignorable_Code_Point; and the braille blank, U+FFFC, U+FFFD. */
	static const uint32_t ranges[][2] = {
		{ 0x0, 0x20 }, { 0x7f, 0xa0 }, { 0xad, 0xad }, { 0x34f, 0x34f }, { 0x600, 0x605 }, { 0x61c, 0x61c }, { 0x6dd, 0x6dd },
		{ 0x70f, 0x70f }, { 0x890, 0x891 }, { 0x8e2, 0x8e2 }, { 0x115f, 0x1160 }, { 0x1680, 0x1680 }, { 0x17b4, 0x17b5 },
		{ 0x180b, 0x180f }, { 0x2000, 0x200f }, { 0x2028, 0x202f }, { 0x205f, 0x206f }, { 0x2800, 0x2800 }, { 0x3000, 0x3000 },
		{ 0x3164, 0x3164 }, { 0xe000, 0xf8ff }, { 0xfdd0, 0xfdef }, { 0xfe00, 0xfe0f }, { 0xfeff, 0xfeff }, { 0xffa0, 0xffa0 },
		{ 0xfff0, 0xffff }, { 0x110bd, 0x110bd }, { 0x110cd, 0x110cd }, { 0x13430, 0x1343f }, { 0x1bca0, 0x1bca3 },
		{ 0x1d173, 0x1d17a }, { 0xe0000, 0x10ffff },
	};
	uint32_t c = code_point((const unsigned char *)p, n);
	size_t i;

	for (i = 0; i < ARRAY_LEN(ranges) && ranges[i][1] < c; i++)
		continue;
	return (c & 0xfffe) == 0xfffe || (i < ARRAY_LEN(ranges) && c >= ranges[i][0]);
}

size_t
utf8_prefix(const char *s, size_t n, uint64_t *above)
{
	size_t i = 0, len;

	while (i < n) {
		uint64_t word;

		/* Eight ASCII bytes at a time: most of what we see. */
		while (n - i >= sizeof(word)) {
			memcpy(&word, s + i, sizeof(word));
			if (word & UINT64_C(0x8080808080808080))
				break;
			i += sizeof(word);
		}
		if (i == n || (len = utf8_sequence(s + i, n - i)) == 0)
			break;
		*above += len > 1;
		i += len;
	}
	return i;
}

bool
utf8_valid(const char *s, size_t n)
{
	uint64_t above = 0;

	return utf8_prefix(s, n, &above) == n;
}

size_t
utf8_chars(const char *s, size_t n)
{
	size_t i = 0, chars = n;
	uint64_t word;

	/* Eight bytes at a time: those that continue a character have the highest bit and not the next. */
	for (; n - i >= sizeof(word); i += sizeof(word)) {
		memcpy(&word, s + i, sizeof(word));
		word = (word & ~(word << 1)) >> 7 & UINT64_C(0x0101010101010101);
		chars -= (size_t)(word * UINT64_C(0x0101010101010101) >> 56);
	}
	for (; i < n; i++)
		chars -= ((unsigned char)s[i] & 0xc0) == 0x80;
	return chars;
}

size_t
utf8_count(const char *s, size_t n, const char *character)
{
	const size_t length = strlen(character);
	const char *p = s, *end = s + n;
	size_t found = 0;

	for (; p < end && (p = memmem(p, (size_t)(end - p), character, length)) != NULL; p += length)
		found++;
	return found;
}

static bool
continues(const char *s, size_t i)
{
	return ((unsigned char)s[i] & 0xc0) == 0x80;
}

size_t
utf8_cut_bytes(const char *s, size_t n, size_t max)
{
	if (n <= max)
		return n;
	while (max > 0 && continues(s, max))
		max--;
	return max;
}

size_t
utf8_cut_chars(const char *s, size_t n, size_t max)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (!continues(s, i) && max-- == 0)
			return i;
	return n;
}

const char *
utf8_windows_1252(unsigned char c)
{
	static const char characters[32][4] = {
		"\xe2\x82\xac", "", "\xe2\x80\x9a", "\xc6\x92", "\xe2\x80\x9e", "\xe2\x80\xa6", "\xe2\x80\xa0", "\xe2\x80\xa1",
		"\xcb\x86", "\xe2\x80\xb0", "\xc5\xa0", "\xe2\x80\xb9", "\xc5\x92", "", "\xc5\xbd", "",
		"", "\xe2\x80\x98", "\xe2\x80\x99", "\xe2\x80\x9c", "\xe2\x80\x9d", "\xe2\x80\xa2", "\xe2\x80\x93", "\xe2\x80\x94",
		"\xcb\x9c", "\xe2\x84\xa2", "\xc5\xa1", "\xe2\x80\xba", "\xc5\x93", "", "\xc5\xbe", "\xc5\xb8",
	};

	return characters[c & 0x1f];
}
