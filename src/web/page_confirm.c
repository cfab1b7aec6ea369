/* A site asks to be connected, and an admin who came from there decides. */
#include "util/log.h"

#include "web/csrf.h"
#include "web/dispatch.h"
#include "web/i18n.h"
#include "web/pages.h"
#include "web/view.h"
#include "web/view_site.h"

#define PATH_SIZE	(sizeof(PATH_SITE_PAGES) + INTEGRATION_TOKEN_MAX + 64)

static const char form_damaged[] = "This form is damaged. Please reload the page and try again.";

static bool
token_shaped(const char *s)
{
	size_t n = strlen(s);

	return n >= INTEGRATION_TOKEN_MIN &&
	    strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") == n;
}

const struct form_field page_confirm_query[] = {
	{ "token", INTEGRATION_TOKEN_MAX, token_shaped, true, "The address of this page is incomplete. Please go back to the site "
	    "and press its button once more." },
	{ .name = NULL },
};

/* domain: as it was shown, for the site may say another one meanwhile. */
const struct form_field page_confirm_fields[] = {
	{ CSRF_FIELD, CSRF_SIZE, NULL, false, form_damaged },
	{ "token", INTEGRATION_TOKEN_MAX, token_shaped, true, form_damaged },
	{ "domain", LIMIT_URL_BYTES, NULL, true, form_damaged },
	{ "all_comments", 8, NULL, false, form_damaged },
	{ "answer", 8, NULL, true, form_damaged },
	{ .name = NULL },
};

/* Whose token it is: 1; 0 nobody's; -1, also for another account's, of which nothing more is told. */
static int
find(struct ctx *c, const char *token, struct integration *n, struct err *e)
{
	int found = integration_by_token(c->db, token, n, e);

	if (found == 1 && n->account_id != 0 && n->account_id != c->admin.account_id)
		return err_set(e, ERR_FORBIDDEN, "%s", tr("This site is connected to another account, and a site can belong to one only. "
		    "Please ask whoever looks after the site."));
	return found;
}

/* n: NULL while nobody has asked with this token.  complaint: why the last press of a button did nothing, else "". */
static int
render(struct ctx *c, const char *token, const struct integration *n, const char *complaint, struct err *e)
{
	struct tmpl_data *d = view_data(c, n != NULL ? tr("Connect a site") : tr("This site has not asked yet"));
	char again[PATH_SIZE];

	snprintf(again, sizeof(again), PATH_SITE_PAGES "/confirm?token=%s", token);
	tmpl_url(d, "look_again_url", tmpl_url_path(again));
	tmpl_text(d, "token", token);
	tmpl_text(d, "complaint", complaint);
	tmpl_flag(d, "known", n != NULL);
	if (n != NULL)
		view_site(d, n);
	return view_render(c, "confirm", d, e);
}

int
page_confirm(struct ctx *c, struct err *e)
{
	const char *token = form_get(&c->query, "token");
	struct integration n;
	int found = find(c, token, &n, e);

	return found == -1 ? -1 : render(c, token, found == 1 ? &n : NULL, "", e);
}

/* The page anew, as things are now. */
static int
say(struct ctx *c, const char *token, const char *complaint, struct err *e)
{
	struct integration n;
	int found = find(c, token, &n, e);

	if (found == -1)
		return -1;
	c->resp->status = 409;
	return render(c, token, found == 1 ? &n : NULL, complaint, e);
}

static int
approve(struct ctx *c, const char *token, const struct integration *n, struct err *e)
{
	const struct integration_approval a = {
		.integration_id = n->integration_id, .account_id = c->admin.account_id, .user_id = c->admin.user_id,
		.domain = form_get(&c->form, "domain"), .by = c->admin.email,
		.all_comments = form_get(&c->form, "all_comments") != NULL, .silence_seconds = view_site_silence(c),
	};
	char path[sizeof(PATH_SITES) + 64];
	struct err why;

	if (integration_approve(c->db, &a, e) == -1) {
		why = *e;
		return why.kind == ERR_CONFLICT || why.kind == ERR_NOTFOUND ? say(c, token, tr(why.msg), e) : -1;
	}
	log_info("site_approved", "integration=%" PRId64, n->integration_id);
	snprintf(path, sizeof(path), PATH_SITES "?done=approved&site=%" PRId64, n->integration_id);
	resp_redirect(c->resp, path);
	return 0;
}

static int
refuse(struct ctx *c, const char *token, const struct integration *n, struct err *e)
{
	int refused = integration_refuse(c->db, n->integration_id, c->admin.account_id, c->admin.email, e);

	if (refused == -1)
		return -1;
	if (refused == 0)
		return say(c, token, tr("This site does not ask any more, so there was nothing to refuse."), e);
	log_info("site_refused", "integration=%" PRId64, n->integration_id);
	resp_redirect(c->resp, PATH_SITES "?done=refused");
	return 0;
}

int
page_confirm_post(struct ctx *c, struct err *e)
{
	const char *token = form_get(&c->form, "token"), *answer = form_get(&c->form, "answer");
	struct integration n;
	int found = find(c, token, &n, e);

	if (found == -1)
		return -1;
	if (found == 0)
		return say(c, token, tr("This site does not ask any more: another admin has refused it, or it has asked for too long."), e);
	if (strcmp(answer, "approve") == 0)
		return approve(c, token, &n, e);
	if (strcmp(answer, "refuse") == 0)
		return refuse(c, token, &n, e);
	return err_set(e, ERR_INPUT, "%s", tr(form_damaged));
}
