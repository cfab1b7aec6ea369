/* A format's records as text, for golden tests. */
#ifndef TESTS_DUMP_H
#define TESTS_DUMP_H

#include "util/clock.h"
#include "util/esc.h"
#include "util/sb.h"

#include "formats/unpack.h"
#include "jobs/refine.h"

static const char *const dump_text_names[CT__MAX] = {
	"source_site", "external_id", "parent_external_id", "page_id", "page_url", "page_title", "author_name",
	"author_email", "author_url", "author_avatar", "author_external_id", "author_ip", "body_html", "source", "extra",
	"comment_id",
};

static const char *const dump_number_names[CN__MAX] = {
	"created_at", "is_approved", "is_spam", "is_deleted", "votes_up", "votes_down",
};

static inline void
dump_note(void *ctx, enum issue_reason reason, const char *external_id, uint64_t line)
{
	sb_printf(ctx, "note %s %s line %" PRIu64 "\n", issue_kinds[reason].name, external_id != NULL ? external_id : "-", line);
}

static inline void
dump_comment(struct sb *sb, const struct comment *c)
{
	char time[CLOCK_TEXT_SIZE];
	int i;

	sb_printf(sb, "record %" PRIu64 " line %" PRIu64 "\n", c->ordinal, c->line);
	for (i = 0; i < CT__MAX; i++) {
		if (!c->text[i].said)
			continue;
		sb_printf(sb, "\t%s \"", dump_text_names[i]);
		esc_json(sb, c->text[i].p, c->text[i].n);
		sb_str(sb, "\"\n");
	}
	for (i = 0; i < CN__MAX; i++) {
		if (!c->number[i].said)
			continue;
		clock_format(time, c->number[i].v);
		if (i == CN_CREATED_AT)
			sb_printf(sb, "\t%s %s\n", dump_number_names[i], *time != '\0' ? time : "unknown");
		else
			sb_printf(sb, "\t%s %" PRId64 "\n", dump_number_names[i], c->number[i].v);
	}
}

/* What is read, and how. */
struct dump_job {
	const struct format	*format;
	const char *const	*pairs;		/* may be NULL */
	const void		*p;
	size_t			 n;
	const void		*second;	/* the second file; NULL: none */
	size_t			 second_n;
	size_t			 most;		/* bytes that the input gives at once; 0: any number */
	int64_t			 now_ms;
	bool			 notes;
};

/* Gives at most so many bytes at a time: the second file, and the file. */
struct dump_input {
	struct input		 in;
	const struct dump_job	*job;
	struct input_mem	 second, mem;
};

static inline ssize_t
dump_read(struct input *in, void *buf, size_t n, struct err *e)
{
	struct dump_input *d = (struct dump_input *)in;

	return input_read(d->second.n > 0 ? &d->second.in : &d->mem.in, buf, d->job->most > 0 && d->job->most < n ? d->job->most : n, e);
}

static inline int
dump_rewind(void *ctx, struct err *e)
{
	struct dump_input *d = ctx;

	(void)e;
	input_mem_init(&d->second, d->job->second, d->job->second_n);
	input_mem_init(&d->mem, d->job->p, d->job->n);
	return 0;
}

static inline void
dump_skipped(struct sb *sb, const struct comment *c, const struct err *e)
{
	const struct text *id = &c->text[CT_EXTERNAL_ID];

	sb_printf(sb, "skipped %s %.*s line %" PRIu64 "%s%s\n", issue_kinds[c->skipped].name, id->said ? (int)id->n : 1,
	    id->said ? id->p : "-", c->line, e->kind != ERR_NONE ? ": " : "", e->kind != ERR_NONE ? e->msg : "");
}

/* Everything in one document. */
static inline enum rd_status
dump_document(const struct dump_job *job, struct unpack *u, const struct format_options *options, struct arena *arena,
    struct sb *sb, uint64_t *count, struct err *e)
{
	struct reader *r = job->format->open(unpack_input(u), options, e);
	enum rd_status status = RD_FATAL;
	struct comment c;

	while (r != NULL) {
		memset(&c, 0, sizeof(c));
		c.skipped = ISSUE_BAD_RECORD;
		*e = (struct err){ 0 };
		status = job->format->next(r, &c, e);
		if (status == RD_EOF || status == RD_FATAL)
			break;
		if (status == RD_AGAIN) {
			sb_str(sb, "again\n");
			assert_int_equal(unpack_again(u, e), 0);
			continue;
		}
		if (status == RD_SKIPPED) {
			c.line += unpack_lines(u);
			dump_skipped(sb, &c, e);
			continue;
		}
		arena_reset(arena);
		if (refine_comment(job->format, options, &c, arena, job->now_ms, e) == -1) {
			status = RD_FATAL;
			break;
		}
		c.line += unpack_lines(u);
		dump_comment(sb, &c);
		if (count != NULL)
			++*count;
	}
	job->format->close(r);
	return status;
}

/*
 * Everything that the format finds, refined, appended to sb: records, reports (if notes), how it ended.
 * Returns how it ended: RD_EOF or RD_FATAL.  count, if not NULL: the records.
 */
static inline enum rd_status
dump_run(const struct dump_job *job, struct sb *sb, uint64_t *count)
{
	const struct streams_limits limits = { .max_unpacked = UINT64_MAX };
	struct dump_input input = { .in = { dump_read }, .job = job };
	struct format_options options = { .pairs = job->pairs, .note = job->notes ? dump_note : NULL, .ctx = sb };
	struct arena *arena = arena_new(16 * 1024 * 1024);
	struct err e = { 0 };
	enum rd_status status = RD_EOF;
	struct unpack *u;
	int more = 1;

	dump_rewind(&input, &e);
	u = unpack_open(&input.in, job->format, &limits, &options, dump_rewind, &input, &e);
	if (job->second != NULL)
		assert_int_equal(unpack_second(u, job->second_n, &e), 0);
	while (status == RD_EOF && (more = unpack_next(u, &e)) == 1)
		status = dump_document(job, u, &options, arena, sb, count, &e);
	if (status == RD_EOF && more == 0)
		sb_str(sb, "end\n");
	else
		sb_printf(sb, "%s: %s\n", err_kind_name(e.kind), e.msg);
	unpack_close(u);
	arena_free(arena);
	return more == -1 ? RD_FATAL : status;
}

/* The same of one file. */
static inline enum rd_status
dump_all(const struct format *format, const char *const *pairs, const void *p, size_t n, int64_t now_ms, struct sb *sb,
    bool notes, uint64_t *count)
{
	struct dump_job job = { .format = format, .pairs = pairs, .p = p, .n = n, .now_ms = now_ms, .notes = notes };

	return dump_run(&job, sb, count);
}

#endif
