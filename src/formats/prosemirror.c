/*
 * One walk with a stack of its own, so that the nesting of a document costs no stack of ours.  Names of nodes and marks
 * are compared without `_` and case: editors write both hard_break and hardBreak.
 */
#include <json-c/json.h>

#include "formats/prosemirror.h"

#include "util/esc.h"

#define NESTING_MAX	50	/* of elements; half of what a body may have (LIMIT_BODY_DEPTH) */
#define MARKS_MAX	16	/* of one text */

enum shape {
	BLOCK,		/* an element around what is in it */
	CODE,		/* pre and code */
	BREAK,		/* an element without content */
	TEXT,
	PICTURE,	/* with an address in its attributes */
	LINK,
	MENTION		/* with a name in its attributes */
};

static const struct node {
	const char	*type;
	enum shape	 shape;
	const char	*tag;
} nodes[] = {
	{ "paragraph", BLOCK, "p" },
	{ "blockquote", BLOCK, "blockquote" },
	{ "bulletlist", BLOCK, "ul" },
	{ "orderedlist", BLOCK, "ol" },
	{ "listitem", BLOCK, "li" },
	{ "heading", BLOCK, "h3" },
	{ "codeblock", CODE, NULL },
	{ "hardbreak", BREAK, "br" },
	{ "horizontalrule", BREAK, "hr" },
	{ "text", TEXT, NULL },
	{ "image", PICTURE, NULL },
	{ "gif", PICTURE, NULL },
	{ "embed", LINK, NULL },
	{ "mention", MENTION, NULL },
};

static const struct {
	const char	*type, *tag;
} marks[] = {
	{ "em", "em" }, { "italic", "em" }, { "strong", "strong" }, { "bold", "strong" }, { "code", "code" },
	{ "strike", "s" }, { "strikethrough", "s" }, { "underline", "u" }, { "link", "a" },
};

/* An element that is open: its content, how far it is done, and what closes it. */
struct frame {
	struct json_object	*content;
	size_t			 next;
	const struct node	*node;		/* NULL: nothing to close */
};

struct walk {
	struct sb	*out;
	struct frame	*frames;
	size_t		 n, size;
	unsigned	 nesting;	/* elements that are open */
	bool		 unknown;	/* a node was met that is not known, or not all of it */
};

static struct json_object *
member(struct json_object *object, const char *name)
{
	struct json_object *value = NULL;

	if (json_object_is_type(object, json_type_object))
		json_object_object_get_ex(object, name, &value);
	return value;
}

/* A member that is text; "" if there is none. */
static const char *
string(struct json_object *object, const char *name, size_t *n)
{
	struct json_object *value = member(object, name);

	*n = 0;
	if (!json_object_is_type(value, json_type_string))
		return "";
	*n = (size_t)json_object_get_string_len(value);
	return json_object_get_string(value);
}

/* The first of two members that is a text with something in it. */
static const char *
either(struct json_object *object, const char *one, const char *two, size_t *n)
{
	const char *s = string(object, one, n);

	return *n > 0 ? s : string(object, two, n);
}

static bool
is_type(const char *type, const char *known)
{
	for (; *type != '\0' && *known != '\0'; type++) {
		if (*type == '_' || *type == '-')
			continue;
		if ((*type | 0x20) != *known++)
			return false;
	}
	return *type == '\0' && *known == '\0';
}

static const struct node *
node_of(struct json_object *object)
{
	size_t i, n;
	const char *type = string(object, "type", &n);

	for (i = 0; i < ARRAY_LEN(nodes); i++)
		if (is_type(type, nodes[i].type))
			return &nodes[i];
	return NULL;
}

/* --- leaves --------------------------------------------------------------------------------- */

static void
attribute(struct sb *out, const char *name, const char *value, size_t n)
{
	if (n == 0)
		return;
	sb_printf(out, " %s=\"", name);
	esc_html(out, value, n);
	sb_char(out, '"');
}

static void
link_begin(struct sb *out, struct json_object *attrs)
{
	const char *value;
	size_t n;

	sb_str(out, "<a");
	value = either(attrs, "href", "url", &n);
	attribute(out, "href", value, n);
	value = string(attrs, "title", &n);
	attribute(out, "title", value, n);
	sb_char(out, '>');
}

/* The tag of a mark; NULL if it is none that is known. */
static const char *
mark_tag(struct json_object *mark)
{
	size_t i, n;
	const char *type = string(mark, "type", &n);

	for (i = 0; i < ARRAY_LEN(marks); i++)
		if (is_type(type, marks[i].type))
			return marks[i].tag;
	return NULL;
}

static void
text(struct sb *out, struct json_object *node)
{
	struct json_object *list = member(node, "marks");
	size_t n, i, count = json_object_is_type(list, json_type_array) ? json_object_array_length(list) : 0;
	const char *tag, *s;

	count = MIN(count, (size_t)MARKS_MAX);
	for (i = 0; i < count; i++) {
		struct json_object *mark = json_object_array_get_idx(list, i);

		if ((tag = mark_tag(mark)) == NULL)
			continue;
		if (strcmp(tag, "a") == 0)
			link_begin(out, member(mark, "attrs"));
		else
			sb_printf(out, "<%s>", tag);
	}
	s = string(node, "text", &n);
	esc_html(out, s, n);
	while (count-- > 0)
		if ((tag = mark_tag(json_object_array_get_idx(list, count))) != NULL)
			sb_printf(out, "</%s>", tag);
}

