#include "store/outbox.h"

#include "util/clock.h"
#include "util/rnd.h"
#include "util/utf8.h"

#include "store/job.h"

const char *const outbox_kind_names[OUTBOX_KIND__MAX] = {
	[OUTBOX_OPERATOR_MAIL] = "operator_mail", [OUTBOX_ADMIN_MAIL] = "admin_mail", [OUTBOX_NOTE_MAIL] = "note_mail",
	[OUTBOX_WEBHOOK] = "webhook",
};

static const char *const outcome_states[] = {
	[OUTBOX_SENT] = "sent", [OUTBOX_PUT_OFF] = "waiting", [OUTBOX_GIVEN_UP] = "given_up",
};

/* --- writing --- */

static int
add_for(struct db *db, enum sql statement, int64_t job_id, struct err *e)
{
	uint8_t id[16];

	rnd_bytes(id, sizeof(id));
	return db_run(db, statement, DB_VALUES(db_bytes(id, sizeof(id)), db_int(job_id)), NULL, NULL, e);
}

static int
add_for_operators(struct db *db, int64_t job_id, const char *operators, struct err *e)
{
	static const char separators[] = ", \t";
	uint8_t id[16];
	size_t n;

	for (operators += strspn(operators, separators); *operators != '\0'; operators += strspn(operators, separators)) {
		n = strcspn(operators, separators);
		rnd_bytes(id, sizeof(id));
		if (db_run(db, SQL_OUTBOX_ADD_OPERATOR, DB_VALUES(db_textn(operators, n), db_bytes(id, sizeof(id)),
		    db_int(job_id), db_textn(operators, n)), NULL, NULL, e) == -1)
			return -1;
		operators += n;
	}
	return 0;
}

int
outbox_add(struct db *db, int64_t job_id, const char *operators, struct err *e)
{
	if (add_for(db, SQL_OUTBOX_ADD_ADMIN, job_id, e) == -1 || add_for(db, SQL_OUTBOX_ADD_WEBHOOK, job_id, e) == -1)
		return -1;
	return add_for_operators(db, job_id, operators, e);
}

int
outbox_add_note(struct db *db, int64_t job_id, int64_t note_id, bool *added, struct err *e)
{
	int64_t rows;
	uint8_t id[16];

	rnd_bytes(id, sizeof(id));
	if (db_run(db, SQL_OUTBOX_ADD_NOTE, DB_VALUES(db_int(note_id), db_bytes(id, sizeof(id)), db_int(job_id)), &rows, NULL, e) == -1)
		return -1;
	*added = rows > 0;
	return 0;
}

/* --- delivering --- */

struct take {
	enum outbox_lane	 lane;
	const int64_t		*busy;
	int			 seconds;
	struct outbox_message	*out;
};

static enum outbox_kind
kind_by_name(const char *name)
{
	int i;

	for (i = 0; i < OUTBOX_KIND__MAX - 1; i++)
		if (strcmp(outbox_kind_names[i], name) == 0)
			break;
	return (enum outbox_kind)i;
}

static void
message_row(const struct db *db, struct outbox_message *m)
{
	const void *p;
	size_t n;

	memset(m, 0, sizeof(*m));
	job_row(db, &m->job);
	m->message_id = db_col_int(db, JOB_ROW_COLUMNS);
	m->kind = kind_by_name(db_col_text(db, JOB_ROW_COLUMNS + 1));
	snprintf(m->recipient, sizeof(m->recipient), "%s", db_col_text(db, JOB_ROW_COLUMNS + 2));
	p = db_col_bytes(db, JOB_ROW_COLUMNS + 3, &n);
	memcpy(m->idempotency_id, p, MIN(n, sizeof(m->idempotency_id)));
	m->attempts = (int)db_col_int(db, JOB_ROW_COLUMNS + 4);
	snprintf(m->account_name, sizeof(m->account_name), "%s", db_col_text(db, JOB_ROW_COLUMNS + 5));
	snprintf(m->url, sizeof(m->url), "%s", db_col_text(db, JOB_ROW_COLUMNS + 6));
	p = db_col_bytes(db, JOB_ROW_COLUMNS + 7, &n);
	m->sealed_secret_size = MIN(n, sizeof(m->sealed_secret));
	if (m->sealed_secret_size > 0)
		memcpy(m->sealed_secret, p, m->sealed_secret_size);
	snprintf(m->note, sizeof(m->note), "%s", db_col_text(db, JOB_ROW_COLUMNS + 8));
}

