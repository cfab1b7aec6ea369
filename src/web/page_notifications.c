/* Who hears of the ends of jobs: mail to the admin who asked, and the account's webhook with its delivery log. */
#include "util/weburl.h"
#include "spool/sign.h"
#include "store/audit.h"
#include "store/outbox.h"
#include "store/webhook.h"

#include "web/csrf.h"
#include "web/dispatch.h"
#include "web/i18n.h"
#include "web/pages.h"
#include "web/view.h"

#define DELIVERIES_SHOWN	50
/* What is too long for a webhook is still told in the form, beside what was typed. */
#define URL_FIELD_MAX		(2 * WEBURL_WEBHOOK_MAX)
#define RECEIVER_SIZE		300

static const char form_damaged[] = "This form is damaged. Please reload the page and try again.";

const struct form_field page_notifications_query[] = {
	{ "saved", 16, NULL, false, "The address of this page is malformed." },
	{ .name = NULL },
};

const struct form_field page_notifications_mail_fields[] = {
	{ CSRF_FIELD, CSRF_SIZE, NULL, false, form_damaged },
	{ "mail", 8, NULL, false, form_damaged },
	{ .name = NULL },
};

const struct form_field page_webhook_fields[] = {
	{ CSRF_FIELD, CSRF_SIZE, NULL, false, form_damaged },
	{ "url", URL_FIELD_MAX, NULL, true, "Please enter the web address that the webhook shall call." },
	{ .name = NULL },
};

/* --- the page --- */

struct deliveries {
	struct tmpl_data	*page;
	bool			 any;
};

static void
put_state(struct tmpl_data *row, const char *state)
{
	bool sent = strcmp(state, "sent") == 0, waiting = strcmp(state, "waiting") == 0;

	tmpl_text(row, "badge", sent ? "completed" : waiting ? "requested" : "failed");
	tmpl_text(row, "state_title", sent ? tr("Delivered") : waiting ? tr("Waiting") : tr("Given up"));
	tmpl_flag(row, "waiting", waiting);
}

static int
add_delivery(void *ctx, const struct outbox_entry *o, struct err *e)
{
	struct deliveries *d = ctx;
	struct tmpl_data *row = tmpl_row(d->page, "deliveries");
	char path[VIEW_JOB_PATH_SIZE];

	(void)e;
	d->any = true;
	view_job_path(path, JOB_IMPORT, o->job_id);
	tmpl_number(row, "job_id", o->job_id);
	tmpl_url(row, "job_url", tmpl_url_path(path));
	put_state(row, o->state);
	tmpl_number(row, "attempts", o->attempts);
	tmpl_number(row, "status", o->last_status);
	tmpl_text(row, "said", o->last_said);
	view_put_time(row, "created_at", "created_iso", o->created_at);
	view_put_time(row, "due_at", "due_iso", o->due_at);
	view_put_time(row, "last_at", "last_iso", o->last_at);
	return 0;
}

/* What the answer to a form adds to the page. */
struct said {
	const char	*secret;	/* made just now, "" none */
	const char	*url;		/* that was refused; NULL: the webhook's */
	const char	*complaint;	/* about it, "" none */
};

static int
render(struct ctx *c, const struct said *said, struct err *e)
{
	const char *saved = form_get(&c->query, "saved");
	struct deliveries d = { .page = view_data(c, tr("Notifications")) };
	struct webhook hook = { .url = "" };
	bool mail;
	int found = webhook_get(c->db, c->admin.account_id, &hook, e);

	if (found == -1 || admin_notify_get(c->db, c->admin.user_id, &mail, e) == -1 ||
	    outbox_each(c->db, c->admin.account_id, OUTBOX_WEBHOOK, DELIVERIES_SHOWN, add_delivery, &d, e) == -1)
		return -1;
	tmpl_flag(d.page, "mail", mail);
	tmpl_flag(d.page, "saved_mail", saved != NULL && strcmp(saved, "mail") == 0);
	tmpl_flag(d.page, "removed", saved != NULL && strcmp(saved, "removed") == 0);
	tmpl_flag(d.page, "webhook", found == 1);
	tmpl_text(d.page, "webhook_url", hook.url);
	if (found == 1)
		view_put_time(d.page, "webhook_since", "webhook_since_iso", hook.created_at);
	tmpl_text(d.page, "form_url", said->url != NULL ? said->url : hook.url);
	tmpl_text(d.page, "complaint", said->complaint);
	tmpl_text(d.page, "secret", said->secret);
	tmpl_flag(d.page, "local_ok", c->web->settings->webhook_private);
	tmpl_flag(d.page, "deliveries_any", d.any);
	return view_render(c, "notifications", d.page, e);
}

