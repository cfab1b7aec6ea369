#include "jobs/message.h"

#include "util/clock.h"
#include "util/esc.h"
#include "util/mailaddr.h"
#include "util/num.h"

#include "formats/format.h"
#include "jobs/mime.h"

#define ARENA_SIZE	(256 << 10)
#define URL_SIZE	512
#define JOB_PATH	"/auth/my-account/manage-data/%s/%" PRId64
#define HEX_SIZE	33

static const char *const kind_titles[JOB_KIND__MAX] = {
	[JOB_IMPORT] = "Import", [JOB_EXPORT] = "Export", [JOB_MOVE] = "Move", [JOB_COPY] = "Copy", [JOB_UNDO] = "Undo",
};

static void
job_url(char out[URL_SIZE], const struct settings *s, const struct job *j)
{
	snprintf(out, URL_SIZE, "%s" JOB_PATH, s->base_url, j->kind == JOB_EXPORT ? "export" : "import", j->job_id);
}

static void
id_hex(char out[HEX_SIZE], const struct outbox_message *m)
{
	size_t i;

	for (i = 0; i < sizeof(m->idempotency_id); i++)
		snprintf(out + 2 * i, 3, "%02x", m->idempotency_id[i]);
}

/* --- mails: values --- */

static const char *
provider_title(const struct job *j)
{
	const struct format *format = format_or_channel(j->format);
	const struct writer *writer = writer_by_name(j->format);

	if (j->kind == JOB_EXPORT)
		return writer != NULL ? writer->title : j->format;
	return format != NULL ? format->title : j->source;
}

static void
put_time(struct tmpl_data *d, const char *name, int64_t ms)
{
	char iso[CLOCK_TEXT_SIZE], text[32] = "";

	clock_format(iso, ms);
	if (iso[0] != '\0')
		snprintf(text, sizeof(text), "%.10s %.8s UTC", iso, iso + 11);
	tmpl_text(d, name, text);
}

static void
put_size(struct tmpl_data *d, const char *name, int64_t bytes)
{
	char text[24];

	num_format_size(text, bytes);
	tmpl_text(d, name, text);
}

/* Whom an answer to the mail should reach, where that is not its sender: of a mail to the operators the admin who asked, of
 * a note the people who run the server.  Not an address beyond ASCII, for which some servers refuse the whole mail (RFC 6531). */
static const char *
reply_to(const struct settings *s, const struct outbox_message *m)
{
	const char *who = m->kind == OUTBOX_OPERATOR_MAIL ? m->job.requested_by : m->kind == OUTBOX_NOTE_MAIL ? s->contact : "", *p;

	for (p = who; *p != '\0'; p++)
		if ((unsigned char)*p > 0x7e)
			return NULL;
	return mailaddr_usable(who, strlen(who)) ? who : NULL;
}

static void
put_contact(struct tmpl_data *d, const struct settings *s)
{
	char text[sizeof(CONTACT_SENTENCE) + sizeof(s->contact)] = "";

	if (s->contact[0] != '\0')
		snprintf(text, sizeof(text), CONTACT_SENTENCE, s->contact);
	tmpl_text(d, "contact", text);
}

static void
put_job(struct tmpl_data *d, const struct settings *s, const struct outbox_message *m)
{
	const struct job *j = &m->job;
	struct tmpl_url url;
	char text[URL_SIZE];

	tmpl_text(d, "kind_title", kind_titles[j->kind]);
	tmpl_number(d, "id", j->job_id);
	tmpl_flag(d, "run", j->run);
	tmpl_text(d, "account", m->account_name);
	tmpl_text(d, "provider", provider_title(j));
	tmpl_text(d, "file_name", j->file_name[0] != '\0' ? j->file_name : "a file without a name");
	tmpl_text(d, "requested_by", j->requested_by);
	tmpl_text(d, "message", j->message);
	tmpl_text(d, "version", VERSION_TEXT);
	put_contact(d, s);
	tmpl_flag(d, "answers", reply_to(s, m) != NULL);
	tmpl_count(d, "bytes_read", j->counts.bytes_read);
	tmpl_count(d, "bytes", j->file_size);
	put_size(d, "file_size", j->file_size);
	tmpl_count(d, "comments_read", j->counts.comments_read);
	tmpl_count(d, "created", j->counts.created);
	tmpl_count(d, "updated", j->counts.updated);
	tmpl_count(d, "unchanged", j->counts.unchanged);
	tmpl_count(d, "skipped", j->counts.skipped);
	put_time(d, "requested_at", j->requested_at);
	put_time(d, "finished_at", j->finished_at);
	put_time(d, "download_until", j->download_until);
	job_url(text, s, j);
	if (tmpl_url_web(text, &url))
		tmpl_url(d, "url", url);
}

