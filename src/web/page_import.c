/* The import page: the form, and the account's jobs below it. */
#include "util/clock.h"
#include "util/num.h"
#include "formats/format.h"
#include "store/job.h"

#include "web/i18n.h"
#include "web/pages.h"
#include "web/view.h"

#define JOBS_SHOWN	50

const struct form_field page_import_query[] = {
	{ "demo", 8, NULL, false, "The address of this page is malformed." },
	{ .name = NULL },
};

struct listing {
	struct tmpl_data	*page;
	int64_t			 now;
	bool			 link, any;
};

static int
add_job(void *ctx, const struct job *j, struct err *e)
{
	struct listing *l = ctx;

	(void)e;
	l->any = true;
	view_job(tmpl_row(l->page, "jobs"), j, l->now, l->link);
	return 0;
}

/* For pictures in documentation: one invented job in each state, always the same. */
static void
add_demo_jobs(struct listing *l)
{
	static const struct {
		enum job_state		 state;
		const char		*file_name;
		int64_t			 size, started, finished;	/* ms from now, 0: not yet */
		struct job_counts	 counts;
		const char		*message;
	} demo[] = {
		{ JOB_REQUESTED, "garden-notes.xml.gz", 1800000, 0, 0, { 0 }, "" },
		{ JOB_RUNNING, "harbour-news.xml", 340000000, -12000, 0, { 204000000, 291400, 0, 0, 0, 0 }, "" },
		{ JOB_COMPLETED, "cycling-weekly.xml.gz", 5200000, -4000000, -3998000,
		    { 5200000, 18250, 17900, 210, 128, 12 }, "" },
		{ JOB_FAILED, "old-blog.xml", 720000, -9000000, -8999500, { 310000, 640, 0, 0, 0, 0 },
		    "The file breaks off at line 20114: it ends in the middle. Please get it once more; it may not have been "
		    "downloaded to its end. Nothing was imported." },
		{ JOB_CANCELLED, "recipes.xml", 64000000, -90000000, -89990000, { 21000000, 30500, 0, 0, 0, 0 },
		    "The job was cancelled. Nothing was changed." },
	};
	struct job j;
	struct err e;
	size_t i;

	for (i = 0; i < ARRAY_LEN(demo); i++) {
		memset(&j, 0, sizeof(j));
		j.job_id = (int64_t)(ARRAY_LEN(demo) - i);
		j.state = demo[i].state;
		snprintf(j.source, sizeof(j.source), "disqus");
		snprintf(j.file_name, sizeof(j.file_name), "%s", demo[i].file_name);
		snprintf(j.requested_by, sizeof(j.requested_by), "%s", i % 2 == 0 ? "anna@example.com" : "luca@example.com");
		snprintf(j.message, sizeof(j.message), "%s", tr(demo[i].message));
		j.file_size = demo[i].size;
		j.counts = demo[i].counts;
		j.requested_at = l->now + (demo[i].started != 0 ? demo[i].started - 800 : -500);
		j.started_at = demo[i].started != 0 ? l->now + demo[i].started : CLOCK_UNKNOWN;
		j.finished_at = demo[i].finished != 0 ? l->now + demo[i].finished : CLOCK_UNKNOWN;
		add_job(l, &j, &e);
	}
}

static void
add_options(struct tmpl_data *page, const struct format *f)
{
	const struct format_option *o;
	struct tmpl_data *row, *choice;
	char name[96];
	int i;

	for (o = f->options; o != NULL && o->name != NULL; o++) {
		row = tmpl_row(page, "options");
		snprintf(name, sizeof(name), "%s.%s", f->name, o->name);
		tmpl_text(row, "name", name);
		tmpl_text(row, "format", f->name);
		tmpl_text(row, "format_title", tr(f->title));
		tmpl_text(row, "option_title", tr(o->title));
		tmpl_flag(row, "choice", o->kind == OPTION_CHOICE);
		for (i = 0; o->values != NULL && o->values[i] != NULL; i++) {
			choice = tmpl_row(row, "choices");
			tmpl_text(choice, "value", o->values[i]);
		}
	}
}

static void
add_form(struct tmpl_data *page, const struct settings *s)
{
	char limit[40];
	struct tmpl_data *row;
	size_t i;

	for (i = 0; formats[i] != NULL; i++) {
		row = tmpl_row(page, "providers");
		tmpl_text(row, "name", formats[i]->name);
		tmpl_text(row, "provider_title", tr(formats[i]->title));
		tmpl_text(row, "accepts", tr(formats[i]->accepts));
		add_options(page, formats[i]);
	}
	num_format_limit(limit, s->max_upload);
	tmpl_text(page, "limit", limit);
	tmpl_number(page, "limit_bytes", s->max_upload);
}

int
page_import(struct ctx *c, struct err *e)
{
	const char *demo = form_get(&c->query, "demo");
	struct listing l = { .now = clock_now_ms() };
	bool is_demo = demo != NULL && strcmp(demo, "true") == 0;

	l.page = view_data(c, tr("Import comments"));
	l.link = !is_demo;
	if (is_demo)
		add_demo_jobs(&l);
	else if (job_each(c->db, c->admin.account_id, JOB_IMPORT, JOBS_SHOWN, add_job, &l, e) == -1)
		return -1;
	tmpl_flag(l.page, "demo", is_demo);
	tmpl_flag(l.page, "jobs_any", l.any);
	add_form(l.page, c->web->settings);
	return view_render(c, "import", l.page, e);
}
