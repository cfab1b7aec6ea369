/*
 * Our own CSV (doc/CSV): the vocabulary as titles, for people with spreadsheets.
 *
 * An empty cell without quotes is "not said", an empty one with quotes is "said to be empty", so that a file of ours
 * says exactly what its source said.  A spreadsheet that saves the file again drops such quotes: then empty cells say
 * nothing, which never overwrites what an earlier import stored.
 */
#include "formats/format.h"

#include "util/clock.h"
#include "util/num.h"

#include "formats/csvsrc.h"
#include "formats/vocabulary.h"

#define GUARDED		"=+-@'\t\r"
#define COLUMNS		(VOCABULARY_FIELDS - 1)		/* extra is no table's business */
#define ARENA_CAP	(CSVSRC_ROW_MAX + 64 * 1024)	/* an address as the page's identifier */

/* --- reading ------------------------------------------------------------------------- */

/* The field that a title names, the first time that it comes; COLUMNS if none. */
static size_t
field_of(struct text title, uint32_t *titles)
{
	size_t place = vocabulary_by_name(title.p, title.n);

	if (place >= COLUMNS || *titles >> place & 1)
		return COLUMNS;
	*titles |= UINT32_C(1) << place;
	return place;
}

static int
csv_sniff(const uint8_t *head, size_t n)
{
	struct text title[64];
	char buf[FORMAT_HEAD_SIZE];
	size_t titles_n = csvsrc_sniff(head, n, buf, sizeof(buf), title, ARRAY_LEN(title)), i;
	uint32_t titles = 0;

	for (i = 0; i < titles_n; i++)
		field_of(title[i], &titles);
	/* What is missing beside our names is told when the file is read. */
	if (vocabulary_has(titles, "source") && vocabulary_has(titles, "external_id") && vocabulary_has(titles, "body_html"))
		return 100;
	return vocabulary_enough(titles) ? 90 : 0;
}

struct reader {
	const struct format_options	*options;
	struct csvsrc			*csv;
	struct arena			*arena;		/* of one record */
	uint8_t				 field[CSVSRC_FIELDS_MAX];	/* place in vocabulary[] of each column */
};

static bool
csv_is_empty(const struct reader *r, const uint8_t *head, size_t n)
{
	(void)r;
	return csv_sniff(head, n) > 0 && csvsrc_line_ends(head, n);
}

static void
csv_close(struct reader *r)
{
	if (r == NULL)
		return;
	csvsrc_close(r->csv);
	arena_free(r->arena);
	free(r);
}

static struct reader *
csv_open(struct input *in, const struct format_options *given, struct err *e)
{
	struct reader *r = calloc(1, sizeof(*r));

	if (r == NULL) {
		err_nomem(e);
		return NULL;
	}
	r->options = given;
	if ((r->arena = arena_new(ARENA_CAP)) == NULL)
		err_nomem(e);
	else
		r->csv = csvsrc_open(in, e);
	if (r->csv == NULL) {
		csv_close(r);
		return NULL;
	}
	return r;
}

static int
take_titles(void *ctx, const struct csvsrc_row *row, struct err *e)
{
	struct reader *r = ctx;
	uint32_t titles = 0;
	size_t i;

	for (i = 0; i < row->n; i++)
		r->field[i] = (uint8_t)field_of(row->field[i], &titles);
	if (!vocabulary_enough(titles))
		return err_set(e, ERR_INPUT, "The first row of the file does not have the titles that it needs: source, "
		    "body_html, and page_id or page_url.");
	return 0;
}

static void
read_number(const struct reader *r, struct comment *c, enum comment_number which, struct text t)
{
	struct number *number = &c->number[which];
	bool flag;

	if (which == CN_CREATED_AT) {
		number->said = t.said;
		if (clock_parse(t.p, t.n, &number->v) == -1)
			number->v = CLOCK_UNKNOWN;
		return;
	}
	if (which == CN_VOTES_UP || which == CN_VOTES_DOWN) {
		number->said = num_parse(t.p, INT64_MIN, INT64_MAX, &number->v) == 0;
	} else if ((number->said = vocabulary_flag(t, &flag))) {
		number->v = flag;
	}
	if (t.n > 0 && !number->said)
		vocabulary_note(r->options, c, ISSUE_VALUE_LEFT_OUT);
}

