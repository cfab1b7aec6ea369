#include "web/view.h"

#include "util/clock.h"
#include "util/log.h"
#include "util/num.h"
#include "util/weburl.h"

#include "formats/format.h"
#include "store/move.h"

#include "web/csrf.h"
#include "web/dispatch.h"
#include "web/i18n.h"
#include "web/json.h"
#include "web/site.h"
#include "web/view_export.h"

#define ABOUT_SIZE	160

/* In the order of enum job_state; the class is the word of job_state_names. */
static const char *const state_titles[JOB_STATE__MAX] = {
	[JOB_REQUESTED] = "Requested", [JOB_RUNNING] = "Running", [JOB_COMPLETED] = "Completed",
	[JOB_FAILED] = "Failed", [JOB_CANCELLED] = "Cancelled",
};

/* Ticks come every two seconds while the site's page is open: after a minute it is closed. */
#define SILENCE_MS	INT64_C(60000)

/* What the pages call the jobs of a kind.  JOB_UNDO has no page yet. */
static const struct kind {
	const char	*path, *at;		/* at: the flag of its place in the navigation */
	const char	*name, *name_within, *none;
} kinds[JOB_KIND__MAX] = {
	[JOB_IMPORT] = { PATH_IMPORT, "at_import", "Import", "import", "There is no import with this number." },
	[JOB_EXPORT] = { PATH_EXPORT, "at_export", "Export", "export", "There is no export with this number." },
	[JOB_COPY] = { PATH_COPY, "at_copy", "Copy", "copy", "There is no copy with this number." },
	[JOB_MOVE] = { PATH_MOVE, "at_move", "Move", "move", "There is no move with this number." },
};

/* The row of a kind; that of imports for a kind without pages. */
static const struct kind *
kind_of(enum job_kind k)
{
	return &kinds[kinds[k].path != NULL ? k : JOB_IMPORT];
}

enum job_kind
view_kind(const struct ctx *c)
{
	int k;

	for (k = 0; k < JOB_KIND__MAX; k++)
		if (kinds[k].path != NULL && strncmp(c->req->path, kinds[k].path, strlen(kinds[k].path)) == 0)
			return (enum job_kind)k;
	return JOB_IMPORT;
}

const char *
view_kind_path(enum job_kind k)
{
	return kind_of(k)->path;
}

void
view_job_name(char out[VIEW_NAME_SIZE], enum job_kind k, int64_t job_id)
{
	snprintf(out, VIEW_NAME_SIZE, "%s %" PRId64, tr(kind_of(k)->name), job_id);
}

void
view_job_name_within(char out[VIEW_NAME_SIZE], enum job_kind k, int64_t job_id)
{
	snprintf(out, VIEW_NAME_SIZE, "%s %" PRId64, tr(kind_of(k)->name_within), job_id);
}

/* Which part of the site's navigation the page belongs to. */
static void
put_place(struct tmpl_data *d, const char *path)
{
	int k;

	for (k = 0; k < JOB_KIND__MAX; k++)
		if (kinds[k].path != NULL)
			tmpl_flag(d, kinds[k].at, strncmp(path, kinds[k].path, strlen(kinds[k].path)) == 0);
	/* sites that send their comments themselves */
	tmpl_flag(d, "at_sites", strncmp(path, PATH_SITES, strlen(PATH_SITES)) == 0 ||
	    strncmp(path, PATH_SITE_PAGES, strlen(PATH_SITE_PAGES)) == 0);
	tmpl_flag(d, "at_tokens", strncmp(path, PATH_TOKENS, strlen(PATH_TOKENS)) == 0);
	tmpl_flag(d, "at_notifications", strncmp(path, PATH_NOTIFICATIONS, strlen(PATH_NOTIFICATIONS)) == 0);
	tmpl_flag(d, "at_audit", strncmp(path, PATH_AUDIT, strlen(PATH_AUDIT)) == 0);
}

void
view_contact(const struct ctx *c, char out[VIEW_CONTACT_SIZE])
{
	const char *contact = c->web->settings->contact;
	char sentence[VIEW_CONTACT_SIZE - 1];

	snprintf(sentence, sizeof(sentence), tr(CONTACT_SENTENCE), contact);
	snprintf(out, VIEW_CONTACT_SIZE, "%s%s", *contact != '\0' ? " " : "", *contact != '\0' ? sentence : "");
}

