/* A batcher process: stores the batches that connected sites have sent to this machine, one after another. */
#ifndef JOBS_BATCHER_H
#define JOBS_BATCHER_H

#include "jobs/worker.h"

/*
 * Works until SIGTERM, and waits while the database is away.  Each batch goes the way of a file (reader process, loader)
 * within one transaction: it is stored whole, or nothing of it is and the site is told why.  A batch that is under
 * way at SIGTERM is refused; one that was under way when the process was killed is there for the next.  Returns the
 * exit status.
 */
int batcher_main(const struct worker_site *);

#endif
