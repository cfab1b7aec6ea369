#include "app/convert_report.h"

#include "util/esc.h"
#include "util/num.h"

#define REPORT_MAX	(4 * 1024 * 1024)	/* the examples of an issue stay below 64 KiB */

static void
print_reasons(const struct convert_report *r, bool skips, const char *title)
{
	char count[32];
	int i;

	for (i = 0; i < ISSUE__MAX; i++) {
		if (r->issues.of[i].count == 0 || issue_kinds[i].skips != skips)
			continue;
		num_format_count(count, r->issues.of[i].count);
		fprintf(stderr, "%s%14s %s: %s.\n", title, count, issue_kinds[i].name, issue_kinds[i].title);
		title = "";
	}
}

void
convert_report_summary(const struct convert_report *r)
{
	char read[32], written[32], skipped[32];

	num_format_count(read, r->counts.read);
	num_format_count(written, r->counts.written);
	num_format_count(skipped, r->counts.skipped);
	fprintf(stderr, "%s to %s: %s read, %s written, %s skipped.\n", r->format->title, r->writer->title, read,
	    written, skipped);
	if (r->counts.read == 0 && r->err == NULL)
		fprintf(stderr, "%s\n", FORMAT_NO_COMMENTS);
	print_reasons(r, true, "Skipped:\n");
	print_reasons(r, false, "Warnings:\n");
	if (r->counts.ids_full)
		fprintf(stderr, "Duplicate ids were looked for among the first %zu comments only.\n", CONVERT_IDS_MAX);
}

static void
add_string(struct sb *sb, const char *s)
{
	if (s == NULL) {
		sb_str(sb, "null");
		return;
	}
	sb_char(sb, '"');
	esc_json(sb, s, strlen(s));
	sb_char(sb, '"');
}

static void
add_reasons(struct sb *sb, const struct convert_report *r, bool skips)
{
	const char *comma = "";
	int i;

	sb_char(sb, '{');
	for (i = 0; i < ISSUE__MAX; i++) {
		if (r->issues.of[i].count == 0 || issue_kinds[i].skips != skips)
			continue;
		sb_printf(sb, "%s\"%s\":{\"count\":%" PRId64 ",\"examples\":[", comma, issue_kinds[i].name,
		    r->issues.of[i].count);
		sb_str(sb, sb_text(&r->issues.of[i].json));
		sb_str(sb, "]}");
		comma = ",";
	}
	sb_char(sb, '}');
}

int
convert_report_write(const struct convert_report *r, FILE *file, struct err *e)
{
	const struct convert_counts *n = &r->counts;
	struct sb sb;
	int result = -1;

	sb_init(&sb, REPORT_MAX);
	sb_str(&sb, "{\"trasloco_report\":1,\"format\":");
	add_string(&sb, r->format != NULL ? r->format->name : NULL);
	sb_str(&sb, ",\"source\":");
	add_string(&sb, r->format != NULL ? r->format->source : NULL);
	sb_str(&sb, ",\"to\":");
	add_string(&sb, r->writer->name);
	sb_printf(&sb, ",\"bytes_read\":%" PRId64 ",\"read\":%" PRId64 ",\"written\":%" PRId64 ",\"skipped\":%" PRId64,
	    n->bytes_read, n->read, n->written, n->skipped);
	sb_printf(&sb, ",\"duplicates_exact\":%s,\"skipped_reasons\":", n->ids_full ? "false" : "true");
	add_reasons(&sb, r, true);
	sb_str(&sb, ",\"warnings\":");
	add_reasons(&sb, r, false);
	sb_str(&sb, ",\"error\":");
	add_string(&sb, r->err != NULL ? r->err->msg : NULL);
	sb_str(&sb, "}\n");
	if (!sb_ok(&sb))
		err_nomem(e);
	else if (fwrite(sb_text(&sb), 1, sb.n, file) != sb.n || fflush(file) == EOF)
		err_sys(e, "cannot write the report");
	else
		result = 0;
	sb_free(&sb);
	return result;
}
