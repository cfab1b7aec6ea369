#include "web/dispatch.h"

#include <strings.h>

#include "util/esc.h"
#include "util/log.h"

#include "web/api.h"
#include "web/csrf.h"
#include "web/i18n.h"
#include "web/pages.h"
#include "web/site.h"
#include "web/view.h"

#define FORM_BODY_MAX	(16 * 1024)
#define FORM_PARTS_MAX	(1024 * 1024)	/* nginx keeps so much in memory and takes no more */

const struct route dispatch_routes[] = {
	{ REQ_GET, "/", ROUTE_PUBLIC, ROUTE_CSRF_READS, ROUTE_BODY_NONE, ROUTE_PAGES, ROUTE_PAGE,
	    NULL, NULL, page_home },
	{ REQ_GET, PATH_LOGIN, ROUTE_PUBLIC, ROUTE_CSRF_READS, ROUTE_BODY_NONE, ROUTE_PAGES, ROUTE_PAGE,
	    page_login_query, NULL, page_login },
	{ REQ_POST, PATH_LOGIN, ROUTE_PUBLIC, ROUTE_CSRF_SIGN_IN, ROUTE_BODY_FORM, ROUTE_PAGES, ROUTE_PAGE,
	    NULL, page_login_fields, page_login_post },
	{ REQ_POST, "/auth/logout", ROUTE_ADMIN, ROUTE_CSRF_SESSION, ROUTE_BODY_FORM, ROUTE_PAGES, ROUTE_PAGE,
	    NULL, page_token_fields, page_logout_post },
	{ REQ_GET, "/auth/my-account/manage-data", ROUTE_PUBLIC, ROUTE_CSRF_READS, ROUTE_BODY_NONE, ROUTE_PAGES,
	    ROUTE_PAGE, NULL, NULL, page_home },
	{ REQ_GET, PATH_IMPORT, ROUTE_ADMIN, ROUTE_CSRF_READS, ROUTE_BODY_NONE, ROUTE_PAGES, ROUTE_PAGE,
	    page_import_query, NULL, page_import },
	{ REQ_POST, PATH_IMPORT, ROUTE_ADMIN, ROUTE_CSRF_STREAM, ROUTE_BODY_STREAM, ROUTE_TRANSFER, ROUTE_PAGE,
	    NULL, NULL, upload_post },
	{ REQ_GET, PATH_IMPORT "/status.json", ROUTE_ADMIN, ROUTE_CSRF_READS, ROUTE_BODY_NONE, ROUTE_PAGES, ROUTE_JSON,
	    NULL, NULL, api_status },
	{ REQ_GET, PATH_IMPORT "/{id}", ROUTE_ADMIN, ROUTE_CSRF_READS, ROUTE_BODY_NONE, ROUTE_PAGES, ROUTE_PAGE,
	    NULL, NULL, page_job },
	{ REQ_GET, PATH_IMPORT "/{id}/cancel", ROUTE_ADMIN, ROUTE_CSRF_READS, ROUTE_BODY_NONE, ROUTE_PAGES, ROUTE_PAGE,
	    NULL, NULL, page_cancel },
	{ REQ_POST, PATH_IMPORT "/{id}/cancel", ROUTE_ADMIN, ROUTE_CSRF_SESSION, ROUTE_BODY_FORM, ROUTE_PAGES, ROUTE_PAGE,
	    NULL, page_token_fields, page_cancel_post },
	/* exports */
	{ REQ_GET, PATH_EXPORT, ROUTE_ADMIN, ROUTE_CSRF_READS, ROUTE_BODY_NONE, ROUTE_PAGES, ROUTE_PAGE,
	    page_export_query, NULL, page_export },
	{ REQ_POST, PATH_EXPORT, ROUTE_ADMIN, ROUTE_CSRF_SESSION, ROUTE_BODY_FORM, ROUTE_PAGES, ROUTE_PAGE,
	    NULL, page_export_fields, page_export_post },
	{ REQ_GET, PATH_EXPORT "/status.json", ROUTE_ADMIN, ROUTE_CSRF_READS, ROUTE_BODY_NONE, ROUTE_PAGES, ROUTE_JSON,
	    NULL, NULL, api_status },
	{ REQ_GET, PATH_EXPORT "/{id}", ROUTE_ADMIN, ROUTE_CSRF_READS, ROUTE_BODY_NONE, ROUTE_PAGES, ROUTE_PAGE,
	    NULL, NULL, page_job },
	{ REQ_GET, PATH_EXPORT "/{id}/cancel", ROUTE_ADMIN, ROUTE_CSRF_READS, ROUTE_BODY_NONE, ROUTE_PAGES, ROUTE_PAGE,
	    NULL, NULL, page_cancel },
	{ REQ_POST, PATH_EXPORT "/{id}/cancel", ROUTE_ADMIN, ROUTE_CSRF_SESSION, ROUTE_BODY_FORM, ROUTE_PAGES, ROUTE_PAGE,
	    NULL, page_token_fields, page_cancel_post },
	{ REQ_GET, PATH_EXPORT "/{id}/delete", ROUTE_ADMIN, ROUTE_CSRF_READS, ROUTE_BODY_NONE, ROUTE_PAGES, ROUTE_PAGE,
	    NULL, NULL, page_export_delete },
	{ REQ_POST, PATH_EXPORT "/{id}/delete", ROUTE_ADMIN, ROUTE_CSRF_SESSION, ROUTE_BODY_FORM, ROUTE_PAGES, ROUTE_PAGE,
	    NULL, page_token_fields, page_export_delete_post },
	{ REQ_GET, PATH_EXPORT "/{id}/download", ROUTE_ADMIN, ROUTE_CSRF_READS, ROUTE_BODY_NONE, ROUTE_TRANSFER, ROUTE_PAGE,
	    NULL, NULL, download_get },
	/* moves */
	{ REQ_GET, PATH_MOVE, ROUTE_ADMIN, ROUTE_CSRF_READS, ROUTE_BODY_NONE, ROUTE_PAGES, ROUTE_PAGE,
	    page_move_query, NULL, page_move },
	{ REQ_POST, PATH_MOVE, ROUTE_ADMIN, ROUTE_CSRF_SESSION, ROUTE_BODY_PARTS, ROUTE_PAGES, ROUTE_PAGE,
	    NULL, page_move_fields, page_move_post },
	{ REQ_GET, PATH_MOVE "/status.json", ROUTE_ADMIN, ROUTE_CSRF_READS, ROUTE_BODY_NONE, ROUTE_PAGES, ROUTE_JSON,
	    NULL, NULL, api_status },
	{ REQ_GET, PATH_MOVE "/{id}", ROUTE_ADMIN, ROUTE_CSRF_READS, ROUTE_BODY_NONE, ROUTE_PAGES, ROUTE_PAGE,
	    NULL, NULL, page_job },
	{ REQ_POST, PATH_MOVE "/{id}/run", ROUTE_ADMIN, ROUTE_CSRF_SESSION, ROUTE_BODY_FORM, ROUTE_PAGES, ROUTE_PAGE,
	    NULL, page_move_run_fields, page_move_run },
	{ REQ_GET, PATH_MOVE "/{id}/cancel", ROUTE_ADMIN, ROUTE_CSRF_READS, ROUTE_BODY_NONE, ROUTE_PAGES, ROUTE_PAGE,
	    NULL, NULL, page_cancel },
	{ REQ_POST, PATH_MOVE "/{id}/cancel", ROUTE_ADMIN, ROUTE_CSRF_SESSION, ROUTE_BODY_FORM, ROUTE_PAGES, ROUTE_PAGE,
	    NULL, page_token_fields, page_cancel_post },
	/* copies */
	{ REQ_GET, PATH_COPY, ROUTE_ADMIN, ROUTE_CSRF_READS, ROUTE_BODY_NONE, ROUTE_PAGES, ROUTE_PAGE,
	    page_copy_query, NULL, page_copy },
	{ REQ_POST, PATH_COPY, ROUTE_ADMIN, ROUTE_CSRF_SESSION, ROUTE_BODY_FORM, ROUTE_PAGES, ROUTE_PAGE,
	    NULL, page_copy_fields, page_copy_post },
	{ REQ_GET, PATH_COPY "/status.json", ROUTE_ADMIN, ROUTE_CSRF_READS, ROUTE_BODY_NONE, ROUTE_PAGES, ROUTE_JSON,
	    NULL, NULL, api_status },
	{ REQ_GET, PATH_COPY "/{id}", ROUTE_ADMIN, ROUTE_CSRF_READS, ROUTE_BODY_NONE, ROUTE_PAGES, ROUTE_PAGE,
	    NULL, NULL, page_job },
	{ REQ_GET, PATH_COPY "/{id}/cancel", ROUTE_ADMIN, ROUTE_CSRF_READS, ROUTE_BODY_NONE, ROUTE_PAGES, ROUTE_PAGE,
	    NULL, NULL, page_cancel },
	{ REQ_POST, PATH_COPY "/{id}/cancel", ROUTE_ADMIN, ROUTE_CSRF_SESSION, ROUTE_BODY_FORM, ROUTE_PAGES, ROUTE_PAGE,
	    NULL, page_token_fields, page_cancel_post },
	{ REQ_GET, PATH_NOTIFICATIONS, ROUTE_ADMIN, ROUTE_CSRF_READS, ROUTE_BODY_NONE, ROUTE_PAGES, ROUTE_PAGE,
	    page_notifications_query, NULL, page_notifications },
	{ REQ_POST, PATH_NOTIFICATIONS "/mail", ROUTE_ADMIN, ROUTE_CSRF_SESSION, ROUTE_BODY_FORM, ROUTE_PAGES, ROUTE_PAGE,
	    NULL, page_notifications_mail_fields, page_notifications_mail },
	{ REQ_POST, PATH_NOTIFICATIONS "/webhook", ROUTE_ADMIN, ROUTE_CSRF_SESSION, ROUTE_BODY_FORM, ROUTE_PAGES, ROUTE_PAGE,
	    NULL, page_webhook_fields, page_webhook_set },
	{ REQ_POST, PATH_NOTIFICATIONS "/webhook/secret", ROUTE_ADMIN, ROUTE_CSRF_SESSION, ROUTE_BODY_FORM, ROUTE_PAGES,
	    ROUTE_PAGE, NULL, page_token_fields, page_webhook_rotate },
	{ REQ_POST, PATH_NOTIFICATIONS "/webhook/remove", ROUTE_ADMIN, ROUTE_CSRF_SESSION, ROUTE_BODY_FORM, ROUTE_PAGES,
	    ROUTE_PAGE, NULL, page_token_fields, page_webhook_remove },
	/* sites that send their comments themselves, as their admins see them */
	{ REQ_GET, PATH_SITE_PAGES "/confirm", ROUTE_ADMIN, ROUTE_CSRF_READS, ROUTE_BODY_NONE, ROUTE_PAGES, ROUTE_PAGE,
	    page_confirm_query, NULL, page_confirm },
	{ REQ_POST, PATH_SITE_PAGES "/confirm", ROUTE_ADMIN, ROUTE_CSRF_SESSION, ROUTE_BODY_FORM, ROUTE_PAGES, ROUTE_PAGE,
	    NULL, page_confirm_fields, page_confirm_post },
	{ REQ_GET, PATH_SITE_PAGES "/setup", ROUTE_ADMIN, ROUTE_CSRF_READS, ROUTE_BODY_NONE, ROUTE_PAGES, ROUTE_PAGE,
	    page_confirm_query, NULL, page_confirm },
	{ REQ_GET, PATH_SITES, ROUTE_ADMIN, ROUTE_CSRF_READS, ROUTE_BODY_NONE, ROUTE_PAGES, ROUTE_PAGE,
	    page_sites_query, NULL, page_sites },
	{ REQ_POST, PATH_SITES "/{id}/resync", ROUTE_ADMIN, ROUTE_CSRF_SESSION, ROUTE_BODY_FORM, ROUTE_PAGES, ROUTE_PAGE,
	    NULL, page_token_fields, page_site_resync },
	{ REQ_GET, PATH_SITES "/{id}/revoke", ROUTE_ADMIN, ROUTE_CSRF_READS, ROUTE_BODY_NONE, ROUTE_PAGES, ROUTE_PAGE,
	    NULL, NULL, page_site_revoke },
	{ REQ_POST, PATH_SITES "/{id}/revoke", ROUTE_ADMIN, ROUTE_CSRF_SESSION, ROUTE_BODY_FORM, ROUTE_PAGES, ROUTE_PAGE,
	    NULL, page_token_fields, page_site_revoke_post },
	/* tokens of programs */
	{ REQ_GET, PATH_TOKENS, ROUTE_ADMIN, ROUTE_CSRF_READS, ROUTE_BODY_NONE, ROUTE_PAGES, ROUTE_PAGE,
	    page_tokens_query, NULL, page_tokens },
	{ REQ_POST, PATH_TOKENS, ROUTE_ADMIN, ROUTE_CSRF_SESSION, ROUTE_BODY_FORM, ROUTE_PAGES, ROUTE_PAGE,
	    NULL, page_tokens_fields, page_tokens_post },
	{ REQ_POST, PATH_TOKENS "/{id}/revoke", ROUTE_ADMIN, ROUTE_CSRF_SESSION, ROUTE_BODY_FORM, ROUTE_PAGES, ROUTE_PAGE,
	    NULL, page_token_fields, page_tokens_revoke },

	{ REQ_GET, PATH_AUDIT, ROUTE_ADMIN, ROUTE_CSRF_READS, ROUTE_BODY_NONE, ROUTE_PAGES, ROUTE_PAGE,
	    page_audit_query, NULL, page_audit },
	/* connected sites */
	{ REQ_PUT, PATH_SITE "/token", ROUTE_SITE_ASKS, ROUTE_CSRF_NO_COOKIE, ROUTE_BODY_NONE, ROUTE_PAGES, ROUTE_SITE_JSON,
	    site_token_query, NULL, site_token },
	{ REQ_GET, PATH_SITE "/commands", ROUTE_SITE_POLLS, ROUTE_CSRF_NO_COOKIE, ROUTE_BODY_NONE, ROUTE_PAGES, ROUTE_SITE_JSON,
	    site_commands_query, NULL, site_commands },
	{ REQ_POST, PATH_SITE "/comments", ROUTE_SITE, ROUTE_CSRF_NO_COOKIE, ROUTE_BODY_STREAM, ROUTE_TRANSFER, ROUTE_SITE_JSON,
	    NULL, NULL, site_comments_post },
	{ REQ_GET, PATH_SITE "/api-secret", ROUTE_SITE_POLLS, ROUTE_CSRF_NO_COOKIE, ROUTE_BODY_NONE, ROUTE_PAGES, ROUTE_SITE_JSON,
	    NULL, NULL, site_api_secret },
	/* what connected sites are told */
	{ REQ_GET, PATH_SITE "/events", ROUTE_SITE_POLLS, ROUTE_CSRF_NO_COOKIE, ROUTE_BODY_NONE, ROUTE_PAGES, ROUTE_SITE_JSON,
	    site_events_query, NULL, site_events },
	{ REQ_GET, PATH_SITE "/comments", ROUTE_SITE, ROUTE_CSRF_NO_COOKIE, ROUTE_BODY_NONE, ROUTE_PAGES, ROUTE_SITE_JSON,
	    site_download_query, NULL, site_download },
	{ REQ_PATCH, PATH_SITE "/comment-ids", ROUTE_SITE, ROUTE_CSRF_NO_COOKIE, ROUTE_BODY_WHOLE, ROUTE_PAGES, ROUTE_SITE_JSON,
	    NULL, NULL, site_ids },
	/* programs with a token */
	{ REQ_GET, PATH_API "/imports", ROUTE_TOKEN_IMPORT, ROUTE_CSRF_NO_COOKIE, ROUTE_BODY_NONE, ROUTE_PAGES, ROUTE_JSON,
	    api_list_query, NULL, api_imports },
	{ REQ_POST, PATH_API "/imports", ROUTE_TOKEN_IMPORT, ROUTE_CSRF_NO_COOKIE, ROUTE_BODY_STREAM, ROUTE_TRANSFER, ROUTE_JSON,
	    NULL, NULL, api_import_post },
	{ REQ_GET, PATH_API "/exports", ROUTE_TOKEN_EXPORT, ROUTE_CSRF_NO_COOKIE, ROUTE_BODY_NONE, ROUTE_PAGES, ROUTE_JSON,
	    api_list_query, NULL, api_exports },
	{ REQ_POST, PATH_API "/exports", ROUTE_TOKEN_EXPORT, ROUTE_CSRF_NO_COOKIE, ROUTE_BODY_WHOLE, ROUTE_PAGES, ROUTE_JSON,
	    NULL, NULL, api_export_post },
	{ REQ_GET, PATH_API "/exports/{id}/download", ROUTE_TOKEN_EXPORT, ROUTE_CSRF_NO_COOKIE, ROUTE_BODY_NONE, ROUTE_TRANSFER,
	    ROUTE_JSON, NULL, NULL, download_get },
	{ REQ_GET, PATH_API "/moves", ROUTE_TOKEN_MOVE, ROUTE_CSRF_NO_COOKIE, ROUTE_BODY_NONE, ROUTE_PAGES, ROUTE_JSON,
	    api_list_query, NULL, api_moves },
	{ REQ_POST, PATH_API "/moves", ROUTE_TOKEN_MOVE, ROUTE_CSRF_NO_COOKIE, ROUTE_BODY_WHOLE, ROUTE_PAGES, ROUTE_JSON,
	    NULL, NULL, api_move_post },
	{ REQ_GET, PATH_API "/jobs/{id}", ROUTE_TOKEN, ROUTE_CSRF_NO_COOKIE, ROUTE_BODY_NONE, ROUTE_PAGES, ROUTE_JSON,
	    NULL, NULL, api_job },
	{ REQ_DELETE, PATH_API "/jobs/{id}", ROUTE_TOKEN, ROUTE_CSRF_NO_COOKIE, ROUTE_BODY_NONE, ROUTE_PAGES, ROUTE_JSON,
	    NULL, NULL, api_job_cancel },
	{ REQ_GET, "/healthz", ROUTE_PRIVATE, ROUTE_CSRF_READS, ROUTE_BODY_NONE, ROUTE_PAGES, ROUTE_JSON,
	    NULL, NULL, api_health },
	{ REQ_GET, "/metrics", ROUTE_PRIVATE, ROUTE_CSRF_READS, ROUTE_BODY_NONE, ROUTE_PAGES, ROUTE_JSON,
	    NULL, NULL, api_metrics },
};
const size_t dispatch_routes_count = ARRAY_LEN(dispatch_routes);

