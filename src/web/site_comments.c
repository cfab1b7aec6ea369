/*
 * POST comments: a batch of a site's comments.  While it arrives it is checked - size, JSON, how many, whose - and goes encrypted
 * into a spool file; then the jobs program stores it, and the site hears what became of it.  Until the row of the
 * batch stands in the database, every way out of here leaves nothing behind.
 */
#include "util/clock.h"
#include "util/jsonscan.h"
#include "util/log.h"
#include "util/num.h"
#include "spool/spool.h"
#include "store/batch.h"

#include "web/i18n.h"
#include "web/pages.h"
#include "web/site.h"

#define PIECE		(16 * 1024)
#define PATIENCE_MS	20000	/* the plugin waits for 60 s, and nginx behind the last byte */
#define LATE_MS		15000	/* more for one that is being stored when the time is over */
#define PAUSE_MIN_MS	10
#define PAUSE_MAX_MS	100

struct batch_upload {
	struct ctx		*c;
	char			 account[24];	/* as tenantId says it */
	bool			 in_comments, comments_seen, remaining_seen;
	int			 comments;
	int64_t			 remaining, size;
	struct jsonscan		*scan;
	struct file_key		*key;
	uint8_t			 sealed_key[KEY_SEALED_SIZE];
	struct spool_writer	*writer;
};

/* --- what it says --- */

static int
take_remaining(struct batch_upload *u, const struct jsonscan_value *v, struct err *e)
{
	if (u->remaining_seen || (v->kind != JSONSCAN_NUMBER && v->kind != JSONSCAN_STRING) || v->cut ||
	    num_parse(v->text, INT64_MIN, INT64_MAX, &u->remaining) == -1)
		return err_set(e, ERR_INPUT, "%s", tr("countRemaining must be one whole number: how many comments are left after this batch."));
	u->remaining_seen = true;
	return 0;
}

static int
begin_comments(struct batch_upload *u, const struct jsonscan_value *v, struct err *e)
{
	if (u->comments_seen || v->kind != JSONSCAN_ARRAY)
		return err_set(e, ERR_INPUT, "%s", tr("comments must be one array of comments."));
	u->comments_seen = u->in_comments = true;
	return 0;
}

static int
begin_comment(struct batch_upload *u, const struct jsonscan_value *v, struct err *e)
{
	int max = u->c->web->settings->plugin_batch_comments;

	if (v->kind != JSONSCAN_OBJECT)
		return err_set(e, ERR_INPUT, tr("Comment %d of the batch is no object."), u->comments + 1);
	if (++u->comments > max)
		return err_set(e, ERR_LIMIT, tr("The batch has more than %d comments. Please send fewer at a time."), max);
	return 0;
}

static int
check_tenant(const struct batch_upload *u, const struct jsonscan_value *v, struct err *e)
{
	if (v->kind == JSONSCAN_WORD && strcmp(v->text, "null") == 0)
		return 0;
	if ((v->kind == JSONSCAN_NUMBER || v->kind == JSONSCAN_STRING) && strcmp(v->text, u->account) == 0)
		return 0;
	return err_set(e, ERR_FORBIDDEN, tr("The tenantId of comment %d is not the account that this site is connected to."),
	    u->comments);
}

static int
on_value(void *ctx, const struct jsonscan_value *v, struct err *e)
{
	struct batch_upload *u = ctx;

	if (v->kind == JSONSCAN_END) {
		u->in_comments = u->in_comments && v->depth > 1;
		return 0;
	}
	if (v->depth == 0 && v->kind != JSONSCAN_OBJECT)
		return err_set(e, ERR_INPUT, "%s", tr("A batch must be a JSON object with countRemaining and comments."));
	if (v->depth == 1 && strcmp(v->key, "countRemaining") == 0)
		return take_remaining(u, v, e);
	if (v->depth == 1 && strcmp(v->key, "comments") == 0)
		return begin_comments(u, v, e);
	if (v->depth == 2 && u->in_comments)
		return begin_comment(u, v, e);
	if (v->depth == 3 && u->in_comments && strcmp(v->key, "tenantId") == 0)
		return check_tenant(u, v, e);
	return 0;
}

