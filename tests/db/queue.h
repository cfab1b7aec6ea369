/* Jobs in the queue, for the tests of store/job and its neighbours. */
#ifndef TESTS_DB_QUEUE_H
#define TESTS_DB_QUEUE_H

#include "fixture.h"

#include "store/job.h"

extern struct db *queue_web, *queue_jobs;	/* a connection of each role, from queue_start() to queue_stop() */
extern const uint8_t queue_sealed_key[80];

/* Group setup and teardown. */
int queue_start(void **state);
int queue_stop(void **state);

/* Requests a job of ann@example.org, whose spool file has this name.  Its number. */
int64_t queue_request_kind(int64_t account_id, const char *node, const char *spool_name, enum job_kind);
int64_t queue_request(int64_t account_id, const char *spool_name);	/* an import on the machine "here" */

/* Claims the next job of "here" for a worker; 0 when there is none. */
int64_t queue_claim(const char *worker);

/* A job of an account, which must exist. */
struct job queue_job(int64_t account_id, int64_t job_id);

/* How many keys are there. */
int queue_keys(void);

#endif
