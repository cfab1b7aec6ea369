/* libFuzzer: whatever comes in, the cleaner's output is canonical. */
#include "text/clean.h"

#include "util/canonical_html.h"
#include "util/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static struct arena *arena;
	uint64_t issues = 0;
	struct safe_html safe;
	struct text out;

	if (!utf8_valid((const char *)p, n) || (n > 0 && memchr(p, '\0', n) != NULL))
		return 0;
	if (arena == NULL)
		arena = arena_new(8 * 1024 * 1024);
	arena_reset(arena);
	if (clean_html((const char *)p, n, arena, &out, &issues, NULL) == -1 || !canonical_html_check(out.p, out.n, &safe))
		abort();
	if (clean_decode_entities((const char *)p, n, n > 0 && p[0] & 1, arena, &out, &issues, NULL) == -1 ||
	    (out.n > 0 && !utf8_valid(out.p, out.n)))
		abort();
	if (n > 0 && (clean_line((const char *)p, n, arena, &out, &issues, NULL) == -1 || !utf8_valid(out.p, out.n)))
		abort();
	return 0;
}
