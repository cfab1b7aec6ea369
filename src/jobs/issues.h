/* The report of a job: how often each reason came, and its first examples. */
#ifndef JOBS_ISSUES_H
#define JOBS_ISSUES_H

#include "util/err.h"
#include "util/sb.h"

#include "model/issue.h"
#include "store/job.h"

struct issues {
	struct {
		int64_t		count;
		int		examples;
		struct sb	json;		/* objects, without the brackets around them */
	} of[ISSUE__MAX];
};

void issues_init(struct issues *);
void issues_free(struct issues *);

/* Counts n more. */
void issues_count(struct issues *, enum issue_reason, int64_t n);

/* One more example, until there are ISSUE_EXAMPLES_MAX.  external_id: valid UTF-8; line 0: unknown, then null. */
void issues_example(struct issues *, enum issue_reason, const char *external_id, size_t n, uint64_t line);

/* Writes all of them, inside the transaction of the job. */
int issues_store(struct issues *, struct db *, int64_t job_id, struct err *) MUST_CHECK;

#endif
