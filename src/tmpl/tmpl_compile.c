/* Template text into operations, every placeholder checked against the markup around it. */
#include "tmpl/tmpl_ops.h"

#define DEPTH_MAX	16

struct compiler {
	struct tmpl		*t;
	struct tmpl_context	 context;
	int			 line;
	struct {
		size_t			op;
		struct tmpl_context	context;
	}			 open[DEPTH_MAX];
	size_t			 depth;
	struct err		*e;
};

static int
complain(struct compiler *c, const char *what)
{
	return err_set(c->e, ERR_CONFIG, "template %s, line %d: %s", c->t->name, c->line, what);
}

static int
add_op(struct compiler *c, enum tmpl_op_kind kind, const char *text, size_t n)
{
	struct tmpl *t = c->t;
	struct tmpl_op *grown;

	if (t->n == t->size) {
		size_t size = t->size > 0 ? 2 * t->size : 32;

		if ((grown = realloc(t->ops, size * sizeof(*grown))) == NULL)
			return err_nomem(c->e);
		t->ops = grown;
		t->size = size;
	}
	t->ops[t->n++] = (struct tmpl_op){ .kind = kind, .text = text, .n = n, .line = c->line };
	return 0;
}

static int
literal(struct compiler *c, const char *p, size_t n)
{
	const char *complaint;
	size_t i;

	if (n == 0)
		return 0;
	/* Line by line, so that a complaint names the right one. */
	while (n > 0) {
		const char *lf = memchr(p, '\n', n);
		size_t len = lf != NULL ? (size_t)(lf - p) + 1 : n;

		if (!c->t->plain && (complaint = tmpl_context_feed(&c->context, p, len)) != NULL)
			return complain(c, complaint);
		if (add_op(c, OP_LITERAL, p, len) == -1)
			return -1;
		for (i = 0; i < len; i++)
			c->line += p[i] == '\n';
		p += len;
		n -= len;
	}
	return 0;
}

static int
open_section(struct compiler *c, enum tmpl_op_kind kind, const char *name, size_t n)
{
	if (c->depth == DEPTH_MAX)
		return complain(c, "sections are nested too deeply");
	if (c->context.place != AT_TEXT && c->context.place != AT_TAG && c->context.place != AT_GAP &&
	    (c->context.place != AT_VALUE || c->context.url))
		return complain(c, "a section can not begin here");
	c->open[c->depth].op = c->t->n;
	c->open[c->depth++].context = c->context;
	return add_op(c, kind, name, n);
}

static int
close_section(struct compiler *c, const char *name, size_t n)
{
	struct tmpl_op *op;

	if (c->depth == 0)
		return complain(c, "a section ends that never began");
	op = &c->t->ops[c->open[--c->depth].op];
	if (op->n != n || memcmp(op->text, name, n) != 0)
		return complain(c, "a section ends with another name than it began with");
	if (!tmpl_context_meets(&c->open[c->depth].context, &c->context))
		return complain(c, "a section must begin and end at the same place of the markup");
	op->end = c->t->n;
	return add_op(c, OP_END, name, n);
}

static int
partial(struct compiler *c, const char *name, size_t n)
{
	if (c->context.place != AT_TEXT || c->context.script || c->t->plain)
		return complain(c, "a partial can stand between elements only");
	return add_op(c, n == 4 && memcmp(name, "page", 4) == 0 ? OP_PAGE : OP_PARTIAL, name, n);
}

static int
value(struct compiler *c, const char *name, size_t n)
{
	enum tmpl_op_kind kind;
	const char *complaint = tmpl_context_value(&c->context, &kind);

	return complaint != NULL ? complain(c, complaint) : add_op(c, kind, name, n);
}

static int
translation(struct compiler *c, const char *msgid, size_t n)
{
	enum tmpl_op_kind kind;
	const char *complaint = tmpl_context_value(&c->context, &kind);

	if (complaint != NULL)
		return complain(c, complaint);
	if (kind == OP_URL)
		return complain(c, "an address is not translated");
	return add_op(c, OP_TRANSLATE, msgid, n);
}

static bool
is_identifier(const char *p, size_t n)
{
	return n > 0 && strspn(p, "abcdefghijklmnopqrstuvwxyz0123456789_/") >= n;
}

/* One tag, without its braces.  The bytes become a NUL-terminated text: the second brace of the end makes room. */
static int
tag(struct compiler *c, char *p, size_t n)
{
	char sigil = *p;
	const char *complaint = tmpl_context_settle(&c->context);

	if (complaint != NULL)
		return complain(c, complaint);
	if (sigil == '!')
		return 0;
	if (n > 0 && strchr("#^/>_&{", sigil) != NULL) {
		p++;
		n--;
	} else {
		sigil = '\0';
	}
	for (; n > 0 && (*p == ' ' || *p == '\n' || *p == '\t'); p++)
		n--;
	while (n > 0 && (p[n - 1] == ' ' || p[n - 1] == '\n' || p[n - 1] == '\t'))
		n--;
	p[n] = '\0';
	if (sigil == '_')
		return n > 0 ? translation(c, p, n) : complain(c, "a translation without text");
	if (sigil == '&' || sigil == '{')
		return complain(c, "there is no raw form of a placeholder");
	if (!is_identifier(p, n))
		return complain(c, "a name in braces has letters a-z, digits, _ and / only");
	switch (sigil) {
	case '#': return open_section(c, OP_SECTION, p, n);
	case '^': return open_section(c, OP_INVERTED, p, n);
	case '/': return close_section(c, p, n);
	case '>': return partial(c, p, n);
	default: return value(c, p, n);
	}
}

int
tmpl_compile(struct tmpl *t, size_t n, struct err *e)
{
	struct compiler c = { .t = t, .line = 1, .e = e };
	char *p = t->source, *end = t->source + n;

	if (memchr(p, '\0', n) != NULL)
		return complain(&c, "it holds a zero byte");
	while (p < end) {
		char *open = strstr(p, "{{"), *close;
		int lines = 0;

		if (literal(&c, p, (size_t)((open != NULL ? open : end) - p)) == -1)
			return -1;
		if (open == NULL)
			break;
		if ((close = strstr(open + 2, "}}")) == NULL)
			return complain(&c, "a tag is not closed");
		for (p = open; p < close; p++)
			lines += *p == '\n';
		if (tag(&c, open + 2, (size_t)(close - open - 2)) == -1)
			return -1;
		c.line += lines;
		p = close + 2;
	}
	if (c.depth > 0)
		return complain(&c, "a section is not closed");
	if (c.context.place != AT_TEXT || c.context.script)
		return complain(&c, "the template ends inside a tag or a script element");
	return 0;
}
