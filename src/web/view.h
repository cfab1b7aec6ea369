/* What the pages have in common: the frame around them, errors, and jobs as a person reads them. */
#ifndef WEB_VIEW_H
#define WEB_VIEW_H

#include "model/job.h"
#include "tmpl/tmpl.h"

#include "web/ctx.h"

/* The values of the layout: title, and who is signed in.  A page adds its own. */
struct tmpl_data *view_data(struct ctx *, const char *title);

/* Renders a page in the layout into the response; its status is set by the caller before. */
int view_render(struct ctx *, const char *page, const struct tmpl_data *, struct err *) MUST_CHECK;

/* Answers with an error: a page, or {"error":{"code","message"}} with "provider" and "field" where ctx has them. */
void view_error(struct ctx *, int status, const struct err *);

/* The values of partials/job_cells.  link: the job has a page of its own. */
void view_job(struct tmpl_data *row, const struct job *, int64_t now_ms, bool link);

/* The title of the job's provider; valid as long as the job. */
const char *view_provider(const struct job *);

/* An import that came to nothing, so that its form is offered once more. */
bool view_job_again(const struct job *);

/* A failed import that had read complete comments: where its file was the cause, those could be imported. */
bool view_job_broken(const struct job *);

/* "/auth/my-account/manage-data/import/7" */
#define VIEW_JOB_PATH_SIZE	64
void view_job_path(char out[VIEW_JOB_PATH_SIZE], int64_t job_id);

/* "2026-01-02 03:04:05 UTC"; "" for CLOCK_UNKNOWN. */
#define VIEW_TIME_SIZE	32
void view_time(char out[VIEW_TIME_SIZE], int64_t ms);

#endif
