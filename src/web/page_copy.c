/* Copying a page's comments: the form, and the account's copies below it. */
#include "util/log.h"
#include "store/copy.h"
#include "store/job.h"

#include "web/i18n.h"
#include "web/job_list.h"
#include "web/pages.h"
#include "web/view.h"

#define PLACE_MAX	2048

const struct form_field page_copy_query[] = {
	{ .name = "demo", .max = 8, .complaint = "The address of this page is malformed." },
	{ .name = NULL },
};

const struct form_field page_copy_fields[] = {
	{ .name = "csrf", .max = 128, .complaint = "This form is no longer valid. Please reload the page and try again." },
	{ .name = "from", .max = PLACE_MAX, .complaint = "The id of the old page may have 2,048 bytes and must be one line of text." },
	{ .name = "to", .max = PLACE_MAX, .complaint = "The id of the new page may have 2,048 bytes and must be one line of text." },
	{ .name = "url", .max = PLACE_MAX, .complaint = "The address of the new page may have 2,048 bytes and must be one line of text." },
	{ .name = NULL },
};

static const struct demo_job demo[] = {
	{ JOB_RUNNING, COPY_FORMAT, "spring-sale to autumn-sale", 0, -3000, 0, { 0, 1400, 1400, 0, 0, 0 }, 5200, "" },
	{ JOB_COMPLETED, COPY_FORMAT, "guestbook to guestbook-2026", 0, -4000000, -3998000, { 0, 820, 800, 0, 20, 0 }, 820, "" },
	{ JOB_CANCELLED, COPY_FORMAT, "about to imprint", 0, -90000000, -89990000, { 0 }, 64,
	    "The job was cancelled by anna@example.com. Nothing was changed." },
};

static const char *
given(const struct ctx *c, const char *name)
{
	const char *value = c->route->form != NULL ? form_get(&c->form, name) : NULL;

	return value != NULL ? value : "";
}

static int
render(struct ctx *c, const char *complaint, struct err *e)
{
	struct tmpl_data *d = view_data(c, tr("Copy comments"));

	tmpl_text(d, "from", given(c, "from"));
	tmpl_text(d, "to", given(c, "to"));
	tmpl_text(d, "to_url", given(c, "url"));
	tmpl_text(d, "complaint", complaint);
	if (job_list(c, d, JOB_COPY, demo, ARRAY_LEN(demo), e) == -1)
		return -1;
	return view_render(c, "copy", d, e);
}

int
page_copy(struct ctx *c, struct err *e)
{
	return render(c, "", e);
}

int
page_copy_post(struct ctx *c, struct err *e)
{
	const struct copy_request r = { .account_id = c->admin.account_id, .user_id = c->admin.user_id,
	    .requested_by = c->admin.email, .node = c->web->settings->node, .from = given(c, "from"), .to = given(c, "to"),
	    .url = given(c, "url") };
	char path[VIEW_JOB_PATH_SIZE];
	int64_t job_id;

	/* What was typed stays in the form. */
	if (copy_request_add(c->db, &r, &job_id, e) == -1) {
		if (!err_shown(e->kind) || c->json)
			return -1;
		c->resp->status = err_http_status(e->kind);
		return render(c, tr(err_public(e)), e);
	}
	log_info("copy_requested", "job=%" PRId64, job_id);
	view_job_path(path, JOB_COPY, job_id);
	resp_redirect(c->resp, path);
	return 0;
}
