/*
 * How it works: the parsed tree is walked without recursion.  Nothing is written for an element when it is met;
 * text, breaks and rules bring their ancestors along: the path of allowed ancestors is made
 * legal (path_blocks, path_inlines), what is open and not on it is closed, what is missing is opened.  So
 * empty elements vanish, and any tree gives canonical output.
 */
#include <gumbo.h>
#include <strings.h>

#include "text/rewrite.h"

#include "util/canonical_html.h"

#include "model/comment.h"

#include "text/parse.h"

/* An element that the walk is in. */
struct frame {
	const GumboNode			*node;
	unsigned			 next;		/* child to visit next */
	const struct canonical_element	*element;	/* NULL: leaves only its content */
};

struct walk {
	struct frame		 frames[LIMIT_BODY_DEPTH + 1];
	size_t			 depth;
	const struct frame	*path[LIMIT_BODY_DEPTH + 1];	/* of the output that is being written */
	size_t			 path_n, blocks_n;		/* the first blocks_n are no inline elements */
	const GumboNode		*open[LIMIT_BODY_DEPTH + 1];
	const struct canonical_element *open_elements[LIMIT_BODY_DEPTH + 1];
	size_t			 open_n;
	const GumboNode		*block;		/* the innermost block that something was written into */
	bool			 written;	/* ... and it has text since */
	bool			 want_break, want_blank;	/* before the next text of the same block */
	struct sb		*out;
};

/* --- which path, and opening and closing along it ------------------------------------ */

static bool
is_link(const struct canonical_element *el)
{
	return el->n == 1 && el->name[0] == 'a';
}

/* Blocks first: what cannot hold the next block is left out of the path. */
static void
path_blocks(struct walk *w)
{
	size_t i, n = 0;

	for (i = 0; i < w->depth; i++) {
		const struct frame *f = &w->frames[i];

		if (f->element == NULL || f->element->place == CANONICAL_INLINE)
			continue;
		if (f->element->place == CANONICAL_ITEM &&
		    (n == 0 || w->path[n - 1]->element->content != CANONICAL_ITEMS))
			continue;
		while (n > 0 && !canonical_html_accepts(w->path[n - 1]->element->content, f->element->place))
			n--;
		w->path[n++] = f;
	}
	w->blocks_n = w->path_n = n;
}

/* Leaves out innermost blocks that cannot hold what comes now. */
static void
path_make_room(struct walk *w, enum canonical_place place)
{
	while (w->blocks_n > 0 && !canonical_html_accepts(w->path[w->blocks_n - 1]->element->content, place))
		w->blocks_n--;
	w->path_n = w->blocks_n;
}

static void
path_inlines(struct walk *w)
{
	bool in_link = false;
	size_t i;

	for (i = 0; i < w->depth; i++) {
		const struct frame *f = &w->frames[i];

		if (f->element == NULL || f->element->place != CANONICAL_INLINE || (is_link(f->element) && in_link))
			continue;
		in_link |= is_link(f->element);
		w->path[w->path_n++] = f;
	}
}

/* Lower case, as gumbo's tag table has it; NULL for unknown elements and foreign ones. */
static const struct canonical_element *
allowed(const GumboNode *node)
{
	const char *name = gumbo_normalized_tagname(node->v.element.tag);

	/* What HTML calls by two names. */
	if (node->v.element.tag == GUMBO_TAG_STRIKE)
		name = "s";
	return canonical_html_element(name, strlen(name));
}

static const char *
attribute(const GumboNode *node, const char *name)
{
	const GumboAttribute *a = gumbo_get_attribute(&node->v.element.attributes, name);

	return a != NULL ? a->value : NULL;
}

/*
 * Appends an address in the form that href takes: scheme in lower case, blanks inside as %20, control characters left
 * out, as browsers do.  False if it is none of ours; then what was appended means nothing.
 */
static bool
address(struct sb *sb, const char *s)
{
	static const char *const schemes[] = { "http://", "https://", "mailto:" };
	struct span in = span_trim((struct span){ s, strlen(s) });
	size_t i, start = sb->n;

	for (i = 0; i < ARRAY_LEN(schemes); i++) {
		size_t n = strlen(schemes[i]);

		if (in.n > n && strncasecmp(in.p, schemes[i], n) == 0) {
			sb_str(sb, schemes[i]);
			in.p += n;
			in.n -= n;
			break;
		}
	}
	for (; in.n > 0; in.p++, in.n--) {
		if (*in.p == ' ')
			sb_str(sb, "%20");
		else if ((unsigned char)*in.p > ' ')
			sb_char(sb, *in.p);
	}
	return sb_ok(sb) && canonical_html_href(sb_text(sb) + start, sb->n - start);
}

static bool
has_address(const GumboNode *node)
{
	const char *href = attribute(node, "href");
	struct sb sb;
	bool ok;

	if (href == NULL)
		return false;
	sb_init(&sb, LIMIT_BODY_BYTES);
	ok = address(&sb, href);
	sb_free(&sb);
	return ok;
}

