#include "web/view_site.h"

#include "util/weburl.h"

#include "web/dispatch.h"
#include "web/i18n.h"
#include "web/view.h"

/* For the paths of a site, and for the one of its run. */
#define PATH_SIZE	(sizeof(PATH_SITES) + 32)
_Static_assert(PATH_SIZE >= VIEW_JOB_PATH_SIZE, "view_job_path() wants that much");

struct state {
	const char	*badge;		/* a class of the style sheet, as of jobs */
	const char	*title;
};

static struct state
state_of(const struct integration *n)
{
	if (n->state == INTEGRATION_REVOKED)
		return (struct state){ "cancelled", tr("Revoked") };
	if (n->state == INTEGRATION_ASKING)
		return (struct state){ "requested", tr("Asks to be connected") };
	if (n->cancelled)
		return (struct state){ "cancelled", tr("Connected, its import was cancelled") };
	if (n->wants_comments)
		return (struct state){ "running", tr("Connected, asked for its comments") };
	return (struct state){ "completed", tr("Connected") };
}

/* Where its domain leads, and what is odd about that.  An unusable one is shown as it is. */
static void
put_place(struct tmpl_data *row, const struct integration *n)
{
	struct weburl_place place = { .host = n->domain, .host_size = strlen(n->domain) };
	char host[sizeof(n->domain)];
	bool usable = weburl_place(n->domain, strlen(n->domain), &place);

	snprintf(host, sizeof(host), "%.*s", (int)place.host_size, place.host);
	view_put_address(row, "domain", n->domain);
	tmpl_text(row, "domain_exact", n->domain);
	tmpl_text(row, "host", host);
	tmpl_flag(row, "not_https", !usable || !place.https);
	tmpl_flag(row, "literal", place.literal);
	view_put_address(row, "domain_said", strcmp(n->domain, n->domain_said) != 0 ? n->domain_said : "");
}

static void
put_links(struct tmpl_data *row, const struct integration *n)
{
	char path[PATH_SIZE];

	snprintf(path, sizeof(path), PATH_SITES "/%" PRId64 "/resync", n->integration_id);
	tmpl_url(row, "resync_url", tmpl_url_path(path));
	snprintf(path, sizeof(path), PATH_SITES "/%" PRId64 "/revoke", n->integration_id);
	tmpl_url(row, "revoke_url", tmpl_url_path(path));
	tmpl_number(row, "run_id", n->job_id);
	view_job_path(path, JOB_IMPORT, n->job_id);
	tmpl_url(row, "run_url", tmpl_url_path(path));
}

void
view_site(struct tmpl_data *row, const struct integration *n)
{
	struct state state = state_of(n);

	tmpl_number(row, "site_id", n->integration_id);
	tmpl_text(row, "badge", state.badge);
	tmpl_text(row, "state_title", state.title);
	tmpl_flag(row, "revoked", n->state == INTEGRATION_REVOKED);
	tmpl_flag(row, "approved", n->state == INTEGRATION_APPROVED);
	tmpl_flag(row, "stopped", n->cancelled);
	tmpl_flag(row, "wants_comments", n->wants_comments);
	tmpl_flag(row, "skip_initial", n->skip_initial);
	tmpl_flag(row, "all_comments", n->all_comments);
	tmpl_text(row, "asked_from", n->asked_from);
	tmpl_text(row, "approved_by", n->approved_by);
	tmpl_count(row, "received", n->received);
	tmpl_count(row, "left_out", n->left_out);
	view_put_time(row, "asked_at", "asked_iso", n->asked_at);
	view_put_time(row, "approved_at", "approved_iso", n->approved_at);
	view_put_time(row, "revoked_at", "revoked_iso", n->revoked_at);
	view_put_time(row, "heard_at", "heard_iso", n->heard_at);
	put_place(row, n);
	put_links(row, n);
}

void
view_connect_steps(struct tmpl_data *d, const struct ctx *c)
{
	tmpl_text(d, "base_url", c->web->settings->base_url);
}

int
view_site_silence(const struct ctx *c)
{
	return c->web->settings->plugin_silence_hours * 3600;
}
