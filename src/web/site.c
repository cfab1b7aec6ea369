#include "web/site.h"

#include "store/job.h"

#include "web/i18n.h"
#include "web/json.h"

/* Longer than any token: what is none is an unknown one, whatever else may be wrong with it. */
#define TOKEN_TEXT_MAX	1024

static const struct form_field token_field[] = {
	{ "token", TOKEN_TEXT_MAX, NULL, false, "The token in the address of this request is malformed." },
	{ .name = NULL },
};

void
site_failed(struct ctx *c, int status, const char *code, const char *reason)
{
	struct sb *body = &c->resp->body;

	resp_reset(c->resp);
	c->resp->status = status;
	c->resp->content_type = "application/json";
	sb_str(body, "{\"status\":\"failed\",\"code\":");
	json_string(body, code);
	sb_str(body, ",\"reason\":");
	json_string(body, reason);
	sb_str(body, "}\n");
}

struct sb *
site_success(struct ctx *c)
{
	c->resp->content_type = "application/json";
	sb_str(&c->resp->body, "{\"status\":\"success\"");
	return &c->resp->body;
}

struct lookup {
	const char		*token;
	struct integration	*site;
};

static int
look_up(struct db *db, void *ctx, struct err *e)
{
	const struct lookup *l = ctx;

	return integration_by_token(db, l->token, l->site, e);
}

void
site_refuse_revoked(struct ctx *c)
{
	site_failed(c, 401, "revoked", tr("This site was disconnected here. An admin can connect it again, "
	    "on the page that the plugin's setup opens."));
}

int
site_busy(struct db *db, const struct integration *site, bool *busy, struct err *e)
{
	struct job_writer writer;

	if (job_writer_get(db, site->account_id, &writer, e) == -1)
		return -1;
	*busy = writer.job_id != 0 && writer.job_id != site->job_id;
	return 0;
}

static int
refuse_unknown(struct ctx *c)
{
	site_failed(c, c->route->who == ROUTE_SITE_POLLS ? 200 : 401, "not-connected",
	    tr("This site is not connected, or not yet. Please open the plugin's setup in the site and approve it here."));
	return 0;
}

int
site_find(struct ctx *c, struct err *e)
{
	struct lookup l;
	struct form query;
	int found;

	if (form_parse(&query, token_field, c->req->query, strlen(c->req->query), c->arena, e) == -1)
		return -1;
	if ((l.token = form_get(&query, "token")) == NULL)
		return refuse_unknown(c);
	if ((l.site = arena_alloc(c->arena, sizeof(*l.site))) == NULL)
		return err_nomem(e);
	if ((found = gate_ask(c->gate, look_up, &l, e)) == -1)
		return -1;
	if (found == 0 || l.site->state == INTEGRATION_ASKING)
		return refuse_unknown(c);
	if (l.site->state == INTEGRATION_REVOKED) {
		site_refuse_revoked(c);
		return 0;
	}
	c->site = l.site;
	return 1;
}
