/* A set of templates: loading, linking, rendering. */
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "util/esc.h"

#include "tmpl/tmpl_ops.h"

#define DEPTH_MAX	16			/* partials inside each other, and rows inside rows */
#define FILE_MAX	(256 * 1024)
#define SUFFIX		".html"
#define PLAIN_SUFFIX	".txt"

struct templates {
	struct tmpl *first;
};

/* --- loading --------------------------------------------------------------------- */

struct templates *
templates_new(void)
{
	return calloc(1, sizeof(struct templates));
}

void
templates_free(struct templates *set)
{
	struct tmpl *t;

	if (set == NULL)
		return;
	while ((t = set->first) != NULL) {
		set->first = t->next;
		free(t->ops);
		free(t->source);
		free(t->name);
		free(t);
	}
	free(set);
}

static const struct tmpl *
find(const struct templates *set, const char *name)
{
	const struct tmpl *t;

	for (t = set->first; t != NULL; t = t->next)
		if (strcmp(t->name, name) == 0)
			return t;
	return NULL;
}

static bool
has_suffix(const char *name, const char *suffix)
{
	size_t n = strlen(name), m = strlen(suffix);

	return n > m && strcmp(name + n - m, suffix) == 0;
}

int
templates_add(struct templates *set, const char *name, const char *text, size_t n, struct err *e)
{
	struct tmpl *t = calloc(1, sizeof(*t));

	if (t == NULL)
		return err_nomem(e);
	t->next = set->first;
	set->first = t;
	t->plain = has_suffix(name, PLAIN_SUFFIX);
	if ((t->name = strdup(name)) == NULL || (t->source = malloc(n + 1)) == NULL)
		return err_nomem(e);
	memcpy(t->source, text, n);
	t->source[n] = '\0';
	return tmpl_compile(t, n, e);
}

static int
load_file(struct templates *set, const char *path, const char *name, struct err *e)
{
	char *text = NULL;
	FILE *f;
	size_t n;
	int result = -1;

	if ((f = fopen(path, "re")) == NULL)
		return err_set(e, ERR_CONFIG, "cannot open the template %s: %s", path, strerror(errno));
	if ((text = malloc(FILE_MAX)) == NULL) {
		err_nomem(e);
		goto close_file;
	}
	n = fread(text, 1, FILE_MAX, f);
	if (ferror(f) || n == FILE_MAX)
		err_set(e, ERR_CONFIG, "cannot read the template %s, or it is over %d bytes long", path, FILE_MAX);
	else
		result = templates_add(set, name, text, n, e);
	free(text);
close_file:
	fclose(f);
	return result;
}