static void
picture(struct sb *out, struct json_object *attrs)
{
	const char *value;
	size_t n;

	sb_str(out, "<img");
	value = either(attrs, "src", "url", &n);
	attribute(out, "src", value, n);
	value = string(attrs, "alt", &n);
	attribute(out, "alt", value, n);
	value = string(attrs, "title", &n);
	attribute(out, "title", value, n);
	sb_char(out, '>');
}

static void
embed(struct sb *out, struct json_object *attrs)
{
	const char *url;
	size_t n;

	url = either(attrs, "url", "src", &n);
	if (n == 0)
		return;
	sb_str(out, "<p><embed");
	attribute(out, "src", url, n);
	sb_str(out, "></p>");
}

static void
mention(struct walk *w, struct json_object *attrs)
{
	const char *name;
	size_t n;

	name = either(attrs, "label", "name", &n);
	if (n == 0)
		name = either(attrs, "username", "id", &n);
	w->unknown |= n == 0;
	if (n == 0)
		return;
	sb_str(w->out, *name == '@' ? "" : "@");
	esc_html(w->out, name, n);
}

/*
 * A node that nobody has told us of, perhaps with words and an address among its attributes; or a text in place of a
 * node.
 */
static void
unknown(struct walk *w, struct json_object *object)
{
	static const char *const names[] = { "text", "label", "name", "alt", "title", "caption" };
	struct json_object *attrs = member(object, "attrs");
	const char *address, *words = "";
	size_t i, n, words_n = 0;

	if (json_object_is_type(object, json_type_string)) {
		words = json_object_get_string(object);
		words_n = (size_t)json_object_get_string_len(object);
	}
	for (i = 0; words_n == 0 && i < ARRAY_LEN(names); i++)
		words = string(attrs, names[i], &words_n);
	address = either(attrs, "src", "url", &n);
	if (n == 0)
		address = string(attrs, "href", &n);
	w->unknown |= n > 0 || words_n > 0 || !json_object_is_type(member(object, "content"), json_type_array);
	if (n > 0) {
		sb_str(w->out, " <a");
		attribute(w->out, "href", address, n);
		sb_char(w->out, '>');
	}
	esc_html(w->out, words_n > 0 ? words : address, words_n > 0 ? words_n : n);
	sb_str(w->out, n > 0 ? "</a> " : "");
}

static void
leaf(struct walk *w, const struct node *node, struct json_object *object)
{
	struct json_object *attrs = member(object, "attrs");
	struct sb *out = w->out;

	switch (node->shape) {
	case TEXT:
		text(out, object);
		break;
	case BREAK:
		sb_printf(out, "<%s>", node->tag);
		break;
	case PICTURE:
		picture(out, attrs);
		break;
	case LINK:
		embed(out, attrs);
		break;
	case MENTION:
		mention(w, attrs);
		break;
	case BLOCK:
	case CODE:
		break;
	}
}

/* --- the walk --------------------------------------------------------------------------------- */

static void
open_tag(struct walk *w, const struct node *node)
{
	w->nesting++;
	if (node->shape == CODE)
		sb_str(w->out, "<pre><code>");
	else
		sb_printf(w->out, "<%s>", node->tag);
}

static void
close_tag(struct walk *w, const struct node *node)
{
	if (node == NULL)
		return;
	w->nesting--;
	if (node->shape == CODE)
		sb_str(w->out, "</code></pre>");
	else
		sb_printf(w->out, "</%s>", node->tag);
}

/* False when out of memory. */
static bool
push(struct walk *w, struct json_object *content, const struct node *node)
{
	if (w->n == w->size) {
		size_t size = MAX(w->size * 2, 32u);
		struct frame *p = reallocarray(w->frames, size, sizeof(*p));

		if (p == NULL)
			return false;
		w->frames = p;
		w->size = size;
	}
	w->frames[w->n++] = (struct frame){ .content = content, .node = node };
	return true;
}

bool
prosemirror_is(struct json_object *object)
{
	size_t n;

	return strcmp(string(object, "type", &n), "doc") == 0;
}

static bool
visit(struct walk *w, struct json_object *object)
{
	const struct node *node = node_of(object);
	struct json_object *content = member(object, "content");
	bool is_block = node != NULL && (node->shape == BLOCK || node->shape == CODE);

	if (node == NULL && !prosemirror_is(object))
		unknown(w, object);
	else if (node != NULL && !is_block)
		leaf(w, node, object);
	if (is_block && w->nesting >= NESTING_MAX)
		node = NULL;
	if (is_block && node != NULL)
		open_tag(w, node);
	if (json_object_is_type(content, json_type_array))
		return push(w, content, is_block ? node : NULL);
	if (is_block)
		close_tag(w, node);
	return true;
}

bool
prosemirror_looks_like(const char *s, size_t n)
{
	while (n > 0 && (*s == ' ' || *s == '\t' || *s == '\r' || *s == '\n')) {
		s++;
		n--;
	}
	return n > 0 && *s == '{' && memmem(s, n, "\"type\"", 6) != NULL && memmem(s, n, "\"doc\"", 5) != NULL;
}

void
prosemirror_render(struct json_object *document, struct sb *out, bool *unknown)
{
	struct walk w = { .out = out };
	bool ok = visit(&w, document);

	while (ok && w.n > 0) {
		struct frame *top = &w.frames[w.n - 1];

		if (top->next < json_object_array_length(top->content)) {
			ok = visit(&w, json_object_array_get_idx(top->content, top->next++));
		} else {
			close_tag(&w, top->node);
			w.n--;
		}
	}
	if (!ok)
		out->failed = true;
	*unknown = w.unknown;
	free(w.frames);
}
