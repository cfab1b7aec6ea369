/* Tokens of programs that use the API: a form for a new one, and the list with what has become of each. */
#include "util/log.h"
#include "store/token.h"

#include "web/csrf.h"
#include "web/dispatch.h"
#include "web/i18n.h"
#include "web/pages.h"
#include "web/view.h"

static const char damaged[] = "This form is damaged. Please reload the page and try again.";

const struct form_field page_tokens_query[] = {
	{ "done", 16, NULL, false, "The address of this page is malformed." },
	{ .name = NULL },
};

/* What is too long is told beside what was typed. */
const struct form_field page_tokens_fields[] = {
	{ CSRF_FIELD, CSRF_SIZE, NULL, false, damaged },
	{ "name", 8 * TOKEN_NAME_MAX, NULL, false, damaged },
	{ "import", 8, NULL, false, damaged },
	{ "export", 8, NULL, false, damaged },
	{ "move", 8, NULL, false, damaged },
	{ .name = NULL },
};

struct listing {
	struct tmpl_data	*page;
	bool			 any;
};

static int
add_token(void *ctx, const struct token *t, struct err *e)
{
	struct listing *l = ctx;
	struct tmpl_data *row = tmpl_row(l->page, "tokens");
	char scopes[TOKEN_SCOPES_SIZE], path[sizeof(PATH_TOKENS) + 32];

	(void)e;
	l->any = true;
	token_scopes_write(t->scopes, scopes);
	snprintf(path, sizeof(path), PATH_TOKENS "/%" PRId64 "/revoke", t->token_id);
	tmpl_number(row, "token_id", t->token_id);
	tmpl_text(row, "token_name", t->name);
	tmpl_text(row, "scopes", scopes);
	tmpl_text(row, "created_by", t->created_by);
	tmpl_url(row, "revoke_url", tmpl_url_path(path));
	view_put_time(row, "created_at", "created_iso", t->created_at);
	view_put_time(row, "used_at", "used_iso", t->last_used_at);
	view_put_time(row, "revoked_at", "revoked_iso", t->revoked_at);
	return 0;
}

/* Was this scope asked for? */
static bool
wanted(const struct ctx *c, int scope)
{
	return c->route->form != NULL && form_get(&c->form, token_scope_names[scope]) != NULL;
}

static void
put_form(struct ctx *c, struct tmpl_data *d, const char *complaint)
{
	const char *name = c->route->form != NULL ? form_get(&c->form, "name") : NULL;
	int i;

	for (i = 0; i < TOKEN_SCOPE__MAX; i++)
		tmpl_flag(d, token_scope_names[i], *complaint != '\0' && wanted(c, i));
	tmpl_text(d, "form_name", *complaint != '\0' && name != NULL ? name : "");
	tmpl_text(d, "complaint", complaint);
}

/* secret: made just now, "" none.  complaint: about the form, "" none. */
static int
render(struct ctx *c, const char *secret, const char *complaint, struct err *e)
{
	struct listing l = { .page = view_data(c, tr("API tokens")) };
	const char *done = c->route->query != NULL ? form_get(&c->query, "done") : NULL;

	if (token_each(c->db, c->admin.account_id, add_token, &l, e) == -1)
		return -1;
	put_form(c, l.page, complaint);
	tmpl_text(l.page, "secret", secret);
	tmpl_flag(l.page, "revoked_now", done != NULL && strcmp(done, "revoked") == 0);
	tmpl_flag(l.page, "tokens_any", l.any);
	tmpl_text(l.page, "base_url", c->web->settings->base_url);
	return view_render(c, "tokens", l.page, e);
}

int
page_tokens(struct ctx *c, struct err *e)
{
	return render(c, "", "", e);
}

/* The answer is the one page that ever shows the token. */
int
page_tokens_post(struct ctx *c, struct err *e)
{
	const char *name = form_get(&c->form, "name");
	struct token_request r = { .account_id = c->admin.account_id, .name = name != NULL ? name : "", .by = c->admin.email };
	char text[TOKEN_TEXT_SIZE];
	int i, result;

	for (i = 0; i < TOKEN_SCOPE__MAX; i++)
		if (wanted(c, i))
			r.scopes |= TOKEN_MAY(i);
	/* What was typed stays in the form. */
	if (token_add(c->db, &r, text, e) == -1) {
		if (e->kind != ERR_INPUT || c->json)
			return -1;
		c->resp->status = err_http_status(e->kind);
		return render(c, "", tr(e->msg), e);
	}
	log_info("token_added", "account=%" PRId64, r.account_id);
	result = render(c, text, "", e);
	explicit_bzero(text, sizeof(text));
	return result;
}

int
page_tokens_revoke(struct ctx *c, struct err *e)
{
	int revoked = token_revoke(c->db, c->admin.account_id, c->id, c->admin.email, e);

	if (revoked == 0)
		return err_set(e, ERR_CONFLICT, "%s", tr("There is no token with this number that could be revoked; perhaps another admin "
		    "has just done that."));
	if (revoked == -1)
		return -1;
	log_info("token_revoked", "token=%" PRId64, c->id);
	resp_redirect(c->resp, PATH_TOKENS "?done=revoked");
	return 0;
}
