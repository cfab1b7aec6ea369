/* A format's records as text, for golden tests. */
#ifndef TESTS_DUMP_H
#define TESTS_DUMP_H

#include "util/clock.h"
#include "util/esc.h"
#include "util/sb.h"

#include "formats/format.h"
#include "jobs/refine.h"

static const char *const dump_text_names[CT__MAX] = {
	"source_site", "external_id", "parent_external_id", "page_id", "page_url", "page_title", "author_name",
	"author_email", "author_url", "author_avatar", "author_external_id", "author_ip", "body_html", "source", "extra",
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

/*
 * Everything that the format finds in n bytes, refined as of now_ms, appended to sb: records, reports (if notes), how it ended.
 * Returns how it ended: RD_EOF or RD_FATAL.  count, if not NULL: the records.
 */
static inline enum rd_status
dump_all(const struct format *format, const char *const *pairs, const void *p, size_t n, int64_t now_ms, struct sb *sb,
    bool notes, uint64_t *count)
{
	struct format_options options = { .pairs = pairs, .note = notes ? dump_note : NULL, .ctx = sb };
	struct arena *arena = arena_new(8 * 1024 * 1024);
	struct input_mem mem;
	struct comment c;
	struct err e = { 0 };
	struct gunzip *gz;
	struct reader *r;
	enum rd_status status = RD_FATAL;

	input_mem_init(&mem, p, n);
	gz = gunzip_open(&mem.in, UINT64_MAX, &e);
	r = format->open(gunzip_input(gz), &options, &e);
	while (r != NULL && (status = format->next(r, &c, &e)) != RD_EOF && status != RD_FATAL) {
		if (status == RD_AGAIN) {
			sb_str(sb, "again\n");
			input_mem_init(&mem, p, n);
			gunzip_rewind(gz);
			continue;
		}
		arena_reset(arena);
		if (refine_comment(format, &options, &c, arena, now_ms, &e) == -1)
			break;
		dump_comment(sb, &c);
		if (count != NULL)
			++*count;
	}
	if (status == RD_EOF)
		sb_str(sb, "end\n");
	else
		sb_printf(sb, "%s: %s\n", err_kind_name(e.kind), e.msg);
	format->close(r);
	gunzip_close(gz);
	arena_free(arena);
	return status;
}

#endif
