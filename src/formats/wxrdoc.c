#include "formats/wxrdoc.h"

#include "util/clock.h"

#include "formats/threads.h"
#include "formats/xmlwrite.h"

#define COMMENT_MAX	(16 * 1024 * 1024)	/* of output: a body of 1 MiB, and what escaping makes of the rest */

/* --- values ------------------------------------------------------------------------- */

int64_t
wxrdoc_created(const struct comment *c)
{
	return c->number[CN_CREATED_AT].said ? c->number[CN_CREATED_AT].v : CLOCK_UNKNOWN;
}

struct text
wxrdoc_date(char *buf, int64_t ms, const char *unknown)
{
	clock_format_sql(buf, ms);
	return (struct text){ *buf != '\0' ? buf : unknown, WXRDOC_DATE_SIZE, true };
}

void
wxrdoc_put_body(struct writing *w, int deep, const char *name, struct text t)
{
	const char *p = t.p, *end = t.p + t.n;
	bool pre = false;

	sb_reset(&w->value);
	for (; p < end; p++) {
		if (*p == '<' && end - p >= 5 && memcmp(p, "<pre>", 5) == 0)
			pre = true;
		else if (*p == '<' && end - p >= 6 && memcmp(p, "</pre>", 6) == 0)
			pre = false;
		sb_char(&w->value, *p == '\n' && !pre ? ' ' : *p);
	}
	xmlwrite_cdata(&w->sb, deep, name, (struct text){ sb_text(&w->value), w->value.n, true });
}

struct text
wxrdoc_title(const struct comment *c)
{
	static const enum comment_text names[] = { CT_PAGE_TITLE, CT_PAGE_URL, CT_PAGE_ID };
	size_t i;

	for (i = 0; i < ARRAY_LEN(names); i++)
		if (c->text[names[i]].n > 0)
			return c->text[names[i]];
	return (struct text){ "Comments without a page", 23, true };
}

/* --- the document --------------------------------------------------------------------- */

static int
flush(struct writing *w, struct err *e)
{
	if (!sb_ok(&w->sb) || !sb_ok(&w->value))
		return err_nomem(e);
	if (output_write(w->out, sb_text(&w->sb), w->sb.n, e) == -1)
		return -1;
	sb_reset(&w->sb);
	return 0;
}

static void
end_item(struct writing *w)
{
	if (w->items == 0)
		return;
	w->dialect->end_item(w);
	sb_str(&w->sb, "\t</item>\n");
}

int
wxrdoc_put(struct writing *w, const struct comment *c, struct err *e)
{
	int64_t created = wxrdoc_created(c);
	uint64_t number, parent;

	if (w->comments == 0)
		w->dialect->begin(w, c);
	if (threads_turn(w->threads, c)) {
		end_item(w);
		w->items++;
		w->earliest = CLOCK_UNKNOWN;
		sb_str(&w->sb, "\t<item>\n");
		w->dialect->begin_item(w, c);
	}
	number = w->dialect->number(c, ++w->comments);
	if (threads_add(w->threads, c, number, &parent, e) == -1)
		return -1;
	if (created != CLOCK_UNKNOWN && (w->earliest == CLOCK_UNKNOWN || created < w->earliest))
		w->earliest = created;
	sb_str(&w->sb, "\t\t<wp:comment>\n");
	w->dialect->put_comment(w, c, number, parent);
	sb_str(&w->sb, "\t\t</wp:comment>\n");
	return flush(w, e);
}

int
wxrdoc_finish(struct writing *w, struct err *e)
{
	if (w->comments == 0)
		w->dialect->begin(w, NULL);
	end_item(w);
	sb_str(&w->sb, "</channel>\n</rss>\n");
	return flush(w, e);
}

void
wxrdoc_close(struct writing *w)
{
	if (w == NULL)
		return;
	threads_free(w->threads);
	sb_free(&w->sb);
	sb_free(&w->value);
	free(w);
}

struct writing *
wxrdoc_open(struct output *out, const struct wxrdoc_dialect *dialect, struct err *e)
{
	struct writing *w = calloc(1, sizeof(*w));

	if (w == NULL) {
		err_nomem(e);
		return NULL;
	}
	w->out = out;
	w->dialect = dialect;
	sb_init(&w->sb, COMMENT_MAX);
	sb_init(&w->value, COMMENT_MAX);
	if ((w->threads = threads_new(e)) != NULL)
		return w;
	free(w);
	return NULL;
}
