/* A connected site and its batches, for the tests of what it sends. */
#ifndef TESTS_DB_SITE_H
#define TESTS_DB_SITE_H

#include "queue.h"

#include "store/batch.h"

/* An approved site of account 1 that is asked for its comments: the row, and what web knows of it. */
struct integration site_connect(const char *domain, const char *source_site);

/* A batch of the site, handed over on the machine "here". */
int64_t site_sends(const struct integration *, const char *spool_name, int64_t remaining);

#endif