static void
put_issues(struct tmpl_data *d, const struct message_issues *issues)
{
	struct tmpl_data *row;
	int i;

	for (i = 0; i < ISSUE__MAX; i++) {
		if (issues->count[i] == 0)
			continue;
		row = tmpl_row(d, issue_kinds[i].skips ? "skips" : "warnings");
		tmpl_text(row, "title", issue_kinds[i].title);
		tmpl_count(row, "count", issues->count[i]);
	}
}

/* Line by line: a value of a mail has none of its own. */
static int
put_note(struct tmpl_data *d, const char *note, struct arena *a)
{
	const char *line;
	size_t n;

	for (; *note != '\0'; note += n + (note[n] == '\n')) {
		n = strcspn(note, "\n");
		if ((line = arena_memdup(a, note, n)) == NULL)
			return -1;
		tmpl_text(tmpl_row(d, "note_lines"), "line", line);
	}
	return 0;
}

/* --- mails: the whole --- */

static const char *
by_state(const struct outbox_message *m, const char *const names[3])
{
	return names[m->job.state == JOB_COMPLETED ? 0 : m->job.state == JOB_CANCELLED ? 1 : 2];
}

/* Of the template without its suffix. */
static const char *
template_name(const struct outbox_message *m)
{
	if (m->kind == OUTBOX_OPERATOR_MAIL)
		return "operator_failed";
	if (m->kind == OUTBOX_NOTE_MAIL)
		return "note";
	if (m->job.run)
		return by_state(m, (const char *const[]){ "run_completed", "run_cancelled", "run_failed" });
	switch (m->job.kind) {
	case JOB_EXPORT: return by_state(m, (const char *const[]){ "export_completed", "export_cancelled", "export_failed" });
	case JOB_MOVE: return by_state(m, (const char *const[]){ "move_completed", "change_cancelled", "change_failed" });
	case JOB_COPY: return by_state(m, (const char *const[]){ "copy_completed", "change_cancelled", "change_failed" });
	default: return by_state(m, (const char *const[]){ "admin_completed", "admin_cancelled", "admin_failed" });
	}
}

static void
add_headers(struct sb *out, const struct settings *s, const struct outbox_message *m, const char *subject,
    int64_t now_ms)
{
	char id[HEX_SIZE];

	id_hex(id, m);
	sb_printf(out, "From: Trasloco <%s>\r\nTo: <%s>\r\n", s->mail_from, m->recipient);
	if (reply_to(s, m) != NULL)
		sb_printf(out, "Reply-To: <%s>\r\n", reply_to(s, m));
	mime_header(out, "Subject", subject);
	mime_date(out, now_ms);
	sb_printf(out, "Message-ID: <%s%s>\r\n", id, strchr(s->mail_from, '@'));
	sb_printf(out, "Auto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n"
	    "Content-Type: multipart/alternative; boundary=\"trasloco-%s\"\r\n\r\n", id);
}

static void
add_part(struct sb *out, const struct outbox_message *m, const char *type, const char *text, size_t n)
{
	char id[HEX_SIZE];

	/* Nobody who could put a text into a mail has seen its id: no line of a part is a boundary. */
	id_hex(id, m);
	sb_printf(out, "--trasloco-%s\r\nContent-Type: %s; charset=utf-8\r\n"
	    "Content-Transfer-Encoding: quoted-printable\r\n\r\n", id, type);
	mime_quoted_printable(out, text, n);
	sb_str(out, "\r\n");
}

/* Cuts the first line and the empty one behind it off the text part: they hold the subject. */
static char *
cut_subject(struct arena *a, struct sb *text, size_t *body, struct err *e)
{
	const char *lf = text->n > 0 ? memchr(text->p, '\n', text->n) : NULL;
	char *subject;

	if (lf == NULL || lf[1] != '\n') {
		err_set(e, ERR_BUG, "the template of a mail does not begin with its subject and an empty line");
		return NULL;
	}
	*body = (size_t)(lf - text->p) + 2;
	if ((subject = arena_memdup(a, text->p, (size_t)(lf - text->p))) == NULL)
		err_nomem(e);
	return subject;
}