int
view_ask_operators(const struct ctx *c, const char *text, struct err *e)
{
	char contact[VIEW_CONTACT_SIZE];

	view_contact(c, contact);
	return err_set(e, ERR_CONFLICT, "%s%s", text, contact);
}

/* What partials/contact shows. */
static void
put_contact(const struct ctx *c, struct tmpl_data *d)
{
	char contact[VIEW_CONTACT_SIZE];
	struct tmpl_url url;

	view_contact(c, contact);
	tmpl_text(d, "contact", contact + (*contact == ' '));
	if (tmpl_url_web(c->web->settings->contact, &url))
		tmpl_url(d, "contact_url", url);
}

struct tmpl_data *
view_data(struct ctx *c, const char *title)
{
	struct tmpl_data *d = tmpl_data_new(c->arena);
	char token[CSRF_SIZE];

	tmpl_text(d, "title", title);
	tmpl_flag(d, "signed_in", c->signed_in);
	tmpl_flag(d, "no_operators", c->signed_in && !c->web->settings->operators_said);
	put_contact(c, d);
	if (c->signed_in) {
		csrf_token(c->token, token);
		tmpl_text(d, "csrf", token);
		tmpl_text(d, "email", c->admin.email);
		tmpl_text(d, "account_name", c->admin.account_name);
		put_place(d, c->req->path);
	}
	return d;
}

int
view_render(struct ctx *c, const char *page, const struct tmpl_data *d, struct err *e)
{
	return tmpl_render(c->web->templates, "layout", page, d, tr, &c->resp->body, e);
}

static void
json_error(const struct ctx *c, const char *code, const char *message)
{
	struct sb *body = &c->resp->body;

	c->resp->content_type = "application/json";
	sb_str(body, "{\"error\":{\"code\":");
	json_string(body, code);
	sb_str(body, ",\"message\":");
	json_string(body, message);
	if (c->wrong_provider != NULL && c->wrong_field != NULL) {
		sb_str(body, ",\"provider\":");
		json_string(body, c->wrong_provider);
		sb_str(body, ",\"field\":");
		json_string(body, c->wrong_field);
	}
	if (c->wrong_state != NULL) {
		sb_str(body, ",\"state\":");
		json_string(body, c->wrong_state);
	}
	sb_str(body, "}}\n");
}

static const char *
error_title(int status)
{
	switch (status) {
	case 401: return tr("Please sign in");
	case 403: return tr("This was not accepted");
	case 404: return tr("This page does not exist");
	case 405: return tr("This page can not do that");
	case 413: return tr("That is too large");
	case 415: return tr("This file is of another kind");
	default: return status < 500 ? tr("This did not work") : tr("Something went wrong on our side");
	}
}

void
view_error(struct ctx *c, int status, const struct err *e)
{
	char message[sizeof(e->msg) + VIEW_CONTACT_SIZE], contact[VIEW_CONTACT_SIZE] = "";
	struct tmpl_data *d;
	struct err failed;

	if (err_for_operators(e->kind))
		view_contact(c, contact);
	snprintf(message, sizeof(message), "%s%s", tr(err_public(e)), contact);
	if (c->site_json) {
		site_failed(c, status, err_kind_name(e->kind), message);
		return;
	}
	c->resp->status = status;
	if (c->json) {
		json_error(c, err_kind_name(e->kind), message);
		return;
	}
	d = view_data(c, error_title(status));
	tmpl_text(d, "message", message);
	tmpl_number(d, "status", status);
	tmpl_flag(d, "sign_in", status == 401);
	if (view_render(c, "error", d, &failed) == 0)
		return;
	/* Not even the error page: then the bare sentence. */
	log_err("error_page_failed", &failed);
	sb_reset(&c->resp->body);
	c->resp->content_type = "text/plain; charset=utf-8";
	sb_str(&c->resp->body, message);
}

void
view_job_path(char out[VIEW_JOB_PATH_SIZE], enum job_kind k, int64_t job_id)
{
	snprintf(out, VIEW_JOB_PATH_SIZE, "%s/%" PRId64, kind_of(k)->path, job_id);
}

