/*
 * An upload, by an admin's form or by a program: the form arrives as a stream, its fields first, then the second file
 * of those formats that have one, then the export.  The export's first bytes decide whether it is taken at all.  Both
 * files go encrypted into one spool file, the second one first; its size is the value of its option.  Until the row of
 * the job stands in the database, every way out of here leaves nothing behind.
 */
#include "util/clock.h"
#include "util/esc.h"
#include "util/hash.h"
#include "util/log.h"
#include "util/num.h"
#include "util/same_site.h"
#include "http/multipart.h"
#include "formats/format.h"
#include "spool/spool.h"
#include "store/job.h"
#include "store/page.h"

#include "web/api.h"
#include "web/csrf.h"
#include "web/file_name.h"
#include "web/form_options.h"
#include "web/i18n.h"
#include "web/job_json.h"
#include "web/pages.h"
#include "web/view.h"

#define PIECE		(64 * 1024)
#define FORM_SLACK	(1024 * 1024)	/* what the form may have beside the file: all its parts at their limits */
#define OPTIONS_SIZE	2000		/* the column job.options */

enum field { FIELD_OTHER, FIELD_CSRF, FIELD_PROVIDER, FIELD_PARTIAL, FIELD_SITE, FIELD_OPTION, FIELD_SECOND, FIELD_FILE };

struct upload {
	struct ctx		*c;
	enum field		 field;		/* of the part at hand */
	struct form_option	 option;	/* FIELD_OPTION, FIELD_SECOND: which one */
	struct sb		 value;		/* its content, if it is no file */
	bool			 csrf_checked;	/* or there is none to check */
	bool			 file_seen, file_ended;
	char			 provider[33];
	bool			 partial;
	char			 site[LIMIT_SITE_BYTES + 1];	/* "This is the site"; "": what the file says */
	struct form_options	 given;
	struct sb		 options;	/* as the job keeps them, once the format is known */

	bool			 second_named, second_ended;
	int64_t			 second_size;

	char			 file_name[FILE_NAME_SIZE];
	uint8_t			 head[FORMAT_HEAD_SIZE];
	size_t			 head_n;
	const struct format	*format;	/* once the head was looked at */
	int64_t			 file_size;	/* of all that is in the spool file */
	int64_t			 export_size;
	struct hash		 sum;		/* of the export */
	struct file_key		*key;
	uint8_t			 sealed_key[KEY_SEALED_SIZE];
	struct spool_writer	*writer;
};

static int
too_large(const struct upload *u, struct err *e)
{
	char limit[40];

	num_format_limit(limit, u->c->web->settings->max_upload);
	return err_set(e, ERR_LIMIT, tr("The file is larger than %s, the limit for one upload. "
	    "A file that is packed with gzip is taken as well and is much smaller."), limit);
}

/* --- the fields in front of the file -------------------------------------------------- */

/* Nothing of a file reaches the spool before. */
static int
check_token_seen(const struct upload *u, struct err *e)
{
	if (!u->csrf_checked)
		return err_set(e, ERR_FORBIDDEN, "%s", tr("The form arrived without its token in front of the file. "
		    "Please reload the page and try again."));
	return 0;
}

static int
begin_file(struct upload *u, const struct multipart_part *part, struct err *e)
{
	if (check_token_seen(u, e) == -1)
		return -1;
	if (u->file_seen)
		return err_set(e, ERR_INPUT, "%s", tr("The form has more than one file. Please upload them one after the other."));
	u->file_seen = true;
	u->field = FIELD_FILE;
	file_name_clean(part->file_name, u->file_name);
	return 0;
}

static int
begin_option(struct upload *u, const struct multipart_part *part, struct err *e)
{
	bool is_file = part->file_name != NULL;

	if (is_file != (u->option.option->kind == OPTION_FILE))
		return 0;
	u->field = is_file ? FIELD_SECOND : FIELD_OPTION;
	u->second_named = is_file && *part->file_name != '\0';
	return is_file ? check_token_seen(u, e) : 0;
}

static int
on_part(void *ctx, const struct multipart_part *part, struct err *e)
{
	struct upload *u = ctx;

	sb_reset(&u->value);
	if (part->file_name != NULL && strcmp(part->name, "file") == 0)
		return begin_file(u, part, e);
	if (u->file_seen)
		return err_set(e, ERR_INPUT, "%s", tr("The fields of the form must stand in front of the file. "
		    "Please reload the page and try again."));
	u->field = FIELD_OTHER;
	if (form_option_find(part->name, &u->option))
		return begin_option(u, part, e);
	if (part->file_name != NULL)
		return 0;
	if (strcmp(part->name, CSRF_FIELD) == 0)
		u->field = FIELD_CSRF;
	else if (strcmp(part->name, "provider") == 0)
		u->field = FIELD_PROVIDER;
	else if (strcmp(part->name, "partial") == 0)
		u->field = FIELD_PARTIAL;
	else if (strcmp(part->name, SAME_SITE_OPTION) == 0)
		u->field = FIELD_SITE;
	return 0;
}

