/* Moving comments to other addresses: the form, which asks for a preview, and the button below the preview. */
#include "util/log.h"
#include "store/move.h"

#include "web/i18n.h"
#include "web/job_list.h"
#include "web/json.h"
#include "web/pages.h"
#include "web/view.h"

#define PLACE_MAX	2048
#define TYPED_MAX	(16 * 1024)	/* of the text field; http/multipart takes no more in one that is no file */

const struct form_field page_move_query[] = {
	{ .name = "demo", .max = 8, .complaint = "The address of this page is malformed." },
	{ .name = NULL },
};

const struct form_field page_move_fields[] = {
	{ .name = "csrf", .max = 128, .complaint = "This form is no longer valid. Please reload the page and try again." },
	{ .name = "from", .max = PLACE_MAX, .complaint = "The old place may have 2,048 bytes and must be one line of text." },
	{ .name = "to", .max = PLACE_MAX, .complaint = "The new place may have 2,048 bytes and must be one line of text." },
	{ .name = "kind", .max = 16, .complaint = "The kind that was chosen is none of the list. Please choose one of the list." },
	{ .name = "list", .max = TYPED_MAX, .valid = form_anything,
	    .complaint = "The typed list is too long: it may have 16 kB. Please put it into a file." },
	{ .name = "file", .max = MOVE_LIST_MAX, .valid = form_anything,
	    .complaint = "The list is larger than 1 MB, or no text. Please split it, or save it as CSV." },
	{ .name = NULL },
};

const struct form_field page_move_run_fields[] = {
	{ .name = "csrf", .max = 128, .complaint = "This form is no longer valid. Please reload the page and try again." },
	{ .name = "merge", .max = 8, .complaint = "The form is malformed. Please reload the page and try again." },
	{ .name = NULL },
};

/* --- the page --- */

static const struct demo_job demo[] = {
	{ JOB_REQUESTED, MOVE_FORMAT, "old-shop.example to shop.example", 0, 0, 0, { 0 }, 0, "" },
	{ JOB_RUNNING, MOVE_FORMAT, "1,204 pairs", 0, -9000, 0, { 0, 61000, 0, 61000, 0, 0 }, 98400, "" },
	{ JOB_COMPLETED, MOVE_FORMAT_PREVIEW, "1,204 pairs", 0, -60000, -58000, { 0 }, 98400, "" },
	{ JOB_COMPLETED, MOVE_FORMAT, "https://old.example/blog/* to https://new.example/news/*", 0, -4000000, -3998000,
	    { 0, 18250, 0, 18250, 0, 0 }, 18250, "" },
	{ JOB_FAILED, MOVE_FORMAT, "old.example to new.example", 0, -9000000, -8999500, { 0 }, 640,
	    "3 pages would come to where another page is; the first is \"https://old.example/about\", at "
	    "\"https://new.example/about\". Please allow that such pages become one, or change the list. Nothing was moved." },
	{ JOB_CANCELLED, MOVE_FORMAT, "recipes.example to cooking.example", 0, -90000000, -89990000, { 0, 30500, 0, 0, 0, 0 }, 64000,
	    "The job was cancelled by anna@example.com. Nothing was changed." },
};

static const struct {
	const char	*name, *title;
	enum move_kind	 kind;
} choices[] = {
	{ "", "As it looks", MOVE_KIND__MAX },
	{ "domain", "A domain", MOVE_DOMAIN },
	{ "url", "An address", MOVE_URL },
	{ "prefix", "The begin of addresses, with * behind it", MOVE_PREFIX },
	{ "page_id", "A page id", MOVE_PAGE_ID },
};

static const char *
given(const struct ctx *c, const char *name)
{
	const char *value = c->route->form != NULL ? form_get(&c->form, name) : NULL;

	return value != NULL ? value : "";
}