static void
cancel_path(char out[VIEW_JOB_PATH_SIZE], const struct job *j)
{
	snprintf(out, VIEW_JOB_PATH_SIZE, "%s/%" PRId64 "/cancel", kind_of(j->kind)->path, j->job_id);
}

static void
again_path(char out[VIEW_JOB_PATH_SIZE], int64_t job_id)
{
	snprintf(out, VIEW_JOB_PATH_SIZE, PATH_IMPORT "?again=%" PRId64, job_id);
}

void
view_time(char out[VIEW_TIME_SIZE], int64_t ms)
{
	char text[CLOCK_TEXT_SIZE];

	clock_format(text, ms);
	out[0] = '\0';
	if (text[0] != '\0')
		snprintf(out, VIEW_TIME_SIZE, "%.10s %.8s UTC", text, text + 11);
}

void
view_put_address(struct tmpl_data *row, const char *name, const char *address)
{
	size_t n = strlen(address);
	struct sb sb;

	sb_init(&sb, WEBURL_PAGE_ROOM(n));
	weburl_readable(address, n, &sb);
	tmpl_text(row, name, sb_ok(&sb) ? sb_text(&sb) : address);
	sb_free(&sb);
}

void
view_put_time(struct tmpl_data *row, const char *name, const char *iso_name, int64_t ms)
{
	char text[VIEW_TIME_SIZE], iso[CLOCK_TEXT_SIZE];

	view_time(text, ms);
	clock_format(iso, ms);
	tmpl_text(row, name, text);
	tmpl_text(row, iso_name, iso);
}

int
view_job_get(struct ctx *c, struct job *j, struct err *e)
{
	int found = job_get(c->db, c->admin.account_id, c->id, j, e);

	if (found == 0 || (found == 1 && kinds[j->kind].path == NULL))
		return err_set(e, ERR_NOTFOUND, "%s", tr(kind_of(view_kind(c))->none));
	return found == -1 ? -1 : 0;
}

/* A job of a format that this program does not know (any more) has its name. */
const char *
view_provider(const struct job *j)
{
	const struct format *f = format_by_name(j->format);
	const struct writer *w = writer_by_name(j->format);

	if (j->kind == JOB_EXPORT)
		return w != NULL ? tr(w->title) : j->format;
	if (j->run && strcmp(j->source, "wordpress") == 0)
		return tr("WordPress (plugin)");
	if (j->run)
		return tr("Sent by the site itself");
	return f != NULL ? tr(f->title) : j->format;
}

int64_t
view_job_waits_for(const struct job *j, const struct job_writer *w)
{
	return j->state == JOB_REQUESTED && j->kind != JOB_EXPORT && w->job_id != j->job_id ? w->job_id : 0;
}

bool
view_job_over(const struct job *j)
{
	return job_state_final(j->state) && !j->undoing;
}

bool
view_job_again(const struct job *j)
{
	return j->kind == JOB_IMPORT && !j->run && (j->state == JOB_FAILED || j->state == JOB_CANCELLED);
}

bool
view_job_broken(const struct job *j)
{
	return j->state == JOB_FAILED && !j->run && j->counts.comments_read > 0;
}

bool
view_job_counted(const struct job *j)
{
	return j->state == JOB_COMPLETED || j->run;
}

bool
view_job_reported(const struct job *j)
{
	return view_job_counted(j) && job_state_final(j->state);
}

bool
view_job_silent(const struct job *j, int64_t now)
{
	int64_t heard_at = j->heard_at != CLOCK_UNKNOWN ? j->heard_at : j->started_at;

	return j->run && j->state == JOB_RUNNING && heard_at != CLOCK_UNKNOWN && now - heard_at > SILENCE_MS;
}

/* The same words as in static/app.js, which goes on counting from here. */
static void
format_left(char *out, size_t size, int64_t seconds)
{
	if (seconds < 60)
		snprintf(out, size, tr("about %d s left"), (int)MAX(seconds, 1));
	else if (seconds < 3600)
		snprintf(out, size, tr("about %d min left"), (int)((seconds + 30) / 60));
	else
		snprintf(out, size, tr("about %d h %d min left"), (int)(MIN(seconds, INT64_C(999) * 3600) / 3600),
		    (int)(seconds % 3600 / 60));
}