static int
read_row(const struct reader *r, const struct csvsrc_row *row, struct comment *c, struct err *e)
{
	size_t i;

	/* Texts first: reports name the id. */
	for (i = 0; i < row->n; i++)
		if (r->field[i] < COLUMNS && !vocabulary[r->field[i]].is_number)
			c->text[vocabulary[r->field[i]].which] = csvsrc_unguard(row->field[i], GUARDED);
	if (vocabulary_check_source(c, e) == -1)
		return -1;
	for (i = 0; i < row->n; i++)
		if (r->field[i] < COLUMNS && vocabulary[r->field[i]].is_number)
			read_number(r, c, vocabulary[r->field[i]].which, csvsrc_unguard(row->field[i], GUARDED));
	vocabulary_drop_rounded_ids(r->options, c);
	return 0;
}

static enum rd_status
csv_next(struct reader *r, struct comment *c, struct err *e)
{
	struct csvsrc_row row;
	enum rd_status status;

	arena_reset(r->arena);
	if ((status = csvsrc_record(r->csv, take_titles, r, &row, c, e)) != RD_ITEM)
		return status;
	if (read_row(r, &row, c, e) == -1)
		return RD_SKIPPED;
	return vocabulary_page(r->options, c, r->arena, e) == -1 ? csvsrc_fail(r->csv, e) : RD_ITEM;
}

/* --- writing ------------------------------------------------------------------------- */

static void
put_text(struct sb *sb, struct text t)
{
	bool quote = t.n == 0 || memchr(t.p, ',', t.n) != NULL || memchr(t.p, '"', t.n) != NULL ||
	    memchr(t.p, '\r', t.n) != NULL || memchr(t.p, '\n', t.n) != NULL;
	size_t i, from = 0;

	if (quote)
		sb_char(sb, '"');
	if (t.n > 0 && memchr(GUARDED, t.p[0], sizeof(GUARDED) - 1) != NULL)
		sb_char(sb, '\'');
	for (i = 0; i < t.n; i++)
		if (t.p[i] == '"') {
			sb_add(sb, t.p + from, i + 1 - from);
			from = i;
		}
	sb_add(sb, t.p + from, t.n - from);
	if (quote)
		sb_char(sb, '"');
}

static void
put_number(struct sb *sb, enum comment_number which, int64_t v)
{
	char buf[32];

	if (which == CN_CREATED_AT)
		clock_format(buf, v);
	else if (which == CN_VOTES_UP || which == CN_VOTES_DOWN)
		snprintf(buf, sizeof(buf), "%" PRId64, v);
	else
		snprintf(buf, sizeof(buf), "%s", v != 0 ? "true" : "false");
	put_text(sb, (struct text){ .p = buf, .n = strlen(buf) });
}

static struct writing *
csv_begin(struct output *out, struct err *e)
{
	struct writing *w = vocabulary_writing_new(out, e);
	size_t i;

	if (w == NULL)
		return NULL;
	for (i = 0; i < COLUMNS; i++)
		sb_printf(&w->line, "%s%s", i > 0 ? "," : "", vocabulary[i].name);
	sb_str(&w->line, "\r\n");
	if (vocabulary_write_line(w, e) == -1) {
		vocabulary_writing_free(w);
		return NULL;
	}
	return w;
}

static int
csv_put(struct writing *w, const struct comment *c, struct err *e)
{
	size_t i;

	for (i = 0; i < COLUMNS; i++) {
		int which = vocabulary[i].which;

		if (i > 0)
			sb_char(&w->line, ',');
		if (!vocabulary[i].is_number && c->text[which].said)
			put_text(&w->line, c->text[which]);
		else if (vocabulary[i].is_number && c->number[which].said)
			put_number(&w->line, which, c->number[which].v);
	}
	sb_str(&w->line, "\r\n");
	return vocabulary_write_line(w, e);
}

static const struct writer csv_writer = {
	.name = "csv",
	.title = "CSV",
	.extension = "csv",
	.open = csv_begin,
	.put = csv_put,
	.finish = vocabulary_writing_finish,
	.close = vocabulary_writing_free,
};

const struct format csv_format = {
	.name = "csv",
	.source = "trasloco",
	.own_source = true,
	.title = "Trasloco (CSV)",
	.accepts = "a .csv file that Trasloco wrote, or one with the same titles",
	.hash_texts = HASH_TEXTS_ALL,
	.hash_numbers = HASH_NUMBERS_ALL,
	.endless = true,
	.sniff = csv_sniff,
	.open = csv_open,
	.next = csv_next,
	.is_empty = csv_is_empty,
	.close = csv_close,
	.writer = &csv_writer,
};
