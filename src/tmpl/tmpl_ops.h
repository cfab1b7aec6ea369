/* What the four tmpl files share: compiled templates, values, and the place in the markup. */
#ifndef TMPL_TMPL_OPS_H
#define TMPL_TMPL_OPS_H

#include "tmpl/tmpl.h"

enum tmpl_op_kind {
	OP_LITERAL,	/* text as it is */
	OP_VALUE,	/* {{x}} in text: escaped, or a struct safe_html */
	OP_ATTRIBUTE,	/* {{x}} in an attribute: escaped */
	OP_URL,		/* {{x}} as href, src, action */
	OP_TRANSLATE,
	OP_SECTION,
	OP_INVERTED,
	OP_END,
	OP_PARTIAL,
	OP_PAGE
};

struct tmpl_op {
	enum tmpl_op_kind	 kind;
	const char		*text;		/* a literal's bytes, else a NUL-terminated name or msgid */
	size_t			 n;
	size_t			 end;		/* of a section: the index of its OP_END */
	const struct tmpl	*partial;	/* set by templates_link */
	int			 line;
};

struct tmpl {
	struct tmpl	*next;
	char		*name;
	char		*source;		/* owned; ops point into it */
	struct tmpl_op	*ops;
	size_t		 n, size;
	bool		 plain;			/* text, no markup */
};

/* Compiles t->source (n bytes) into t->ops.  ERR_CONFIG with name and line. */
int tmpl_compile(struct tmpl *, size_t n, struct err *) MUST_CHECK;

/* --- tmpl_context.c: where in the markup are we? --- */

enum tmpl_place {
	AT_TEXT,
	AT_TAG_OPEN,		/* behind < */
	AT_TAG_NAME,
	AT_TAG,			/* behind a blank in a tag: an attribute may begin */
	AT_GAP,			/* behind an attribute: a blank or the tag's end must come */
	AT_ATTRIBUTE,		/* in its name */
	AT_EQUALS,		/* behind = */
	AT_VALUE,		/* between its double quotes */
	AT_DOCTYPE
};

struct tmpl_context {
	enum tmpl_place	 place;
	bool		 closing;		/* the tag is an end tag */
	bool		 script;		/* inside a script element */
	bool		 has_src;		/* the tag has a src attribute */
	bool		 url;			/* the attribute holds an address */
	bool		 alone;			/* a placeholder fills the address: nothing else may */
	size_t		 value_len;
	char		 element[24], attribute[24];
	size_t		 element_len, attribute_len;
};

/* Follows n bytes of markup.  NULL, or what is wrong with them (static text). */
const char *tmpl_context_feed(struct tmpl_context *, const char *, size_t n);

/* A tag of ours stands here: ends an attribute name that stands in front of it.  NULL or a complaint. */
const char *tmpl_context_settle(struct tmpl_context *);

/* May a value stand here, and as which op?  NULL or a complaint. */
const char *tmpl_context_value(struct tmpl_context *, enum tmpl_op_kind *);

/* True if a section that began at a may end at b; b is then where both ways meet. */
bool tmpl_context_meets(const struct tmpl_context *a, const struct tmpl_context *b);

/* --- tmpl_data.c --- */

enum tmpl_type { TV_TEXT, TV_NUMBER, TV_FLAG, TV_URL, TV_HTML, TV_LIST };

struct tmpl_value {
	struct tmpl_value	*next;
	const char		*name;
	enum tmpl_type		 type;
	int64_t			 number;	/* also a flag */
	const char		*text;		/* also of a number and a URL */
	struct safe_html	 html;
	struct tmpl_data	*rows, *last_row;
};

const struct tmpl_value *tmpl_data_find(const struct tmpl_data *, const char *name, size_t n);
const struct tmpl_data *tmpl_data_next(const struct tmpl_data *row);
bool tmpl_data_failed(const struct tmpl_data *);
bool tmpl_value_true(const struct tmpl_value *);	/* NULL: false */

#endif