int
page_notifications(struct ctx *c, struct err *e)
{
	return render(c, &(struct said){ .secret = "", .complaint = "" }, e);
}

/* --- changes, each in one transaction with its line of the audit log --- */

struct change {
	struct ctx	*c;
	bool		 mail;
	const char	*url;
	const uint8_t	*sealed;		/* the secret */
	const char	*detail;
};

static int
note(struct db *db, const struct change *h, enum audit_action action, struct err *e)
{
	return audit_add(db, h->c->admin.account_id, h->c->admin.email, action, 0, h->detail, e);
}

static int
change_mail(struct db *db, void *ctx, struct err *e)
{
	const struct change *h = ctx;

	if (admin_notify_set(db, h->c->admin.user_id, h->mail, e) == -1)
		return -1;
	return note(db, h, AUDIT_NOTIFY_CHANGED, e);
}

int
page_notifications_mail(struct ctx *c, struct err *e)
{
	struct change h = { .c = c, .mail = form_get(&c->form, "mail") != NULL };

	h.detail = h.mail ? "mails: yes" : "mails: no";
	if (db_transaction(c->db, change_mail, &h, e) == -1)
		return -1;
	resp_redirect(c->resp, PATH_NOTIFICATIONS "?saved=mail");
	return 0;
}

static int
change_webhook(struct db *db, void *ctx, struct err *e)
{
	const struct change *h = ctx;

	if (webhook_set(db, h->c->admin.account_id, h->url, h->sealed, SIGN_SEALED_SIZE, e) == -1)
		return -1;
	return note(db, h, AUDIT_WEBHOOK_CHANGED, e);
}

/* A fresh secret for this address; the answer is the one page that ever shows it. */
static int
make_secret(struct ctx *c, const char *url, const char *detail, struct err *e)
{
	char secret[SIGN_SECRET_SIZE];
	uint8_t sealed[SIGN_SEALED_SIZE];
	struct change h = { .c = c, .url = url, .sealed = sealed, .detail = detail };
	int result = -1;

	if (sign_secret_new(c->web->settings->spool_public_key, secret, sealed, e) == 0 &&
	    db_transaction(c->db, change_webhook, &h, e) == 0)
		result = render(c, &(struct said){ .secret = secret, .complaint = "" }, e);
	explicit_bzero(secret, sizeof(secret));
	return result;
}

/* Without path and query, where receivers keep what nobody else may know. */
static void
receiver_of(const char *url, char out[RECEIVER_SIZE])
{
	const char *host = strstr(url, "//") + 2;

	snprintf(out, RECEIVER_SIZE, "%.*s", (int)(host - url) + (int)strcspn(host, "/?"), url);
}

/* The same address once more changes nothing: its secret stays. */
int
page_webhook_set(struct ctx *c, struct err *e)
{
	const char *url = form_get(&c->form, "url");
	const char *problem = weburl_webhook_problem(url, c->web->settings->webhook_private);
	struct webhook hook;
	char receiver[RECEIVER_SIZE];
	int found;

	if (problem != NULL) {
		c->resp->status = err_http_status(ERR_INPUT);
		return render(c, &(struct said){ .secret = "", .url = url, .complaint = tr(problem) }, e);
	}
	if ((found = webhook_get(c->db, c->admin.account_id, &hook, e)) == -1)
		return -1;
	if (found == 1 && strcmp(hook.url, url) == 0) {
		resp_redirect(c->resp, PATH_NOTIFICATIONS);
		return 0;
	}
	receiver_of(url, receiver);
	return make_secret(c, url, receiver, e);
}

static int
no_webhook(struct err *e)
{
	return err_set(e, ERR_CONFLICT, "%s", tr("This account has no webhook; perhaps another admin has just removed it."));
}

int
page_webhook_rotate(struct ctx *c, struct err *e)
{
	struct webhook hook;
	int found = webhook_get(c->db, c->admin.account_id, &hook, e);

	if (found == 0)
		return no_webhook(e);
	return found == -1 ? -1 : make_secret(c, hook.url, "new secret", e);
}

static int
remove_webhook(struct db *db, void *ctx, struct err *e)
{
	const struct change *h = ctx;

	if (webhook_remove(db, h->c->admin.account_id, e) == -1)
		return -1;
	return note(db, h, AUDIT_WEBHOOK_CHANGED, e);
}

int
page_webhook_remove(struct ctx *c, struct err *e)
{
	struct change h = { .c = c, .detail = "removed" };
	struct webhook hook;
	int found = webhook_get(c->db, c->admin.account_id, &hook, e);

	if (found == 0)
		return no_webhook(e);
	if (found == -1 || db_transaction(c->db, remove_webhook, &h, e) == -1)
		return -1;
	resp_redirect(c->resp, PATH_NOTIFICATIONS "?saved=removed");
	return 0;
}
