/* Cancelling a job, whoever asks: an admin on a page, or a program. */
#ifndef WEB_CANCEL_H
#define WEB_CANCEL_H

#include "store/job.h"

#include "web/ctx.h"

/* Cancels a job of the account; *j is as it was read, and afterwards as it is.  ERR_CONFLICT and c->wrong_state when it
 * has ended, perhaps just now. */
int cancel_job(struct ctx *, struct job *j, struct err *) MUST_CHECK;

/* It has ended already: ERR_CONFLICT as above, returns -1. */
int cancel_ended(struct ctx *, const struct job *, struct err *);

#endif
