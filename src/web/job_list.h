/* The table of jobs that each kind's page has below its form. */
#ifndef WEB_JOB_LIST_H
#define WEB_JOB_LIST_H

#include "model/job.h"
#include "tmpl/tmpl.h"

#include "web/ctx.h"

/* An invented job, for pictures in documentation: always the same. */
struct demo_job {
	enum job_state		 state;
	const char		*format, *file_name;
	int64_t			 size, started, finished;	/* ms from now, 0: not yet */
	struct job_counts	 counts;
	int64_t			 total;			/* comments; 0: not known */
	const char		*message;
};

/* Is this the page with examples (?demo=true) in place of the account's jobs? */
bool job_list_is_demo(const struct ctx *);

/* The newest jobs of the kind, or the n examples: values jobs, jobs_any, demo, live_url. */
int job_list(struct ctx *, struct tmpl_data *page, enum job_kind, const struct demo_job *, size_t n,
    struct err *) MUST_CHECK;

#endif
