/* libFuzzer: whatever a body is said to be (the first byte picks it), it becomes canonical and then stays as it is. */
#include "text/render.h"

#include "util/canonical_html.h"
#include "util/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static struct arena *arena;
	const char *body = (const char *)p + 1;
	uint64_t issues = 0, again_issues = 0;
	struct text out, again;
	struct safe_html safe;

	if (n == 0 || !utf8_valid(body, n - 1) || memchr(body, '\0', n - 1) != NULL)
		return 0;
	if (arena == NULL)
		arena = arena_new(8 * 1024 * 1024);
	arena_reset(arena);
	if (render_body(p[0] % (BODY_PLAIN + 1), body, n - 1, arena, &out, &issues, NULL) == -1 ||
	    !canonical_html_check(out.p, out.n, &safe))
		abort();
	if (clean_html(out.p, out.n, arena, &again, &again_issues, NULL) == -1 || again_issues != 0 || again.n != out.n ||
	    memcmp(again.p, out.p, out.n) != 0)
		abort();
	return 0;
}
