/* libFuzzer: the filter in front of the XML parser: what comes out is UTF-8 without control characters. */
#include "util/sb.h"
#include "util/utf8.h"

#include "formats/bytefilter.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct input_mem mem;
	struct bytefilter *f;
	char buf[701];
	ssize_t got;
	struct sb sb;
	size_t i;

	sb_init(&sb, 64 * 1024 * 1024);
	input_mem_init(&mem, p, n);
	if ((f = bytefilter_open(&mem.in, NULL, NULL)) == NULL)
		abort();
	while ((got = input_read(bytefilter_input(f), buf, sizeof(buf), NULL)) > 0)
		sb_add(&sb, buf, (size_t)got);
	if (!sb_ok(&sb) || (got == 0 && !utf8_valid(sb_text(&sb), sb.n)))
		abort();
	for (i = 0; i < sb.n; i++)
		if ((unsigned char)sb.p[i] < ' ' && sb.p[i] != '\t' && sb.p[i] != '\n' && sb.p[i] != '\r')
			abort();
	bytefilter_close(f);
	sb_free(&sb);
	return 0;
}
