#include "web/view_export.h"

#include "util/clock.h"

#include "web/i18n.h"

void
view_export_path(char out[VIEW_EXPORT_PATH_SIZE], int64_t job_id, const char *what)
{
	char path[VIEW_JOB_PATH_SIZE];

	view_job_path(path, JOB_EXPORT, job_id);
	snprintf(out, VIEW_EXPORT_PATH_SIZE, "%s/%s", path, what);
}

void
view_export_file(struct tmpl_data *row, const struct job *j, bool link)
{
	char path[VIEW_EXPORT_PATH_SIZE];

	tmpl_flag(row, "available", j->available);
	tmpl_flag(row, "file_deleted", j->kind == JOB_EXPORT && j->state == JOB_COMPLETED && !j->available);
	tmpl_flag(row, "download", link && j->available);
	view_export_path(path, j->job_id, "download");
	tmpl_url(row, "download_url", tmpl_url_path(path));
	view_export_path(path, j->job_id, "delete");
	tmpl_url(row, "delete_url", tmpl_url_path(path));
	view_put_time(row, "download_until", "download_until_iso", j->download_until);
}

static void PRINTF(2, 3)
add_choice(struct tmpl_data *row, const char *format, ...)
{
	char text[EXPORT_PAGE_MAX + 200];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	tmpl_text(tmpl_row(row, "choices"), "choice", text);
}

void
view_export_choices(struct tmpl_data *row, const struct export_options *o)
{
	bool all_pages = *o->page == '\0' && *o->site == '\0' && o->from_ms == CLOCK_UNKNOWN && o->to_ms == CLOCK_UNKNOWN;
	char from[VIEW_TIME_SIZE], to[VIEW_TIME_SIZE];

	view_time(from, o->from_ms);
	view_time(to, o->to_ms);
	if (all_pages)
		add_choice(row, "%s", o->spam && o->pending && o->deleted ? tr("All comments") : tr("All pages, of any time"));
	if (*o->page != '\0')
		add_choice(row, tr("Only the page %s"), o->page);
	if (*o->site != '\0')
		add_choice(row, tr("Only the site %s"), o->site);
	if (*from != '\0')
		add_choice(row, tr("From %s on"), from);
	if (*to != '\0')
		add_choice(row, tr("Before %s"), to);
	if (!o->spam)
		add_choice(row, "%s", tr("Without spam"));
	if (!o->pending)
		add_choice(row, "%s", tr("Without what waits for approval"));
	if (!o->deleted)
		add_choice(row, "%s", tr("Without deleted comments"));
}
