/*
 * libFuzzer: a file of any format unpacked, decoded, through the format and refining; every body that comes out is canonical.
 * The name that the program is called by is the format's.
 */
#include "util/canonical_html.h"
#include "util/rnd.h"

#include "formats/unpack.h"
#include "jobs/refine.h"

#include "file.h"

#define NOW_MS		INT64_C(1760000000000)
#define PASSES_MAX	3	/* Cusdis may find in its first that the lists are others than they seemed */

int LLVMFuzzerInitialize(int *, char ***);
int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static const struct format *format;
static struct arena *arena;

/* What a form would have to give. */
static const char *const pairs[] = { "base_url", "https://site.example", NULL };

static void
ignore(void *ctx, enum issue_reason reason, const char *external_id, uint64_t line)
{
	(void)ctx, (void)reason, (void)external_id, (void)line;
}

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	const char *slash = strrchr((*argv)[0], '/');

	(void)argc;
	format = format_or_channel(slash != NULL ? slash + 1 : (*argv)[0]);
	if (format == NULL || rnd_init(NULL) == -1 || (arena = arena_new(16 * 1024 * 1024)) == NULL) {
		fputs("call this program by the name of a format\n", stderr);
		exit(1);
	}
	return 0;
}

static void
take(struct comment *c, const struct format_options *options)
{
	struct safe_html safe;

	arena_reset(arena);
	if (refine_comment(format, options, c, arena, NOW_MS, NULL) == -1)
		return;		/* over the arena's cap: the job would fail */
	if (c->text[CT_BODY_HTML].said && !canonical_html_check(c->text[CT_BODY_HTML].p, c->text[CT_BODY_HTML].n, &safe))
		abort();
}

/* One document to its end; false if it has none. */
static bool
take_document(struct unpack *u, const struct format_options *options)
{
	struct reader *r = format->open(unpack_input(u), options, NULL);
	struct comment c = { 0 };
	enum rd_status status = RD_FATAL;
	int passes = 1;

	while (r != NULL && (status = format->next(r, &c, NULL)) != RD_EOF && status != RD_FATAL) {
		if (status == RD_ITEM)
			take(&c, options);
		if (status == RD_AGAIN && (++passes > PASSES_MAX || unpack_again(u, NULL) == -1))
			abort();
		c = (struct comment){ 0 };
	}
	format->close(r);
	return status == RD_EOF;
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static const struct streams_limits limits = { .max_unpacked = 4 * 1024 * 1024 };
	struct format_options options = { .pairs = pairs, .note = ignore };
	struct file f = { .p = p, .n = n };
	struct unpack *u;

	rewind_file(&f, NULL);
	if ((u = unpack_open(&f.mem.in, format, &limits, &options, rewind_file, &f, NULL)) == NULL)
		abort();
	while (unpack_next(u, NULL) == 1 && take_document(u, &options))
		continue;
	unpack_close(u);
	return 0;
}
