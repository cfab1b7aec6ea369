/*
 * An import: from a claimed job and its spool file to comments in the
 * database, in one transaction and in memory that does not grow with the file.
 */
#ifndef JOBS_IMPORT_H
#define JOBS_IMPORT_H

#include "jobs/context.h"
#include "store/job.h"

/*
 * Runs the import.  0: it is committed together with the job's state, completed.  -1: nothing of it was
 * committed, or (ERR_DB_LOST) nobody knows yet, and job_fail() will tell: it finds the job completed or fails
 * it.  counts: how far it came, in both cases.  message: on -1, and where a file broke off, a sentence for the admins.
 *
 * The pair partial=yes among the job's options belongs to no format: a file that is broken from some place on (not one
 * over a limit) is imported up to there, if at least one comment is, and counted as ISSUE_FILE_BROKEN.
 *
 * The file's key is wiped at the end; the file itself is the caller's to unlink.
 */
int import_run(const struct job_context *, const struct job_claim *, struct job_counts *counts,
    char message[JOB_MESSAGE_SIZE], struct err *) MUST_CHECK;

#endif
