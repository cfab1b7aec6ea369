#include "util/err.h"

#include "util/utf8.h"

/* One row a kind: everything that the outside sees of an error is decided here. */
static const struct {
	const char	*name;
	int		 http_status;
	const char	*shown;		/* NULL: the message itself is shown */
	bool		 operators;	/* it sends the person to the operators */
} kinds[ERR__MAX] = {
	[ERR_NONE]	  = { "none", 200, "No error.", false },
	[ERR_INPUT]	  = { "input", 400, NULL, false },
	[ERR_UNUSABLE]	  = { "unusable", 422, NULL, false },
	[ERR_TYPE]	  = { "type", 415, NULL, false },
	[ERR_LIMIT]	  = { "limit", 413, NULL, false },
	[ERR_AUTH]	  = { "auth", 401, NULL, false },
	[ERR_FORBIDDEN]	  = { "forbidden", 403, NULL, false },
	[ERR_NOTFOUND]	  = { "notfound", 404, NULL, false },
	[ERR_METHOD]	  = { "method", 405, NULL, false },
	[ERR_GONE]	  = { "gone", 410, NULL, false },
	[ERR_CONFLICT]	  = { "conflict", 409, NULL, false },
	[ERR_BUSY]	  = { "busy", 503, NULL, false },
	[ERR_CLIENT_GONE] = { "client_gone", 400, "The connection was closed before the request was complete.", false },
	[ERR_CANCELLED]	  = { "cancelled", 409, "The job was cancelled. Nothing was changed.", false },
	[ERR_FULL]	  = { "full", 507, "The server has no space left for this. Its operators must make room; please try again later.", true },
	[ERR_SYS]	  = { "sys", 500, "Something went wrong on the server. Its operators can find the reason in the log.", true },
	[ERR_MEMORY]	  = { "memory", 503, "The server is out of memory for the moment. Please try again in a minute.", false },
	[ERR_DB]	  = { "db", 500, "The database refused a statement. The operators can find the reason in the log.", true },
	[ERR_DB_LOST]	  = { "db_lost", 503, "The connection to the database was lost. Please try again in a minute.", false },
	[ERR_DB_RETRY]	  = { "db_retry", 503, "The database was too busy with other changes. Please try again.", false },
	[ERR_CRYPTO]	  = { "crypto", 500, "The encrypted copy of the file cannot be read any more. Please upload the file, or ask for the export, once more.", false },
	[ERR_READER]	  = { "reader", 500, "The program that reads the file stopped unexpectedly. The operators can find the reason in the log.", true },
	[ERR_CONFIG]	  = { "config", 500, "The server is not set up completely. Its operators can find the reason in the log.", true },
	[ERR_BUG]	  = { "bug", 500, "The server met a state that it does not know. Its operators can find the reason in the log.", true },
};

/* A precision or the end of the room may have cut a character: what is left of it goes, for no database takes that. */
static void
drop_broken(char *s)
{
	char *out = s;
	size_t n;

	for (; *s != '\0'; s += n) {
		if ((n = utf8_sequence(s, strlen(s))) == 0) {
			n = 1;
			continue;
		}
		memmove(out, s, n);
		out += n;
	}
	*out = '\0';
}

static void PRINTF(2, 0)
set_msg(struct err *e, const char *fmt, va_list ap)
{
	vsnprintf(e->msg, sizeof(e->msg), fmt, ap);
	drop_broken(e->msg);
}

int
err_set(struct err *e, enum err_kind kind, const char *fmt, ...)
{
	va_list ap;

	if (e == NULL)
		return -1;
	e->kind = kind;
	e->sys = 0;
	va_start(ap, fmt);
	set_msg(e, fmt, ap);
	va_end(ap);
	return -1;
}

int
err_sys(struct err *e, const char *fmt, ...)
{
	int sys = errno;
	size_t len;
	va_list ap;

	if (e == NULL)
		return -1;
	e->kind = sys == ENOSPC || sys == EDQUOT ? ERR_FULL :
	    sys == ENOMEM ? ERR_MEMORY : ERR_SYS;
	e->sys = sys;
	va_start(ap, fmt);
	set_msg(e, fmt, ap);
	va_end(ap);
	len = strlen(e->msg);
	snprintf(e->msg + len, sizeof(e->msg) - len, ": %s", strerror(sys));
	return -1;
}

int
err_nomem(struct err *e)
{
	return err_set(e, ERR_MEMORY, "out of memory");
}

int
err_prefix(struct err *e, const char *fmt, ...)
{
	char old[sizeof(e->msg)];
	size_t len;
	va_list ap;

	if (e == NULL)
		return -1;
	memcpy(old, e->msg, sizeof(old));
	va_start(ap, fmt);
	set_msg(e, fmt, ap);
	va_end(ap);
	len = strlen(e->msg);
	snprintf(e->msg + len, sizeof(e->msg) - len, ": %s", old);
	drop_broken(e->msg);
	return -1;
}

int
err_http_status(enum err_kind kind)
{
	return kinds[kind].http_status;
}

bool
err_shown(enum err_kind kind)
{
	return kinds[kind].shown == NULL;
}

const char *
err_kind_name(enum err_kind kind)
{
	return kinds[kind].name;
}

bool
err_for_operators(enum err_kind kind)
{
	return kinds[kind].operators;
}

const char *
err_public(const struct err *e)
{
	return kinds[e->kind].shown != NULL ? kinds[e->kind].shown : e->msg;
}