static int
end_csrf(struct upload *u, struct err *e)
{
	if (!csrf_check(u->c->token, sb_text(&u->value)))
		return err_set(e, ERR_FORBIDDEN, "%s", tr("This form is no longer valid, perhaps because you signed in again "
		    "in another window. Please reload the page and upload the file again."));
	u->csrf_checked = true;
	return 0;
}

static int
end_provider(struct upload *u, struct err *e)
{
	const char *name = sb_text(&u->value);

	if (*name != '\0' && format_by_name(name) == NULL)
		return err_set(e, ERR_INPUT, "%s", tr("The provider that was chosen is none of the list. Please choose one of the list."));
	snprintf(u->provider, sizeof(u->provider), "%s", name);
	return 0;
}

static int
end_site(struct upload *u, struct err *e)
{
	const char *site = sb_text(&u->value), *why = u->value.n > 0 ? same_site_problem(site) : NULL;

	if (why == NULL && strlen(site) != u->value.n)
		why = "The name of a site is one line of text.";
	if (why != NULL)
		return err_set(e, ERR_INPUT, "%s", tr(why));
	snprintf(u->site, sizeof(u->site), "%s", site);
	return 0;
}

static int
end_option(struct upload *u, struct err *e)
{
	u->option.value = sb_text(&u->value);
	if (strlen(u->option.value) != u->value.n)
		return err_set(e, ERR_INPUT, tr("The option \"%s\" holds a zero byte. Please reload the page and try again."),
		    tr(u->option.option->title));
	return form_options_add(&u->given, &u->option, u->c->arena, e);
}

static int
find_site(struct db *db, void *ctx, struct err *e)
{
	const struct upload *u = ctx;
	const struct text source = { u->format->source, strlen(u->format->source), true };

	return page_site_exists(db, u->c->admin.account_id, u->format->own_source ? NULL : &source, u->site, e);
}

/* Only a site that the account has already, of the source that the file is of. */
static int
check_site(struct upload *u, struct err *e)
{
	int found;

	if (*u->site == '\0')
		return 0;
	if ((found = gate_ask(u->c->gate, find_site, u, e)) == -1)
		return -1;
	if (found == 1) {
		sb_printf(&u->options, SAME_SITE_OPTION "=%s\n", u->site);
		return 0;
	}
	u->c->wrong_provider = u->format->name;
	u->c->wrong_field = SAME_SITE_OPTION;
	return err_set(e, ERR_INPUT, tr("This account has no site \"%s\" with comments from %s. Please choose one of the list under "
	    "\"This is the site\", or none: then the file is a site of its own."), u->site, tr(u->format->title));
}

/* The options of the format that the file turned out to have, as the job keeps them. */
static int
write_options(struct upload *u, struct err *e)
{
	struct form_option wrong = { .format = NULL };
	struct ctx *c = u->c;
	char field[FORM_OPTION_FIELD_SIZE];

	if (form_options_write(&u->given, u->format, &u->options, &wrong, e) == -1) {
		if (wrong.format == NULL)
			return -1;
		form_option_field(field, wrong.format, wrong.option);
		c->wrong_provider = wrong.format->name;
		c->wrong_field = arena_strdup(c->arena, field);
		return -1;
	}
	if (u->partial)
		sb_str(&u->options, "partial=yes\n");
	if (check_site(u, e) == -1)
		return -1;
	return sb_ok(&u->options) ? 0 : err_set(e, ERR_LIMIT, "%s", tr("The options of this import are too long."));
}

/* --- the files ---------------------------------------------------------------------------- */

static int
open_spool(struct upload *u, struct err *e)
{
	if (u->writer != NULL)
		return 0;
	if ((u->key = file_key_new(u->c->web->settings->spool_public_key, u->sealed_key, e)) == NULL ||
	    (u->writer = spool_create(u->c->spool, u->key, e)) == NULL)
		return -1;
	return 0;
}

static int
store(struct upload *u, const void *p, size_t n, struct err *e)
{
	u->file_size += (int64_t)n;
	if (u->file_size > u->c->web->settings->max_upload)
		return too_large(u, e);
	return spool_write(u->writer, p, n, e);
}

static int
take_second(struct upload *u, const void *p, size_t n, struct err *e)
{
	char limit[40];

	if (u->second_ended)
		return err_set(e, ERR_INPUT, "%s", tr("The form has files for more than one option. Please choose the one that "
		    "belongs to the export."));
	u->second_size += (int64_t)n;
	if (u->second_size > SECOND_FILE_MAX) {
		num_format_limit(limit, SECOND_FILE_MAX);
		return err_set(e, ERR_LIMIT, tr("The file for \"%s\" is larger than %s, the limit for it."),
		    tr(u->option.option->title), limit);
	}
	return open_spool(u, e) == -1 ? -1 : store(u, p, n, e);
}

