#include "web/api.h"

#include <strings.h>

#include "web/i18n.h"

#define SCHEME	"Bearer "
#define ANY	TOKEN_SCOPE__MAX

bool
api_is(const char *path)
{
	return strncmp(path, "/api/", strlen("/api/")) == 0;
}

/* The token as it was sent (RFC 6750 section 2.1); "" without. */
static const char *
sent_token(const struct req *req)
{
	const char *s = req->authorization;

	if (strncasecmp(s, SCHEME, strlen(SCHEME)) != 0)
		return "";
	return s + strlen(SCHEME) + strspn(s + strlen(SCHEME), " ");
}

static enum token_scope
scope_of_route(enum route_who who)
{
	switch (who) {
	case ROUTE_TOKEN_IMPORT: return TOKEN_SCOPE_IMPORT;
	case ROUTE_TOKEN_EXPORT: return TOKEN_SCOPE_EXPORT;
	case ROUTE_TOKEN_MOVE: return TOKEN_SCOPE_MOVE;
	default: return ANY;
	}
}

static int
check_scope(const struct token *t, enum token_scope scope, struct err *e)
{
	if (scope == ANY || (t->scopes & TOKEN_MAY(scope)) != 0)
		return 0;
	return err_set(e, ERR_FORBIDDEN, tr("This token may not do that: it lacks the scope \"%s\". Please use one that has it."),
	    token_scope_names[scope]);
}

int
api_may(const struct ctx *c, enum job_kind kind, struct err *e)
{
	static const enum token_scope scopes[JOB_KIND__MAX] = {
		[JOB_IMPORT] = TOKEN_SCOPE_IMPORT, [JOB_UNDO] = TOKEN_SCOPE_IMPORT, [JOB_EXPORT] = TOKEN_SCOPE_EXPORT,
		[JOB_MOVE] = TOKEN_SCOPE_MOVE, [JOB_COPY] = TOKEN_SCOPE_MOVE,
	};

	return check_scope(c->api, scopes[kind], e);
}

struct lookup {
	const char	*text;
	struct token	*token;
};

static int
look_up(struct db *db, void *ctx, struct err *e)
{
	const struct lookup *l = ctx;

	return token_by_text(db, l->text, l->token, e);
}

int
api_find(struct ctx *c, struct err *e)
{
	struct lookup l = { .text = sent_token(c->req), .token = arena_alloc(c->arena, sizeof(*l.token)) };
	int found;

	if (l.token == NULL)
		return err_nomem(e);
	if ((found = gate_ask(c->gate, look_up, &l, e)) == -1)
		return -1;
	if (found == 0)
		return err_set(e, ERR_AUTH, "%s", *l.text == '\0' ?
		    tr("This address wants a token, in the header \"Authorization: Bearer TOKEN\".") :
		    tr("This token is unknown, or was revoked. An admin of the account can make a new one."));
	if (check_scope(l.token, scope_of_route(c->route->who), e) == -1)
		return -1;
	c->api = l.token;
	c->admin.account_id = l.token->account_id;
	snprintf(c->admin.account_name, sizeof(c->admin.account_name), "%s", l.token->account_name);
	snprintf(c->admin.email, sizeof(c->admin.email), "API token %s", l.token->name);
	return 1;
}

int
api_still(const struct ctx *c, struct db *db, struct err *e)
{
	struct token t;

	return token_by_text(db, sent_token(c->req), &t, e);
}
