/* libFuzzer: JSON as it arrives: the same in pieces of any size, and what is taken is JSON for json-c as well. */
#include <json-c/json.h>

#include "util/hash.h"
#include "util/jsonscan.h"
#include "util/rnd.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static int
tell(void *ctx, const struct jsonscan_value *v, struct err *e)
{
	struct hash *h = ctx;

	(void)e;
	if (v->depth < 0 || v->depth > JSONSCAN_DEPTH || strlen(v->key) > JSONSCAN_TEXT_MAX || strlen(v->text) > JSONSCAN_TEXT_MAX)
		abort();
	hash_u64(h, v->kind);
	hash_u64(h, (uint64_t)v->depth);
	hash_str(h, v->key);
	hash_str(h, v->text);
	hash_u64(h, v->cut);
	return 0;
}

static bool
scan(const uint8_t *p, size_t n, size_t most, uint8_t out[HASH128_SIZE])
{
	struct err e = { .kind = ERR_NONE };
	struct jsonscan *s;
	struct hash h;
	bool ok = true;
	size_t i;

	hash_begin(&h, HASH128_SIZE);
	if ((s = jsonscan_new(tell, &h, &e)) == NULL)
		abort();
	for (i = 0; i < n && ok; i += MIN(most, n - i))
		ok = jsonscan_feed(s, p + i, MIN(most, n - i), &e) == 0;
	ok = ok && jsonscan_end(s, &e) == 0;
	jsonscan_free(s);
	hash_str(&h, e.msg);
	hash_end(&h, out);
	return ok;
}

static bool
is_json(const uint8_t *p, size_t n)
{
	struct json_tokener *tokener = json_tokener_new_ex(JSONSCAN_DEPTH + 2);
	struct json_object *root;
	bool ok;

	if (tokener == NULL)
		abort();
	json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
	root = json_tokener_parse_ex(tokener, (const char *)p, (int)n);
	/* A number may go on: a blank ends it. */
	if (json_tokener_get_error(tokener) == json_tokener_continue)
		root = json_tokener_parse_ex(tokener, " ", 1);
	ok = json_tokener_get_error(tokener) == json_tokener_success;
	json_object_put(root);
	json_tokener_free(tokener);
	return ok;
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	uint8_t one[HASH128_SIZE], two[HASH128_SIZE];
	bool ok;

	if (n == 0 || rnd_init(NULL) == -1)
		return 0;
	ok = scan(p + 1, n - 1, n, one);
	if (scan(p + 1, n - 1, 1 + p[0] % 7, two) != ok || memcmp(one, two, sizeof(one)) != 0)
		abort();
	if (ok && !is_json(p + 1, n - 1))
		abort();
	return 0;
}
