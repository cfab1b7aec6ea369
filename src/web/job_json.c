#include "web/job_json.h"

#include "util/clock.h"

#include "web/api.h"
#include "web/dispatch.h"
#include "web/json.h"
#include "web/view.h"

#define NOTES_SIZE	(JOB_NOTES_MAX * (6 * JOB_NOTE_CHARS + 64))	/* a character takes six bytes at most */

struct listing {
	struct job		*jobs;
	size_t			 n, max;
	struct view_jobs	 view;
};

static int
keep_job(void *ctx, const struct job *j, struct err *e)
{
	struct listing *l = ctx;

	(void)e;
	if (l->n < l->max)
		l->jobs[l->n++] = *j;
	return 0;
}

/* What other tables have on a job: both objects of reasons in one pass over its issues, and the array of its notes. */
struct reasons {
	struct sb	skipped, warnings, notes;
};

static int
add_reason(void *ctx, const struct job_issue *issue, struct err *e)
{
	struct reasons *r = ctx;
	struct sb *to = issue_kinds[issue->reason].skips ? &r->skipped : &r->warnings;

	(void)e;
	if (to->n > 0)
		sb_char(to, ',');
	json_string(to, issue_kinds[issue->reason].name);
	sb_printf(to, ":%" PRId64, issue->count);
	return 0;
}

static int
add_note(void *ctx, int64_t at, const char *note, struct err *e)
{
	struct sb *to = ctx;

	(void)e;
	sb_str(to, to->n > 0 ? ",{\"at\":" : "{\"at\":");
	json_time(to, at);
	sb_str(to, ",\"text\":");
	json_string(to, note);
	sb_char(to, '}');
	return 0;
}

static void
add_text(struct sb *out, const char *name, const char *value)
{
	sb_printf(out, ",\"%s\":", name);
	json_string(out, value);
}

static void
add_number(struct sb *out, const char *name, int64_t value)
{
	sb_printf(out, ",\"%s\":%" PRId64, name, value);
}

/* The value of a name that was written before; null for what nobody knows. */
static void
add_known(struct sb *out, int64_t value, bool known)
{
	if (known)
		sb_printf(out, "%" PRId64, value);
	else
		sb_str(out, "null");
}

static void
add_name(struct sb *out, const char *name, const char *value, bool known)
{
	sb_printf(out, ",\"%s\":", name);
	if (known)
		json_string(out, value);
	else
		sb_str(out, "null");
}

static void
add_time(struct sb *out, const char *name, int64_t ms)
{
	sb_printf(out, ",\"%s\":", name);
	json_time(out, ms);
}

/* The file of an export, as long as it is there, and when it will be deleted. */
static void
add_download(struct sb *out, const struct ctx *c, const struct job *j)
{
	sb_str(out, ",\"download\":");
	if (j->available)
		sb_printf(out, "\"%s/%" PRId64 "/download\"", c->api != NULL ? PATH_API "/exports" : PATH_EXPORT, j->job_id);
	else
		sb_str(out, "null");
	add_time(out, "expires_at", j->available ? j->download_until : CLOCK_UNKNOWN);
}

static void
write_job(const struct ctx *c, struct sb *out, const struct job *j, const struct view_jobs *v, const struct reasons *r)
{
	int64_t waiting_for = view_job_waits_for(j, &v->writer);

	sb_printf(out, "{\"id\":%" PRId64, j->job_id);
	add_text(out, "kind", job_kind_names[j->kind]);
	add_text(out, "source", j->source);
	add_text(out, "provider", j->format);
	add_text(out, "provider_title", view_provider(j));
	add_text(out, "state", job_state_names[j->state]);
	sb_printf(out, ",\"undoing\":%s,\"waiting_for\":", j->undoing ? "true" : "false");
	add_known(out, waiting_for, waiting_for != 0);
	sb_printf(out, ",\"waiting_for_site\":%s", view_job_silent(j, v->now) ? "true" : "false");
	add_time(out, "heard_at", j->heard_at);
	add_text(out, "file_name", j->file_name);
	add_number(out, "file_size", j->file_size);
	add_number(out, "bytes_read", j->counts.bytes_read);
	add_number(out, "comments_read", j->counts.comments_read);
	sb_str(out, ",\"total\":");
	add_known(out, j->comments_total, j->comments_total >= 0);
	add_number(out, "created", j->counts.created);
	add_number(out, "updated", j->counts.updated);
	add_number(out, "unchanged", j->counts.unchanged);
	add_number(out, "skipped", j->counts.skipped);
	sb_printf(out, ",\"skipped_reasons\":{%s},\"warnings\":{%s}", sb_text(&r->skipped), sb_text(&r->warnings));
	add_text(out, "requested_by", j->requested_by);
	add_time(out, "requested_at", j->requested_at);
	add_time(out, "started_at", j->started_at);
	add_time(out, "finished_at", j->finished_at);
	add_text(out, "message", j->message);
	add_name(out, "file_site", j->file_site, j->file_site_known);
	add_name(out, "met_site", j->met_site, *j->met_site != '\0');
	sb_printf(out, ",\"notes\":[%s]", sb_text(&r->notes));
	add_download(out, c, j);
	sb_char(out, '}');
}

