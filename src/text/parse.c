#include <gumbo.h>
#include <strings.h>

#include "text/parse.h"

/* Bytes that gumbo may take for one body: a flat body of 64 KiB needs 8 MB at most. */
#define PARSE_MEMORY	(24 * 1024 * 1024)
/* Unclosed tags that a body may have. */
#define NESTING_MAX	256

static void *
parse_alloc(void *ctx, size_t n)
{
	struct parse *parse = ctx;
	void *p = arena_alloc(parse->arena, n);

	if (p == NULL)
		longjmp(parse->over, 1);
	return p;
}

static void
parse_free(void *ctx, void *p)
{
	(void)ctx;
	(void)p;
}

/*
 * gumbo 0.10.1 asserts what some inputs disprove (foreign elements around tables, say), and an assertion ends in
 * abort().  Its memory is all in the arena, so leaving it from the signal's handler leaks and breaks nothing.
 */
static struct parse *aborting;

static void
on_abort(int signum)
{
	struct parse *parse = aborting;

	(void)signum;
	if (parse != NULL)
		longjmp(parse->over, 1);
}

static void
guarded_parse(struct parse *parse, const GumboOptions *options, struct span html)
{
	/* SA_NODEFER: the handler is left by longjmp, which restores no signal mask. */
	struct sigaction guard = { .sa_handler = on_abort, .sa_flags = SA_NODEFER };

	aborting = parse;
	sigaction(SIGABRT, &guard, &parse->before);
	parse->output = gumbo_parse_with_options(options, html.p, html.n);
}

static void
end_guard(struct parse *parse)
{
	sigaction(SIGABRT, &parse->before, NULL);
	aborting = NULL;
}

int
parse_begin(struct parse *parse, struct span html)
{
	GumboOptions options = kGumboDefaultOptions;

	if ((parse->arena = arena_new(PARSE_MEMORY)) == NULL)
		return -1;
	options.allocator = parse_alloc;
	options.deallocator = parse_free;
	options.userdata = parse;
	options.max_errors = 0;
	options.fragment_context = GUMBO_TAG_DIV;
	if (setjmp(parse->over) != 0) {
		end_guard(parse);
		return -1;
	}
	guarded_parse(parse, &options, html);
	end_guard(parse);
	return 0;
}

void
parse_end(struct parse *parse)
{
	arena_free(parse->arena);
}

/* Elements that have no end tag, and those whose start tag closes one of the same name. */
static bool
never_nests(struct span name, struct span top)
{
	static const char *const voids[] = { "br", "img", "hr", "input", "wbr", "meta", "link", "col", "area", "param" };
	static const char *const closing[] = { "p", "li", "td", "th", "tr", "dt", "dd", "option" };
	size_t i;

	for (i = 0; i < ARRAY_LEN(voids); i++)
		if (name.n == strlen(voids[i]) && strncasecmp(name.p, voids[i], name.n) == 0)
			return true;
	if (name.n != top.n || strncasecmp(name.p, top.p, name.n) != 0)
		return false;
	for (i = 0; i < ARRAY_LEN(closing); i++)
		if (name.n == strlen(closing[i]) && strncasecmp(name.p, closing[i], name.n) == 0)
			return true;
	return false;
}

/* The tag name at p, which is behind `<` or `</`; empty if none begins there. */
static struct span
scan_name(const char *p, const char *end)
{
	struct span name = { p, 0 };

	if (p < end && ((*p | 0x20) >= 'a' && (*p | 0x20) <= 'z'))
		while (p + name.n < end && strchr(SPAN_BLANKS "/>", p[name.n]) == NULL)
			name.n++;
	return name;
}

/* Forgets the innermost unclosed tag of this name, if there is one. */
static void
close_name(struct span *open, size_t *depth, struct span name)
{
	size_t i = *depth;

	while (i-- > 0) {
		if (open[i].n != name.n || strncasecmp(open[i].p, name.p, name.n) != 0)
			continue;
		memmove(&open[i], &open[i + 1], (*depth - i - 1) * sizeof(open[0]));
		--*depth;
		return;
	}
}

bool
parse_too_nested(struct span html)
{
	struct span open[NESTING_MAX];
	const char *p = html.p, *end = html.p + html.n;
	size_t depth = 0;

	while (p < end && (p = memchr(p, '<', (size_t)(end - p))) != NULL) {
		bool closing = ++p < end && *p == '/';
		struct span name = scan_name(p + closing, end);

		if (name.n == 0)
			continue;
		if (closing)
			close_name(open, &depth, name);
		else if (never_nests(name, depth > 0 ? open[depth - 1] : (struct span){ "", 0 }))
			continue;
		else if (depth == NESTING_MAX)
			return true;
		else
			open[depth++] = name;
	}
	return false;
}