/* <a ...>; href is an address that address() takes. */
static void
write_link_start(struct sb *out, const char *href, const char *title)
{
	struct sb sb;

	sb_init(&sb, LIMIT_BODY_BYTES);
	address(&sb, href);
	sb_str(out, "<a href=\"");
	span_escape(out, (struct span){ sb_text(&sb), sb.n }, true);
	sb_free(&sb);
	if (title != NULL && *title != '\0') {
		sb_str(out, "\" title=\"");
		span_escape(out, (struct span){ title, strlen(title) }, true);
	}
	sb_str(out, "\" rel=\"" CANONICAL_HTML_REL "\">");
}

static void
close_to(struct walk *w, size_t n)
{
	while (w->open_n > n) {
		sb_str(w->out, "</");
		sb_str(w->out, w->open_elements[--w->open_n]->name);
		sb_char(w->out, '>');
	}
}

/* Closes what is open and not on the path. */
static void
close_others(struct walk *w)
{
	size_t same = 0;

	while (same < w->open_n && same < w->path_n && w->open[same] == w->path[same]->node)
		same++;
	close_to(w, same);
}

/* Opens what is on the path and not open.  close_others() came before. */
static void
open_path(struct walk *w)
{
	for (; w->open_n < w->path_n; w->open_n++) {
		const struct frame *f = w->path[w->open_n];

		if (is_link(f->element)) {
			write_link_start(w->out, attribute(f->node, "href"), attribute(f->node, "title"));
		} else {
			sb_char(w->out, '<');
			sb_str(w->out, f->element->name);
			sb_char(w->out, '>');
		}
		w->open[w->open_n] = f->node;
		w->open_elements[w->open_n] = f->element;
	}
}

static const GumboNode *
path_block(const struct walk *w)
{
	return w->blocks_n > 0 ? w->path[w->blocks_n - 1]->node : NULL;
}

static bool
in_pre(const struct walk *w)
{
	return w->blocks_n > 0 && strcmp(w->path[w->blocks_n - 1]->element->name, "pre") == 0;
}

/* The path for text and inline elements at this place of the walk. */
static void
inline_path(struct walk *w)
{
	path_blocks(w);
	path_make_room(w, CANONICAL_INLINE);
	path_inlines(w);
	if (path_block(w) != w->block) {
		w->block = path_block(w);
		w->written = false;
	}
}

/* Opens what text at this place needs, and writes the break or blank that was due. */
static void
begin_inline(struct walk *w)
{
	close_others(w);
	if (w->written && w->want_break)
		sb_str(w->out, "<br>");
	else if (w->written && w->want_blank)
		sb_char(w->out, ' ');
	open_path(w);
	w->want_break = w->want_blank = false;
	w->written = true;
}

/* --- what the walk meets --------------------------------------------------------------- */

/* Behind line ends, which may not come right behind <pre>, and control characters, which vanish and uncover them. */
static const char *
skip_line_ends(const char *s)
{
	for (;;) {
		unsigned char c = (unsigned char)*s;

		if ((c > 0 && c < ' ' && c != '\t') || c == 0x7f)
			s++;
		else if (c == 0xc2 && (unsigned char)s[1] < 0xa0)
			s += 2;
		else
			return s;
	}
}

static void
put_text(struct walk *w, const char *s)
{
	inline_path(w);
	if (in_pre(w)) {
		if (!w->written)
			s = skip_line_ends(s);
		if (*s == '\0')
			return;
	} else if (s[strspn(s, SPAN_BLANKS)] == '\0') {
		w->want_blank = true;
		return;
	} else if (!w->written || w->want_break) {
		s += strspn(s, SPAN_BLANKS);
	}
	begin_inline(w);
	span_escape(w->out, (struct span){ s, strlen(s) }, false);
}

static void
put_break(struct walk *w)
{
	inline_path(w);
	w->want_break = w->want_blank = false;
	begin_inline(w);
	sb_str(w->out, "<br>");
}

static void
put_rule(struct walk *w)
{
	path_blocks(w);
	path_make_room(w, CANONICAL_BLOCK);
	close_others(w);
	open_path(w);
	sb_str(w->out, "<hr>");
	w->written = false;
}

/* A picture becomes a link to it, or its text where a link cannot stand. */
static void
put_picture(struct walk *w, const GumboNode *node)
{
	const char *src = attribute(node, "src"), *alt = attribute(node, "alt");
	bool link;
	struct sb sb;
	size_t i;

	sb_init(&sb, LIMIT_BODY_BYTES);
	link = src != NULL && address(&sb, src) && sb.p[0] == 'h';
	if (alt == NULL || alt[strspn(alt, SPAN_BLANKS)] == '\0')
		alt = link ? sb_text(&sb) : "";
	if (*alt != '\0') {
		inline_path(w);
		for (i = w->blocks_n; i < w->path_n; i++)
			link = link && !is_link(w->path[i]->element);
		link = link && w->path_n < LIMIT_BODY_DEPTH;
		begin_inline(w);
		if (link)
			write_link_start(w->out, src, NULL);
		span_escape(w->out, (struct span){ alt, strlen(alt) }, false);
		if (link)
			sb_str(w->out, "</a>");
	}
	sb_free(&sb);
}