/* How much is done, and of how much: bytes of a file, else comments.  *whole <= 0: nobody knows yet. */
static int64_t
work_done(const struct job *j, int64_t *whole)
{
	bool file = j->kind == JOB_IMPORT && j->comments_total <= 0;

	*whole = file ? j->file_size : j->comments_total;
	return file ? j->counts.bytes_read : j->counts.comments_read;
}

static void
put_pace(struct tmpl_data *row, const struct job *j, int64_t now)
{
	int64_t until = j->finished_at != CLOCK_UNKNOWN ? j->finished_at : now;
	int64_t ms = j->started_at != CLOCK_UNKNOWN ? MAX(until - j->started_at, 0) : 0;
	int64_t whole, done = work_done(j, &whole), rest = whole - done;
	char left[64] = "";

	/* The first moments of a running job would give a wild figure, and nobody knows when a site comes back. */
	tmpl_count(row, "rate", ms >= (job_state_final(j->state) ? 1 : 500) ? (int64_t)((double)j->counts.comments_read * 1000 / (double)ms) : 0);
	if (j->state == JOB_RUNNING && !view_job_silent(j, now) && ms >= 1000 && done > 0 && rest > 0)
		format_left(left, sizeof(left), (int64_t)((double)rest * (double)ms / (double)done / 1000));
	tmpl_text(row, "left", left);
}

static int
percent(const struct job *j)
{
	int64_t whole, done = work_done(j, &whole);

	if (j->state == JOB_COMPLETED)
		return 100;
	return whole <= 0 ? 0 : (int)MIN((double)done * 100 / (double)whole, 100.0);
}

/* The pages of a job, and what can be done there. */
static void
put_links(struct tmpl_data *row, const struct job *j, bool link)
{
	char path[VIEW_JOB_PATH_SIZE];

	view_job_path(path, j->kind, j->job_id);
	tmpl_flag(row, "link", link);
	tmpl_url(row, "url", tmpl_url_path(path));
	tmpl_flag(row, "again", link && view_job_again(j));
	again_path(path, j->job_id);
	tmpl_url(row, "again_url", tmpl_url_path(path));
	tmpl_flag(row, "cancel", link && !job_state_final(j->state));
	cancel_path(path, j);
	tmpl_url(row, "cancel_url", tmpl_url_path(path));
}

/* phase: whenever it has changed, the script takes the server's markup anew; static/app.js makes the same text. */
static void
put_phase(struct tmpl_data *row, const struct job *j, const struct view_jobs *v)
{
	const struct job_writer *w = &v->writer;
	int64_t waiting_for = view_job_waits_for(j, w);
	bool silent = view_job_silent(j, v->now);
	char phase[80], name[VIEW_NAME_SIZE];

	view_job_name_within(name, w->kind, waiting_for);
	tmpl_text(row, "waiting_name", name);
	snprintf(phase, sizeof(phase), "%s %s %" PRId64 " %s %s %s %s %d", job_state_names[j->state], j->undoing ? "undoing" : "-",
	    waiting_for, silent ? "silent" : "-", j->comments_total > 0 ? "total" : "-", j->available ? "file" : "-",
	    *j->met_site != '\0' ? "met" : "-", j->notes);
	tmpl_text(row, "phase", phase);
	tmpl_flag(row, "silent", silent);
	tmpl_number(row, "waiting_for", waiting_for);
	tmpl_flag(row, "waiting_undone", w->undoing);
	tmpl_flag(row, "undoing", j->undoing);
}

/* A site's run has no file, and what it brought stays, however it ended. */
static void
put_run(struct tmpl_data *row, const struct job *j, bool link)
{
	bool stopped = j->run && (j->state == JOB_FAILED || j->state == JOB_CANCELLED);

	tmpl_flag(row, "run", j->run);
	tmpl_flag(row, "stopped_run", stopped);
	tmpl_flag(row, "next_steps", stopped && link);
	tmpl_flag(row, "counted", view_job_counted(j));
	tmpl_flag(row, "reported", view_job_reported(j));
	tmpl_count(row, "total", MAX(j->comments_total, 0));
	view_put_time(row, "heard_at", "heard_iso", j->heard_at);
}

