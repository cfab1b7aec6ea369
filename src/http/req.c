#include <fcgiapp.h>

#include <fcntl.h>
#include <poll.h>

#include "http/req.h"

#include "util/log.h"
#include "util/num.h"

#include "http/resp.h"

#define HEAD_MAX	(16 * 1024)

struct req_connection {
	FCGX_Request	fcgi;
	int		listen_fd;
	int64_t		body_read;
};

int
req_init(struct err *e)
{
	int r = FCGX_Init();

	if (r != 0)
		return err_set(e, ERR_SYS, "FCGX_Init failed with %d", r);
	return 0;
}

static struct req *
req_of_body(struct input *in)
{
	return (struct req *)(void *)((char *)in - offsetof(struct req, body));
}

/*
 * FCGX_GetStr() waits until the buffer is full, which on a slow upload would hold back bytes that are
 * already here.  So: wait for one byte, then take what came with it.
 */
static ssize_t
read_body(struct input *in, void *buf, size_t n, struct err *e)
{
	struct req *r = req_of_body(in);
	FCGX_Stream *stream = r->connection->fcgi.in;
	unsigned char *p = buf;
	size_t more;
	int c = FCGX_GetChar(stream), got;

	if (c == EOF) {
		if (FCGX_GetError(stream) != 0 || r->connection->body_read < r->content_length)
			return err_set(e, ERR_CLIENT_GONE, "the client closed the connection in the middle of its request");
		return 0;
	}
	p[0] = (unsigned char)c;
	more = MIN(n - 1, (size_t)(stream->stop - stream->rdNext));
	got = FCGX_GetStr((char *)p + 1, (int)MIN(more, (size_t)INT_MAX), stream) + 1;
	r->connection->body_read += got;
	return got;
}

struct req *
req_new(int listen_fd, struct err *e)
{
	struct req *r = calloc(1, sizeof(*r));
	int flags;

	if (r == NULL || (r->connection = calloc(1, sizeof(*r->connection))) == NULL) {
		err_nomem(e);
		goto free_req;
	}
	/* Several workers wake up for one connection; those that come late must not block in accept(). */
	if ((flags = fcntl(listen_fd, F_GETFL)) == -1 || fcntl(listen_fd, F_SETFL, flags | O_NONBLOCK) == -1) {
		err_sys(e, "cannot make the listening socket non-blocking");
		goto free_req;
	}
	if (FCGX_InitRequest(&r->connection->fcgi, listen_fd, 0) != 0) {
		err_set(e, ERR_SYS, "FCGX_InitRequest failed");
		goto free_req;
	}
	r->connection->listen_fd = listen_fd;
	r->body.read = read_body;
	return r;
free_req:
	req_free(r);
	return NULL;
}

void
req_free(struct req *r)
{
	if (r == NULL)
		return;
	if (r->connection != NULL)
		FCGX_Free(&r->connection->fcgi, 1);
	free(r->connection);
	free(r);
}

static const char *
param(const struct req *r, const char *name)
{
	const char *v = FCGX_GetParam(name, r->connection->fcgi.envp);

	return v != NULL ? v : "";
}

static enum req_method
method_of(const char *name)
{
	static const char *const names[REQ_OTHER] = { "GET", "POST", "PUT", "PATCH", "DELETE" };
	int i;

	for (i = 0; i < REQ_OTHER && strcmp(names[i], name) != 0; i++)
		continue;
	return (enum req_method)i;
}

