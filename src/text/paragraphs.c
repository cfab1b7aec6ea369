#include <strings.h>

#include "text/paragraphs.h"

/* Tags may lack their end so often; then each < is text, because each search may go through the whole body. */
#define ENDLESS_MAX	32

struct pass {
	const char	*p, *end;
	struct sb	*out;
	bool		 lines;			/* line ends mean something */
	struct span	 verbatim;		/* the element in which they do not, until it ends; n == 0: none */
	bool		 want_paragraph, want_break;	/* before what is seen next */
	/* Line ends behind a block's tag, and a single one behind <br>, are layout. */
	enum { AFTER_BLOCK, AFTER_BREAK, AFTER_TEXT } behind;
	unsigned	 endless;		/* tags without an end, so far */
};

/* --- tags ------------------------------------------------------------------------------------ */

enum tag_kind {
	TAG_INLINE,
	TAG_BREAK,
	TAG_BLOCK,		/* of paragraphs */
	TAG_LINE,		/* a block whose text is no paragraph */
	TAG_VERBATIM,		/* a block that keeps its line ends: <pre> */
	TAG_RAW			/* what is in it is no HTML */
};

static const struct {
	const char	*name;
	enum tag_kind	 kind;
} tags[] = {
	{ "br", TAG_BREAK }, { "p", TAG_LINE }, { "blockquote", TAG_BLOCK }, { "pre", TAG_VERBATIM },
	{ "div", TAG_BLOCK }, { "li", TAG_LINE }, { "ul", TAG_LINE }, { "ol", TAG_LINE }, { "hr", TAG_BLOCK },
	{ "h1", TAG_LINE }, { "h2", TAG_LINE }, { "h3", TAG_LINE }, { "h4", TAG_LINE }, { "h5", TAG_LINE },
	{ "h6", TAG_LINE }, { "table", TAG_LINE }, { "thead", TAG_LINE }, { "tbody", TAG_LINE },
	{ "tfoot", TAG_LINE }, { "tr", TAG_LINE }, { "td", TAG_LINE }, { "th", TAG_LINE },
	{ "caption", TAG_LINE }, { "colgroup", TAG_LINE }, { "col", TAG_LINE }, { "dl", TAG_LINE },
	{ "dt", TAG_LINE }, { "dd", TAG_LINE }, { "form", TAG_BLOCK }, { "fieldset", TAG_BLOCK },
	{ "legend", TAG_LINE }, { "address", TAG_BLOCK }, { "section", TAG_BLOCK }, { "article", TAG_BLOCK },
	{ "aside", TAG_BLOCK }, { "header", TAG_BLOCK }, { "footer", TAG_BLOCK }, { "nav", TAG_BLOCK },
	{ "main", TAG_BLOCK }, { "figure", TAG_BLOCK }, { "figcaption", TAG_LINE }, { "details", TAG_BLOCK },
	{ "summary", TAG_LINE }, { "center", TAG_BLOCK },
	{ "script", TAG_RAW }, { "style", TAG_RAW }, { "textarea", TAG_RAW }, { "title", TAG_RAW },
	{ "xmp", TAG_RAW },
};

static bool
letter(char c)
{
	return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
}

/* Of the tag that begins at p; empty if none does. */
static struct span
tag_name(const char *p, const char *end)
{
	struct span name = { ++p, 0 };

	if (p < end && *p == '/')
		name.p++;
	if (name.p < end && letter(*name.p))
		while (name.p + name.n < end && memchr(SPAN_BLANKS "/>", name.p[name.n], strlen(SPAN_BLANKS "/>")) == NULL)
			name.n++;
	return name;
}

static bool
same_name(struct span a, const char *b, size_t n)
{
	return a.n == n && strncasecmp(a.p, b, n) == 0;
}

static enum tag_kind
tag_kind(struct span name)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(tags); i++)
		if (same_name(name, tags[i].name, strlen(tags[i].name)))
			return tags[i].kind;
	return TAG_INLINE;
}

static bool
is_block(enum tag_kind kind)
{
	return kind == TAG_BLOCK || kind == TAG_LINE || kind == TAG_VERBATIM;
}

/* Behind the > of the tag at p, with the rule of HTML: quotes count behind = only.  NULL if it has no end. */
static const char *
tag_end(const char *p, const char *end)
{
	for (; p < end; p++) {
		if (*p == '>')
			return p + 1;
		if (*p != '=')
			continue;
		while (p + 1 < end && memchr(SPAN_BLANKS, p[1], strlen(SPAN_BLANKS)) != NULL)
			p++;
		if (p + 1 == end || (p[1] != '"' && p[1] != '\''))
			continue;
		if ((p = memchr(p + 2, p[1], (size_t)(end - p - 2))) == NULL)
			return NULL;
	}
	return NULL;
}

/* Behind the tag or comment at p ('<'); NULL if neither begins there or it has no end. */
static const char *
markup_end(struct pass *pass, const char *p)
{
	const char *end = NULL;
	bool comment = pass->end - p >= 4 && memcmp(p, "<!--", 4) == 0;

	if (pass->endless == ENDLESS_MAX || (!comment && tag_name(p, pass->end).n == 0))
		return NULL;
	if (!comment)
		end = tag_end(p, pass->end);
	else if ((end = memmem(p + 4, (size_t)(pass->end - p - 4), "-->", 3)) != NULL)
		end += 3;
	if (end == NULL)
		pass->endless++;
	return end;
}

