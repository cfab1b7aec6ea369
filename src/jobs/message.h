/* What messages about jobs say: the mails to operators and admins, and the body of webhooks (doc/WEBHOOK). */
#ifndef JOBS_MESSAGE_H
#define JOBS_MESSAGE_H

#include "model/issue.h"
#include "model/settings.h"
#include "store/outbox.h"
#include "tmpl/tmpl.h"

/* How often each thing happened in the job; for mails to admins. */
struct message_issues {
	int64_t	count[ISSUE__MAX];
};

/*
 * A whole mail, RFC 5322 with CRLF, to m->recipient: text and HTML from templates (those below templates/mail).  It
 * never holds text of a comment.  ERR_INPUT if the recipient is no mail address.
 */
int message_mail(const struct templates *, const struct settings *, const struct outbox_message *m,
    const struct message_issues *, int64_t now_ms, struct sb *out, struct err *) MUST_CHECK;

/* The JSON of a webhook; the same in every attempt. */
int message_json(const struct settings *, const struct outbox_message *, struct sb *out, struct err *) MUST_CHECK;

#endif
