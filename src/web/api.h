/*
 * The JSON API for programs (doc/API, doc/openapi.json): what its handlers, api_*.c, have in common.  Their rows of
 * the dispatcher's table say ROUTE_TOKEN or a neighbour; c->api is the token that asks.  c->admin speaks for it: the token's
 * account, user_id 0, and "API token NAME" in the place of an address.
 */
#ifndef WEB_API_H
#define WEB_API_H

#include "store/token.h"

#include "model/job.h"

#include "web/ctx.h"

#define PATH_API	"/api/v1"
#define API_BODY_MAX	((size_t)1024 * 1024)	/* nginx takes no more either */

/* Is this an address of the API, whatever its version, so that errors too are told in JSON? */
bool api_is(const char *path);

/* The token of the request, for the dispatcher: 1 and c->api.  ERR_AUTH; ERR_FORBIDDEN when it lacks the scope of
 * the row. */
int api_find(struct ctx *, struct err *) MUST_CHECK;

/* Is it still valid, after a body that took its time?  1, 0, -1. */
int api_still(const struct ctx *, struct db *, struct err *) MUST_CHECK;

/* May it see and end jobs of this kind?  0, or ERR_FORBIDDEN. */
int api_may(const struct ctx *, enum job_kind, struct err *) MUST_CHECK;

#endif