static int
end_second(struct upload *u, struct err *e)
{
	char size[24];

	/* What a browser sends where no file was chosen. */
	if (u->second_ended || (u->second_size == 0 && !u->second_named))
		return 0;
	if (u->second_size == 0)
		return err_set(e, ERR_INPUT, tr("The file for \"%s\" is empty. Please choose another one, or leave it out."),
		    tr(u->option.option->title));
	u->second_ended = true;
	snprintf(size, sizeof(size), "%" PRId64, u->second_size);
	u->option.value = size;
	return form_options_add(&u->given, &u->option, u->c->arena, e);
}

/* The head is complete, or the whole file is shorter: is it taken?  Then it goes into the spool file. */
static int
decide(struct upload *u, struct err *e)
{
	if (u->head_n == 0 && *u->file_name == '\0')
		return err_set(e, ERR_INPUT, "%s", tr("No file was chosen. Please choose the file that you exported and try again."));
	if ((u->format = format_detect(u->head, u->head_n, u->provider, e)) == NULL)
		return -1;
	if (write_options(u, e) == -1 || open_spool(u, e) == -1)
		return -1;
	return store(u, u->head, u->head_n, e);
}

static int
take_file(struct upload *u, const uint8_t *p, size_t n, struct err *e)
{
	u->export_size += (int64_t)n;
	hash_bytes(&u->sum, p, n);
	if (u->format == NULL) {
		size_t part = MIN(n, sizeof(u->head) - u->head_n);

		memcpy(u->head + u->head_n, p, part);
		u->head_n += part;
		p += part;
		n -= part;
		if (u->head_n < sizeof(u->head))
			return 0;
		if (decide(u, e) == -1)
			return -1;
	}
	return n > 0 ? store(u, p, n, e) : 0;
}

static int
on_data(void *ctx, const void *p, size_t n, struct err *e)
{
	struct upload *u = ctx;

	if (u->field == FIELD_FILE)
		return take_file(u, p, n, e);
	if (u->field == FIELD_SECOND)
		return take_second(u, p, n, e);
	if (u->field == FIELD_OTHER)
		return 0;
	sb_add(&u->value, p, n);
	return sb_ok(&u->value) ? 0 : err_nomem(e);
}

static int
end_file(struct upload *u, struct err *e)
{
	u->file_ended = true;
	return u->format == NULL ? decide(u, e) : 0;
}

static int
on_end(void *ctx, struct err *e)
{
	struct upload *u = ctx;

	switch (u->field) {
	case FIELD_CSRF: return end_csrf(u, e);
	case FIELD_PROVIDER: return end_provider(u, e);
	case FIELD_OPTION: return end_option(u, e);
	case FIELD_PARTIAL: u->partial = strcmp(sb_text(&u->value), "yes") == 0; break;
	case FIELD_SITE: return end_site(u, e);
	case FIELD_SECOND: return end_second(u, e);
	case FIELD_FILE: return end_file(u, e);
	case FIELD_OTHER: break;
	}
	return 0;
}

/* --- the whole ------------------------------------------------------------------------------ */

/* n more bytes came: are the body's size (which a chunked one does not announce) and its speed still within bounds? */
static int
check_flow(const struct upload *u, struct fair_pace *pace, int64_t total, size_t n, struct err *e)
{
	if (total > u->c->web->settings->max_upload + FORM_SLACK)
		return too_large(u, e);
	if (!fair_keeps_pace(pace, clock_monotonic_ms(), n))
		return err_set(e, ERR_INPUT, "%s", tr("For a whole minute hardly anything of the file arrived, so the upload was "
		    "ended. Please try again with a better connection."));
	return 0;
}

/* Reads the body to its closing boundary; an error ends it in the middle, what is left stays unread. */
static int
receive(struct upload *u, struct err *e)
{
	static const struct multipart_events events = { .part = on_part, .data = on_data, .end = on_end };
	struct req *req = u->c->req;
	struct fair_pace pace = { .began_ms = clock_monotonic_ms() };
	struct multipart *m;
	uint8_t piece[PIECE];
	int64_t total = 0;
	ssize_t n = 1;
	int result = -1;

	if (req->content_length > u->c->web->settings->max_upload + FORM_SLACK)
		return too_large(u, e);
	if ((m = multipart_new(req->content_type, &events, u, e)) == NULL)
		return -1;
	while (n > 0 && !multipart_done(m)) {
		if ((n = input_read(&req->body, piece, sizeof(piece), e)) == -1 ||
		    check_flow(u, &pace, total += n, (size_t)n, e) == -1 ||
		    multipart_feed(m, piece, (size_t)n, e) == -1)
			goto free_parser;
	}
	if (multipart_finish(m, e) == -1)
		goto free_parser;
	if (!u->file_ended)
		err_set(e, ERR_INPUT, "%s", tr("The form arrived without a file. Please choose the file that you exported and try again."));
	else if (!u->csrf_checked)
		err_set(e, ERR_BUG, "a file was taken without a token");
	else
		result = 0;
free_parser:
	multipart_free(m);
	return result;
}