static int
find_session(struct db *db, void *ctx, struct err *e)
{
	struct ctx *c = ctx;

	return session_find(db, c->token, &c->admin, e);
}

/* Who asks?  The first word with the database, so that a connection that went away overnight shows here. */
static int
find_admin(struct ctx *c, struct err *e)
{
	int found;

	if (!session_cookie(c->web->settings, c->req->cookies, false, c->token))
		return 0;
	found = gate_ask(c->gate, find_session, c, e);
	c->signed_in = found == 1;
	return found == -1 ? -1 : 0;
}

/* A page that needs a sign-in, asked for by a browser: to the form, and from there back to the page. */
static void
redirect_to_login(struct ctx *c)
{
	struct sb to;

	sb_init(&to, 8 * 1024);
	sb_str(&to, PATH_LOGIN "?next=");
	esc_url(&to, c->req->path, strlen(c->req->path));
	if (*c->req->query != '\0') {
		sb_str(&to, "%3F");
		esc_url(&to, c->req->query, strlen(c->req->query));
	}
	resp_redirect(c->resp, sb_ok(&to) ? sb_text(&to) : PATH_LOGIN);
	sb_free(&to);
}

static int
check_csrf(struct ctx *c, struct err *e)
{
	char cookie[SESSION_TOKEN_SIZE];

	session_cookie(c->web->settings, c->req->cookies, c->route->csrf == ROUTE_CSRF_SIGN_IN, cookie);
	if (csrf_check(cookie, form_get(&c->form, CSRF_FIELD)))
		return 0;
	return err_set(e, ERR_FORBIDDEN, "%s", tr("This form is no longer valid; perhaps it stood open for long, or cookies are "
	    "switched off in this browser. Please go back, reload the page and try again."));
}