/* --- the pass ---------------------------------------------------------------------------------- */

/* Before anything that is seen. */
static void
begin_content(struct pass *pass)
{
	if (pass->want_paragraph)
		sb_str(pass->out, "<p>");
	else if (pass->want_break)
		sb_str(pass->out, "<br>");
	pass->want_paragraph = pass->want_break = false;
	pass->behind = AFTER_TEXT;
}

static void
at_block(struct pass *pass, struct span name, bool closing, enum tag_kind kind)
{
	pass->want_break = false;
	pass->behind = AFTER_BLOCK;
	/* What follows a block or stands in one of paragraphs is a paragraph again, as soon as it is there. */
	pass->want_paragraph = closing || kind == TAG_BLOCK;
	if (kind == TAG_VERBATIM && !closing)
		pass->verbatim = name;
}

/* As it stands, but for an end tag within it: IntenseDebate's own links had one in their addresses. */
static void
copy_markup(struct pass *pass, const char *end)
{
	const char *stray = memmem(pass->p + 1, (size_t)(end - pass->p - 1), "</a>", 4);

	if (stray != NULL) {
		sb_add(pass->out, pass->p, (size_t)(stray - pass->p));
		pass->p = stray + 4;
	}
	sb_add(pass->out, pass->p, (size_t)(end - pass->p));
	pass->p = end;
}

/* The tag or comment up to `end`. */
static void
markup(struct pass *pass, const char *end)
{
	struct span name = tag_name(pass->p, pass->end);
	bool closing = pass->p[1] == '/';
	enum tag_kind kind = tag_kind(name);

	if (pass->verbatim.n > 0) {
		if (closing && same_name(name, pass->verbatim.p, pass->verbatim.n)) {
			pass->verbatim.n = 0;
			if (kind != TAG_RAW)
				at_block(pass, name, closing, kind);
		}
	} else if (pass->lines && is_block(kind)) {
		at_block(pass, name, closing, kind);
	} else if (kind == TAG_RAW && !closing) {
		pass->verbatim = name;
	} else if (pass->lines && name.n > 0 && !closing) {
		begin_content(pass);
		pass->behind = kind == TAG_BREAK ? AFTER_BREAK : AFTER_TEXT;
	}
	copy_markup(pass, end);
}

/* A carriage return as a reference survives XML's own treatment of line ends. */
static size_t
blank_length(const char *p, const char *end)
{
	static const char reference[] = "&#13;";

	if (memchr(SPAN_BLANKS, *p, strlen(SPAN_BLANKS)) != NULL)
		return 1;
	return (size_t)(end - p) > 4 && memcmp(p, reference, 5) == 0 ? 5 : 0;
}

/* White space; with line ends in it, it is not written but remembered. */
static void
blanks(struct pass *pass)
{
	const char *start = pass->p;
	size_t n, feeds = 0, returns = 0;

	while (pass->p < pass->end && (n = blank_length(pass->p, pass->end)) > 0) {
		feeds += *pass->p == '\n';
		returns += *pass->p == '\r' || n > 1;
		pass->p += n;
	}
	/* Returns alone end lines; beside line feeds they are remains. */
	if (feeds == 0)
		feeds = returns;
	if (feeds == 0)
		sb_add(pass->out, start, (size_t)(pass->p - start));
	else if (pass->behind != AFTER_BLOCK && feeds > 1)
		pass->want_paragraph = true;
	else if (pass->behind == AFTER_TEXT)
		pass->want_break = true;
}

static void
text(struct pass *pass)
{
	if (pass->lines && pass->verbatim.n == 0) {
		if (blank_length(pass->p, pass->end) > 0) {
			blanks(pass);
			return;
		}
		begin_content(pass);
	}
	if (*pass->p == '<')
		sb_str(pass->out, "&lt;");
	else
		sb_char(pass->out, *pass->p);
	pass->p++;
}

/* Does it begin and end with the tags of blocks, as an editor writes it? */
static bool
is_rich_text(struct span html)
{
	const char *end = html.p + html.n, *last = memrchr(html.p, '<', html.n);

	return last != NULL && end[-1] == '>' && last[1] == '/' && is_block(tag_kind(tag_name(last, end))) &&
	    html.p[0] == '<' && html.p[1] != '/' && is_block(tag_kind(tag_name(html.p, end)));
}

bool
paragraphs_html(struct span source, struct sb *out)
{
	struct span html = span_trim(source);
	struct pass pass = {
		.p = html.p, .end = html.p + html.n, .out = out, .lines = !is_rich_text(html), .behind = AFTER_BLOCK,
	};
	const char *end;

	pass.want_paragraph = pass.lines;
	while (pass.p < pass.end && sb_ok(out)) {
		if (*pass.p == '<' && (end = markup_end(&pass, pass.p)) != NULL)
			markup(&pass, end);
		else
			text(&pass);
	}
	return sb_ok(out);
}