/* --- its bytes --- */

static int
too_large(const struct batch_upload *u, struct err *e)
{
	char limit[40];

	num_format_limit(limit, u->c->web->settings->plugin_batch_size);
	return err_set(e, ERR_LIMIT, tr("The batch is larger than %s. Please send fewer comments at a time."), limit);
}

static int
take_piece(struct batch_upload *u, const uint8_t *p, size_t n, struct err *e)
{
	if ((u->size += (int64_t)n) > u->c->web->settings->plugin_batch_size)
		return too_large(u, e);
	if (jsonscan_feed(u->scan, p, n, e) == -1)
		return -1;
	return spool_write(u->writer, p, n, e);
}

static int
receive(struct batch_upload *u, struct err *e)
{
	struct fair_pace pace = { .began_ms = clock_monotonic_ms() };
	uint8_t piece[PIECE];
	ssize_t n;

	while ((n = input_read(&u->c->req->body, piece, sizeof(piece), e)) > 0) {
		if (!fair_keeps_pace(&pace, clock_monotonic_ms(), (size_t)n))
			return err_set(e, ERR_INPUT, "%s", tr("For a whole minute hardly anything of the batch arrived. Please send it again."));
		if (take_piece(u, piece, (size_t)n, e) == -1)
			return -1;
	}
	if (n == -1 || jsonscan_end(u->scan, e) == -1)
		return -1;
	if (!u->comments_seen || !u->remaining_seen)
		return err_set(e, ERR_INPUT, "%s", tr("A batch must be a JSON object with countRemaining and comments."));
	return spool_finish(u->writer, e);
}

/* --- its way into the database --- */

static int
hand_over(struct batch_upload *u, int64_t *batch_id, struct err *e)
{
	const struct settings *s = u->c->web->settings;
	const struct batch_request request = { .integration = u->c->site, .remaining = u->remaining, .node = s->node,
	    .spool_name = spool_writer_name(u->writer), .sealed_key = u->sealed_key, .sealed_key_size = sizeof(u->sealed_key),
	    .patience_ms = PATIENCE_MS, .silence_seconds = s->plugin_silence_hours * 3600 };
	struct db *db;
	int result;

	if (gate_enter(u->c->gate, &db, e) == -1)
		return -1;
	result = batch_add(db, &request, batch_id, e);
	gate_leave(u->c->gate);
	return result;
}

/* A batch that was handed over. */
struct handed {
	int64_t	batch_id;
	char	spool_name[SPOOL_NAME_SIZE];
};

/* Receives the batch and hands it over; the spool file is there afterwards only if that succeeded. */
static int
take_batch(struct ctx *c, struct handed *h, struct err *e)
{
	struct batch_upload u = { .c = c };
	int result = -1;

	snprintf(u.account, sizeof(u.account), "%" PRId64, c->site->account_id);
	if (c->req->content_length > c->web->settings->plugin_batch_size)
		return too_large(&u, e);
	if ((u.scan = jsonscan_new(on_value, &u, e)) != NULL &&
	    (u.key = file_key_new(c->web->settings->spool_public_key, u.sealed_key, e)) != NULL &&
	    (u.writer = spool_create(c->spool, u.key, e)) != NULL && receive(&u, e) == 0)
		result = hand_over(&u, &h->batch_id, e);
	if (result == 0) {
		snprintf(h->spool_name, sizeof(h->spool_name), "%s", spool_writer_name(u.writer));
		log_info("batch_taken", "batch=%" PRId64 " site=%" PRId64 " comments=%d bytes=%" PRId64, h->batch_id,
		    c->site->integration_id, u.comments, u.size);
	}
	spool_writer_close(u.writer, result == 0);
	file_key_free(u.key);
	jsonscan_free(u.scan);
	return result;
}

/* --- what became of it --- */

struct outcome {
	int	 status;	/* 0: it will never be stored */
	char	*answer;
};