static int
read_form(struct ctx *c, struct err *e)
{
	bool parts = c->route->body == ROUTE_BODY_PARTS;
	const char *type = parts ? "multipart/form-data" : "application/x-www-form-urlencoded", *body;
	size_t n;

	if (strncasecmp(c->req->content_type, type, strlen(type)) != 0)
		return err_set(e, ERR_TYPE, "%s", tr("This address takes the form of its page and nothing else."));
	if (req_read_body(c->req, parts ? FORM_PARTS_MAX : FORM_BODY_MAX, c->arena, &body, &n, e) == -1)
		return -1;
	return parts ? form_parse_parts(&c->form, c->route->form, c->req->content_type, body, n, c->arena, e) :
	    form_parse(&c->form, c->route->form, body, n, c->arena, e);
}

static int
handle(struct db *db, void *ctx, struct err *e)
{
	struct ctx *c = ctx;
	int result;

	resp_reset(c->resp);
	c->db = db;
	result = c->route->handler(c, e);
	c->db = NULL;
	return result;
}

/* A private handler asks for the database itself: it has something to say without one, too.  So does one of the transfer
 * pool, where nobody holds the database while bytes flow. */
static int
run_handler(struct ctx *c, struct err *e)
{
	if (c->route->pool == ROUTE_TRANSFER || c->route->who == ROUTE_PRIVATE)
		return c->route->handler(c, e);
	return gate_ask(c->gate, handle, c, e);
}

