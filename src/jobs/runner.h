/*
 * The background jobs of one machine: `parallel` worker processes that claim
 * and run jobs, two batchers, which store what connected sites send, the keeper, which sweeps, the notifier, which
 * delivers messages, and their parent, which notices the dead.
 */
#ifndef JOBS_RUNNER_H
#define JOBS_RUNNER_H

#include "util/err.h"

#include "model/settings.h"
#include "spool/key.h"
#include "store/db.h"

/*
 * Runs until SIGTERM or SIGINT; then lets no job half done: running jobs are failed ("interrupted") and their
 * workers ended.  ERR_CONFLICT if another trasloco-jobs holds this machine's spool directory.
 */
int runner_main(const struct settings *, const struct db_config *, const struct key_pair *, const char *smtp_password,
    struct err *) MUST_CHECK;

#endif
