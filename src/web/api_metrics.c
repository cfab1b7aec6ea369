/* /metrics on the private listener, in Prometheus' text format 0.0.4; doc/OPERATING explains each. */
#include "spool/survey.h"
#include "store/status.h"
#include "util/log.h"

#include "web/latency.h"
#include "web/pages.h"

static void
head(struct sb *out, const char *name, const char *type, const char *help)
{
	sb_printf(out, "# HELP trasloco_%s %s\n# TYPE trasloco_%s %s\n", name, help, name, type);
}

/* A metric without labels. */
static void
single(struct sb *out, const char *name, const char *type, const char *help, int64_t value)
{
	head(out, name, type, help);
	sb_printf(out, "trasloco_%s %" PRId64 "\n", name, value);
}

static void
labelled(struct sb *out, const char *name, const char *label, const char *what, int64_t value)
{
	sb_printf(out, "trasloco_%s{%s=\"%s\"} %" PRId64 "\n", name, label, what, value);
}

static void
write_jobs(struct sb *out, const struct status *s)
{
	int i;

	head(out, "jobs", "gauge", "Jobs by state; those that have ended stay.");
	for (i = 0; i < JOB_STATE__MAX; i++)
		labelled(out, "jobs", "state", job_state_names[i], s->jobs[i]);
	single(out, "oldest_waiting_job_seconds", "gauge", "How long the oldest requested job has waited.",
	    s->oldest_requested);
	single(out, "jobs_lease_over", "gauge", "Running jobs whose worker is silent for too long.", s->leases_over);
	head(out, "comments_imported_total", "counter", "Comments that completed imports created or updated.");
	labelled(out, "comments_imported_total", "change", "created", s->created);
	labelled(out, "comments_imported_total", "change", "updated", s->updated);
}

static void
write_outbox(struct sb *out, const struct status *s)
{
	int i;

	head(out, "outbox_waiting", "gauge", "Messages that are still to be delivered.");
	for (i = 0; i < OUTBOX_KIND__MAX; i++)
		labelled(out, "outbox_waiting", "kind", outbox_kind_names[i], s->outbox[i].waiting);
	head(out, "outbox_oldest_waiting_seconds", "gauge", "How long ago the oldest of them was written.");
	for (i = 0; i < OUTBOX_KIND__MAX; i++)
		labelled(out, "outbox_oldest_waiting_seconds", "kind", outbox_kind_names[i], s->outbox[i].oldest);
	head(out, "outbox_given_up_total", "counter", "Messages that could not be delivered in three days.");
	for (i = 0; i < OUTBOX_KIND__MAX; i++)
		labelled(out, "outbox_given_up_total", "kind", outbox_kind_names[i], s->outbox[i].given_up);
}

static void
write_spool(struct sb *out, const struct settings *settings)
{
	struct survey s;
	struct err e;

	if (survey_spool(settings->spool_dir, &s, NULL, NULL, &e) == -1)
		log_err("spool_away", &e);
	single(out, "jobs_process_up", "gauge", "1 while trasloco-jobs runs on this machine.", s.workers);
	single(out, "spool_writable", "gauge", "1 while uploads can be kept.", s.writable);
	single(out, "spool_files", "gauge", "Uploads in the spool directory, unfinished ones included.", s.files);
	single(out, "spool_bytes", "gauge", "Their size.", s.bytes);
	single(out, "spool_free_bytes", "gauge", "Free space for more.", s.free_bytes);
	single(out, "upload_limit_bytes", "gauge", "max_upload of the configuration.", settings->max_upload);
}

static int
ask(struct db *db, void *ctx, struct err *e)
{
	return status_read(db, ctx, e);
}

/* Without a database its metrics are missing, rather than 0. */
int
api_metrics(struct ctx *c, struct err *e)
{
	struct sb *out = &c->resp->body;
	struct status status;
	bool up = gate_ask(c->gate, ask, &status, e) == 0;

	if (!up)
		log_err("database_away", e);
	c->resp->content_type = "text/plain; version=0.0.4; charset=utf-8";
	head(out, "build_info", "gauge", "The version that runs.");
	labelled(out, "build_info", "version", VERSION_TEXT, 1);
	single(out, "database_up", "gauge", "1 while the database answers.", up);
	if (up) {
		write_jobs(out, &status);
		write_outbox(out, &status);
	}
	write_spool(out, c->web->settings);
	latency_write(c->web->latency, out);
	return sb_ok(out) ? 0 : err_nomem(e);
}
