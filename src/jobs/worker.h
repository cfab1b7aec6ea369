/* A worker process: claims the jobs of this machine one after another and runs them. */
#ifndef JOBS_WORKER_H
#define JOBS_WORKER_H

#include "model/settings.h"
#include "spool/key.h"
#include "spool/spool.h"
#include "store/db.h"

/* What every process of the runner works with; all of it outlives them. */
struct worker_site {
	const struct settings	*settings;
	const struct db_config	*db;
	const struct key_pair	*keys;
	const char		*smtp_password;		/* of the notifier */
	struct spool_dir	*spool;
};

/*
 * Works until SIGTERM, and waits while the database is away.  name: unique to this process run.  At SIGTERM the
 * running job is given up at its next check and failed.  Returns the exit status.
 */
int worker_main(const struct worker_site *, const char *name);

#endif
