/*
 * The protocol of connected sites (doc/INTEGRATIONS): what its handlers, one
 * file each (site_*.c), have in common.  Their rows of the dispatcher's table
 * say ROUTE_SITE or one of its neighbours; c->site is the site that asks.
 */
#ifndef WEB_SITE_H
#define WEB_SITE_H

#include "store/integration.h"

#include "web/ctx.h"

#define PATH_INTEGRATIONS	"/integrations/"
#define PATH_SITE		PATH_INTEGRATIONS "v1"

/*
 * The site whose token stands in the query, for the dispatcher: 1 and c->site; 0 when it was answered that there is none, in the
 * way of the row: status 401, or 200 for ROUTE_SITE_POLLS unless it was revoked; -1.
 */
int site_find(struct ctx *, struct err *) MUST_CHECK;

/* Answers {"status":"failed","code":code,"reason":reason}, whatever stood in the answer before. */
void site_failed(struct ctx *, int status, const char *code, const char *reason);

/* Answers that the site was disconnected here. */
void site_refuse_revoked(struct ctx *);

/* Is another job of its account writing, so that the site's batches must wait?  0 or -1. */
int site_busy(struct db *, const struct integration *, bool *busy, struct err *) MUST_CHECK;

/* Begins the answer {"status":"success": the handler adds the rest to the body that is returned, and the brace. */
struct sb *site_success(struct ctx *);

#endif
