/*
 * One FastCGI request after another on a listening socket; the one home of
 * libfcgi beside app/web.c.
 *
 * Expects the parameters of RFC 3875 that nginx sends (DOCUMENT_URI or
 * SCRIPT_NAME for the decoded path), and a connection for each request
 * (fastcgi_keep_conn off, nginx's default): req_accept() could not be stopped
 * while it waits for the next request on a kept one.
 */
#ifndef HTTP_REQ_H
#define HTTP_REQ_H

#include "util/arena.h"
#include "util/err.h"
#include "util/input.h"

struct resp;
struct req_connection;

enum req_method {
	REQ_GET,		/* and HEAD, see req.head */
	REQ_POST,
	REQ_PUT,
	REQ_PATCH,
	REQ_DELETE,
	REQ_OTHER,
	REQ_METHOD__MAX
};

struct req {
	enum req_method	 method;
	bool		 head;		/* HEAD: a GET whose answer has no body */
	bool		 private;	/* of the private listener: its block of nginx alone sets TRASLOCO_PRIVATE to 1 */
	bool		 wants_json;	/* Accept names application/json */
	bool		 answered;	/* the head of the answer is sent: nothing else can be said any more */
	const char	*id;		/* REQUEST_ID, "" without: the same in nginx's log and in ours */
	const char	*path;		/* decoded, without query; texts live until req_finish, "" if missing */
	const char	*query;		/* as sent, without the question mark */
	const char	*content_type;
	const char	*cookies;	/* the Cookie header */
	const char	*authorization;	/* the Authorization header: never logged */
	const char	*if_none_match;
	const char	*remote_addr;	/* of the client, as nginx sees it */
	int64_t		 content_length;/* 0 without a body, -1 if the header is unreadable */

	/* The body as it arrives: read() returns what is there, without waiting for a full buffer.
	 * ERR_CLIENT_GONE when the client went away before its end. */
	struct input	 body;

	struct req_connection *connection;
};

/* Prepares libfcgi; once in each process, before req_new(). */
int req_init(struct err *) MUST_CHECK;

/* A request slot on a listening socket, for one thread; the socket stays the caller's and is made non-blocking. */
struct req *req_new(int listen_fd, struct err *);
void req_free(struct req *);		/* NULL does nothing */

/*
 * Waits for the next request and fills the slot.  Returns 1; 0 once stop_fd is readable (a
 * signalfd, so that every thread sees it and no signal is lost between a look and a wait); -1.
 */
int req_accept(struct req *, int stop_fd, struct err *) MUST_CHECK;

/* The whole body, NUL-terminated, at most max bytes (else ERR_LIMIT). */
int req_read_body(struct req *, size_t max, struct arena *, const char **body, size_t *n, struct err *) MUST_CHECK;

/* Sends the answer, unless its head was sent already.  A client that is gone is no error of ours. */
void req_send(struct req *, const struct resp *);

/*
 * An answer that is longer than memory: its head, with resp->stream_size, then piece after piece of its body, which
 * wait for the client.  ERR_CLIENT_GONE.  To a HEAD nothing but the head is sent.  A body that stays
 * shorter than its size is noticed by the client.
 */
int req_send_head(struct req *, const struct resp *, struct err *) MUST_CHECK;
int req_write(struct req *, const void *, size_t n, struct err *) MUST_CHECK;

/* Ends the request; what is left of its body is not read. */
void req_finish(struct req *);

#endif
