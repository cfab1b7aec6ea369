/* Webhooks over HTTP (doc/WEBHOOK). */
#include "jobs/notify_send.h"

#include "util/clock.h"
#include "util/esc.h"
#include "util/netaddr.h"
#include "util/weburl.h"

#include "jobs/message.h"
#include "spool/sign.h"

#define ANSWER_MOST	4096	/* bytes of an answer's body that are taken, and forgotten */

/*
 * The one place where a connection begins: what a name stood for is judged here, at the address that is really called.
 */
static curl_socket_t
open_socket(void *ctx, curlsocktype purpose, struct curl_sockaddr *a)
{
	struct delivery *d = ctx;
	bool https = strncasecmp(d->message.url, "https:", 6) == 0;

	if (purpose != CURLSOCKTYPE_IPCXN || (d->site->settings->webhook_private ? !https && !netaddr_loopback(&a->addr) :
	    !netaddr_public(&a->addr))) {
		d->refused = true;
		return CURL_SOCKET_BAD;
	}
	return socket(a->family, a->socktype | SOCK_CLOEXEC, a->protocol);
}

static size_t
forget(char *p, size_t size, size_t n, void *ctx)
{
	struct delivery *d = ctx;

	(void)p;
	d->sent += size * n;
	return d->sent <= ANSWER_MOST ? size * n : 0;
}

static int
add_headers(struct delivery *d, struct err *e)
{
	const struct outbox_message *m = &d->message;
	char stamp[24], signature[SIGN_HEX_SIZE], line[160];
	struct sb id;
	int result = -1;

	snprintf(stamp, sizeof(stamp), "%" PRId64, clock_now_ms() / 1000);
	if (sign_message(d->site->keys, m->sealed_secret, m->sealed_secret_size, stamp, d->body.p, d->body.n, signature,
	    e) == -1)
		return -1;
	sb_init(&id, 64);
	esc_hex(&id, m->idempotency_id, sizeof(m->idempotency_id));
	/* Expect: and its wait would only be in the way. */
	if (notify_curl_line(d, "Content-Type: application/json", e) == -1 || notify_curl_line(d, "Expect:", e) == -1)
		goto free_id;
	snprintf(line, sizeof(line), "Trasloco-Id: %s", sb_text(&id));
	if (notify_curl_line(d, line, e) == -1)
		goto free_id;
	snprintf(line, sizeof(line), "Trasloco-Timestamp: %s", stamp);
	if (notify_curl_line(d, line, e) == -1)
		goto free_id;
	snprintf(line, sizeof(line), "Trasloco-Signature: v1=%s", signature);
	result = notify_curl_line(d, line, e);
free_id:
	sb_free(&id);
	return result;
}

int
notify_hook_start(struct delivery *d, struct err *e)
{
	const struct settings *s = d->site->settings;
	const char *problem = weburl_webhook_problem(d->message.url, s->webhook_private);

	if (d->message.url[0] == '\0')
		return err_set(e, ERR_INPUT, "The webhook was removed before this could be delivered.");
	if (problem != NULL)
		return err_set(e, ERR_INPUT, "%s", problem);
	if (message_json(s, &d->message, &d->body, e) == -1 || notify_curl_open(d, e) == -1 || add_headers(d, e) == -1)
		return -1;
	curl_easy_setopt(d->easy, CURLOPT_URL, d->message.url);
	curl_easy_setopt(d->easy, CURLOPT_PROTOCOLS_STR, s->webhook_private ? "https,http" : "https");
	curl_easy_setopt(d->easy, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(d->easy, CURLOPT_USERAGENT, "Trasloco/" VERSION_TEXT);
	curl_easy_setopt(d->easy, CURLOPT_HTTPHEADER, d->list);
	curl_easy_setopt(d->easy, CURLOPT_POSTFIELDSIZE, (long)d->body.n);
	curl_easy_setopt(d->easy, CURLOPT_POSTFIELDS, d->body.p);
	curl_easy_setopt(d->easy, CURLOPT_WRITEFUNCTION, forget);
	curl_easy_setopt(d->easy, CURLOPT_WRITEDATA, d);
	curl_easy_setopt(d->easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
	curl_easy_setopt(d->easy, CURLOPT_OPENSOCKETDATA, d);
	return 0;
}

/* Nothing that an address within could be guessed from: the account's admins read it. */
static const char *
what_happened(const struct delivery *d, CURLcode code)
{
	if (d->refused)
		return "The name of the receiver stands for a private address, and such are not allowed here.";
	switch (code) {
	case CURLE_COULDNT_RESOLVE_HOST: return "The name of the receiver is not known.";
	case CURLE_COULDNT_CONNECT: return "The receiver could not be reached.";
	case CURLE_OPERATION_TIMEDOUT: return "The receiver did not answer in time.";
	case CURLE_PEER_FAILED_VERIFICATION: return "The receiver's certificate does not hold.";
	case CURLE_SSL_CONNECT_ERROR: return "The receiver speaks no TLS that is safe.";
	default: return "The receiver broke the connection off, or its answer is not HTTP.";
	}
}

void
notify_hook_ended(struct delivery *d, CURLcode code)
{
	long status = 0;

	/* The status tells, however the rest of the answer went. */
	curl_easy_getinfo(d->easy, CURLINFO_RESPONSE_CODE, &status);
	d->status = (int)status;
	d->outcome = status >= 200 && status < 300 ? OUTBOX_SENT : OUTBOX_PUT_OFF;
	if (status < 200)
		snprintf(d->said, sizeof(d->said), "%s", what_happened(d, code));
	else if (status >= 300 && status < 400)
		snprintf(d->said, sizeof(d->said), "The receiver answered %ld, a redirection; such are not followed.",
		    status);
	else
		snprintf(d->said, sizeof(d->said), "The receiver answered %ld.", status);
}
