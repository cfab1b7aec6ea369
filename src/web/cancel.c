#include "web/cancel.h"

#include "util/log.h"

#include "web/i18n.h"
#include "web/view.h"

int
cancel_ended(struct ctx *c, const struct job *j, struct err *e)
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
cancel_job(struct ctx *c, struct job *j, struct err *e)
{
	int cancelled = job_cancel(c->db, c->admin.account_id, j->job_id, c->admin.email, e);
	char name[VIEW_NAME_SIZE];

	/* Its row is locked: it commits, or was killed there and the server still takes everything back. */
	if (cancelled == -1 && e->kind == ERR_DB_RETRY) {
		view_job_name(name, j->kind, j->job_id);
		return err_set(e, ERR_CONFLICT, tr("%s is just ending, so it could not be cancelled. Please look in a "
		    "minute what became of it."), name);
	}
	if (cancelled == -1 || job_get(c->db, c->admin.account_id, j->job_id, j, e) == -1)
		return -1;
	if (cancelled == 0)
		return cancel_ended(c, j, e);
	log_info("job_cancelled", "job=%" PRId64, j->job_id);
	return 0;
}
