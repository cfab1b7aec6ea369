/*
 * cmark parses; the tree is written here, because cmark's own writer either prints raw HTML or drops it, and people's
 * words are in it.  What is written is not clean, only well meant: text/clean follows.
 */
#include <cmark.h>
#include <setjmp.h>

#include "text/markdown.h"

#include "util/arena.h"

#include "model/comment.h"

/* Bytes that cmark may take for one body, nothing being given back before its end: 64 KiB of prose take 0.5 MB, the
 * worst 64 KiB that we know 17 MB. */
#define MARKDOWN_MEMORY	(16 * 1024 * 1024)

/* --- memory ---------------------------------------------------------------------------- */

/* cmark cannot be told "no" either: it is left by a long jump, as gumbo is (text/parse). */
static struct {
	struct arena	*arena;
	jmp_buf		 over;
} budget;

struct chunk {
	size_t		size;		/* realloc has to know */
	max_align_t	data[];
};

static void *
budget_calloc(size_t n, size_t size)
{
	struct chunk *chunk;
	size_t total;

	if (__builtin_mul_overflow(n, size, &total) || total > MARKDOWN_MEMORY ||
	    (chunk = arena_zalloc(budget.arena, 1, sizeof(*chunk) + total)) == NULL)
		longjmp(budget.over, 1);
	chunk->size = total;
	return chunk->data;
}

static void *
budget_realloc(void *p, size_t size)
{
	void *grown = budget_calloc(1, size);

	if (p != NULL)
		memcpy(grown, p, MIN(size, ((struct chunk *)p - 1)->size));
	return grown;
}

static void
budget_free(void *p)
{
	(void)p;
}

/* --- writing the tree ------------------------------------------------------------------ */

struct writer {
	struct sb	*out;
	bool		 breaks;
	size_t		 pictures;	/* that the walk is in: all is text for alt= */
	uint64_t	*issues;
};

/* Escaped so that it may stand in an attribute too. */
static void
put_text(struct writer *w, const char *s, size_t n)
{
	const size_t nothing = strlen(MARKDOWN_NOTHING);
	const char *end = s + n, *p;

	while ((p = memmem(s, (size_t)(end - s), MARKDOWN_NOTHING, nothing)) != NULL) {
		span_escape(w->out, (struct span){ s, (size_t)(p - s) }, true, w->issues);
		s = p + nothing;
	}
	span_escape(w->out, (struct span){ s, (size_t)(end - s) }, true, w->issues);
}

static void
put_string(struct writer *w, const char *s)
{
	put_text(w, s, strlen(s));
}

/* What opens or closes an element; none inside alt=. */
static void
put_tag(struct writer *w, const char *tag)
{
	if (w->pictures == 0)
		sb_str(w->out, tag);
}

static void
put_break(struct writer *w)
{
	sb_str(w->out, w->pictures == 0 ? "<br>" : " ");
}

static bool
blank(char c)
{
	return strchr(SPAN_BLANKS, c) != NULL;
}

static bool
touches(cmark_node *sibling)
{
	cmark_node_type type = cmark_node_get_type(sibling);

	return sibling != NULL && type != CMARK_NODE_SOFTBREAK && type != CMARK_NODE_LINEBREAK;
}

/* The first two tildes in a text at or behind `from` that can open, or close, what is struck out; NULL if none can. */
static const char *
find_strike(cmark_node *text, const char *from, bool closing)
{
	const char *start = cmark_node_get_literal(text), *p;
	size_t run;

	for (p = strchr(from, '~'); p != NULL; p = strchr(p + run, '~')) {
		bool before = p > start ? !blank(p[-1]) : touches(cmark_node_previous(text));
		bool behind;

		run = strspn(p, "~");
		behind = p[run] != '\0' ? !blank(p[run]) : touches(cmark_node_next(text));
		if (run == 2 && (closing ? before : behind))
			return p;
	}
	return NULL;
}

/* Is there an end for what is opened in front of `from`, under the same parent? */
static bool
strike_ends(cmark_node *text, const char *from)
{
	for (; text != NULL; text = cmark_node_next(text), from = NULL) {
		if (cmark_node_get_type(text) != CMARK_NODE_TEXT)
			continue;
		if (find_strike(text, from != NULL ? from : cmark_node_get_literal(text), true) != NULL)
			return true;
	}
	return false;
}

/* What a parent of texts has for user data. */
static char striking, no_more_strikes;

