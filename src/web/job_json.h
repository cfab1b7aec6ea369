/* Jobs as JSON objects, the same for the script of the pages (status.json) and for programs (doc/openapi.json, Job). */
#ifndef WEB_JOB_JSON_H
#define WEB_JOB_JSON_H

#include "store/job.h"

#include "web/ctx.h"

#define JOB_JSON_MAX	50	/* jobs of a list */

/* Answers {"jobs":[...]}: the account's jobs of a kind, as job_each() has them, limit at most JOB_JSON_MAX. */
int job_json_list(struct ctx *, enum job_kind, int64_t before, int limit, struct err *) MUST_CHECK;

/* Begins the answer {"job":{...}: the caller adds the rest and the last brace. */
int job_json_add(struct ctx *, const struct job *, struct err *) MUST_CHECK;

/* Answers 201 {"job":{"id","url"}} with its Location. */
void job_json_created(struct ctx *, enum job_kind, int64_t job_id);

#endif