/* Is it still the same admin's session, or a valid token?  1, 0, -1. */
static int
ask_again(const struct ctx *c, struct db *db, struct err *e)
{
	struct admin admin;
	int found;

	if (c->api != NULL)
		return api_still(c, db, e);
	found = session_find(db, c->token, &admin, e);
	return found == 1 ? admin.user_id == c->admin.user_id : found;
}

/* An upload may take hours. */
static int
check_again(const struct ctx *c, struct db *db, struct err *e)
{
	int found = ask_again(c, db, e);

	if (found == -1 && e->kind == ERR_DB_LOST && db_reopen(db, e) == 0)
		found = ask_again(c, db, e);
	if (found == 0)
		return err_set(e, ERR_AUTH, "%s", c->api != NULL ?
		    tr("The token was revoked while the file was being sent, so nothing of it was kept.") :
		    tr("Your sign-in ended while the file was being sent, so nothing of it was kept. "
		    "Please sign in, then upload the file again."));
	return found == -1 ? -1 : 0;
}

/* What the audit log says of the file: its name last, for it is what may be cut. */
static void
describe(const struct upload *u, const uint8_t hash[HASH256_SIZE], struct sb *out)
{
	sb_printf(out, "%" PRId64 " bytes, BLAKE2b-256 ", u->export_size);
	esc_hex(out, hash, HASH256_SIZE);
	sb_printf(out, ", %s", u->file_name);
}

static int
add_job(struct upload *u, int64_t *job_id, struct err *e)
{
	uint8_t hash[HASH256_SIZE];
	struct job_request request = {
		.account_id = u->c->admin.account_id, .user_id = u->c->admin.user_id, .kind = JOB_IMPORT,
		.requested_by = u->c->admin.email, .source = u->format->source, .format = u->format->name,
		.options = sb_text(&u->options), .file_name = u->file_name, .file_size = u->file_size,
		.node = u->c->web->settings->node, .spool_name = spool_writer_name(u->writer),
		.sealed_key = u->sealed_key, .sealed_key_size = sizeof(u->sealed_key), .file_hash = hash,
	};
	struct db *db;
	int result = -1;

	hash_end(&u->sum, hash);
	sb_reset(&u->value);
	describe(u, hash, &u->value);
	request.audit = sb_text(&u->value);
	if (gate_enter(u->c->gate, &db, e) == -1)
		return -1;
	if (check_again(u->c, db, e) == 0)
		result = job_request_add(db, &request, job_id, e);
	gate_leave(u->c->gate);
	return result;
}

static void
answer(struct ctx *c, int64_t job_id)
{
	char path[VIEW_JOB_PATH_SIZE];

	view_job_path(path, JOB_IMPORT, job_id);
	if (c->json)
		job_json_created(c, JOB_IMPORT, job_id);
	else
		resp_redirect(c->resp, path);
}

static int
take(struct ctx *c, struct err *e)
{
	struct upload u = { .c = c, .csrf_checked = c->route->csrf == ROUTE_CSRF_NO_COOKIE };
	int64_t job_id;
	int result = -1;

	sb_init(&u.value, MULTIPART_FIELD_MAX);
	sb_init(&u.options, OPTIONS_SIZE);
	hash_begin(&u.sum, HASH256_SIZE);
	if (receive(&u, e) == -1 || spool_finish(u.writer, e) == -1 || add_job(&u, &job_id, e) == -1)
		goto end;
	log_info("upload_taken", "job=%" PRId64 " format=%s bytes=%" PRId64, job_id, u.format->name, u.file_size);
	answer(c, job_id);
	result = 0;
end:
	spool_writer_close(u.writer, result == 0);
	file_key_free(u.key);
	sb_free(&u.options);
	sb_free(&u.value);
	return result;
}

int
upload_post(struct ctx *c, struct err *e)
{
	int result;

	if (fair_enter(c->fair, c->admin.account_id) != FAIR_YES)
		return err_set(e, ERR_CONFLICT, tr("Your account is sending %d files already, which is as many as it may at a time. "
		    "Please wait until one of them has arrived."), c->fair->share);
	result = take(c, e);
	fair_leave(c->fair, c->admin.account_id);
	return result;
}
