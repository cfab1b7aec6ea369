#include "store/status.h"

#include "util/clock.h"

#include "store/job.h"

/* Calls row for each row of a statement. */
static int
each_row(struct db *db, enum sql id, const struct db_value *values, size_t n,
    int (*row)(struct db *, void *, struct err *), void *ctx, struct err *e)
{
	int r;

	if (db_query(db, id, values, n, e) == -1)
		return -1;
	while ((r = db_next(db, e)) == 1)
		if (row(db, ctx, e) == -1) {
			db_done(db);
			return -1;
		}
	return r;
}

int
status_ping(struct db *db, struct err *e)
{
	int found = db_row(db, SQL_SCHEMA_VERSION, NULL, 0, e);

	db_done(db);
	return found == -1 ? -1 : 0;
}

/* --- numbers --- */

static int
index_of(const char *const *names, int n, const char *name)
{
	int i;

	for (i = 0; i < n - 1; i++)
		if (strcmp(names[i], name) == 0)
			break;
	return i;
}

static int
state_row(struct db *db, void *ctx, struct err *e)
{
	struct status *s = ctx;

	(void)e;
	s->jobs[index_of(job_state_names, JOB_STATE__MAX, db_col_text(db, 0))] += db_col_int(db, 1);
	s->created += db_col_int(db, 2);
	s->updated += db_col_int(db, 3);
	return 0;
}

static int
outbox_row(struct db *db, void *ctx, struct err *e)
{
	struct status *s = ctx;
	int kind = index_of(outbox_kind_names, OUTBOX_KIND__MAX, db_col_text(db, 1));

	(void)e;
	if (strcmp(db_col_text(db, 0), "waiting") != 0)
		s->outbox[kind].given_up = db_col_int(db, 2);
	else {
		s->outbox[kind].waiting = db_col_int(db, 2);
		s->outbox[kind].oldest = MAX(db_col_int(db, 3), 0);
	}
	return 0;
}

static int
urgent_row(struct db *db, void *ctx, struct err *e)
{
	struct status *s = ctx;

	(void)e;
	s->oldest_requested = MAX(db_col_int(db, 0), 0);
	s->leases_over = db_col_int(db, 1);
	return 0;
}

int
status_read(struct db *db, struct status *s, struct err *e)
{
	memset(s, 0, sizeof(*s));
	if (each_row(db, SQL_STATUS_JOBS, NULL, 0, state_row, s, e) == -1 ||
	    each_row(db, SQL_STATUS_URGENT, NULL, 0, urgent_row, s, e) == -1)
		return -1;
	return each_row(db, SQL_STATUS_OUTBOX, NULL, 0, outbox_row, s, e);
}

/* --- lists --- */

struct job_list {
	int	(*fn)(void *, const struct status_job *, struct err *);
	void	*ctx;
};

static int
job_list_row(struct db *db, void *ctx, struct err *e)
{
	struct job_list *l = ctx;
	struct status_job j;

	job_row(db, &j.job);
	j.account_name = db_col_text(db, JOB_ROW_COLUMNS);
	j.node = db_col_text(db, JOB_ROW_COLUMNS + 1);
	j.worker = db_col_text(db, JOB_ROW_COLUMNS + 2);
	j.lease_until = db_col_null(db, JOB_ROW_COLUMNS + 3) ? CLOCK_UNKNOWN : db_col_int(db, JOB_ROW_COLUMNS + 3);
	j.options = db_col_text(db, JOB_ROW_COLUMNS + 4);
	return l->fn(l->ctx, &j, e);
}

int
status_job_each(struct db *db, const struct status_filter *f,
    int (*fn)(void *, const struct status_job *, struct err *), void *ctx, struct err *e)
{
	struct job_list l = { fn, ctx };

	return each_row(db, SQL_STATUS_JOB_EACH, DB_VALUES(db_int(f->job_id),
	    db_int(f->job_id != 0 ? f->job_id : INT64_MAX), db_int(f->account_id), db_text(f->state), db_int(f->limit)),
	    job_list_row, &l, e);
}

struct node_list {
	int	(*fn)(void *, const char *, int64_t, int64_t, struct err *);
	void	*ctx;
};

static int
node_row(struct db *db, void *ctx, struct err *e)
{
	struct node_list *l = ctx;

	return l->fn(l->ctx, db_col_text(db, 0), db_col_int(db, 1), MAX(db_col_int(db, 2), 0), e);
}

int
status_node_each(struct db *db, int (*fn)(void *, const char *, int64_t, int64_t, struct err *), void *ctx,
    struct err *e)
{
	struct node_list l = { fn, ctx };

	return each_row(db, SQL_STATUS_NODES, NULL, 0, node_row, &l, e);
}

/* --- the server --- */

static int
server_row(struct db *db, void *ctx, struct err *e)
{
	struct status_server *s = ctx;

	(void)e;
	s->local_infile = db_col_int(db, 0) != 0;
	s->buffer_pool = db_col_int(db, 1);
	s->max_packet = db_col_int(db, 2);
	s->now_ms = db_col_int(db, 3);
	s->indexes = db_col_int(db, 4);
	return 0;
}

int
status_server(struct db *db, struct status_server *s, struct err *e)
{
	memset(s, 0, sizeof(*s));
	return each_row(db, SQL_STATUS_SERVER, NULL, 0, server_row, s, e);
}

struct right_list {
	int	(*fn)(void *, const struct status_right *, struct err *);
	void	*ctx;
};

static int
right_row(struct db *db, void *ctx, struct err *e)
{
	struct right_list *l = ctx;

	return l->fn(l->ctx, &(struct status_right){ db_col_text(db, 0), db_col_text(db, 1),
	    strcmp(db_col_text(db, 2), "YES") == 0, db_col_text(db, 3) }, e);
}

int
status_right_each(struct db *db, int (*fn)(void *, const struct status_right *, struct err *), void *ctx,
    struct err *e)
{
	struct right_list l = { fn, ctx };

	return each_row(db, SQL_STATUS_RIGHTS, NULL, 0, right_row, &l, e);
}