static int
take_next(struct db *db, void *ctx, struct err *e)
{
	const struct take *t = ctx;
	struct db_value values[1 + OUTBOX_BUSY] = { db_int(t->lane == OUTBOX_LANE_WEBHOOK) };
	int64_t message_id;
	int found, i;

	for (i = 0; i < OUTBOX_BUSY; i++)
		values[1 + i] = db_int(t->busy[i]);
	if ((found = db_row(db, SQL_OUTBOX_NEXT, values, ARRAY_LEN(values), e)) != 1)
		return found;
	message_id = db_col_int(db, 0);
	db_done(db);
	if (db_run(db, SQL_OUTBOX_TAKE, DB_VALUES(db_int(t->seconds), db_int(message_id)), NULL, NULL, e) == -1)
		return -1;
	if ((found = db_row(db, SQL_OUTBOX_TAKEN, DB_VALUES(db_int(message_id)), e)) != 1)
		return found == 0 ? err_set(e, ERR_BUG, "a message vanished while it was taken") : -1;
	message_row(db, t->out);
	db_done(db);
	return 1;
}

int
outbox_take(struct db *db, enum outbox_lane lane, const int64_t busy[OUTBOX_BUSY], int seconds, struct outbox_message *out,
    struct err *e)
{
	struct take t = { lane, busy, seconds, out };

	return db_transaction(db, take_next, &t, e);
}

struct attempt {
	const struct outbox_message	*message;
	enum outbox_outcome		 outcome;
	int				 seconds, status;
	const char			*said;
};

static int
write_attempt(struct db *db, void *ctx, struct err *e)
{
	const struct attempt *a = ctx;
	const struct outbox_message *m = a->message;
	int64_t changed;

	if (db_run(db, SQL_OUTBOX_DONE, DB_VALUES(db_text(outcome_states[a->outcome]), db_int(a->seconds),
	    db_int(m->message_id), db_int(m->attempts)), &changed, NULL, e) == -1)
		return -1;
	if (changed == 0)
		return 0;
	return db_run(db, SQL_OUTBOX_ATTEMPT, DB_VALUES(db_int(m->message_id), db_int(m->attempts),
	    db_int(a->outcome == OUTBOX_SENT), db_int(a->status), db_textn(a->said, utf8_cut_bytes(a->said, strlen(a->said), 300))),
	    NULL, NULL, e);
}

int
outbox_done(struct db *db, const struct outbox_message *m, enum outbox_outcome outcome, int seconds, int status,
    const char *said, struct err *e)
{
	struct attempt a = { m, outcome, seconds, status, said };

	return db_transaction(db, write_attempt, &a, e);
}

/* --- the delivery log --- */

static void
entry_row(const struct db *db, struct outbox_entry *o)
{
	o->job_id = db_col_int(db, 0);
	snprintf(o->state, sizeof(o->state), "%s", db_col_text(db, 1));
	o->attempts = (int)db_col_int(db, 2);
	o->created_at = db_col_int(db, 3);
	o->due_at = db_col_int(db, 4);
	o->last_at = db_col_null(db, 5) ? CLOCK_UNKNOWN : db_col_int(db, 5);
	o->last_status = (int)db_col_int(db, 6);
	snprintf(o->last_said, sizeof(o->last_said), "%s", db_col_text(db, 7));
}

int
outbox_each(struct db *db, int64_t account_id, enum outbox_kind kind, int limit,
    int (*fn)(void *, const struct outbox_entry *, struct err *), void *ctx, struct err *e)
{
	struct outbox_entry entry;
	int r;

	if (db_query(db, SQL_OUTBOX_EACH, DB_VALUES(db_int(account_id), db_text(outbox_kind_names[kind]), db_int(limit)), e) == -1)
		return -1;
	while ((r = db_next(db, e)) == 1) {
		entry_row(db, &entry);
		if (fn(ctx, &entry, e) == -1) {
			db_done(db);
			return -1;
		}
	}
	return r;
}
