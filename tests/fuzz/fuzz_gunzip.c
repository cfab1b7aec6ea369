/* libFuzzer: gunzip keeps to its limit, and detection says yes or one sentence, for any file. */
#include "formats/format.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	const uint64_t max = 1024 * 1024;
	uint64_t total = 0;
	struct input_mem mem;
	struct gunzip *gz;
	struct err e = { 0 };
	char buf[4096];
	ssize_t got;

	input_mem_init(&mem, p, n);
	if ((gz = gunzip_open(&mem.in, max, &e)) == NULL)
		abort();
	while ((got = input_read(gunzip_input(gz), buf, sizeof(buf), &e)) > 0)
		total += (uint64_t)got;
	gunzip_close(gz);
	if (total > max || (got == -1 && e.msg[0] == '\0'))
		abort();
	e.msg[0] = '\0';
	if (format_detect(p, MIN(n, (size_t)FORMAT_HEAD_SIZE), NULL, &e) == NULL && e.msg[0] == '\0')
		abort();
	return 0;
}