static const char *
state_title(const struct job *j, bool silent)
{
	if (j->state == JOB_COMPLETED && *j->message != '\0' && !j->run && j->kind == JOB_IMPORT)
		return tr("Completed with warning");
	return silent ? tr("Waiting for the site") : tr(state_titles[j->state]);
}

/* What kind of job it is, and what it is about, in a few words. */
static void
put_kind(struct tmpl_data *row, const struct job *j, const char *size)
{
	bool preview = j->kind == JOB_MOVE && strcmp(j->format, MOVE_FORMAT_PREVIEW) == 0;
	char name[VIEW_NAME_SIZE], about[ABOUT_SIZE];

	view_job_name(name, j->kind, j->job_id);
	if (j->run)
		snprintf(about, sizeof(about), "%s", view_provider(j));
	else if (j->kind == JOB_IMPORT || (j->kind == JOB_EXPORT && j->state == JOB_COMPLETED))
		snprintf(about, sizeof(about), "%s · %s", view_provider(j), size);
	else if (j->kind == JOB_EXPORT)
		snprintf(about, sizeof(about), "%s", view_provider(j));
	else
		snprintf(about, sizeof(about), "%s", preview ? tr("Preview") : tr(kind_of(j->kind)->name));
	tmpl_text(row, "name", name);
	tmpl_text(row, "about", about);
	tmpl_flag(row, "is_file", j->kind == JOB_IMPORT && !j->run);
	tmpl_flag(row, "is_import", j->kind == JOB_IMPORT);
	tmpl_flag(row, "is_export", j->kind == JOB_EXPORT);
	tmpl_flag(row, "is_move", j->kind == JOB_MOVE);
	tmpl_flag(row, "is_copy", j->kind == JOB_COPY);
	tmpl_flag(row, "is_new", j->kind == JOB_IMPORT || j->kind == JOB_COPY);
	tmpl_flag(row, "changes", j->kind == JOB_MOVE || j->kind == JOB_COPY);
	tmpl_flag(row, "is_preview", preview);
}

void
view_job(struct tmpl_data *row, const struct job *j, const struct view_jobs *v)
{
	bool warned = j->state == JOB_COMPLETED && *j->message != '\0' && !j->run && j->kind == JOB_IMPORT;
	char size[24];

	num_format_size(size, j->file_size);
	tmpl_number(row, "id", j->job_id);
	put_kind(row, j, size);
	put_links(row, j, v->link);
	view_export_file(row, j, v->link);
	put_phase(row, j, v);
	put_run(row, j, v->link);
	tmpl_text(row, "provider", view_provider(j));
	tmpl_text(row, "file_name", j->file_name);
	tmpl_text(row, "file_size", size);
	tmpl_text(row, "requested_by", j->requested_by);
	tmpl_text(row, "state", job_state_names[j->state]);
	tmpl_text(row, "state_title", state_title(j, view_job_silent(j, v->now)));
	tmpl_flag(row, "active", !view_job_over(j));
	tmpl_flag(row, "failed", j->state == JOB_FAILED);
	tmpl_flag(row, "completed", j->state == JOB_COMPLETED);
	tmpl_flag(row, "warned", warned);
	tmpl_flag(row, "broken", view_job_broken(j));
	tmpl_number(row, "percent", percent(j));
	tmpl_text(row, "message", j->message);
	tmpl_flag(row, "noted", j->notes > 0);
	put_pace(row, j, v->now);
	tmpl_count(row, "comments_read", j->counts.comments_read);
	tmpl_count(row, "created", j->counts.created);
	tmpl_count(row, "updated", j->counts.updated);
	tmpl_count(row, "unchanged", j->counts.unchanged);
	tmpl_count(row, "skipped", j->counts.skipped);
	view_put_time(row, "requested_at", "requested_iso", j->requested_at);
	view_put_time(row, "started_at", "started_iso", j->started_at);
	view_put_time(row, "finished_at", "finished_iso", j->finished_at);
}