static void
put_form(struct ctx *c, struct tmpl_data *d, const char *complaint)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(choices); i++) {
		struct tmpl_data *row = tmpl_row(d, "kinds");

		tmpl_text(row, "kind", choices[i].name);
		tmpl_text(row, "kind_title", tr(choices[i].title));
		tmpl_flag(row, "chosen", strcmp(choices[i].name, given(c, "kind")) == 0);
	}
	tmpl_text(d, "from", given(c, "from"));
	tmpl_text(d, "to", given(c, "to"));
	tmpl_text(d, "list", given(c, "list"));
	tmpl_flag(d, "many_open", *given(c, "list") != '\0' || *given(c, "file") != '\0');
	tmpl_text(d, "complaint", complaint);
}

static int
render(struct ctx *c, const char *complaint, struct err *e)
{
	struct tmpl_data *d = view_data(c, tr("Move comments"));

	put_form(c, d, complaint);
	if (job_list(c, d, JOB_MOVE, demo, ARRAY_LEN(demo), e) == -1)
		return -1;
	return view_render(c, "move", d, e);
}

int
page_move(struct ctx *c, struct err *e)
{
	return render(c, "", e);
}

/* --- requests --- */

static int
chosen_kind(struct ctx *c, enum move_kind *kind, struct err *e)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(choices); i++)
		if (strcmp(choices[i].name, given(c, "kind")) == 0) {
			*kind = choices[i].kind;
			return 0;
		}
	return err_set(e, ERR_INPUT, "%s", tr("The kind that was chosen is none of the list. Please choose one of the list."));
}

/* One pair, or a list that was typed, or a file: exactly one of them. */
static int
read_list(struct ctx *c, struct movelist *l, struct err *e)
{
	const char *from = given(c, "from"), *to = given(c, "to"), *typed = given(c, "list"), *file = given(c, "file");
	bool pair = *from != '\0' || *to != '\0';
	enum move_kind kind = choices[0].kind;

	if (chosen_kind(c, &kind, e) == -1)
		return -1;
	if (pair + (*typed != '\0') + (*file != '\0') > 1)
		return err_set(e, ERR_INPUT, "%s", tr("Please give one pair, or type a list, or choose a file: only one of them at a time."));
	if (pair && movelist_add(l, from, to, kind, 1, c->arena, e) == -1)
		return -1;
	if (!pair && movelist_add_text(l, *typed != '\0' ? typed : file, strlen(*typed != '\0' ? typed : file), kind, c->arena,
	    e) == -1)
		return -1;
	return movelist_check(l, e);
}

static void
answer(struct ctx *c, int64_t job_id)
{
	char path[VIEW_JOB_PATH_SIZE];

	view_job_path(path, JOB_MOVE, job_id);
	resp_redirect(c->resp, path);
}

static struct move_request
request_of(const struct ctx *c, bool preview, bool merge)
{
	return (struct move_request){ .account_id = c->admin.account_id, .user_id = c->admin.user_id,
	    .requested_by = c->admin.email, .node = c->web->settings->node, .preview = preview, .merge = merge };
}

int
page_move_post(struct ctx *c, struct err *e)
{
	struct move_request r = request_of(c, true, false);
	struct movelist l = { .n = 0 };
	int64_t job_id;

	/* What was typed stays in the form. */
	if (read_list(c, &l, e) == -1) {
		if (!err_shown(e->kind) || c->json)
			return -1;
		c->resp->status = err_http_status(e->kind);
		return render(c, tr(err_public(e)), e);
	}
	if (move_request_add(c->db, &r, &l, &job_id, e) == -1)
		return -1;
	log_info("move_preview_requested", "job=%" PRId64 " pairs=%zu", job_id, l.n);
	answer(c, job_id);
	return 0;
}

int
page_move_run(struct ctx *c, struct err *e)
{
	struct move_request r = request_of(c, false, strcmp(given(c, "merge"), "yes") == 0);
	int64_t job_id;
	int done = move_request_shown(c->db, &r, c->id, &job_id, e);

	if (done == 0)
		return err_set(e, ERR_CONFLICT, "%s", tr("There is no preview with this number that is completed. Please ask for a new one."));
	if (done == -1)
		return -1;
	log_info("move_requested", "job=%" PRId64, job_id);
	answer(c, job_id);
	return 0;
}
