#include "store/integration.h"

#include "util/clock.h"
#include "util/rnd.h"

#include "store/audit.h"
#include "store/batch.h"

static const char *const state_names[] = {
	[INTEGRATION_ASKING] = "asking", [INTEGRATION_APPROVED] = "approved", [INTEGRATION_REVOKED] = "revoked",
};

/* --- rows --- */

static int64_t
col_time(const struct db *db, int col)
{
	return db_col_null(db, col) ? CLOCK_UNKNOWN : db_col_int(db, col);
}

static enum integration_state
state_by_name(const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(state_names) - 1; i++)
		if (strcmp(state_names[i], name) == 0)
			break;
	return (enum integration_state)i;
}

void
integration_row(const struct db *db, int first, struct integration *n)
{
	memset(n, 0, sizeof(*n));
	n->integration_id = db_col_int(db, first);
	n->account_id = db_col_int(db, first + 1);
	n->state = state_by_name(db_col_text(db, first + 2));
	snprintf(n->source, sizeof(n->source), "%s", db_col_text(db, first + 3));
	snprintf(n->source_site, sizeof(n->source_site), "%s", db_col_text(db, first + 4));
	snprintf(n->domain, sizeof(n->domain), "%s", db_col_text(db, first + 5));
	snprintf(n->domain_said, sizeof(n->domain_said), "%s", db_col_text(db, first + 6));
	snprintf(n->asked_from, sizeof(n->asked_from), "%s", db_col_text(db, first + 7));
	n->skip_initial = db_col_int(db, first + 8) != 0;
	n->all_comments = db_col_int(db, first + 9) != 0;
	n->wants_comments = db_col_int(db, first + 10) != 0;
	n->cancelled = db_col_int(db, first + 11) != 0;
	n->job_id = db_col_int(db, first + 12);
	n->events_from = db_col_int(db, first + 13);
	n->received = db_col_int(db, first + 14);
	n->left_out = db_col_int(db, first + 15);
	snprintf(n->approved_by, sizeof(n->approved_by), "%s", db_col_text(db, first + 16));
	n->asked_at = col_time(db, first + 17);
	n->approved_at = col_time(db, first + 18);
	n->revoked_at = col_time(db, first + 19);
	n->heard_at = col_time(db, first + 20);
	n->told = db_col_int(db, first + 21);
}

/* The row of a query that has at most one.  1, 0, -1. */
static int
one(struct db *db, enum sql statement, const struct db_value *values, size_t n, struct integration *out, struct err *e)
{
	int found = db_row(db, statement, values, n, e);

	if (found == 1) {
		integration_row(db, 0, out);
		db_done(db);
	}
	return found;
}

/* --- tokens --- */

