/* libFuzzer: JSON as a stream, entered, taken and passed over as the first byte says; the same in pieces of another size. */
#include <json-c/json.h>

#include "util/hash.h"
#include "util/rnd.h"

#include "formats/jsonsrc.h"

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

static enum jsonsrc_choice
choose(void *ctx, const struct jsonsrc_place *place)
{
	const uint8_t *how = ctx;

	if (place->depth < (*how & 3u))
		return JSONSRC_ENTER;
	return *how & 4 && place->index % 2 == 1 ? JSONSRC_PASS : JSONSRC_TAKE;
}

static void
run(const uint8_t *p, size_t n, size_t most, uint8_t how, uint8_t out[HASH128_SIZE])
{
	struct pieces pieces = { .in = { read_piece }, .most = most };
	struct jsonsrc_value v;
	struct jsonsrc *s;
	enum jsonsrc_event event = JSONSRC_VALUE;
	struct hash h;

	input_mem_init(&pieces.mem, p, n);
	hash_begin(&h, HASH128_SIZE);
	if ((s = jsonsrc_open(&pieces.in, choose, &how, NULL, NULL)) == NULL)
		abort();
	while (event != JSONSRC_END && event != JSONSRC_CUT && event != JSONSRC_FAILED) {
		event = jsonsrc_next(s, &v, NULL);
		hash_u64(&h, event);
		if (event == JSONSRC_VALUE)
			hash_str(&h, json_object_to_json_string(v.tree));
	}
	hash_end(&h, out);
	jsonsrc_close(s);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	uint8_t one[HASH128_SIZE], two[HASH128_SIZE];

	if (n == 0 || rnd_init(NULL) == -1)
		return 0;
	run(p + 1, n - 1, SIZE_MAX, p[0], one);
	run(p + 1, n - 1, 1 + p[0] % 7, p[0], two);
	if (memcmp(one, two, sizeof(one)) != 0)
		abort();
	return 0;
}
