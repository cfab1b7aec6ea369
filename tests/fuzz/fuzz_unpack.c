/* libFuzzer: of any upload, unpacking keeps to its limit, gives the same document again, and ends with a sentence;
 * detection says yes or one sentence. */
#include "util/hash.h"
#include "util/rnd.h"

#include "formats/unpack.h"

#include "file.h"

#define LIMIT	(1024 * 1024)

int LLVMFuzzerInitialize(int *, char ***);
int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc, (void)argv;
	return rnd_init(NULL);
}

/* One document to its end: its bytes' number and hash.  How it ended, 0 or -1. */
static int
take(struct unpack *u, uint64_t *size, struct hash128 *sum, struct err *e)
{
	char buf[4096];
	struct hash h;
	ssize_t got;

	*size = 0;
	hash_begin(&h, HASH128_SIZE);
	while ((got = input_read(unpack_input(u), buf, sizeof(buf), e)) > 0) {
		*size += (uint64_t)got;
		hash_bytes(&h, buf, (size_t)got);
	}
	hash_end(&h, sum->b);
	return (int)got;
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static const struct streams_limits limits = { .max_unpacked = LIMIT };
	struct format_options options = { .note = NULL };
	struct file f = { .p = p, .n = n };
	uint64_t total = 0, first, second;
	struct hash128 a, b;
	struct unpack *u;
	struct err e = { 0 };
	int more, one;

	rewind_file(&f, NULL);
	if ((u = unpack_open(&f.mem.in, &disqus_format, &limits, &options, rewind_file, &f, &e)) == NULL)
		abort();
	while ((more = unpack_next(u, &e)) == 1) {
		one = take(u, &first, &a, &e);
		if ((total += first) > LIMIT)
			abort();
		if (one == -1 && e.msg[0] == '\0')
			abort();
		if (unpack_again(u, &e) == -1)
			abort();
		if (take(u, &second, &b, &e) != one || first != second || memcmp(&a, &b, sizeof(a)) != 0)
			abort();
		if (one == -1)
			break;
	}
	unpack_close(u);
	if (more == -1 && e.msg[0] == '\0')
		abort();
	e.msg[0] = '\0';
	if (format_detect(p, MIN(n, (size_t)FORMAT_HEAD_SIZE), NULL, &e) == NULL && e.msg[0] == '\0')
		abort();
	return 0;
}