/* Issues are written in the transaction that writes their comments. */
static int
add_job(struct ctx *c, struct sb *out, const struct job *j, const struct view_jobs *v, struct err *e)
{
	struct reasons r;
	int result = 0;

	sb_init(&r.skipped, 4096);
	sb_init(&r.warnings, 4096);
	sb_init(&r.notes, NOTES_SIZE);
	if (view_job_counted(j))
		result = job_issue_each(c->db, j->job_id, add_reason, &r, e);
	if (result == 0 && j->notes > 0)
		result = job_note_each(c->db, j->job_id, add_note, &r.notes, e);
	if (result == 0)
		write_job(c, out, j, v, &r);
	sb_free(&r.skipped);
	sb_free(&r.warnings);
	sb_free(&r.notes);
	return result;
}

int
job_json_add(struct ctx *c, const struct job *j, struct err *e)
{
	struct view_jobs v = { .now = clock_now_ms() };

	if (job_writer_get(c->db, c->admin.account_id, &v.writer, e) == -1)
		return -1;
	c->resp->content_type = "application/json";
	sb_str(&c->resp->body, "{\"job\":");
	return add_job(c, &c->resp->body, j, &v, e);
}

int
job_json_list(struct ctx *c, enum job_kind kind, int64_t before, int limit, struct err *e)
{
	struct listing l = { .max = (size_t)limit, .view.now = clock_now_ms() };
	struct sb *body = &c->resp->body;
	size_t i;

	if ((l.jobs = arena_alloc(c->arena, l.max * sizeof(*l.jobs))) == NULL)
		return err_nomem(e);
	if (job_writer_get(c->db, c->admin.account_id, &l.view.writer, e) == -1 ||
	    job_each(c->db, c->admin.account_id, kind, before, limit, keep_job, &l, e) == -1)
		return -1;
	c->resp->content_type = "application/json";
	sb_str(body, "{\"jobs\":[");
	for (i = 0; i < l.n; i++) {
		if (i > 0)
			sb_char(body, ',');
		if (add_job(c, body, &l.jobs[i], &l.view, e) == -1)
			return -1;
	}
	sb_str(body, "]}\n");
	return sb_ok(body) ? 0 : err_nomem(e);
}

/* Where a job is, for who asks. */
static void
job_path(char out[VIEW_JOB_PATH_SIZE], const struct ctx *c, enum job_kind kind, int64_t job_id)
{
	if (c->api != NULL)
		snprintf(out, VIEW_JOB_PATH_SIZE, PATH_API "/jobs/%" PRId64, job_id);
	else
		view_job_path(out, kind, job_id);
}

void
job_json_created(struct ctx *c, enum job_kind kind, int64_t job_id)
{
	char path[VIEW_JOB_PATH_SIZE];

	job_path(path, c, kind, job_id);
	c->resp->status = 201;
	c->resp->content_type = "application/json";
	resp_header(c->resp, "Location", path);
	sb_printf(&c->resp->body, "{\"job\":{\"id\":%" PRId64 ",\"url\":", job_id);
	json_string(&c->resp->body, path);
	sb_str(&c->resp->body, "}}\n");
}
