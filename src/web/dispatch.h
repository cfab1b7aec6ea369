/* From a request to its answer: the table of addresses and everything it promises. */
#ifndef WEB_DISPATCH_H
#define WEB_DISPATCH_H

#include "web/ctx.h"

/* The addresses that more than one file names. */
#define PATH_LOGIN		"/auth/login"
#define PATH_IMPORT		"/auth/my-account/manage-data/import"
#define PATH_EXPORT		"/auth/my-account/manage-data/export"
#define PATH_SITES		"/auth/my-account/manage-data/integrations"
#define PATH_SITE_PAGES		"/auth/my-account/integrations/v1"	/* where a site sends its admin */
#define PATH_MOVE		"/auth/my-account/manage-data/migrate-domains"
#define PATH_COPY		"/auth/my-account/manage-data/copy-comments"
#define PATH_TOKENS		"/auth/my-account/manage-data/api-tokens"
#define PATH_NOTIFICATIONS	"/auth/my-account/manage-data/notifications"
#define PATH_AUDIT		"/auth/my-account/manage-data/audit"

/* All addresses, for the dispatcher and for the tests that hold the table to its rules. */
extern const struct route dispatch_routes[];
extern const size_t dispatch_routes_count;

/*
 * Answers ctx->req of this pool into ctx->resp; ctx has web, gate, spool, arena, req and resp set.  Never fails:
 * an error is an answer too.  A handler whose body is no stream may run twice, when the first run lost
 * the connection to the database.
 */
void dispatch(struct ctx *, enum route_pool);

#endif
