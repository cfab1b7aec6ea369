/* The sites that are connected to the account, and what an admin can do with one. */
#include "util/log.h"
#include "util/num.h"

#include "web/dispatch.h"
#include "web/i18n.h"
#include "web/pages.h"
#include "web/view.h"
#include "web/view_site.h"

const struct form_field page_sites_query[] = {
	{ "done", 16, NULL, false, "The address of this page is malformed." },
	{ "site", 20, NULL, false, "The address of this page is malformed." },
	{ .name = NULL },
};

struct listing {
	struct tmpl_data	*page;
	const char		*done;		/* what was done just now, "" nothing */
	int64_t			 site;		/* with which one; 0: one that is not listed any more */
	bool			 any;
};

static int
add_site(void *ctx, const struct integration *n, struct err *e)
{
	struct listing *l = ctx;

	(void)e;
	l->any = true;
	view_site(tmpl_row(l->page, "sites"), n);
	if (n->integration_id == l->site && *l->done != '\0')
		view_site(tmpl_row(l->page, l->done), n);
	return 0;
}

/* The names of the notices: each is a list of the one site that it is about. */
static const char *
notice(const char *done)
{
	static const char *const names[] = { "done_approved", "done_resync", "done_revoked" };
	size_t i;

	for (i = 0; done != NULL && i < ARRAY_LEN(names); i++)
		if (strcmp(names[i] + strlen("done_"), done) == 0)
			return names[i];
	return "";
}

int
page_sites(struct ctx *c, struct err *e)
{
	const char *done = form_get(&c->query, "done"), *site = form_get(&c->query, "site");
	struct listing l = { .page = view_data(c, tr("Connected sites")), .done = notice(done) };

	if (site != NULL && num_parse(site, 1, INT64_MAX, &l.site) == -1)
		return err_set(e, ERR_INPUT, "%s", tr(page_sites_query[1].complaint));
	if (integration_each(c->db, c->admin.account_id, add_site, &l, e) == -1)
		return -1;
	tmpl_flag(l.page, "done_refused", done != NULL && strcmp(done, "refused") == 0);
	tmpl_flag(l.page, "sites_any", l.any);
	view_connect_steps(l.page, c);
	return view_render(c, "sites", l.page, e);
}

/* The site of the address, which is connected. */
static int
find(struct ctx *c, struct integration *n, struct err *e)
{
	int found = integration_get(c->db, c->admin.account_id, c->id, n, e);

	if (found == 0)
		return err_set(e, ERR_NOTFOUND, "%s", tr("There is no connected site with this number."));
	if (found == 1 && n->state != INTEGRATION_APPROVED)
		return err_set(e, ERR_CONFLICT, "%s", tr("This site is not connected any more: it was revoked. To connect it again, press the "
		    "button of the plugin in WordPress and approve it here."));
	return found == -1 ? -1 : 0;
}

/* back to the list, with what was done. */
static void
go_back(struct ctx *c, const char *done)
{
	char path[sizeof(PATH_SITES) + 64];

	snprintf(path, sizeof(path), PATH_SITES "?done=%s&site=%" PRId64, done, c->id);
	resp_redirect(c->resp, path);
}

int
page_site_resync(struct ctx *c, struct err *e)
{
	struct integration n;
	int asked = integration_resync(c->db, c->admin.account_id, c->admin.user_id, c->id, c->admin.email,
	    view_site_silence(c), e);

	if (asked == -1 || (asked == 0 && find(c, &n, e) == -1))
		return -1;
	log_info("site_resync", "integration=%" PRId64, c->id);
	go_back(c, "resync");
	return 0;
}

int
page_site_revoke(struct ctx *c, struct err *e)
{
	struct tmpl_data *d;
	struct integration n;

	if (find(c, &n, e) == -1)
		return -1;
	d = view_data(c, tr("Revoke a connected site"));
	view_site(d, &n);
	return view_render(c, "site_revoke", d, e);
}

int
page_site_revoke_post(struct ctx *c, struct err *e)
{
	struct integration n;
	int revoked = integration_revoke(c->db, c->admin.account_id, c->id, c->admin.email, e);

	if (revoked == -1 || (revoked == 0 && find(c, &n, e) == -1))
		return -1;
	log_info("site_revoked", "integration=%" PRId64, c->id);
	go_back(c, "revoked");
	return 0;
}
