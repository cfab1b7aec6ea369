/*
 * The heartbeat of a running job: a thread that once a second writes how far
 * the job has come and renews its lease, and that asks the job to stop when it is
 * no longer this worker's or the lease could not be renewed in time.  When the job
 * was cancelled it keeps the lease while the worker takes back what it had written.
 */
#ifndef JOBS_PROGRESS_H
#define JOBS_PROGRESS_H

#include "model/job.h"
#include "jobs/context.h"

struct progress;

/* Starts it.  From here to progress_end() the context's status connection belongs to the thread.  NULL with err set. */
struct progress *progress_start(const struct job_context *, int64_t job_id, struct err *);

/* What the next beat writes. */
void progress_set(struct progress *, const struct job_counts *);

/* How many comments there will be in all: goes with the next beats. */
void progress_total(struct progress *, int64_t total);

/* Of an import: the file's site and the other one that it meets (store/job.h, job_site()): goes with the next beats. */
void progress_site(struct progress *, const char *file_site, const char *met_site);

/* Ends it, after the beat that it may be in.  NULL does nothing. */
void progress_end(struct progress *);

#endif