static bool
token_valid(const char *token)
{
	size_t n = strlen(token);

	return n >= INTEGRATION_TOKEN_MIN && n <= INTEGRATION_TOKEN_MAX &&
	    strspn(token, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-") == n;
}

/* The label keeps this hash apart from those that other parts make of texts. */
static void
hash_token(const char *token, uint8_t out[HASH256_SIZE])
{
	struct hash h;

	hash_begin(&h, HASH256_SIZE);
	hash_str(&h, "integration");
	hash_str(&h, token);
	hash_end(&h, out);
}

/* The index led to the row; whether it is the one is decided here, in a time that tells nothing. */
static bool
same_token(const struct db *db, const uint8_t hash[HASH256_SIZE])
{
	size_t n;
	const void *stored = db_col_bytes(db, INTEGRATION_ROW_COLUMNS, &n);

	return n == HASH256_SIZE && rnd_equal(stored, hash, HASH256_SIZE);
}

int
integration_by_token(struct db *db, const char *token, struct integration *out, struct err *e)
{
	uint8_t hash[HASH256_SIZE];
	int found;

	if (!token_valid(token))
		return 0;
	hash_token(token, hash);
	if ((found = db_row(db, SQL_INTEGRATION_BY_TOKEN, DB_VALUES(db_bytes(hash, sizeof(hash))), e)) != 1)
		return found;
	if ((found = same_token(db, hash)))
		integration_row(db, 0, out);
	db_done(db);
	return found;
}

/* --- a site asks --- */

struct asking {
	const struct integration_asking	*a;
	uint8_t				 hash[HASH256_SIZE];
	struct integration		*out;
};

static int
check_room(struct db *db, const struct integration_asking *a, struct err *e)
{
	int64_t from, all;

	if (db_row(db, SQL_INTEGRATION_ASKING, DB_VALUES(db_text(a->from)), e) == -1)
		return -1;
	from = db_col_int(db, 0);
	all = db_col_int(db, 1);
	db_done(db);
	if (from >= a->max_from)
		return err_set(e, ERR_LIMIT, "%d sites of this network address are asking to be connected, which is as many as may "
		    "at a time. Approve or refuse some of them, or try again in a day.", a->max_from);
	if (all >= a->max_all)
		return err_set(e, ERR_LIMIT, "Too many sites are asking to be connected at this time. Please try again in a day.");
	return 0;
}

static int
add_asking(struct db *db, const struct asking *q, struct err *e)
{
	const struct integration_asking *a = q->a;

	if (check_room(db, a, e) == -1)
		return -1;
	return db_run(db, SQL_INTEGRATION_ADD, DB_VALUES(db_bytes(q->hash, sizeof(q->hash)), db_text(a->source),
	    db_text(a->source_site), db_text(a->domain), db_text(a->domain), db_text(a->from), db_int(a->skip_initial)),
	    NULL, NULL, e);
}

/* What stands there under this token, locked.  One of an account that is no more goes: its site asks anew. */
static int
lock_token(struct db *db, const struct asking *q, struct integration *out, struct err *e)
{
	int found = db_row(db, SQL_INTEGRATION_LOCK_TOKEN, DB_VALUES(db_bytes(q->hash, sizeof(q->hash))), e);
	bool there;

	if (found != 1)
		return found;
	integration_row(db, 0, out);
	there = db_col_int(db, INTEGRATION_ROW_COLUMNS + 1) != 0;
	found = same_token(db, q->hash);
	db_done(db);
	if (there || found == 0)
		return found;
	return db_run(db, SQL_INTEGRATION_REMOVE, DB_VALUES(db_int(out->integration_id)), NULL, NULL, e);
}

static int
ask(struct db *db, void *ctx, struct err *e)
{
	const struct asking *q = ctx;
	const struct integration_asking *a = q->a;
	struct integration n;
	int found = lock_token(db, q, &n, e), result = 0;

	if (found == -1)
		return -1;
	if (found == 0)
		result = add_asking(db, q, e);
	else if (n.state == INTEGRATION_ASKING)
		result = db_run(db, SQL_INTEGRATION_ASK, DB_VALUES(db_text(a->source), db_text(a->source_site),
		    db_text(a->domain), db_text(a->domain), db_int(a->skip_initial), db_int(n.integration_id)), NULL, NULL, e);
	else if (n.state == INTEGRATION_APPROVED)
		result = db_run(db, SQL_INTEGRATION_SAY, DB_VALUES(db_text(a->domain), db_int(n.integration_id)), NULL, NULL, e);
	if (result == -1)
		return -1;
	found = db_row(db, SQL_INTEGRATION_BY_TOKEN, DB_VALUES(db_bytes(q->hash, sizeof(q->hash))), e);
	if (found != 1)
		return found == -1 ? -1 : err_set(e, ERR_BUG, "a site that asked is not there");
	integration_row(db, 0, q->out);
	db_done(db);
	return 0;
}

int
integration_ask(struct db *db, const struct integration_asking *a, struct integration *out, struct err *e)
{
	struct asking q = { .a = a, .out = out };

	if (!token_valid(a->token))
		return err_set(e, ERR_INPUT, "The token of the site must have %d to %d letters, digits, dots, hyphens and underscores.",
		    INTEGRATION_TOKEN_MIN, INTEGRATION_TOKEN_MAX);
	if (strlen(a->domain) > LIMIT_URL_BYTES || strlen(a->source_site) > LIMIT_SITE_BYTES ||
	    strlen(a->source) > LIMIT_SOURCE_BYTES || strlen(a->from) > LIMIT_IP_BYTES)
		return err_set(e, ERR_BUG, "what a site says of itself is too long");
	hash_token(a->token, q.hash);
	if (db_transaction(db, ask, &q, e) == 0)
		return 0;
	/* It asked twice at a time, and the other one was quicker: now it stands there. */
	return db_duplicate(db) ? db_transaction(db, ask, &q, e) : -1;
}

/* --- an admin decides --- */

static int
start_run(struct db *db, const struct integration *n, int64_t user_id, const char *by, int silence_seconds, struct err *e)
{
	int64_t job_id;

	return run_start(db, n, user_id, by, silence_seconds, &job_id, e);
}

/* Whether it can be approved: 1, 0 when just that was done already, -1. */
static int
check_approval(const struct integration *n, const struct integration_approval *p, struct err *e)
{
	if (n->account_id != 0 && n->account_id != p->account_id)
		return err_set(e, ERR_FORBIDDEN, "This site is connected to another account. It can be connected to one account only.");
	if (n->state == INTEGRATION_APPROVED && n->all_comments == p->all_comments)
		return 0;
	if (n->state == INTEGRATION_APPROVED)
		return err_set(e, ERR_CONFLICT, "This site has been approved already, with another choice of comments. To change that, "
		    "revoke it and connect it again.");
	if (strcmp(n->domain, p->domain) != 0)
		return err_set(e, ERR_CONFLICT, "The site calls itself by another address now than the one that was shown. "
		    "Please look at it once more before you approve.");
	return 1;
}

static int
approve(struct db *db, void *ctx, struct err *e)
{
	const struct integration_approval *p = ctx;
	struct integration n;
	bool first;
	int found = one(db, SQL_INTEGRATION_LOCK, DB_VALUES(db_int(p->integration_id)), &n, e), todo;

	if (found != 1)
		return found == -1 ? -1 : err_set(e, ERR_NOTFOUND, "This site does not ask to be connected any more. "
		    "Please open the plugin's page in the site and try again.");
	if ((todo = check_approval(&n, p, e)) != 1)
		return todo;
	first = n.state == INTEGRATION_ASKING;
	n.account_id = p->account_id;
	if (db_run(db, SQL_INTEGRATION_APPROVE, DB_VALUES(db_int(p->account_id), db_int(p->account_id), db_int(p->all_comments),
	    db_int(!n.skip_initial), db_text(p->by), db_int(p->integration_id)), NULL, NULL, e) == -1)
		return -1;
	if (first && db_run(db, SQL_INTEGRATION_PAGES, DB_VALUES(db_int(p->integration_id), db_int(p->account_id),
	    db_text(n.source), db_text(n.source_site)), NULL, NULL, e) == -1)
		return -1;
	if (audit_add(db, p->account_id, p->by, AUDIT_INTEGRATION_APPROVED, 0, n.domain, e) == -1)
		return -1;
	return n.skip_initial ? 0 : start_run(db, &n, p->user_id, p->by, p->silence_seconds, e);
}

int
integration_approve(struct db *db, const struct integration_approval *p, struct err *e)
{
	struct integration_approval copy = *p;

	return db_transaction(db, approve, &copy, e);
}

/* What an admin does with a site that stands there. */
struct decision {
	int64_t		 account_id, user_id, integration_id;
	const char	*by;
	int		 silence_seconds;
};

/* 1 and the row, locked, if it is in that state and, unless it only asks, the account's; 0, -1. */
static int
lock_for(struct db *db, const struct decision *d, enum integration_state state, struct integration *n, struct err *e)
{
	int found = one(db, SQL_INTEGRATION_LOCK, DB_VALUES(db_int(d->integration_id)), n, e);

	if (found != 1)
		return found;
	return n->state == state && (state == INTEGRATION_ASKING || n->account_id == d->account_id);
}

static int
refuse(struct db *db, void *ctx, struct err *e)
{
	const struct decision *d = ctx;
	struct integration n;
	int found = lock_for(db, d, INTEGRATION_ASKING, &n, e);

	if (found != 1)
		return found;
	if (db_run(db, SQL_INTEGRATION_REMOVE, DB_VALUES(db_int(d->integration_id)), NULL, NULL, e) == -1 ||
	    audit_add(db, d->account_id, d->by, AUDIT_INTEGRATION_REFUSED, 0, n.domain, e) == -1)
		return -1;
	return 1;
}

int
integration_refuse(struct db *db, int64_t integration_id, int64_t account_id, const char *by, struct err *e)
{
	struct decision d = { .account_id = account_id, .integration_id = integration_id, .by = by };

	return db_transaction(db, refuse, &d, e);
}

static int
revoke_one(struct db *db, void *ctx, struct err *e)
{
	const struct decision *d = ctx;
	struct integration n;
	int found = lock_for(db, d, INTEGRATION_APPROVED, &n, e);

	if (found != 1)
		return found;
	if (db_run(db, SQL_INTEGRATION_REVOKE, DB_VALUES(db_int(d->integration_id)), NULL, NULL, e) == -1 ||
	    audit_add(db, d->account_id, d->by, AUDIT_INTEGRATION_REVOKED, 0, n.domain, e) == -1)
		return -1;
	if (n.job_id != 0 && run_cancel(db, d->account_id, n.job_id, d->by, e) == -1)
		return -1;
	return 1;
}

int
integration_revoke(struct db *db, int64_t account_id, int64_t integration_id, const char *by, struct err *e)
{
	struct decision d = { .account_id = account_id, .integration_id = integration_id, .by = by };

	return db_transaction(db, revoke_one, &d, e);
}

static int
resync(struct db *db, void *ctx, struct err *e)
{
	const struct decision *d = ctx;
	struct integration n;
	int found = lock_for(db, d, INTEGRATION_APPROVED, &n, e);

	if (found != 1)
		return found;
	if (db_run(db, SQL_INTEGRATION_WANT, DB_VALUES(db_int(d->integration_id)), NULL, NULL, e) == -1 ||
	    audit_add(db, d->account_id, d->by, AUDIT_INTEGRATION_RESYNC, 0, n.domain, e) == -1 ||
	    start_run(db, &n, d->user_id, d->by, d->silence_seconds, e) == -1)
		return -1;
	return 1;
}

int
integration_resync(struct db *db, int64_t account_id, int64_t user_id, int64_t integration_id, const char *by,
    int silence_seconds, struct err *e)
{
	struct decision d = { account_id, user_id, integration_id, by, silence_seconds };

	return db_transaction(db, resync, &d, e);
}

/* --- looking --- */

int
integration_each(struct db *db, int64_t account_id, int (*fn)(void *, const struct integration *, struct err *), void *ctx,
    struct err *e)
{
	struct integration n;
	int r;

	if (db_query(db, SQL_INTEGRATION_EACH, DB_VALUES(db_int(account_id)), e) == -1)
		return -1;
	while ((r = db_next(db, e)) == 1) {
		integration_row(db, 0, &n);
		if (fn(ctx, &n, e) == -1) {
			db_done(db);
			return -1;
		}
	}
	return r;
}

int
integration_get(struct db *db, int64_t account_id, int64_t integration_id, struct integration *out, struct err *e)
{
	return one(db, SQL_INTEGRATION_GET, DB_VALUES(db_int(integration_id), db_int(account_id)), out, e);
}

/* --- the site is there --- */

static int
note_heard(struct db *db, void *ctx, struct err *e)
{
	const int64_t *integration_id = ctx;
	int64_t job_id;
	int found = db_row(db, SQL_INTEGRATION_SILENT, DB_VALUES(db_int(*integration_id)), e);

	if (found != 1)
		return found;
	job_id = db_col_int(db, 0);
	db_done(db);
	if (db_run(db, SQL_INTEGRATION_HEARD, DB_VALUES(db_int(*integration_id)), NULL, NULL, e) == -1)
		return -1;
	found = db_row(db, SQL_INTEGRATION_RUN, DB_VALUES(db_int(job_id)), e);
	db_done(db);
	if (found != 1)
		return found;
	return db_run(db, SQL_INTEGRATION_RUN_HEARD, DB_VALUES(db_int(job_id)), NULL, NULL, e);
}

int
integration_heard(struct db *db, const struct integration *n, struct err *e)
{
	int64_t integration_id = n->integration_id;

	return db_transaction(db, note_heard, &integration_id, e);
}

/* --- role jobs --- */

int
integration_expire(struct db *db, int hours, struct err *e)
{
	int64_t gone;

	if (db_run(db, SQL_INTEGRATION_EXPIRE, DB_VALUES(db_int(hours)), &gone, NULL, e) == -1)
		return -1;
	return (int)gone;
}
