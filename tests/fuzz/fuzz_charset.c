/*
 * libFuzzer: any document in any encoding: UTF-8 comes out, the same in pieces of another size and when it comes again;
 * its beginning too.
 */
#include "util/hash.h"
#include "util/rnd.h"
#include "util/utf8.h"

#include "formats/charset.h"

int LLVMFuzzerInitialize(int *, char ***);
int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

struct pieces {
	struct input	 in;
	struct input_mem mem;
	size_t		 most;
	const uint8_t	*p;
	size_t		 n;
	int		 rewinds;
};

static ssize_t
read_piece(struct input *in, void *buf, size_t n, struct err *e)
{
	struct pieces *pieces = (struct pieces *)in;

	return input_read(&pieces->mem.in, buf, MIN(n, pieces->most), e);
}

static int
rewind_pieces(void *ctx, struct err *e)
{
	struct pieces *pieces = ctx;

	(void)e;
	pieces->rewinds++;
	input_mem_init(&pieces->mem, pieces->p, pieces->n);
	return 0;
}

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc, (void)argv;
	charset_prepare();
	return rnd_init(NULL);
}

/* All that comes out: how it ended and its hash. */
static int
take(struct charset *cs, struct hash128 *sum)
{
	static char all[1 << 20];
	struct err e = { 0 };
	ssize_t got = input_read_full(charset_input(cs), all, sizeof(all), &e);
	struct hash h;

	if ((got >= 0 && !utf8_valid(all, (size_t)got)) || (got == -1 && e.msg[0] == '\0'))
		abort();
	hash_begin(&h, HASH128_SIZE);
	hash_part(&h, all, got >= 0 ? (size_t)got : 0);
	hash_end(&h, sum->b);
	return got >= 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static uint8_t buf[FORMAT_HEAD_SIZE];
	struct hash128 first, sum;
	int round, ended = 0;
	size_t head_n = MIN(n, (size_t)FORMAT_HEAD_SIZE);

	for (round = 0; round < 2; round++) {
		struct pieces pieces = { .in = { read_piece }, .most = round == 0 ? SIZE_MAX : 3, .p = p, .n = n };
		struct charset *cs;

		input_mem_init(&pieces.mem, p, n);
		if ((cs = charset_open(&pieces.in, true, NULL, rewind_pieces, &pieces, NULL)) == NULL)
			abort();
		if (round == 0)
			ended = take(cs, &first);
		else if (take(cs, &sum) != ended || memcmp(&sum, &first, sizeof(sum)) != 0)
			abort();
		if (pieces.rewinds > 1)
			abort();
		rewind_pieces(&pieces, NULL);
		charset_again(cs);
		if (take(cs, &sum) != ended || memcmp(&sum, &first, sizeof(sum)) != 0)
			abort();
		charset_close(cs);
	}
	(void)charset_head(p, &head_n, buf);
	return head_n > FORMAT_HEAD_SIZE;
}
