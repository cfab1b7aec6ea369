/* One request on its way: what the dispatcher has found out and a handler may use. */
#ifndef WEB_CTX_H
#define WEB_CTX_H

#include "util/arena.h"

#include "http/req.h"
#include "http/resp.h"
#include "http/route.h"
#include "store/account.h"

#include "web/fair.h"
#include "web/gate.h"
#include "web/session.h"
#include "web/web.h"

struct integration;
struct token;
struct spool_dir;

struct ctx {
	const struct web	*web;
	struct gate		*gate;
	struct db		*db;		/* held while a handler runs; NULL for a private one and one of the transfer pool */
	struct spool_dir	*spool;		/* transfer pool only, as the next */
	struct fair		*fair, *downloads;
	struct arena		*arena;		/* of the request */
	struct req		*req;
	struct resp		*resp;

	const struct route	*route;		/* NULL while there is none */
	int64_t			 id;		/* {id} of the route */
	struct form		 query, form;
	bool			 json;		/* answer in JSON, errors too */
	bool			 signed_in;
	char			 token[SESSION_TOKEN_SIZE];	/* of the session cookie, "" without */
	struct admin		 admin;		/* if signed_in, or api */
	const struct token	*api;		/* of ROUTE_TOKEN and its neighbours: who asks (web/api) */
	bool			 site_json;	/* answer as connected sites expect it, errors too */
	const struct integration *site;		/* of ROUTE_SITE and ROUTE_SITE_POLLS: who asks; as it was when the request came */
	const char		*body;		/* of ROUTE_BODY_WHOLE: NUL-terminated, body_n bytes */
	size_t			 body_n;

	/* Set by a handler that fails: the choice and the field of the form that the error is about.  NULL: none. */
	const char		*wrong_provider, *wrong_field;
	const char		*wrong_state;	/* the state of the job that it is about; NULL: none */
};

#endif
