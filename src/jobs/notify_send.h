/* Deliveries under way: what the notifier's loop and its two ways of sending share. */
#ifndef JOBS_NOTIFY_SEND_H
#define JOBS_NOTIFY_SEND_H

#include <curl/curl.h>

#include "jobs/worker.h"
#include "store/outbox.h"
#include "util/sb.h"

#define NOTIFY_CONNECT_S	10
#define NOTIFY_TOTAL_S		30	/* until an attempt has failed */

struct delivery {
	enum delivery_state { DELIVERY_FREE, DELIVERY_UNDER_WAY, DELIVERY_ENDED } state;
	const struct worker_site	*site;
	struct outbox_message		 message;
	struct sb			 body;		/* what is sent */

	CURL				*easy;		/* NULL: by sendmail */
	struct curl_slist		*list;		/* recipients, or headers */
	size_t				 sent;		/* bytes of body */
	bool				 refused;	/* the address that a name stood for is not allowed */

	pid_t				 pid;		/* of sendmail */
	int64_t				 deadline_ms;

	/* once it has ended */
	enum outbox_outcome		 outcome;
	int				 status;
	char				 said[512];
};

/* notify_mail.c: begins to send body.  A mail that goes by SMTP has d->easy then, else its sendmail runs. */
int notify_mail_start(struct delivery *, struct err *) MUST_CHECK;

/* The transfer has ended: fills outcome, status and said. */
void notify_mail_ended(struct delivery *, CURLcode);

/* True if the sendmail has ended, or was made to for it took too long: the same is filled. */
bool notify_sendmail_ended(struct delivery *, int64_t now_ms);

/* notify_hook.c: the same for webhooks. */
int notify_hook_start(struct delivery *, struct err *) MUST_CHECK;
void notify_hook_ended(struct delivery *, CURLcode);

/* notify_curl.c: a transfer with the time-outs and refusals that all have.  ERR_MEMORY. */
int notify_curl_open(struct delivery *, struct err *) MUST_CHECK;

/* Adds a line to d->list. */
int notify_curl_line(struct delivery *, const char *line, struct err *) MUST_CHECK;

#endif
