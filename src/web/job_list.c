#include "web/job_list.h"

#include "util/clock.h"
#include "store/job.h"

#include "web/i18n.h"
#include "web/view.h"

#define JOBS_SHOWN	50

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

static void
add_demo_jobs(struct listing *l, enum job_kind kind, const struct demo_job *demo, size_t n)
{
	struct job j;
	struct err e;
	size_t i;

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
		add_job(l, &j, &e);
	}
}

bool
job_list_is_demo(const struct ctx *c)
{
	const char *demo = form_get(&c->query, "demo");

	return demo != NULL && strcmp(demo, "true") == 0;
}

int
job_list(struct ctx *c, struct tmpl_data *page, enum job_kind kind, const struct demo_job *demo, size_t n, struct err *e)
{
	struct listing l = { .page = page, .view.now = clock_now_ms(), .view.link = !job_list_is_demo(c) };
	char live[VIEW_JOB_PATH_SIZE];

	if (!l.view.link)
		add_demo_jobs(&l, kind, demo, n);
	else if (job_writer_get(c->db, c->admin.account_id, &l.view.writer, e) == -1 ||
	    job_each(c->db, c->admin.account_id, kind, 0, JOBS_SHOWN, add_job, &l, e) == -1)
		return -1;
	snprintf(live, sizeof(live), "%s/status.json", view_kind_path(kind));
	tmpl_text(page, "live_url", live);
	tmpl_flag(page, "demo", !l.view.link);
	tmpl_flag(page, "jobs_any", l.any);
	return 0;
}
