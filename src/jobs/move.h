/* Moves: pages and their comments get the places that a list of pairs says, in one transaction; or its preview. */
#ifndef JOBS_MOVE_H
#define JOBS_MOVE_H

#include "jobs/context.h"
#include "store/job.h"

/* As import_run(): counts.updated says how many comments have moved. */
int move_run(const struct job_context *, const struct job_claim *, struct job_counts *, char message[JOB_MESSAGE_SIZE],
    struct err *) MUST_CHECK;

#endif
