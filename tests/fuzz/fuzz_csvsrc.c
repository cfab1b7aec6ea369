/* libFuzzer: CSV as a stream; the same rows in pieces of another size. */
#include "util/hash.h"
#include "util/rnd.h"

#include "formats/csvsrc.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

struct pieces {
	struct input	 in;
	struct input_mem mem;
	size_t		 most;
};

static ssize_t
read_piece(struct input *in, void *buf, size_t n, struct err *e)
{
	struct pieces *pieces = (struct pieces *)in;

	return input_read(&pieces->mem.in, buf, MIN(n, pieces->most), e);
}

static void
run(const uint8_t *p, size_t n, size_t most, uint8_t out[HASH128_SIZE])
{
	struct pieces pieces = { .in = { read_piece }, .most = most };
	enum csvsrc_event event = CSVSRC_ROW;
	struct csvsrc_row row;
	struct csvsrc *s;
	struct hash h;
	size_t i;

	input_mem_init(&pieces.mem, p, n);
	hash_begin(&h, HASH128_SIZE);
	if ((s = csvsrc_open(&pieces.in, NULL)) == NULL)
		abort();
	while (event == CSVSRC_ROW || event == CSVSRC_BAD) {
		event = csvsrc_next(s, &row, NULL);
		hash_u64(&h, event);
		for (i = 0; event == CSVSRC_ROW && i < row.n; i++)
			hash_part(&h, row.field[i].p, row.field[i].n);
	}
	hash_end(&h, out);
	csvsrc_close(s);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	uint8_t one[HASH128_SIZE], two[HASH128_SIZE];

	if (rnd_init(NULL) == -1)
		abort();
	run(p, n, SIZE_MAX, one);
	run(p, n, 3, two);
	if (memcmp(one, two, sizeof(one)) != 0)
		abort();
	return 0;
}
