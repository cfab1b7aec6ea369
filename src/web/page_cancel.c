/* Cancelling a job: a page that asks, and the answer to its button. */
#include "util/clock.h"

#include "web/cancel.h"
#include "web/i18n.h"
#include "web/json.h"
#include "web/pages.h"
#include "web/view.h"

int
page_cancel(struct ctx *c, struct err *e)
{
	struct view_jobs v = { .now = clock_now_ms(), .link = true };
	struct tmpl_data *d;
	struct job j;

	if (view_job_get(c, &j, e) == -1)
		return -1;
	if (job_state_final(j.state))
		return cancel_ended(c, &j, e);
	d = view_data(c, tr("Cancel a job"));
	view_job(d, &j, &v);
	tmpl_flag(d, "running", j.state == JOB_RUNNING);
	return view_render(c, "cancel", d, e);
}

static void
answer(struct ctx *c, const struct job *j)
{
	char path[VIEW_JOB_PATH_SIZE];
	struct sb *body = &c->resp->body;

	view_job_path(path, j->kind, j->job_id);
	if (!c->json) {
		resp_redirect(c->resp, path);
		return;
	}
	c->resp->content_type = "application/json";
	sb_printf(body, "{\"job\":{\"id\":%" PRId64 ",\"url\":", j->job_id);
	json_string(body, path);
	sb_str(body, ",\"state\":");
	json_string(body, job_state_names[j->state]);
	sb_printf(body, ",\"undoing\":%s}}\n", j->undoing ? "true" : "false");
}

int
page_cancel_post(struct ctx *c, struct err *e)
{
	struct job j;

	if (view_job_get(c, &j, e) == -1 || cancel_job(c, &j, e) == -1)
		return -1;
	answer(c, &j);
	return 0;
}
