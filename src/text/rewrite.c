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

#include "text/attribute.h"
#include "text/parse.h"

#define UNLINKED_MAX	16	/* more are counted as left out without a look */

/* An element that the walk is in. */
struct frame {
	const GumboNode			*node;
	unsigned			 next;		/* child to visit next */
	const struct canonical_element	*element;	/* NULL: leaves only its content */
	bool				 opened;	/* in the output */
};

struct walk {
	struct frame		 frames[LIMIT_BODY_DEPTH + 1];
	size_t			 depth;
	struct frame		*path[LIMIT_BODY_DEPTH + 1];	/* of the output that is being written */
	size_t			 path_n, blocks_n;		/* the first blocks_n are no inline elements */
	const GumboNode		*open[LIMIT_BODY_DEPTH + 1];
	const struct canonical_element *open_elements[LIMIT_BODY_DEPTH + 1];
	size_t			 open_n;
	const GumboNode		*block;		/* the innermost block that something was written into */
	bool			 written;	/* ... and it has text since */
	bool			 want_break, want_blank;	/* before the next text of the same block */
	/* Addresses that no link was written for where they stood. */
	const char		*unlinked[UNLINKED_MAX];
	size_t			 unlinked_n;
	struct sb		*out;
	uint64_t		*issues;
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
		struct frame *f = &w->frames[i];

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
		struct frame *f = &w->frames[i];

		if (f->element == NULL || f->element->place != CANONICAL_INLINE || (is_link(f->element) && in_link))
			continue;
		in_link |= is_link(f->element);
		w->path[w->path_n++] = f;
	}
}

/* Of SVG or MathML. */
static bool
is_foreign(const GumboNode *node)
{
	return node->v.element.tag_namespace != GUMBO_NAMESPACE_HTML;
}

/*
 * Lower case, as gumbo's tag table has it; NULL for unknown elements.  In SVG and MathML too: browsers end these
 * where an element of HTML begins, gumbo in a fragment does not.
 */
static const struct canonical_element *
allowed(const GumboNode *node)
{
	const char *name = gumbo_normalized_tagname(node->v.element.tag);

	/* What HTML calls by two names. */
	if (node->v.element.tag == GUMBO_TAG_STRIKE)
		name = "s";
	return canonical_html_element(name, strlen(name));
}

