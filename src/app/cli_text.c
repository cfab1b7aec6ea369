#include "app/cli_text.h"

/* Bytes of the control character at p: of C0 and C1, the ends of lines and paragraphs, and what turns the direction of
 * writing around, so that a name reads as another; 0 if it is none. */
static size_t
control(const unsigned char *p)
{
	if (*p < ' ' || *p == 0x7f)
		return 1;
	if (p[0] == 0xc2 && p[1] >= 0x80 && p[1] <= 0x9f)
		return 2;
	/* U+200E, U+200F; U+2028 to U+202E; U+2066 to U+2069 */
	return p[0] == 0xe2 && ((p[1] == 0x80 && ((p[2] >= 0x8e && p[2] <= 0x8f) || (p[2] >= 0xa8 && p[2] <= 0xae))) ||
	    (p[1] == 0x81 && p[2] >= 0xa6 && p[2] <= 0xa9)) ? 3 : 0;
}

/* Text that somebody sent must neither break a line nor command the terminal: each control character becomes a "?". */
void
print_text(const char *s)
{
	const unsigned char *p = (const unsigned char *)s;
	size_t n;

	for (; *p != '\0'; p += n > 0 ? n : 1) {
		n = control(p);
		putchar(n > 0 ? '?' : *p);
	}
}

void
print_column(const char *s)
{
	putchar('\t');
	print_text(s);
}

void
print_line(const char *key, const char *value)
{
	printf("%s: ", key);
	print_text(value);
	putchar('\n');
}

void
print_number(const char *key, int64_t value)
{
	printf("%s: %" PRId64 "\n", key, value);
}
