/* An export: from a claimed job to an encrypted file in the spool that web alone can read, and in memory that does not grow. */
#ifndef JOBS_EXPORT_H
#define JOBS_EXPORT_H

#include "jobs/context.h"
#include "store/job.h"

/*
 * Runs the export.  0: it is completed, its file stays.  -1: there is no file, or (ERR_DB_LOST) nobody knows yet whether it
 * is completed, as import_run() has it; then the file stays too, and the keeper removes it if the job has failed.
 * counts: comments_read comments are written, bytes_read bytes of the file.  message: on -1, and where nothing was found, a
 * sentence for the admins.
 */
int export_run(const struct job_context *, const struct job_claim *, struct job_counts *counts,
    char message[JOB_MESSAGE_SIZE], struct err *) MUST_CHECK;

#endif
