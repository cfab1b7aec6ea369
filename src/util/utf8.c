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