/* At two tildes in text. */
static void
put_strike(struct writer *w, cmark_node *text, const char *mark)
{
	cmark_node *parent = cmark_node_parent(text);

	if (cmark_node_get_user_data(parent) == &striking) {
		put_tag(w, "</del>");
		cmark_node_set_user_data(parent, NULL);
	} else if (strike_ends(text, mark + 2)) {
		put_tag(w, "<del>");
		cmark_node_set_user_data(parent, &striking);
	} else {
		/* Nor will what follows have an end: looking again and again would take quadratic time. */
		put_string(w, "~~");
		cmark_node_set_user_data(parent, &no_more_strikes);
	}
}

static void
write_text(struct writer *w, cmark_node *text)
{
	cmark_node *parent = cmark_node_parent(text);
	const char *s = cmark_node_get_literal(text), *mark;

	while (w->pictures == 0 && cmark_node_get_user_data(parent) != &no_more_strikes &&
	    (mark = find_strike(text, s, cmark_node_get_user_data(parent) == &striking)) != NULL) {
		put_text(w, s, (size_t)(mark - s));
		put_strike(w, text, mark);
		s = mark + 2;
	}
	put_string(w, s);
}

static void
write_html_block(struct writer *w, const char *s)
{
	size_t n;

	put_tag(w, "<p>");
	for (;; s++) {
		n = strcspn(s, "\n");
		put_text(w, s, n);
		s += n;
		if (*s == '\0' || s[1] == '\0')
			break;
		put_break(w);
	}
	put_tag(w, "</p>");
}

static void
write_link(struct writer *w, cmark_node *node)
{
	if (w->pictures > 0) {
		*w->issues |= ISSUE_BIT(ISSUE_LINK_LEFT_OUT);
		return;
	}
	sb_str(w->out, "<a href=\"");
	put_string(w, cmark_node_get_url(node));
	sb_str(w->out, "\" title=\"");
	put_string(w, cmark_node_get_title(node));
	sb_str(w->out, "\">");
}

static void
write_picture(struct writer *w, cmark_node *node, bool enter)
{
	if (!enter) {
		if (--w->pictures == 0)
			sb_str(w->out, "\">");
		return;
	}
	if (w->pictures++ > 0) {
		*w->issues |= ISSUE_BIT(ISSUE_LINK_LEFT_OUT);
		return;
	}
	sb_str(w->out, "<img src=\"");
	put_string(w, cmark_node_get_url(node));
	sb_str(w->out, "\" title=\"");
	put_string(w, cmark_node_get_title(node));
	sb_str(w->out, "\" alt=\"");
}

static void
write_heading(struct writer *w, cmark_node *node, bool enter)
{
	char tag[] = "</h1>";

	if (w->breaks) {
		put_tag(w, enter ? "<p><strong>" : "</strong></p>");
		return;
	}
	tag[3] = (char)('0' + cmark_node_get_heading_level(node));
	put_tag(w, enter ? "<" : "</");
	put_tag(w, tag + 2);
}

static void
write_paragraph(struct writer *w, cmark_node *node, bool enter)
{
	cmark_node *list = cmark_node_parent(cmark_node_parent(node));

	if (list == NULL || !cmark_node_get_list_tight(list))
		put_tag(w, enter ? "<p>" : "</p>");
}

static void
write_code(struct writer *w, cmark_node *node, const char *start, const char *end)
{
	put_tag(w, start);
	put_string(w, cmark_node_get_literal(node));
	put_tag(w, end);
}

static void
write_block(struct writer *w, cmark_node *node, bool enter)
{
	switch (cmark_node_get_type(node)) {
	case CMARK_NODE_BLOCK_QUOTE:
		put_tag(w, enter ? "<blockquote>" : "</blockquote>");
		break;
	case CMARK_NODE_LIST:
		if (cmark_node_get_list_type(node) == CMARK_ORDERED_LIST)
			put_tag(w, enter ? "<ol>" : "</ol>");
		else
			put_tag(w, enter ? "<ul>" : "</ul>");
		break;
	case CMARK_NODE_ITEM:
		put_tag(w, enter ? "<li>" : "</li>");
		break;
	case CMARK_NODE_CODE_BLOCK:
		write_code(w, node, "<pre><code>", "</code></pre>");
		break;
	case CMARK_NODE_HTML_BLOCK:
		write_html_block(w, cmark_node_get_literal(node));
		break;
	case CMARK_NODE_PARAGRAPH:
		write_paragraph(w, node, enter);
		break;
	case CMARK_NODE_HEADING:
		write_heading(w, node, enter);
		break;
	case CMARK_NODE_THEMATIC_BREAK:
		if (!w->breaks)
			put_tag(w, "<hr>");
		break;
	default:
		break;
	}
}