/* <a ...>; href is an address that attribute_address() takes. */
static void
write_link_start(struct walk *w, const char *href, const char *title)
{
	struct sb sb;

	sb_init(&sb, LIMIT_BODY_BYTES);
	attribute_address(&sb, href);
	sb_str(w->out, "<a href=\"");
	span_escape(w->out, (struct span){ sb_text(&sb), sb.n }, true, w->issues);
	sb_free(&sb);
	if (title != NULL && *title != '\0') {
		sb_str(w->out, "\" title=\"");
		span_escape(w->out, (struct span){ title, strlen(title) }, true, w->issues);
	}
	sb_str(w->out, "\" rel=\"" CANONICAL_HTML_REL "\">");
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
		struct frame *f = w->path[w->open_n];

		if (is_link(f->element)) {
			write_link_start(w, attribute_value(f->node, "href"), attribute_value(f->node, "title"));
		} else {
			sb_char(w->out, '<');
			sb_str(w->out, f->element->name);
			sb_char(w->out, '>');
		}
		f->opened = true;
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


/* Without what s begins with of these characters. */
static struct span
without_start(struct span s, const char *characters)
{
	for (; s.n > 0 && strchr(characters, *s.p) != NULL; s.n--)
		s.p++;
	return s;
}

static void
put_text(struct walk *w, const char *text)
{
	struct span s;
	struct sb sb;

	/* References to control characters are decoded by now. */
	sb_init(&sb, 2 * LIMIT_BODY_BYTES);
	s = span_without_controls((struct span){ text, strlen(text) }, &sb, w->issues);
	inline_path(w);
	if (in_pre(w)) {
		/* No line end may come right behind <pre>. */
		if (!w->written)
			s = without_start(s, "\r\n");
		if (s.n == 0)
			goto free_sb;
	} else if (span_blank(s)) {
		w->want_blank = true;
		goto free_sb;
	} else if (!w->written || w->want_break) {
		s = without_start(s, SPAN_BLANKS);
	}
	begin_inline(w);
	span_escape(w->out, s, false, w->issues);
free_sb:
	w->out->failed |= sb.failed;
	sb_free(&sb);
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

static bool
in_link(const struct walk *w)
{
	size_t i;

	for (i = w->blocks_n; i < w->path_n; i++)
		if (is_link(w->path[i]->element))
			return true;
	return false;
}

/* An address that can be used, without a link to it: is it somewhere else?  look_for_unlinked() will see. */
static void
unlinked(struct walk *w, const char *address)
{
	if (w->unlinked_n < UNLINKED_MAX)
		w->unlinked[w->unlinked_n++] = address;
	else
		*w->issues |= ISSUE_BIT(ISSUE_LINK_LEFT_OUT);
}

/* A link that the parser took apart has pieces with nothing in them; a picture may be in a link to itself. */
static void
look_for_unlinked(struct walk *w)
{
	struct sb sb, escaped;
	uint64_t ignored = 0;

	sb_init(&sb, LIMIT_BODY_BYTES);
	sb_init(&escaped, 6 * LIMIT_BODY_BYTES);
	while (w->unlinked_n > 0) {
		sb_reset(&sb);
		sb_reset(&escaped);
		attribute_address(&sb, w->unlinked[--w->unlinked_n]);
		span_escape(&escaped, (struct span){ sb_text(&sb), sb.n }, true, &ignored);
		if (memmem(sb_text(w->out), w->out->n, sb_text(&escaped), escaped.n) == NULL)
			*w->issues |= ISSUE_BIT(ISSUE_LINK_LEFT_OUT);
	}
	sb_free(&sb);
	sb_free(&escaped);
}

/* In place of something that cannot stay: its words, or else its address, as a link to the address if that can be. */
static void
put_instead(struct walk *w, const char *src, const char *words, enum issue_reason reason)
{
	struct span address_as_text = { "", 0 }, text;
	bool link, usable;
	struct sb sb;

	sb_init(&sb, LIMIT_BODY_BYTES);
	usable = src != NULL && attribute_address(&sb, src) && sb.p[0] == 'h';
	if (usable)
		address_as_text = (struct span){ sb_text(&sb), sb.n };
	else if (src != NULL && attribute_readable(src))
		address_as_text = span_trim((struct span){ src, strlen(src) });
	text = words != NULL ? (struct span){ words, strlen(words) } : address_as_text;
	inline_path(w);
	link = usable && !in_link(w) && w->path_n < LIMIT_BODY_DEPTH;
	if (text.n > 0) {
		begin_inline(w);
		if (link)
			write_link_start(w, src, NULL);
		span_escape(w->out, text, false, w->issues);
		if (link)
			sb_str(w->out, "</a>");
	}
	if (usable)
		*w->issues |= ISSUE_BIT(reason);
	if (src != NULL && strncasecmp(src + strspn(src, SPAN_BLANKS), "data:", 5) == 0)
		*w->issues |= ISSUE_BIT(ISSUE_PICTURE_LEFT_OUT);
	else if (src != NULL && !usable)
		*w->issues |= ISSUE_BIT(ISSUE_LINK_LEFT_OUT);
	else if (src != NULL && !link)
		unlinked(w, src);
	sb_free(&sb);
}

/* --- pictures and what is embedded ------------------------------------------------------- */

static void
put_picture(struct walk *w, const GumboNode *node)
{
	const char *src = attribute_said(node, "src"), *alt = attribute_said(node, "alt");
	const char *title = attribute_said(node, "title");

	if (title != NULL && (alt == NULL || strcmp(title, alt) != 0))
		*w->issues |= ISSUE_BIT(ISSUE_TOOLTIP_LEFT_OUT);
	if (attribute_emoji(node)) {
		put_instead(w, NULL, alt, ISSUE_EMOJI_TEXT);
		*w->issues |= ISSUE_BIT(ISSUE_EMOJI_TEXT);
	} else if (src != NULL || alt != NULL) {
		put_instead(w, src, alt, ISSUE_PICTURE_LINKED);
	}
}

/* What stands in an element whose content is source text. */
static struct span
raw_text(const GumboNode *node)
{
	const GumboVector *children = &node->v.element.children;
	const GumboNode *text = children->length > 0 ? children->data[0] : NULL;

	if (text == NULL || text->type != GUMBO_NODE_TEXT)
		return (struct span){ "", 0 };
	return (struct span){ text->v.text.text, strlen(text->v.text.text) };
}

/*
 * What is embedded in the text.  True if that is done: where there is no usable address, what stands in the element for
 * that case follows.  What stands in an <iframe> is source text.
 */
static bool
put_embed(struct walk *w, const GumboNode *node)
{
	bool frame = node->v.element.tag == GUMBO_TAG_IFRAME, usable;
	const char *src;

	if (!attribute_embed(node, &src, &usable))
		return false;
	if (src != NULL) {
		w->want_break = true;
		put_instead(w, src, NULL, ISSUE_EMBED_LINKED);
		w->want_break = true;
	}
	if (frame && !usable && (!span_blank(raw_text(node)) || attribute_said(node, "srcdoc") != NULL))
		*w->issues |= ISSUE_BIT(ISSUE_HIDDEN_LEFT_OUT);
	return usable || frame;
}

/* Text that a browser shows, as a form has it. */
static void
put_input(struct walk *w, const GumboNode *node)
{
	static const char *const unseen[] = { "hidden", "password", "checkbox", "radio", "file", "color", "range" };
	const char *type = attribute_value(node, "type"), *value = attribute_said(node, "value");
	size_t i;

	for (i = 0; type != NULL && value != NULL && i < ARRAY_LEN(unseen); i++)
		if (strcasecmp(type, unseen[i]) == 0)
			value = NULL;
	if (type != NULL && strcasecmp(type, "image") == 0) {
		put_picture(w, node);
	} else if (value != NULL) {
		w->want_blank = true;
		put_text(w, value);
		w->want_blank = true;
	}
}

/* --- elements ------------------------------------------------------------------------------ */

enum treatment {
	KEEP_CONTENT,	/* and the element, if it is allowed */
	BLOCK_CONTENT,	/* the same, and what stands around it is on lines of its own */
	CELL_CONTENT,	/* a table cell and the like: set off by a blank */
	DROP		/* with its content, which no browser shows */
};

static enum treatment
treatment(GumboTag tag)
{
	switch (tag) {
	case GUMBO_TAG_SCRIPT: case GUMBO_TAG_STYLE: case GUMBO_TAG_TEMPLATE: case GUMBO_TAG_NOFRAMES:
	case GUMBO_TAG_NOEMBED:
		return DROP;
	case GUMBO_TAG_DIV: case GUMBO_TAG_SECTION: case GUMBO_TAG_ARTICLE: case GUMBO_TAG_ASIDE:
	case GUMBO_TAG_HEADER: case GUMBO_TAG_FOOTER: case GUMBO_TAG_NAV: case GUMBO_TAG_MAIN:
	case GUMBO_TAG_ADDRESS: case GUMBO_TAG_FIGURE: case GUMBO_TAG_FIGCAPTION: case GUMBO_TAG_DL:
	case GUMBO_TAG_DT: case GUMBO_TAG_DD: case GUMBO_TAG_TABLE: case GUMBO_TAG_CAPTION: case GUMBO_TAG_TR:
	case GUMBO_TAG_FORM: case GUMBO_TAG_FIELDSET: case GUMBO_TAG_LEGEND: case GUMBO_TAG_CENTER:
	case GUMBO_TAG_DETAILS: case GUMBO_TAG_SUMMARY: case GUMBO_TAG_XMP: case GUMBO_TAG_LISTING:
	case GUMBO_TAG_DIR: case GUMBO_TAG_MENU: case GUMBO_TAG_HGROUP: case GUMBO_TAG_TITLE:
		return BLOCK_CONTENT;
	case GUMBO_TAG_TD: case GUMBO_TAG_TH: case GUMBO_TAG_OPTION: case GUMBO_TAG_OPTGROUP:
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

/* What an element has besides its content, and no place is for. */
static void
look_at_attributes(struct walk *w, const GumboNode *node, const struct canonical_element *element)
{
	bool link = element != NULL && is_link(element);
	const char *href = attribute_said(node, "href");

	if (!link && href != NULL && !(is_foreign(node) && *href == '#'))
		*w->issues |= ISSUE_BIT(ISSUE_LINK_LEFT_OUT);
	if (attribute_said(node, "cite") != NULL || (!link && attribute_said(node, "title") != NULL))
		*w->issues |= ISSUE_BIT(ISSUE_TOOLTIP_LEFT_OUT);
	if (node->v.element.tag == GUMBO_TAG_SVG)
		*w->issues |= ISSUE_BIT(ISSUE_PICTURE_LEFT_OUT);
}

/* Elements that have no content to walk through.  False if this one may have: in SVG and MathML all have. */
static bool
put_leaf(struct walk *w, const GumboNode *node)
{
	if (node->type == GUMBO_NODE_TEMPLATE || treatment(node->v.element.tag) == DROP) {
		*w->issues |= ISSUE_BIT(ISSUE_HIDDEN_LEFT_OUT);
		return true;
	}
	switch (node->v.element.tag) {
	case GUMBO_TAG_BR:
		put_break(w);
		break;
	case GUMBO_TAG_HR:
		put_rule(w);
		break;
	case GUMBO_TAG_IMG:
		put_picture(w, node);
		break;
	case GUMBO_TAG_INPUT:
		put_input(w, node);
		break;
	default:
		if (!put_embed(w, node))
			return false;
	}
	return !is_foreign(node);
}

/* Into an element.  False if that is deeper than a body may be. */
static bool
enter(struct walk *w, const GumboNode *node)
{
	struct frame *f = &w->frames[w->depth];
	const char *href = attribute_value(node, "href");

	if (put_leaf(w, node))
		return true;
	/* frames[0] is the parser's own root element. */
	if (w->depth > LIMIT_BODY_DEPTH)
		return false;
	*f = (struct frame){ .node = node, .element = allowed(node) };
	if (f->element != NULL && f->element->content == CANONICAL_VOID)
		f->element = NULL;
	if (f->element != NULL && is_link(f->element) && (href == NULL || !attribute_usable(href, true)))
		f->element = NULL;
	look_at_attributes(w, node, f->element);
	w->depth++;
	set_off(w, f);
	return true;
}

/* Out of the innermost element. */
static void
leave(struct walk *w)
{
	const struct frame *f = &w->frames[w->depth - 1];

	if (f->element != NULL && is_link(f->element) && !f->opened)
		unlinked(w, attribute_value(f->node, "href"));
	set_off(w, f);
	w->depth--;
}

static bool
visit(struct walk *w, const GumboNode *node)
{
	switch (node->type) {
	case GUMBO_NODE_ELEMENT:
	case GUMBO_NODE_TEMPLATE:
		return enter(w, node);
	case GUMBO_NODE_TEXT:
	case GUMBO_NODE_WHITESPACE:
	case GUMBO_NODE_CDATA:
		put_text(w, node->v.text.text);
		return true;
	case GUMBO_NODE_COMMENT:
		*w->issues |= ISSUE_BIT(ISSUE_HIDDEN_LEFT_OUT);
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
		leave(w);
	}
	close_to(w, 0);
	look_for_unlinked(w);
	return sb_ok(w->out);
}

bool
rewrite_html(struct span html, struct sb *out, uint64_t *issues)
{
	struct parse parse = { 0 };
	struct walk w = { .out = out, .issues = issues };
	bool ok = false;

	if (parse_begin(&parse, html) == 0)
		ok = walk_tree(&w, parse.output->root);
	parse_end(&parse);
	return ok;
}