static int
add_mail(const struct templates *set, const struct settings *s, const struct outbox_message *m,
    const struct message_issues *issues, int64_t now_ms, struct arena *a, struct sb *part, struct sb *out,
    struct err *e)
{
	struct tmpl_data *d = tmpl_data_new(a);
	char name[64], id[HEX_SIZE], *subject;
	size_t body;

	put_job(d, s, m);
	put_issues(d, issues);
	if (put_note(d, m->note, a) == -1)
		return err_nomem(e);
	snprintf(name, sizeof(name), "%s.txt", template_name(m));
	if (tmpl_render(set, NULL, name, d, NULL, part, e) == -1 ||
	    (subject = cut_subject(a, part, &body, e)) == NULL)
		return -1;
	add_headers(out, s, m, subject, now_ms);
	add_part(out, m, "text/plain", part->p + body, part->n - body);
	sb_reset(part);
	tmpl_text(d, "subject", subject);
	if (tmpl_render(set, "layout", template_name(m), d, NULL, part, e) == -1)
		return -1;
	add_part(out, m, "text/html", part->p, part->n);
	id_hex(id, m);
	sb_printf(out, "--trasloco-%s--\r\n", id);
	return sb_ok(out) ? 0 : err_nomem(e);
}

int
message_mail(const struct templates *set, const struct settings *s, const struct outbox_message *m,
    const struct message_issues *issues, int64_t now_ms, struct sb *out, struct err *e)
{
	struct arena *a;
	struct sb part;
	int result;

	/* What stands in a header and in SMTP was checked when it was typed; that it is so now is our own affair. */
	if (!mailaddr_usable(m->recipient, strlen(m->recipient)))
		return err_set(e, ERR_INPUT, "The recipient is no mail address.");
	if ((a = arena_new(ARENA_SIZE)) == NULL)
		return err_nomem(e);
	sb_init(&part, out->cap);
	result = add_mail(set, s, m, issues, now_ms, a, &part, out, e);
	sb_free(&part);
	arena_free(a);
	return result;
}

/* --- webhooks --- */

static void
add_text(struct sb *out, const char *name, const char *value)
{
	sb_printf(out, "\"%s\":\"", name);
	esc_json(out, value, strlen(value));
	sb_char(out, '"');
}

static void
add_time(struct sb *out, const char *name, int64_t ms)
{
	char text[CLOCK_TEXT_SIZE];

	clock_format(text, ms);
	if (ms == CLOCK_UNKNOWN)
		sb_printf(out, "\"%s\":null", name);
	else
		sb_printf(out, "\"%s\":\"%s\"", name, text);
}

static void
add_counts(struct sb *out, const struct job_counts *n)
{
	sb_printf(out, "\"counts\":{\"bytes_read\":%" PRId64 ",\"comments_read\":%" PRId64 ",\"created\":%" PRId64
	    ",\"updated\":%" PRId64 ",\"unchanged\":%" PRId64 ",\"skipped\":%" PRId64 "}", n->bytes_read, n->comments_read,
	    n->created, n->updated, n->unchanged, n->skipped);
}

int
message_json(const struct settings *s, const struct outbox_message *m, struct sb *out, struct err *e)
{
	const struct job *j = &m->job;
	char url[URL_SIZE], id[HEX_SIZE];

	job_url(url, s, j);
	id_hex(id, m);
	sb_printf(out, "{\"version\":1,\"id\":\"%s\",\"event\":\"job.%s\",\"account\":{\"id\":%" PRId64 ",", id,
	    job_state_names[j->state], j->account_id);
	add_text(out, "name", m->account_name);
	sb_printf(out, "},\"job\":{\"id\":%" PRId64 ",\"kind\":\"%s\",\"state\":\"%s\",", j->job_id, job_kind_names[j->kind],
	    job_state_names[j->state]);
	add_text(out, "source", j->source);
	sb_char(out, ',');
	add_text(out, "file_name", j->file_name);
	sb_char(out, ',');
	add_text(out, "message", j->message);
	sb_char(out, ',');
	add_counts(out, &j->counts);
	sb_char(out, ',');
	add_time(out, "requested_at", j->requested_at);
	sb_char(out, ',');
	add_time(out, "started_at", j->started_at);
	sb_char(out, ',');
	add_time(out, "finished_at", j->finished_at);
	sb_char(out, ',');
	add_text(out, "url", url);
	sb_str(out, "}}");
	return sb_ok(out) ? 0 : err_nomem(e);
}