/* Everything in root/below; below is "" or "partials/". */
static int
load_directory(struct templates *set, const char *root, const char *below, int depth, struct err *e)
{
	char path[2048], name[512];
	struct dirent *entry;
	struct stat st;
	int result = 0;
	DIR *dir;

	snprintf(path, sizeof(path), "%s/%s", root, below);
	if ((dir = opendir(path)) == NULL)
		return err_set(e, ERR_CONFIG, "cannot open the template directory %s: %s", path, strerror(errno));
	while (result == 0 && (entry = readdir(dir)) != NULL) {
		const char *file = entry->d_name;

		if (file[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s/%s%s", root, below, file);
		if (stat(path, &st) == -1) {
			result = err_set(e, ERR_CONFIG, "cannot look at %s: %s", path, strerror(errno));
		} else if (S_ISDIR(st.st_mode) && depth > 0) {
			snprintf(name, sizeof(name), "%s%s/", below, file);
			result = load_directory(set, root, name, depth - 1, e);
		} else if (S_ISREG(st.st_mode) && (has_suffix(file, SUFFIX) || has_suffix(file, PLAIN_SUFFIX))) {
			snprintf(name, sizeof(name), "%s%.*s", below,
			    (int)(strlen(file) - (has_suffix(file, SUFFIX) ? strlen(SUFFIX) : 0)), file);
			result = load_file(set, path, name, e);
		}
	}
	closedir(dir);
	return result;
}

struct templates *
templates_load(const char *dir, struct err *e)
{
	struct templates *set = templates_new();

	if (set == NULL) {
		err_nomem(e);
		return NULL;
	}
	if (load_directory(set, dir, "", 2, e) == -1 || templates_link(set, e) == -1) {
		templates_free(set);
		return NULL;
	}
	return set;
}

/* A template that includes itself, directly or not, would never end. */
static int
check_depth(const struct tmpl *t, int depth, struct err *e)
{
	size_t i;

	if (depth > DEPTH_MAX)
		return err_set(e, ERR_CONFIG, "template %s: partials include each other without end", t->name);
	for (i = 0; i < t->n; i++)
		if (t->ops[i].kind == OP_PARTIAL && check_depth(t->ops[i].partial, depth + 1, e) == -1)
			return -1;
	return 0;
}

int
templates_link(struct templates *set, struct err *e)
{
	struct tmpl *t;
	size_t i;

	for (t = set->first; t != NULL; t = t->next)
		for (i = 0; i < t->n; i++)
			if (t->ops[i].kind == OP_PARTIAL && (t->ops[i].partial = find(set, t->ops[i].text)) == NULL)
				return err_set(e, ERR_CONFIG, "template %s, line %d: there is no template %s",
				    t->name, t->ops[i].line, t->ops[i].text);
	for (t = set->first; t != NULL; t = t->next)
		if (check_depth(t, 0, e) == -1)
			return -1;
	return 0;
}

/* --- rendering --------------------------------------------------------------------- */

struct renderer {
	const struct tmpl	*page;
	const char		*(*translate)(const char *);
	const struct tmpl_data	*stack[DEPTH_MAX];
	size_t			 depth;
	struct sb		*out;
	struct err		*e;
};

static const struct tmpl_value *
look_up(const struct renderer *r, const char *name, size_t n)
{
	const struct tmpl_value *v = NULL;
	size_t i;

	for (i = r->depth; i > 0 && v == NULL; i--)
		v = tmpl_data_find(r->stack[i - 1], name, n);
	return v;
}

static int
wrong(const struct renderer *r, const struct tmpl *t, const struct tmpl_op *op, const char *what)
{
	return err_set(r->e, ERR_BUG, "template %s, line %d: %.60s %s", t->name, op->line, op->text, what);
}

/* Bytes of a value, escaped for where they stand. */
static void
put(struct renderer *r, const struct tmpl *t, const char *p, size_t n)
{
	if (t->plain)
		esc_line(r->out, p, n);
	else
		esc_html(r->out, p, n);
}

static int
render_value(struct renderer *r, const struct tmpl *t, const struct tmpl_op *op)
{
	const struct tmpl_value *v = look_up(r, op->text, op->n);

	if (v == NULL)
		return wrong(r, t, op, "is not set");
	if (op->kind == OP_URL && v->type != TV_URL)
		return wrong(r, t, op, "is no address");
	if (op->kind == OP_VALUE && v->type == TV_HTML && !t->plain) {
		sb_add(r->out, v->html.p, v->html.n);
		return 0;
	}
	if (v->text == NULL)
		return wrong(r, t, op, "is no text");
	put(r, t, v->text, strlen(v->text));
	return 0;
}

/* The translated text, each {name} in it replaced. */
static int
render_translation(struct renderer *r, const struct tmpl *t, const struct tmpl_op *op)
{
	const char *p = r->translate != NULL ? r->translate(op->text) : op->text, *open, *close;

	while ((open = strchr(p, '{')) != NULL && (close = strchr(open, '}')) != NULL) {
		const struct tmpl_value *v = look_up(r, open + 1, (size_t)(close - open - 1));

		if (v == NULL || v->text == NULL)
			return wrong(r, t, op, "names a value that is not set");
		put(r, t, p, (size_t)(open - p));
		put(r, t, v->text, strlen(v->text));
		p = close + 1;
	}
	put(r, t, p, strlen(p));
	return 0;
}

static int render_ops(struct renderer *, const struct tmpl *, size_t from, size_t to);

static int
render_section(struct renderer *r, const struct tmpl *t, size_t at)
{
	const struct tmpl_op *op = &t->ops[at];
	const struct tmpl_value *v = look_up(r, op->text, op->n);
	const struct tmpl_data *row;
	int result = 0;

	if (tmpl_value_true(v) != (op->kind == OP_SECTION))
		return 0;
	if (op->kind == OP_INVERTED || v->type != TV_LIST)
		return render_ops(r, t, at + 1, op->end);
	if (r->depth == DEPTH_MAX)
		return wrong(r, t, op, "is nested too deeply");
	r->depth++;
	for (row = v->rows; row != NULL && result == 0; row = tmpl_data_next(row)) {
		r->stack[r->depth - 1] = row;
		result = render_ops(r, t, at + 1, op->end);
	}
	r->depth--;
	return result;
}

static int
render_page(struct renderer *r, const struct tmpl *t, const struct tmpl_op *op)
{
	const struct tmpl *page = r->page;

	/* Also ends a page that includes itself by way of a partial. */
	if (page == NULL)
		return wrong(r, t, op, "can stand in the layout only, once");
	r->page = NULL;
	return render_ops(r, page, 0, page->n);
}

/* The operations from..to-1. */
static int
render_ops(struct renderer *r, const struct tmpl *t, size_t from, size_t to)
{
	int result = 0;
	size_t i;

	for (i = from; i < to && result == 0; i++) {
		const struct tmpl_op *op = &t->ops[i];

		switch (op->kind) {
		case OP_LITERAL:
			sb_add(r->out, op->text, op->n);
			break;
		case OP_VALUE:
		case OP_ATTRIBUTE:
		case OP_URL:
			result = render_value(r, t, op);
			break;
		case OP_TRANSLATE:
			result = render_translation(r, t, op);
			break;
		case OP_SECTION:
		case OP_INVERTED:
			result = render_section(r, t, i);
			i = op->end;
			break;
		case OP_PARTIAL:
			result = render_ops(r, op->partial, 0, op->partial->n);
			break;
		case OP_PAGE:
			result = render_page(r, t, op);
			break;
		case OP_END:
			break;
		}
	}
	return result;
}

int
tmpl_render(const struct templates *set, const char *layout, const char *page, const struct tmpl_data *data,
    const char *(*translate)(const char *), struct sb *out, struct err *e)
{
	struct renderer r = { .page = find(set, page), .translate = translate, .stack = { data }, .depth = 1,
	    .out = out, .e = e };
	const struct tmpl *outer = layout != NULL ? find(set, layout) : r.page;

	if (tmpl_data_failed(data))
		return err_nomem(e);
	if (r.page == NULL || outer == NULL)
		return err_set(e, ERR_BUG, "there is no template %s", r.page == NULL ? page : layout);
	if (outer->plain != r.page->plain)
		return err_set(e, ERR_BUG, "the template %s does not fit into %s", page, layout);
	if (outer == r.page)
		r.page = NULL;
	if (render_ops(&r, outer, 0, outer->n) == -1)
		return -1;
	return sb_ok(out) ? 0 : err_nomem(e);
}
