/* The import page: the form, and the account's jobs below it. */
#include "util/clock.h"
#include "store/job.h"

#include "web/i18n.h"
#include "web/import_form.h"
#include "web/pages.h"
#include "web/view.h"

#define JOBS_SHOWN	50

const struct form_field page_import_query[] = {
	{ "demo", 8, NULL, false, "The address of this page is malformed." },
	{ "again", 20, NULL, false, "The address of this page is malformed." },
	{ .name = NULL },
};

struct listing {
	struct tmpl_data	*page;
	struct view_jobs	 view;
	bool			 any;
};

static int
add_job(void *ctx, const struct job *j, struct err *e)
{
	struct listing *l = ctx;

	(void)e;
	l->any = true;
	view_job(tmpl_row(l->page, "jobs"), j, &l->view);
	return 0;
}

/* For pictures in documentation: one invented job in each state, always the same. */
static void
add_demo_jobs(struct listing *l)
{
	static const struct {
		enum job_state		 state;
		const char		*format, *file_name;
		int64_t			 size, started, finished;	/* ms from now, 0: not yet */
		struct job_counts	 counts;
		const char		*message;
	} demo[] = {
		{ JOB_REQUESTED, "disqus", "garden-notes.xml.gz", 1800000, 0, 0, { 0 }, "" },
		{ JOB_RUNNING, "wxr", "harbour-news.xml", 340000000, -12000, 0, { 204000000, 291400, 0, 0, 0, 0 }, "" },
		{ JOB_COMPLETED, "commento", "cycling-weekly.json.gz", 5200000, -4000000, -3998000,
		    { 5200000, 18250, 17900, 210, 128, 12 }, "" },
		{ JOB_FAILED, "hyvor-talk", "old-blog.json", 720000, -9000000, -8999500, { 310000, 640, 0, 0, 0, 0 },
		    "The file breaks off at line 20114: it ends in the middle. Please get it once more; it may not have been "
		    "downloaded to its end. Nothing was imported." },
		{ JOB_CANCELLED, "muut", "recipes.json", 64000000, -90000000, -89990000, { 21000000, 30500, 0, 0, 0, 0 },
		    "The job was cancelled by anna@example.com. Nothing was changed." },
	};
	struct job j;
	struct err e;
	size_t i;

	/* The running one, for which the one that is requested waits. */
	l->view.writer.job_id = ARRAY_LEN(demo) - 1;
	for (i = 0; i < ARRAY_LEN(demo); i++) {
		memset(&j, 0, sizeof(j));
		j.job_id = (int64_t)(ARRAY_LEN(demo) - i);
		j.state = demo[i].state;
		j.kind = JOB_IMPORT;
		snprintf(j.format, sizeof(j.format), "%s", demo[i].format);
		snprintf(j.file_name, sizeof(j.file_name), "%s", demo[i].file_name);
		snprintf(j.requested_by, sizeof(j.requested_by), "%s", i % 2 == 0 ? "anna@example.com" : "luca@example.com");
		snprintf(j.message, sizeof(j.message), "%s", tr(demo[i].message));
		j.file_size = demo[i].size;
		j.counts = demo[i].counts;
		j.comments_total = -1;
		j.heard_at = CLOCK_UNKNOWN;
		j.requested_at = l->view.now + (demo[i].started != 0 ? demo[i].started - 800 : -500);
		j.started_at = demo[i].started != 0 ? l->view.now + demo[i].started : CLOCK_UNKNOWN;
		j.finished_at = demo[i].finished != 0 ? l->view.now + demo[i].finished : CLOCK_UNKNOWN;
		add_job(l, &j, &e);
	}
}

int
page_import(struct ctx *c, struct err *e)
{
	const char *demo = form_get(&c->query, "demo"), *number = form_get(&c->query, "again");
	struct again again;
	struct listing l = { .view.now = clock_now_ms() };
	bool is_demo = demo != NULL && strcmp(demo, "true") == 0;

	if (number != NULL && import_form_again(c, number, &again, e) == -1)
		return -1;
	l.page = view_data(c, tr("Import comments"));
	l.view.link = !is_demo;
	if (is_demo)
		add_demo_jobs(&l);
	else if (job_writer_get(c->db, c->admin.account_id, &l.view.writer, e) == -1 ||
	    job_each(c->db, c->admin.account_id, JOB_IMPORT, JOBS_SHOWN, add_job, &l, e) == -1)
		return -1;
	tmpl_flag(l.page, "demo", is_demo);
	tmpl_flag(l.page, "jobs_any", l.any);
	import_form(c, l.page, number != NULL ? &again : NULL);
	return view_render(c, "import", l.page, e);
}
