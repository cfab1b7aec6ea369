/* Exporting comments: the form, the account's exports below it, and deleting the file of one. */
#include "util/log.h"
#include "formats/format.h"
#include "store/export.h"

#include "web/ask_export.h"
#include "web/i18n.h"
#include "web/job_list.h"
#include "web/pages.h"
#include "web/view.h"

#define MALFORMED	"The form is malformed. Please reload the page and try again."

const struct form_field page_export_query[] = {
	{ .name = "demo", .max = 8, .complaint = "The address of this page is malformed." },
	{ .name = NULL },
};

/* All but the first are names of export_options_set(), the flags those that a box stands for. */
const struct form_field page_export_fields[] = {
	{ .name = "csrf", .max = 128, .complaint = "This form is no longer valid. Please reload the page and try again." },
	{ .name = "format", .max = 32, .complaint = "The format that was chosen is none of the list. Please choose one of the list." },
	{ .name = "page", .max = EXPORT_PAGE_MAX,
	    .complaint = "The id or address of the page may have 1,024 bytes and must be one line of text. Please shorten it." },
	{ .name = "site", .max = LIMIT_SITE_BYTES,
	    .complaint = "The name of the site is too long, or not one line of text. Please shorten it." },
	{ .name = "from", .max = 40, .complaint = "The beginning of the time range is not a date. Please write it like 2026-01-31." },
	{ .name = "to", .max = 40, .complaint = "The end of the time range is not a date. Please write it like 2026-01-31." },
	{ .name = "gzip", .max = 8, .complaint = MALFORMED },
	{ .name = "spam", .max = 8, .complaint = MALFORMED },
	{ .name = "pending", .max = 8, .complaint = MALFORMED },
	{ .name = "deleted", .max = 8, .complaint = MALFORMED },
	{ .name = NULL },
};
static const char *const texts[] = { "format", "page", "site", "from", "to" };
static const char *const flags[] = { "gzip", "spam", "pending", "deleted" };

/* --- the page --- */

static const struct demo_job demo[] = {
	{ JOB_REQUESTED, "csv", "trasloco-demo-20260131-46.csv", 0, 0, 0, { 0 }, 0, "" },
	{ JOB_RUNNING, "jsonl", "trasloco-demo-20260131-45.jsonl.gz", 0, -9000, 0, { 9200000, 61000, 0, 0, 0, 0 }, 98400, "" },
	{ JOB_COMPLETED, "wxr", "trasloco-demo-20260131-44.xml.gz", 5200000, -4000000, -3998000,
	    { 5200000, 18250, 18250, 0, 0, 0 }, 18250, "" },
	{ JOB_COMPLETED, "jsonl", "trasloco-demo-20260118-41.jsonl", 48000, -1000000000, -999998000,
	    { 48000, 120, 120, 0, 0, 0 }, 120, "" },
	{ JOB_FAILED, "jsonl", "trasloco-demo-20260130-43.jsonl", 0, -9000000, -8999500, { 0, 640, 0, 0, 0, 0 }, 0,
	    "The export was interrupted by a restart of the service. Please ask for it again." },
	{ JOB_CANCELLED, "csv", "trasloco-demo-20260129-42.csv", 0, -90000000, -89990000, { 0, 30500, 0, 0, 0, 0 }, 64000,
	    "The job was cancelled by anna@example.com. Nothing was changed." },
};

static bool
sent(const struct ctx *c)
{
	return c->route->form != NULL;
}

static const char *
given(const struct ctx *c, const char *name)
{
	const char *value = sent(c) ? form_get(&c->form, name) : NULL;

	return value != NULL ? value : "";
}

/* At first what loses nothing is asked for, everything, not packed. */
static bool
chosen(const struct ctx *c, const char *format)
{
	return strcmp(format, sent(c) ? given(c, "format") : "jsonl") == 0;
}

static bool
ticked(const struct ctx *c, const char *name)
{
	return sent(c) ? *given(c, name) != '\0' : strcmp(name, "gzip") != 0;
}

