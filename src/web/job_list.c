#include "web/job_list.h"

#include "util/clock.h"
#include "store/job.h"

#include "web/i18n.h"
#include "web/view.h"
#include "web/view_export.h"

#define JOBS_SHOWN	50
#define DAY_MS		(INT64_C(24) * 3600 * 1000)
#define DEMO_DAYS	10		/* that the file of an invented export is kept */

struct listing {
	struct tmpl_data	*page;
	struct view_jobs	 view;
	bool			 any;
};

static struct tmpl_data *
add_row(struct listing *l, const struct job *j)
{
	struct tmpl_data *row = tmpl_row(l->page, "jobs");

	l->any = true;
	view_job(row, j, &l->view);
	return row;
}

static int
add_job(void *ctx, const struct job *j, struct err *e)
{
	struct listing *l = ctx;

	(void)e;
	add_row(l, j);
	return 0;
}

static int
add_export(void *ctx, const struct export_job *x, struct err *e)
{
	struct listing *l = ctx;

	(void)e;
	view_export_choices(add_row(l, &x->job), &x->options);
	return 0;
}

static void
add_demo_jobs(struct listing *l, enum job_kind kind, const struct demo_job *demo, size_t n)
{
	struct export_options all;
	struct tmpl_data *row;
	struct job j;
	size_t i;

	export_options_init(&all);
	/* The running one, for which the one that is requested waits. */
	l->view.writer = (struct job_writer){ .job_id = (int64_t)n - 1, .kind = kind };
	for (i = 0; i < n; i++) {
		memset(&j, 0, sizeof(j));
		j.job_id = (int64_t)(n - i);
		j.state = demo[i].state;
		j.kind = kind;
		snprintf(j.format, sizeof(j.format), "%s", demo[i].format);
		snprintf(j.file_name, sizeof(j.file_name), "%s", demo[i].file_name);
		snprintf(j.requested_by, sizeof(j.requested_by), "%s", i % 2 == 0 ? "anna@example.com" : "luca@example.com");
		snprintf(j.message, sizeof(j.message), "%s", tr(demo[i].message));
		j.file_size = demo[i].size;
		j.counts = demo[i].counts;
		j.comments_total = demo[i].total > 0 ? demo[i].total : -1;
		j.heard_at = CLOCK_UNKNOWN;
		j.requested_at = l->view.now + (demo[i].started != 0 ? demo[i].started - 800 : -500);
		j.started_at = demo[i].started != 0 ? l->view.now + demo[i].started : CLOCK_UNKNOWN;
		j.finished_at = demo[i].finished != 0 ? l->view.now + demo[i].finished : CLOCK_UNKNOWN;
		j.download_until = kind == JOB_EXPORT && j.state == JOB_COMPLETED ?
		    j.finished_at + DEMO_DAYS * DAY_MS : CLOCK_UNKNOWN;
		j.available = j.download_until > l->view.now;
		row = add_row(l, &j);
		if (kind == JOB_EXPORT)
			view_export_choices(row, &all);
	}
}

bool
job_list_is_demo(const struct ctx *c)
{
	const char *demo = form_get(&c->query, "demo");

	return demo != NULL && strcmp(demo, "true") == 0;
}

static int
add_jobs(struct ctx *c, struct listing *l, enum job_kind kind, struct err *e)
{
	if (job_writer_get(c->db, c->admin.account_id, &l->view.writer, e) == -1)
		return -1;
	return kind == JOB_EXPORT ? export_each(c->db, c->admin.account_id, JOBS_SHOWN, add_export, l, e) :
	    job_each(c->db, c->admin.account_id, kind, 0, JOBS_SHOWN, add_job, l, e);
}

int
job_list(struct ctx *c, struct tmpl_data *page, enum job_kind kind, const struct demo_job *demo, size_t n, struct err *e)
{
	struct listing l = { .page = page, .view.now = clock_now_ms(), .view.link = !job_list_is_demo(c) };
	char live[VIEW_JOB_PATH_SIZE];

	if (!l.view.link)
		add_demo_jobs(&l, kind, demo, n);
	else if (add_jobs(c, &l, kind, e) == -1)
		return -1;
	snprintf(live, sizeof(live), "%s/status.json", view_kind_path(kind));
	tmpl_text(page, "live_url", live);
	tmpl_flag(page, "demo", !l.view.link);
	tmpl_flag(page, "jobs_any", l.any);
	return 0;
}
