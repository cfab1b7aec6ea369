/* Cancelling a job: a page that asks, and the answer to its button. */
#include "util/clock.h"
#include "util/log.h"

#include "web/i18n.h"
#include "web/json.h"
#include "web/pages.h"
#include "web/view.h"

/* It has ended, perhaps while somebody looked at the button: how is the answer. */
static int
ended(struct ctx *c, const struct job *j, struct err *e)
{
	char name[VIEW_NAME_SIZE];

	view_job_name(name, j->kind, j->job_id);
	c->wrong_state = job_state_names[j->state];
	switch (j->state) {
	case JOB_COMPLETED:
		return err_set(e, ERR_CONFLICT, tr("%s is completed, so it cannot be cancelled any more."), name);
	case JOB_FAILED:
		return err_set(e, ERR_CONFLICT, j->run ?
		    tr("%s has failed, so there is nothing to cancel. What had arrived is kept.") :
		    tr("%s has failed, so there is nothing to cancel. Nothing was changed."), name);
	default:
		return err_set(e, ERR_CONFLICT, j->run ?
		    tr("%s is cancelled already. What had arrived is kept.") :
		    tr("%s is cancelled already. Nothing was changed."), name);
	}
}

int
page_cancel(struct ctx *c, struct err *e)
{
	struct view_jobs v = { .now = clock_now_ms(), .link = true };
	struct tmpl_data *d;
	struct job j;

	if (view_job_get(c, &j, e) == -1)
		return -1;
	if (job_state_final(j.state))
		return ended(c, &j, e);
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
	int cancelled = job_cancel(c->db, c->admin.account_id, c->id, c->admin.email, e);
	char name[VIEW_NAME_SIZE];
	struct job j;

	/* Its row is locked: it commits, or was killed there and the server still takes everything back. */
	if (cancelled == -1 && e->kind == ERR_DB_RETRY) {
		view_job_name(name, view_kind(c), c->id);
		return err_set(e, ERR_CONFLICT, tr("%s is just ending, so it could not be cancelled. Please look in a "
		    "minute what became of it."), name);
	}
	if (cancelled == -1 || view_job_get(c, &j, e) == -1)
		return -1;
	if (cancelled == 0)
		return ended(c, &j, e);
	log_info("job_cancelled", "job=%" PRId64, j.job_id);
	answer(c, &j);
	return 0;
}