static void
put_form(struct ctx *c, struct tmpl_data *d, const char *complaint)
{
	const struct writer *w;
	size_t i;

	for (i = 0; (w = writer_at(i)) != NULL; i++) {
		struct tmpl_data *row = tmpl_row(d, "formats");

		tmpl_text(row, "format", w->name);
		tmpl_text(row, "format_title", tr(w->title));
		tmpl_text(row, "extension", w->extension);
		tmpl_flag(row, "chosen", chosen(c, w->name));
	}
	tmpl_text(d, "page_said", given(c, "page"));
	tmpl_text(d, "site_said", given(c, "site"));
	tmpl_text(d, "from_said", given(c, "from"));
	tmpl_text(d, "to_said", given(c, "to"));
	for (i = 0; i < ARRAY_LEN(flags); i++)
		tmpl_flag(d, flags[i], ticked(c, flags[i]));
	tmpl_number(d, "days", c->web->settings->export_days);
	tmpl_flag(d, "possible", *c->web->settings->export_public_key != '\0');
	tmpl_text(d, "complaint", complaint);
}

static int
render(struct ctx *c, const char *complaint, struct err *e)
{
	struct tmpl_data *d = view_data(c, tr("Export comments"));

	put_form(c, d, complaint);
	if (job_list(c, d, JOB_EXPORT, demo, ARRAY_LEN(demo), e) == -1)
		return -1;
	return view_render(c, "export", d, e);
}

int
page_export(struct ctx *c, struct err *e)
{
	return render(c, "", e);
}

/* --- requests --- */

static int
read_options(struct ctx *c, struct export_options *o, struct err *e)
{
	size_t i;

	export_options_init(o);
	for (i = 0; i < ARRAY_LEN(texts); i++)
		if (export_options_set(o, texts[i], given(c, texts[i]), e) == -1)
			return -1;
	/* A browser does not name a box that is not ticked. */
	for (i = 0; i < ARRAY_LEN(flags); i++)
		if (export_options_set(o, flags[i], *given(c, flags[i]) != '\0' ? given(c, flags[i]) : "no", e) == -1)
			return -1;
	return export_options_check(o, e);
}

int
page_export_post(struct ctx *c, struct err *e)
{
	char path[VIEW_JOB_PATH_SIZE];
	struct export_options o;
	int64_t job_id;

	/* What was chosen stays in the form. */
	if (read_options(c, &o, e) == -1 || ask_export(c, &o, &job_id, e) == -1) {
		if (!err_shown(e->kind) || c->json)
			return -1;
		c->resp->status = err_http_status(e->kind);
		return render(c, tr(err_public(e)), e);
	}
	view_job_path(path, JOB_EXPORT, job_id);
	resp_redirect(c->resp, path);
	return 0;
}

/* --- "Delete now": a page that asks, and the answer to its button --- */

static int
no_file(const struct job *j, struct err *e)
{
	if (j->state != JOB_COMPLETED)
		return err_set(e, ERR_CONFLICT, tr("Export %" PRId64 " is not completed, so there is no file to delete."), j->job_id);
	return err_set(e, ERR_GONE, tr("The file of export %" PRId64 " has been deleted already."), j->job_id);
}

static int
get_export(struct ctx *c, struct job *j, struct err *e)
{
	if (view_job_get(c, j, e) == -1)
		return -1;
	return j->kind == JOB_EXPORT ? 0 : err_set(e, ERR_NOTFOUND, "%s", tr("There is no export with this number."));
}

int
page_export_delete(struct ctx *c, struct err *e)
{
	struct view_jobs v = { .link = true };
	struct tmpl_data *d;
	struct job j;

	if (get_export(c, &j, e) == -1)
		return -1;
	if (!j.available)
		return no_file(&j, e);
	d = view_data(c, tr("Delete the file of an export"));
	view_job(d, &j, &v);
	return view_render(c, "export_delete", d, e);
}

int
page_export_delete_post(struct ctx *c, struct err *e)
{
	int done = export_delete(c->db, c->admin.account_id, c->id, c->admin.email, e);
	char path[VIEW_JOB_PATH_SIZE];
	struct job j;

	if (done == -1 || get_export(c, &j, e) == -1)
		return -1;
	if (done == 0)
		return no_file(&j, e);
	log_info("export_deleted", "job=%" PRId64, j.job_id);
	view_job_path(path, JOB_EXPORT, j.job_id);
	resp_redirect(c->resp, path);
	return 0;
}
