/* Copies: the comments of a page come a second time, on another page, in one transaction. */
#ifndef JOBS_COPY_H
#define JOBS_COPY_H

#include "jobs/context.h"
#include "store/job.h"

/*
 * As import_run().  A copy's identity is made of the page that it goes to and of the comment_id of what is copied: copying again
 * adds nothing, and threads stay whole.  From then on it is a comment of its own.
 */
int copy_run(const struct job_context *, const struct job_claim *, struct job_counts *, char message[JOB_MESSAGE_SIZE],
    struct err *) MUST_CHECK;

#endif
