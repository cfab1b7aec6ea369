/*
 * The keeper: the process that looks after jobs whose worker is gone and
 * after files that nobody owns.  It never runs a job itself.
 */
#ifndef JOBS_KEEPER_H
#define JOBS_KEEPER_H

#include "jobs/worker.h"

#define KEEPER_NAME_SIZE	256	/* a worker's name with its NUL */

/*
 * Every second: fails the jobs of the workers named on the pipe `dead` (KEEPER_NAME_SIZE bytes each) and jobs of any
 * machine whose lease is over, says that what such jobs had to undo is undone, and unlinks the files of this
 * machine's jobs that have ended; fails the runs of sites that are silent.  Every minute, and at first: forgets sites that asked
 * in vain and batches whose time is over, and sweeps the spool directory.  fresh: no worker of this machine lives yet, so every job that is running on it is
 * failed first.  Sends `ready_signal` to its parent once that is done, so that workers may start.  Ends at
 * SIGTERM, after a last round.  Returns the exit status.
 */
int keeper_main(const struct worker_site *, int dead, bool fresh, int ready_signal);

#endif