static int
look(struct ctx *c, int64_t batch_id, bool final, struct outcome *o, struct err *e)
{
	struct db *db;
	int found;

	if (gate_enter(c->gate, &db, e) == -1)
		return -1;
	found = batch_result(db, batch_id, final, &o->status, &o->answer, e);
	gate_leave(c->gate);
	return found;
}

static int
wait_for(struct ctx *c, int64_t batch_id, struct outcome *o, struct err *e)
{
	int64_t end = clock_monotonic_ms() + PATIENCE_MS, pause_ms = PAUSE_MIN_MS;
	int found;

	while ((found = look(c, batch_id, false, o, e)) == 0 && clock_monotonic_ms() < end) {
		nanosleep(&(struct timespec){ .tv_nsec = pause_ms * 1000000 }, NULL);
		pause_ms = MIN(pause_ms * 3 / 2, PAUSE_MAX_MS);
	}
	if (found == 1)
		return 1;
	/* An error in between says nothing about the batch: whether it is stored is asked once more, for good. */
	for (end += LATE_MS; (found = look(c, batch_id, true, o, e)) == 2 && clock_monotonic_ms() < end;)
		nanosleep(&(struct timespec){ .tv_nsec = PAUSE_MAX_MS * 1000000 }, NULL);
	return found == 2 ? err_set(e, ERR_DB_RETRY, "batch %" PRId64 " is still being stored", batch_id) : found;
}

/* Nobody will read the file any more.  What cannot be unlinked is left to the sweep. */
static int
give_up(struct ctx *c, const char *spool_name)
{
	struct err e;

	if (spool_unlink(c->spool, spool_name, &e) == -1)
		log_err("batch_file_left", &e);
	site_failed(c, 503, "busy", tr("The batch could not be stored in time. Nothing of it was kept; please send it again."));
	return 0;
}

static const char *
refusal_code(int status)
{
	switch (status) {
	case 400: return "input";
	case 403: return "forbidden";
	case 413: return "limit";
	default: return "busy";
	}
}

static int
answer(struct ctx *c, const struct handed *h, struct err *e)
{
	struct outcome o = { .status = 0 };
	int found = wait_for(c, h->batch_id, &o, e);
	struct sb *out;

	if (found == -1)
		return -1;
	if (found == 0)
		return give_up(c, h->spool_name);
	if (o.status == 200) {
		out = site_success(c);
		sb_str(out, ",\"commentIds\":");
		sb_str(out, o.answer);
		sb_str(out, "}\n");
	} else {
		site_failed(c, o.status, refusal_code(o.status), o.answer);
	}
	free(o.answer);
	return 0;
}

/* --- the whole --- */

static int
is_busy(struct db *db, void *ctx, struct err *e)
{
	const struct ctx *c = ctx;
	bool busy;

	return site_busy(db, c->site, &busy, e) == -1 ? -1 : busy;
}

static int
refuse_cancelled(struct ctx *c)
{
	site_failed(c, 200, "cancelled", tr("An admin has cancelled the import of this site's comments. "
	    "It goes on when an admin asks for them again."));
	return 0;
}

static int
receive_and_answer(struct ctx *c, struct err *e)
{
	struct handed h;

	if (take_batch(c, &h, e) == 0)
		return answer(c, &h, e);
	return e->kind == ERR_CANCELLED ? refuse_cancelled(c) : -1;
}

int
site_comments_post(struct ctx *c, struct err *e)
{
	int64_t account_id = c->site->account_id;
	int result;

	if (c->site->cancelled)
		return refuse_cancelled(c);
	if ((result = gate_ask(c->gate, is_busy, c, e)) == -1)
		return -1;
	if (result == 1) {
		site_failed(c, 503, "busy", tr("Another import or move of the account is running. Please send the batch again later."));
		return 0;
	}
	if (fair_enter(c->fair, account_id) != FAIR_YES) {
		site_failed(c, 503, "busy", tr("Too many files and batches of the account are arriving at this time. "
		    "Please send the batch again later."));
		return 0;
	}
	result = receive_and_answer(c, e);
	fair_leave(c->fair, account_id);
	return result;
}