/* A person: 1; 0 when the sign-in comes first, -1. */
static int
enforce_person(struct ctx *c, struct err *e)
{
	const struct route *r = c->route;

	if (find_admin(c, e) == -1)
		return -1;
	if (r->who != ROUTE_ADMIN || c->signed_in)
		return 1;
	if (r->method == REQ_GET && !c->json) {
		redirect_to_login(c);
		return 0;
	}
	return err_set(e, ERR_AUTH, "%s", r->body == ROUTE_BODY_STREAM ?
	    tr("You are not signed in any more. Please sign in, then upload the file again.") :
	    tr("You are not signed in. Please sign in and try again."));
}

/* May it come?  1; 0 when it was answered already, -1. */
static int
enforce_who(struct ctx *c, struct err *e)
{
	switch (c->route->who) {
	case ROUTE_PUBLIC: case ROUTE_ADMIN: return enforce_person(c, e);
	case ROUTE_SITE: case ROUTE_SITE_POLLS: return site_find(c, e);
	case ROUTE_TOKEN: case ROUTE_TOKEN_IMPORT: case ROUTE_TOKEN_EXPORT: case ROUTE_TOKEN_MOVE: return api_find(c, e);
	case ROUTE_PRIVATE: case ROUTE_SITE_ASKS: break;
	}
	return 1;
}

