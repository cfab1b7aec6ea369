/* What a running job may use, and why it may have to stop. */
#ifndef JOBS_CONTEXT_H
#define JOBS_CONTEXT_H

#include <stdatomic.h>

#include "model/settings.h"
#include "spool/key.h"
#include "spool/spool.h"
#include "store/db.h"

#define JOB_MESSAGE_SIZE	600	/* bytes of job.message with a NUL */

/* First reason wins. */
enum job_stop {
	JOB_STOP_NONE,
	JOB_STOP_NOT_OURS,	/* cancelled, or given up for dead */
	JOB_STOP_NO_DATABASE,	/* the lease could not be renewed in time */
	JOB_STOP_SHUTDOWN	/* the service ends */
};

struct job_context {
	const struct settings	*settings;
	const struct key_pair	*keys;
	struct spool_dir	*spool;
	const char		*worker;	/* name of this run of this process */
	struct db		*loader;	/* for the job's one transaction */
	struct db		*status;	/* for progress and lease meanwhile, and for the failed end */
	atomic_int		*stop;		/* enum job_stop */
};

/* Asks the job to stop for this reason, unless there is one already. */
static inline void
job_stop_ask(atomic_int *stop, enum job_stop why)
{
	int none = JOB_STOP_NONE;

	atomic_compare_exchange_strong(stop, &none, why);
}

#endif