static void
write_inline(struct writer *w, cmark_node *node, bool enter)
{
	switch (cmark_node_get_type(node)) {
	case CMARK_NODE_TEXT:
		write_text(w, node);
		break;
	case CMARK_NODE_SOFTBREAK:
		if (w->breaks)
			put_break(w);
		else
			sb_char(w->out, '\n');
		break;
	case CMARK_NODE_LINEBREAK:
		put_break(w);
		break;
	case CMARK_NODE_CODE:
		write_code(w, node, "<code>", "</code>");
		break;
	case CMARK_NODE_HTML_INLINE:
		put_string(w, cmark_node_get_literal(node));
		break;
	case CMARK_NODE_EMPH:
		put_tag(w, enter ? "<em>" : "</em>");
		break;
	case CMARK_NODE_STRONG:
		put_tag(w, enter ? "<strong>" : "</strong>");
		break;
	case CMARK_NODE_LINK:
		if (enter)
			write_link(w, node);
		else
			put_tag(w, "</a>");
		break;
	case CMARK_NODE_IMAGE:
		write_picture(w, node, enter);
		break;
	default:
		break;
	}
}

/* --- the whole --------------------------------------------------------------------------- */

/* What opens a quote or an item at p, with the blanks behind it; 0 if nothing does. */
static size_t
marker_length(const char *p, const char *end)
{
	const char *start = p;

	if (p < end && *p == '>') {
		p++;
	} else {
		while (p < end && *p >= '0' && *p <= '9')
			p++;
		if (p == end || memchr(p > start ? ".)" : "-+*", *p, p > start ? 2 : 3) == NULL)
			return 0;
		if (++p < end && !blank(*p))
			return 0;
	}
	while (p < end && (*p == ' ' || *p == '\t'))
		p++;
	return (size_t)(p - start);
}

/* Does a line open more quotes and lists than a body may have?  cmark's time grows with the nesting times the lines. */
static bool
too_nested(struct span s)
{
	const char *p = s.p, *end = s.p + s.n, *line_end;
	size_t n, nesting;

	for (; p < end; p = line_end + 1) {
		if ((line_end = memchr(p, '\n', (size_t)(end - p))) == NULL)
			line_end = end;
		while (p < line_end && (*p == ' ' || *p == '\t'))
			p++;
		for (nesting = 0; (n = marker_length(p, line_end)) > 0; p += n)
			if (++nesting > LIMIT_BODY_DEPTH)
				return true;
	}
	return false;
}

/* An escaped tilde is set apart from the next, or what was escaped would strike out. */
static void
set_tildes_apart(struct span s, struct sb *out)
{
	size_t i;

	for (i = 0; i < s.n; i++) {
		sb_char(out, s.p[i]);
		if (s.p[i] != '\\' || i + 1 == s.n)
			continue;
		sb_char(out, s.p[++i]);
		if (s.p[i] == '~')
			sb_str(out, MARKDOWN_NOTHING);
	}
}

/* Everything that cmark allocates is in the budget's arena; nothing is released one by one. */
static void
write_tree(struct writer *w, struct span s)
{
	static cmark_mem mem = { budget_calloc, budget_realloc, budget_free };
	cmark_parser *parser = cmark_parser_new_with_mem(CMARK_OPT_DEFAULT, &mem);
	cmark_event_type event;
	cmark_iter *iter;

	cmark_parser_feed(parser, s.p, s.n);
	iter = cmark_iter_new(cmark_parser_finish(parser));
	while ((event = cmark_iter_next(iter)) != CMARK_EVENT_DONE && sb_ok(w->out)) {
		cmark_node *node = cmark_iter_get_node(iter);

		if (cmark_node_get_type(node) <= CMARK_NODE_LAST_BLOCK)
			write_block(w, node, event == CMARK_EVENT_ENTER);
		else
			write_inline(w, node, event == CMARK_EVENT_ENTER);
	}
}

bool
markdown_html(struct span source, bool breaks, struct sb *out, uint64_t *issues)
{
	struct writer w = { .out = out, .breaks = breaks, .issues = issues };
	struct sb markdown;
	volatile bool ok = false;

	if (too_nested(source) || (budget.arena = arena_new(MARKDOWN_MEMORY)) == NULL)
		return false;
	sb_init(&markdown, 3 * source.n);
	set_tildes_apart(source, &markdown);
	if (sb_ok(&markdown) && setjmp(budget.over) == 0) {
		write_tree(&w, (struct span){ sb_text(&markdown), markdown.n });
		ok = sb_ok(out);
	}
	sb_free(&markdown);
	arena_free(budget.arena);
	return ok;
}
