/* The audit log of the account, newest first. */
#include "util/num.h"
#include "store/audit.h"

#include "web/dispatch.h"
#include "web/i18n.h"
#include "web/pages.h"
#include "web/view.h"

#define ENTRIES_SHOWN	50
#define OLDER_SIZE	(sizeof(PATH_AUDIT) + 32)

static const char *const action_titles[AUDIT__MAX] = {
	[AUDIT_SIGNED_IN] = "Signed in", [AUDIT_SIGN_IN_FAILED] = "Sign-in with a wrong password",
	[AUDIT_SIGNED_OUT] = "Signed out", [AUDIT_UPLOADED] = "File uploaded", [AUDIT_CANCELLED] = "Cancelled",
	[AUDIT_JOB_COMPLETED] = "Completed", [AUDIT_JOB_FAILED] = "Failed",
	[AUDIT_KEY_DESTROYED] = "Key of the file destroyed", [AUDIT_FILE_DESTROYED] = "File deleted",
	[AUDIT_WEBHOOK_CHANGED] = "Webhook changed", [AUDIT_NOTIFY_CHANGED] = "Choice about mails changed",
	[AUDIT_DOWNLOADED] = "Downloaded", [AUDIT_DELETED] = "Export deleted",
	[AUDIT_EXPORT_REQUESTED] = "Export requested",
	[AUDIT_INTEGRATION_APPROVED] = "Site connected", [AUDIT_INTEGRATION_REFUSED] = "Site refused",
	[AUDIT_INTEGRATION_REVOKED] = "Site disconnected", [AUDIT_INTEGRATION_RESYNC] = "Site asked for its comments again",
	[AUDIT_RUN_STARTED] = "Import from a connected site started",
	[AUDIT_REQUESTED] = "Requested",
	[AUDIT_TOKEN_ADDED] = "API token made", [AUDIT_TOKEN_REVOKED] = "API token revoked",
	[AUDIT_NOTED] = "Note written",
};

const struct form_field page_audit_query[] = {
	{ "before", 20, NULL, false, "The address of this page is malformed." },
	{ .name = NULL },
};

struct listing {
	struct tmpl_data	*page;
	int			 n;
	int64_t			 last;		/* the id of the last entry that is shown */
	bool			 more;
};

/* An action that this program does not know has its name. */
static const char *
action_title(const char *name)
{
	int i;

	for (i = 0; i < AUDIT__MAX; i++)
		if (strcmp(audit_action_names[i], name) == 0)
			return tr(action_titles[i]);
	return name;
}

static int
add_entry(void *ctx, const struct audit_entry *a, struct err *e)
{
	struct listing *l = ctx;
	struct tmpl_data *row;
	char path[VIEW_JOB_PATH_SIZE];

	(void)e;
	if ((l->more = l->n == ENTRIES_SHOWN))
		return 0;
	l->n++;
	l->last = a->audit_id;
	row = tmpl_row(l->page, "entries");
	view_put_time(row, "at", "at_iso", a->at);
	tmpl_text(row, "action", a->action);
	tmpl_text(row, "action_title", action_title(a->action));
	tmpl_text(row, "actor", a->actor);
	tmpl_text(row, "detail", a->detail);
	view_job_path(path, JOB_IMPORT, a->job_id);
	tmpl_number(row, "job_id", a->job_id);
	tmpl_url(row, "job_url", tmpl_url_path(path));
	return 0;
}

int
page_audit(struct ctx *c, struct err *e)
{
	const char *text = form_get(&c->query, "before");
	struct listing l = { .page = view_data(c, tr("Audit log")) };
	char older[OLDER_SIZE];
	int64_t before = 0;

	if (text != NULL && num_parse(text, 1, INT64_MAX, &before) == -1)
		return err_set(e, ERR_INPUT, "%s", tr(page_audit_query[0].complaint));
	/* One more than is shown tells whether there are older ones. */
	if (audit_each(c->db, c->admin.account_id, before, ENTRIES_SHOWN + 1, add_entry, &l, e) == -1)
		return -1;
	snprintf(older, sizeof(older), PATH_AUDIT "?before=%" PRId64, l.last);
	tmpl_flag(l.page, "entries_any", l.n > 0);
	tmpl_flag(l.page, "newest", before == 0);
	tmpl_flag(l.page, "more", l.more);
	tmpl_url(l.page, "older_url", tmpl_url_path(older));
	return view_render(c, "audit", l.page, e);
}
