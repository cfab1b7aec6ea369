/* status.json: the account's newest jobs of the kind at whose address it lies, for the script of the pages. */
#include "util/clock.h"
#include "util/esc.h"
#include "store/job.h"

#include "web/json.h"
#include "web/pages.h"
#include "web/view.h"
#include "web/view_export.h"

#define JOBS_MAX	50

struct listing {
	struct job		*jobs;
	size_t			 n;
	struct view_jobs	 view;
};

static int
keep_job(void *ctx, const struct job *j, struct err *e)
{
	struct listing *l = ctx;

	(void)e;
	if (l->n < JOBS_MAX)
		l->jobs[l->n++] = *j;
	return 0;
}

/* Both objects of a job in one pass over its issues. */
struct reasons {
	struct sb	skipped, warnings;
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
add_time(struct sb *out, const char *name, int64_t ms)
{
	sb_printf(out, ",\"%s\":", name);
	json_time(out, ms);
}

/* The file of an export, as long as it is there. */
static void
add_download(struct sb *out, const struct job *j)
{
	char path[VIEW_EXPORT_PATH_SIZE];

	view_export_path(path, j->job_id, "download");
	sb_str(out, ",\"download\":");
	if (j->available)
		json_string(out, path);
	else
		sb_str(out, "null");
	add_time(out, "expires_at", j->available ? j->download_until : CLOCK_UNKNOWN);
}

static void
write_job(struct sb *out, const struct job *j, const struct view_jobs *v, const struct reasons *r)
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
	if (j->kind == JOB_EXPORT)
		add_download(out, j);
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
	if (view_job_counted(j))
		result = job_issue_each(c->db, j->job_id, add_reason, &r, e);
	if (result == 0)
		write_job(out, j, v, &r);
	sb_free(&r.skipped);
	sb_free(&r.warnings);
	return result;
}

/* 304 when the browser has this body already. */
static void
tag_body(struct ctx *c)
{
	struct sb *body = &c->resp->body, tag;
	struct hash128 sum;
	struct hash h;

	hash_begin(&h, HASH128_SIZE);
	hash_part(&h, body->p, body->n);
	hash_end(&h, sum.b);
	sb_init(&tag, 64);
	sb_char(&tag, '"');
	esc_hex(&tag, sum.b, sizeof(sum.b));
	sb_char(&tag, '"');
	resp_header(c->resp, "ETag", sb_text(&tag));
	if (strstr(c->req->if_none_match, sb_text(&tag)) != NULL) {
		c->resp->status = 304;
		sb_reset(body);
	}
	sb_free(&tag);
}

int
api_status(struct ctx *c, struct err *e)
{
	struct listing l = { .view.now = clock_now_ms() };
	struct sb *body = &c->resp->body;
	size_t i;

	if ((l.jobs = arena_alloc(c->arena, JOBS_MAX * sizeof(*l.jobs))) == NULL)
		return err_nomem(e);
	if (job_writer_get(c->db, c->admin.account_id, &l.view.writer, e) == -1 ||
	    job_each(c->db, c->admin.account_id, view_kind(c), JOBS_MAX, keep_job, &l, e) == -1)
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
	if (!sb_ok(body))
		return err_nomem(e);
	tag_body(c);
	return 0;
}