enum treatment {
	KEEP_CONTENT,	/* and the element, if it is allowed */
	BLOCK_CONTENT,	/* the same, and what stands around it is on lines of its own */
	CELL_CONTENT,	/* a table cell: set off by a blank */
	DROP		/* with its content */
};

static enum treatment
treatment(GumboTag tag)
{
	switch (tag) {
	case GUMBO_TAG_SCRIPT: case GUMBO_TAG_STYLE: case GUMBO_TAG_IFRAME: case GUMBO_TAG_NOFRAMES:
	case GUMBO_TAG_NOEMBED: case GUMBO_TAG_TEMPLATE: case GUMBO_TAG_OBJECT: case GUMBO_TAG_EMBED:
	case GUMBO_TAG_APPLET: case GUMBO_TAG_TITLE: case GUMBO_TAG_AUDIO: case GUMBO_TAG_VIDEO:
	case GUMBO_TAG_CANVAS: case GUMBO_TAG_SELECT: case GUMBO_TAG_DATALIST: case GUMBO_TAG_MATH: case GUMBO_TAG_SVG:
		return DROP;
	case GUMBO_TAG_DIV: case GUMBO_TAG_SECTION: case GUMBO_TAG_ARTICLE: case GUMBO_TAG_ASIDE:
	case GUMBO_TAG_HEADER: case GUMBO_TAG_FOOTER: case GUMBO_TAG_NAV: case GUMBO_TAG_MAIN:
	case GUMBO_TAG_ADDRESS: case GUMBO_TAG_FIGURE: case GUMBO_TAG_FIGCAPTION: case GUMBO_TAG_DL:
	case GUMBO_TAG_DT: case GUMBO_TAG_DD: case GUMBO_TAG_TABLE: case GUMBO_TAG_CAPTION: case GUMBO_TAG_TR:
	case GUMBO_TAG_FORM: case GUMBO_TAG_FIELDSET: case GUMBO_TAG_LEGEND: case GUMBO_TAG_CENTER:
	case GUMBO_TAG_DETAILS: case GUMBO_TAG_SUMMARY: case GUMBO_TAG_XMP: case GUMBO_TAG_LISTING:
	case GUMBO_TAG_DIR: case GUMBO_TAG_MENU: case GUMBO_TAG_HGROUP:
		return BLOCK_CONTENT;
	case GUMBO_TAG_TD: case GUMBO_TAG_TH:
		return CELL_CONTENT;
	default:
		return KEEP_CONTENT;
	}
}

static void
set_off(struct walk *w, const struct frame *f)
{
	enum treatment t = treatment(f->node->v.element.tag);

	if (t == BLOCK_CONTENT || (f->element != NULL && f->element->place != CANONICAL_INLINE))
		w->want_break = true;
	else if (t == CELL_CONTENT)
		w->want_blank = true;
}

/* Into an element.  False if that is deeper than a body may be. */
static bool
enter(struct walk *w, const GumboNode *node)
{
	struct frame *f = &w->frames[w->depth];
	GumboTag tag = node->v.element.tag;

	if (node->v.element.tag_namespace != GUMBO_NAMESPACE_HTML || node->type == GUMBO_NODE_TEMPLATE ||
	    treatment(tag) == DROP)
		return true;
	if (tag == GUMBO_TAG_BR) {
		put_break(w);
		return true;
	}
	if (tag == GUMBO_TAG_HR) {
		put_rule(w);
		return true;
	}
	if (tag == GUMBO_TAG_IMG) {
		put_picture(w, node);
		return true;
	}
	/* frames[0] is the parser's own root element. */
	if (w->depth > LIMIT_BODY_DEPTH)
		return false;
	f->node = node;
	f->next = 0;
	f->element = allowed(node);
	if (f->element != NULL && is_link(f->element) && !has_address(node))
		f->element = NULL;
	w->depth++;
	set_off(w, f);
	return true;
}

static bool
visit(struct walk *w, const GumboNode *node)
{
	switch (node->type) {
	case GUMBO_NODE_ELEMENT:
		return enter(w, node);
	case GUMBO_NODE_TEXT:
	case GUMBO_NODE_WHITESPACE:
		put_text(w, node->v.text.text);
		return true;
	default:
		return true;
	}
}

/* Fills w->out.  False if the body is too deep or the output too long. */
static bool
walk_tree(struct walk *w, const GumboNode *root)
{
	w->frames[0] = (struct frame){ .node = root };
	w->depth = 1;
	while (w->depth > 0 && sb_ok(w->out)) {
		struct frame *f = &w->frames[w->depth - 1];
		const GumboVector *children = &f->node->v.element.children;

		if (f->next < children->length) {
			if (!visit(w, children->data[f->next++]))
				return false;
			continue;
		}
		set_off(w, f);
		w->depth--;
	}
	close_to(w, 0);
	return sb_ok(w->out);
}

bool
rewrite_html(struct span html, struct sb *out)
{
	struct parse parse = { 0 };
	struct walk w = { .out = out };
	bool ok = false;

	if (parse_begin(&parse, html) == 0)
		ok = walk_tree(&w, parse.output->root);
	parse_end(&parse);
	return ok;
}
