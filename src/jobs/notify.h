/*
 * The notifier: the process that delivers the messages of the outbox.  It renders mails and speaks with servers that
 * nobody has looked at, and does so where neither a job nor a page could be held up by it.
 */
#ifndef JOBS_NOTIFY_H
#define JOBS_NOTIFY_H

#include "jobs/worker.h"

/*
 * Delivers until SIGTERM, and then only what it has begun; waits while the database is away.  A message that could
 * not be delivered is tried again after settings.notify_retry_seconds, then after 4, 20 and 120 times as long, and
 * given up after NOTIFY_ATTEMPTS: three days, if the first wait is the usual one.  Returns the exit status.
 */
#define NOTIFY_ATTEMPTS	75
int notify_main(const struct worker_site *);

#endif
