/* What the pages have in common: the frame around them, errors, and jobs as a person reads them. */
#ifndef WEB_VIEW_H
#define WEB_VIEW_H

#include "store/job.h"
#include "tmpl/tmpl.h"

#include "web/ctx.h"

/* The values of the layout: title, and who is signed in.  A page adds its own. */
struct tmpl_data *view_data(struct ctx *, const char *title);

/* Renders a page in the layout into the response; its status is set by the caller before. */
int view_render(struct ctx *, const char *page, const struct tmpl_data *, struct err *) MUST_CHECK;

/* " You reach the people who run this server at ..." to follow a sentence, or "" if the configuration does not say where. */
#define VIEW_CONTACT_SIZE	384
void view_contact(const struct ctx *, char out[VIEW_CONTACT_SIZE]);

/* ERR_CONFLICT with a text that sends a person to the operators, and where those are.  -1. */
int view_ask_operators(const struct ctx *, const char *text, struct err *);

/* Answers with an error: a page, or for connected sites what site_failed() makes, or {"error":{"code","message"}} with "provider" and "field", or "state", where
 * ctx has them. */
void view_error(struct ctx *, int status, const struct err *);

/* The kind of jobs whose pages lie at the address of the request. */
enum job_kind view_kind(const struct ctx *);

/* "/auth/my-account/manage-data/import", the page of all jobs of a kind. */
const char *view_kind_path(enum job_kind);

/* "Import 7", for the begin of a sentence, and "import 7". */
#define VIEW_NAME_SIZE	64
void view_job_name(char out[VIEW_NAME_SIZE], enum job_kind, int64_t job_id);
void view_job_name_within(char out[VIEW_NAME_SIZE], enum job_kind, int64_t job_id);

/* What jobs are shown against. */
struct view_jobs {
	int64_t			now;		/* ms UTC */
	bool			link;		/* they have pages of their own */
	struct job_writer	writer;		/* of their account */
};

/* The values of partials/job_row and of the job's page. */
void view_job(struct tmpl_data *row, const struct job *, const struct view_jobs *);

/* The job of its account that this one waits for; 0: it waits for none. */
int64_t view_job_waits_for(const struct job *, const struct job_writer *);

/* Is there nothing more to come of it? */
bool view_job_over(const struct job *);

/* The account's job with the number of the address.  ERR_NOTFOUND, also for another account's. */
int view_job_get(struct ctx *, struct job *, struct err *) MUST_CHECK;

/* The title of the job's provider, of an export that of its format; valid as long as the job. */
const char *view_provider(const struct job *);

/* An import that came to nothing, so that its form is offered once more. */
bool view_job_again(const struct job *);

/* Its counts say what is in the database: it is completed, or what it brought stays however it ends. */
bool view_job_counted(const struct job *);

/* Its page tells of issues and pages: nothing is added to those any more. */
bool view_job_reported(const struct job *);

/* A site's run whose site was not heard for a minute.  now: ms UTC. */
bool view_job_silent(const struct job *, int64_t now);

/* A failed import that had read complete comments: where its file was the cause, those could be imported. */
bool view_job_broken(const struct job *);

/* "/auth/my-account/manage-data/import/7"; for a job of unknown kind JOB_IMPORT, which leads on to its page. */
#define VIEW_JOB_PATH_SIZE	72
void view_job_path(char out[VIEW_JOB_PATH_SIZE], enum job_kind, int64_t job_id);

/* "2026-01-02 03:04:05 UTC"; "" for CLOCK_UNKNOWN. */
#define VIEW_TIME_SIZE	32
void view_time(char out[VIEW_TIME_SIZE], int64_t ms);

/* A value of a template: the address as people read it (util/weburl_readable). */
void view_put_address(struct tmpl_data *, const char *name, const char *address);

/* Two values of a template: that text, and as clock_format() makes it, for datetime. */
void view_put_time(struct tmpl_data *, const char *name, const char *iso_name, int64_t ms);

#endif
