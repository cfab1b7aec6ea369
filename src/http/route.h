/*
 * The table of addresses: who may come, what protects it, what it reads.  The
 * dispatcher above (web/dispatch) enforces each column, so that a handler cannot opt out.
 */
#ifndef HTTP_ROUTE_H
#define HTTP_ROUTE_H

#include "http/form.h"
#include "http/req.h"

/* Defined by the floor that serves the requests. */
struct ctx;

enum route_who {
	ROUTE_PUBLIC,
	ROUTE_ADMIN,
	ROUTE_PRIVATE,		/* on the private listener, and there nothing else */
	/* For programs, told apart by a token in the query; no cookie is looked at. */
	ROUTE_SITE,		/* a site that is connected */
	ROUTE_SITE_POLLS,	/* the same; who is not connected hears so with status 200 */
	ROUTE_SITE_ASKS,	/* whoever wants to be connected: the handler reads the token */
	/* For programs, told apart by a token in the header Authorization; no cookie is looked at. */
	ROUTE_TOKEN,		/* any token of the account: the handler asks what it may do (api_may) */
	ROUTE_TOKEN_IMPORT,	/* one with this scope */
	ROUTE_TOKEN_EXPORT,
	ROUTE_TOKEN_MOVE
};
enum route_csrf {
	ROUTE_CSRF_READS,	/* changes nothing, needs no token */
	ROUTE_CSRF_SIGN_IN,	/* the field csrf fits the cookie of the sign-in form */
	ROUTE_CSRF_SESSION,	/* the field csrf fits the session */
	ROUTE_CSRF_STREAM,	/* the same, checked by the handler while the body arrives */
	ROUTE_CSRF_NO_COOKIE	/* nothing to forge: no browser adds by itself what says who asks */
};
enum route_body {
	ROUTE_BODY_NONE,
	ROUTE_BODY_FORM,
	ROUTE_BODY_PARTS,	/* a form of type multipart/form-data, with small files if any */
	ROUTE_BODY_STREAM,	/* read by the handler, which has no database meanwhile */
	ROUTE_BODY_WHOLE	/* read before the handler is asked, up to the size of a batch */
};
enum route_pool { ROUTE_PAGES, ROUTE_TRANSFER };
/* How errors are told; a request for a page may also ask for JSON. */
enum route_answer {
	ROUTE_PAGE,
	ROUTE_JSON,
	ROUTE_SITE_JSON		/* as connected sites expect it */
};

struct route {
	enum req_method			 method;
	const char			*pattern;	/* "/a/{id}": {id} is a whole number from 1 */
	enum route_who			 who;
	enum route_csrf			 csrf;
	enum route_body			 body;
	enum route_pool			 pool;
	enum route_answer		 answer;
	const struct form_field		*query, *form;
	int				(*handler)(struct ctx *, struct err *);
};

struct route_match {
	const struct route	*route;		/* NULL: no such address, or not with this method */
	int64_t			 id;		/* of {id}, 0 without */
	char			 allow[48];	/* the methods that the address knows; "" if it knows none */
};

/* Finds the row of a request in a table of n.  For a request of the private listener only the private rows are there, for
 * others only the rest. */
void route_find(const struct route *, size_t n, enum route_pool, const struct req *, struct route_match *);

#endif
