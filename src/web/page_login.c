/* Sign-in and sign-out. */
#include "store/audit.h"

#include "web/csrf.h"
#include "web/dispatch.h"
#include "web/i18n.h"
#include "web/pages.h"
#include "web/password.h"
#include "web/view.h"

#define NEXT_MAX	1024

/* A path of this site and nothing that a browser could read as another one: the sign-in page must not forward to a
 * stranger. */
static bool
is_local_path(const char *s)
{
	return *s == '\0' || (s[0] == '/' && s[1] != '/' &&
	    s[strspn(s, "/abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~?=&%")] == '\0');
}

const struct form_field page_login_query[] = {
	{ "next", NEXT_MAX, NULL, false, "The address of this page is too long." },
	{ .name = NULL },
};

const struct form_field page_login_fields[] = {
	{ CSRF_FIELD, CSRF_SIZE, NULL, false, "This form is damaged. Please reload the page and try again." },
	{ "email", MAILADDR_MAX, NULL, true, "Please enter the e-mail address of your account." },
	{ "password", PASSWORD_MAX_BYTES, NULL, true, "Please enter your password." },
	{ "next", NEXT_MAX, NULL, false, "This form is damaged. Please reload the page and try again." },
	{ .name = NULL },
};

const struct form_field page_token_fields[] = {
	{ CSRF_FIELD, CSRF_SIZE, NULL, false, "This form is damaged. Please reload the page and try again." },
	{ .name = NULL },
};

int
page_home(struct ctx *c, struct err *e)
{
	(void)e;
	resp_redirect(c->resp, PATH_IMPORT);
	return 0;
}

static const char *
next_or_home(const char *next)
{
	return next != NULL && *next != '\0' && is_local_path(next) ? next : PATH_IMPORT;
}

/* The form; message: why the last try failed, "" at first. */
static int
render_form(struct ctx *c, const char *next, const char *email, const char *message, struct err *e)
{
	struct tmpl_data *d = view_data(c, tr("Sign in"));
	char cookie[SESSION_TOKEN_SIZE], token[CSRF_SIZE];

	if (!session_cookie(c->web->settings, c->req->cookies, true, cookie))
		session_sign_in_cookie(c->web->settings, c->resp, cookie);
	csrf_token(cookie, token);
	tmpl_text(d, "form_csrf", token);
	tmpl_text(d, "next", next);
	tmpl_text(d, "form_email", email);
	tmpl_text(d, "message", message);
	return view_render(c, "login", d, e);
}

int
page_login(struct ctx *c, struct err *e)
{
	const char *next = next_or_home(form_get(&c->query, "next"));

	if (c->signed_in) {
		resp_redirect(c->resp, next);
		return 0;
	}
	return render_form(c, next, "", "", e);
}

/* One sentence and one duration, whether the address or the password is the wrong one. */
int
page_login_post(struct ctx *c, struct err *e)
{
	const char *email = form_get(&c->form, "email"), *next = next_or_home(form_get(&c->form, "next"));
	struct admin admin;
	int found = admin_by_email(c->db, email, &admin, e);

	if (found == -1)
		return -1;
	if (!password_verify(form_get(&c->form, "password"), found == 1 ? admin.password_hash : NULL)) {
		if (found == 1 && audit_add(c->db, admin.account_id, "", AUDIT_SIGN_IN_FAILED, 0, admin.email, e) == -1)
			return -1;
		c->resp->status = 401;
		return render_form(c, next, email, tr("The e-mail address or the password is wrong. Please try again."), e);
	}
	if (session_start(c->db, c->web->settings, admin.user_id, c->resp, e) == -1)
		return -1;
	resp_redirect(c->resp, next);
	return 0;
}

int
page_logout_post(struct ctx *c, struct err *e)
{
	if (session_end(c->db, c->web->settings, c->token, c->resp, e) == -1)
		return -1;
	resp_redirect(c->resp, PATH_LOGIN);
	return 0;
}
