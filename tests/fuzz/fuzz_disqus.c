/* libFuzzer: a Disqus file through gunzip, format and refining; every body that comes out is canonical. */
#include "util/canonical_html.h"
#include "util/rnd.h"

#include "formats/format.h"
#include "jobs/refine.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
ignore(void *ctx, enum issue_reason reason, const char *external_id, uint64_t line)
{
	(void)ctx, (void)reason, (void)external_id, (void)line;
}

static void
take(struct comment *c, const struct format_options *options, struct arena *arena)
{
	struct safe_html safe;

	arena_reset(arena);
	if (refine_comment(&disqus_format, options, c, arena, INT64_C(1760000000000), NULL) == -1)
		abort();
	if (c->text[CT_BODY_HTML].said && !canonical_html_check(c->text[CT_BODY_HTML].p, c->text[CT_BODY_HTML].n, &safe))
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static struct arena *arena;
	struct format_options options = { .note = ignore };
	struct input_mem mem;
	struct gunzip *gz;
	struct reader *r;
	struct comment c;
	enum rd_status status;

	if (arena == NULL && (rnd_init(NULL) == -1 || (arena = arena_new(16 * 1024 * 1024)) == NULL))
		abort();
	input_mem_init(&mem, p, n);
	if ((gz = gunzip_open(&mem.in, 4 * 1024 * 1024, NULL)) == NULL ||
	    (r = disqus_format.open(gunzip_input(gz), &options, NULL)) == NULL)
		abort();
	while ((status = disqus_format.next(r, &c, NULL)) == RD_ITEM || status == RD_AGAIN) {
		if (status == RD_ITEM) {
			take(&c, &options, arena);
			continue;
		}
		input_mem_init(&mem, p, n);
		gunzip_rewind(gz);
	}
	disqus_format.close(r);
	gunzip_close(gz);
	return 0;
}