/* All that a row of the table promises, in this order, and then its handler. */
static int
enforce(struct ctx *c, struct err *e)
{
	const struct route *r = c->route;
	int may = enforce_who(c, e);

	if (may != 1)
		return may;
	if (form_parse(&c->query, r->query, c->req->query, strlen(c->req->query), c->arena, e) == -1)
		return -1;
	if ((r->body == ROUTE_BODY_FORM || r->body == ROUTE_BODY_PARTS) && read_form(c, e) == -1)
		return -1;
	if (r->body == ROUTE_BODY_WHOLE && req_read_body(c->req, c->api != NULL ? API_BODY_MAX :
	    (size_t)c->web->settings->plugin_batch_size, c->arena, &c->body, &c->body_n, e) == -1)
		return -1;
	if ((r->csrf == ROUTE_CSRF_SIGN_IN || r->csrf == ROUTE_CSRF_SESSION) && check_csrf(c, e) == -1)
		return -1;
	return run_handler(c, e);
}

void
dispatch(struct ctx *c, enum route_pool pool)
{
	struct route_match match;
	struct err e = { 0 };
	int result;

	route_find(dispatch_routes, dispatch_routes_count, pool, c->req, &match);
	c->route = match.route;
	c->id = match.id;
	c->site_json = c->route != NULL ? c->route->answer == ROUTE_SITE_JSON :
	    strncmp(c->req->path, PATH_INTEGRATIONS, strlen(PATH_INTEGRATIONS)) == 0;
	c->json = c->req->wants_json || api_is(c->req->path) || (c->route != NULL && c->route->answer == ROUTE_JSON);
	if (c->route != NULL)
		result = enforce(c, &e);
	else if (match.allow[0] != '\0')
		result = err_set(&e, ERR_METHOD, "%s", tr("This address does not take that kind of request."));
	else
		result = err_set(&e, ERR_NOTFOUND, "%s", tr("There is nothing at this address."));
	if (result == 0)
		return;
	if (c->route != NULL)
		log_err("request_failed", &e);
	resp_reset(c->resp);
	if (match.route == NULL && match.allow[0] != '\0')
		resp_header(c->resp, "Allow", match.allow);
	if (e.kind == ERR_AUTH && api_is(c->req->path))
		resp_header(c->resp, "WWW-Authenticate", "Bearer realm=\"trasloco\"");
	view_error(c, err_http_status(e.kind), &e);
}