static void
fill(struct req *r)
{
	const char *method = param(r, "REQUEST_METHOD"), *length = param(r, "CONTENT_LENGTH");

	r->head = strcmp(method, "HEAD") == 0;
	r->method = r->head ? REQ_GET : method_of(method);
	r->private = strcmp(param(r, "TRASLOCO_PRIVATE"), "1") == 0;
	r->id = param(r, "REQUEST_ID");
	r->path = param(r, "DOCUMENT_URI");
	if (*r->path == '\0')
		r->path = param(r, "SCRIPT_NAME");
	r->query = param(r, "QUERY_STRING");
	r->content_type = param(r, "CONTENT_TYPE");
	r->cookies = param(r, "HTTP_COOKIE");
	r->authorization = param(r, "HTTP_AUTHORIZATION");
	r->if_none_match = param(r, "HTTP_IF_NONE_MATCH");
	r->remote_addr = param(r, "REMOTE_ADDR");
	r->wants_json = strstr(param(r, "HTTP_ACCEPT"), "application/json") != NULL;
	r->content_length = 0;
	if (*length != '\0' && num_parse(length, 0, INT64_MAX, &r->content_length) == -1)
		r->content_length = -1;
	r->connection->body_read = 0;
	r->answered = false;
}

/* 1: a connection waits; 0: stop; -1. */
static int
wait_for_connection(int listen_fd, int stop_fd, struct err *e)
{
	struct pollfd fds[2] = { { .fd = stop_fd, .events = POLLIN }, { .fd = listen_fd, .events = POLLIN } };

	while (poll(fds, 2, -1) == -1)
		if (errno != EINTR)
			return err_sys(e, "poll");
	return fds[0].revents == 0;
}

int
req_accept(struct req *r, int stop_fd, struct err *e)
{
	static const struct timespec pause = { .tv_nsec = 100 * 1000 * 1000 };
	int result, status;

	while ((result = wait_for_connection(r->connection->listen_fd, stop_fd, e)) == 1) {
		status = FCGX_Accept_r(&r->connection->fcgi);
		if (status >= 0) {
			fill(r);
			return 1;
		}
		if (status == -EAGAIN || status == -EINTR)
			continue;
		if (status == -EBADF || status == -ENOTSOCK || status == -EINVAL)
			return err_set(e, ERR_SYS, "cannot accept on the listening socket: %s", strerror(-status));
		/* Too many open files, no memory: it passes, but not at once. */
		log_warn("accept_failed", "status=%d", status);
		nanosleep(&pause, NULL);
	}
	return result;
}

int
req_read_body(struct req *r, size_t max, struct arena *a, const char **body, size_t *n, struct err *e)
{
	size_t have = 0;
	char *buf;

	if (r->content_length < 0 || (uint64_t)r->content_length > max)
		return err_set(e, ERR_LIMIT, "The request is larger than what this address takes.");
	if ((buf = arena_alloc(a, (size_t)r->content_length + 1)) == NULL)
		return err_nomem(e);
	while (have < (size_t)r->content_length) {
		ssize_t got = input_read(&r->body, buf + have, (size_t)r->content_length - have, e);

		if (got == -1)
			return -1;
		if (got == 0)
			break;
		have += (size_t)got;
	}
	buf[have] = '\0';
	*body = buf;
	*n = have;
	return 0;
}

int
req_write(struct req *r, const void *p, size_t n, struct err *e)
{
	FCGX_Stream *out = r->connection->fcgi.out;
	const char *bytes = p;
	int some;

	for (; n > 0; bytes += some, n -= (size_t)some) {
		some = (int)MIN(n, (size_t)INT_MAX);
		if (FCGX_PutStr(bytes, some, out) == EOF)
			return err_set(e, ERR_CLIENT_GONE, "the client closed the connection in the middle of the answer");
	}
	return 0;
}

int
req_send_head(struct req *r, const struct resp *resp, struct err *e)
{
	struct sb head;
	int result;

	sb_init(&head, HEAD_MAX);
	resp_head(resp, &head);
	r->answered = true;
	result = sb_ok(&head) ? req_write(r, sb_text(&head), head.n, e) : err_nomem(e);
	sb_free(&head);
	return result;
}

void
req_send(struct req *r, const struct resp *resp)
{
	struct err e;

	if (!r->answered && req_send_head(r, resp, &e) == 0 && !r->head && resp->body.n > 0)
		(void)!req_write(r, sb_text(&resp->body), resp->body.n, &e);
}

void
req_finish(struct req *r)
{
	FCGX_Finish_r(&r->connection->fcgi);
}
