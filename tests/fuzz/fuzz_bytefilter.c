/* libFuzzer: the filter in front of the XML parser, over the encoding: what comes out is UTF-8 without control characters. */
#include "util/sb.h"
#include "util/utf8.h"

#include "formats/bytefilter.h"
#include "formats/charset.h"

#include "file.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct file file = { .p = p, .n = n };
	struct charset *text;
	struct bytefilter *f;
	char buf[701];
	ssize_t got;
	struct sb sb;
	size_t i;

	sb_init(&sb, 64 * 1024 * 1024);
	input_mem_init(&file.mem, p, n);
	if ((text = charset_open(&file.mem.in, true, NULL, rewind_file, &file, NULL)) == NULL ||
	    (f = bytefilter_open(charset_input(text), NULL, NULL)) == NULL)
		abort();
	while ((got = input_read(bytefilter_input(f), buf, sizeof(buf), NULL)) > 0)
		sb_add(&sb, buf, (size_t)got);
	if (!sb_ok(&sb) || (got == 0 && !utf8_valid(sb_text(&sb), sb.n)))
		abort();
	for (i = 0; i < sb.n; i++)
		if ((unsigned char)sb.p[i] < ' ' && sb.p[i] != '\t' && sb.p[i] != '\n' && sb.p[i] != '\r')
			abort();
	bytefilter_close(f);
	charset_close(text);
	sb_free(&sb);
	return 0;
}
