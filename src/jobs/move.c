#include "jobs/move.h"

#include "util/arena.h"
#include "util/moverules.h"
#include "util/num.h"

#include "jobs/transaction.h"
#include "store/move.h"

#define ARENA_CAP	(16 << 20)	/* a list of 1 MB, and as much again for each text's own room */

struct move {
	struct transaction	*t;
	struct arena		*arena;
	struct movelist		 list;
	struct moverules	*rules;
	bool			 preview, merge;
};

/* --- the list --- */

static int
keep_pair(void *ctx, const struct move_pair *p, struct err *e)
{
	struct move *m = ctx;

	return movelist_add(&m->list, p->from, p->to, p->kind, p->line, m->arena, e);
}

static int
read_list(struct move *m, struct err *e)
{
	if (move_pair_each(m->t->db, m->t->claim->job.job_id, MOVE_PAIRS_MAX, keep_pair, m, e) == -1)
		return -1;
	return (m->rules = moverules_new(m->list.pair, m->list.n, e)) != NULL ? 0 : -1;
}

/* --- the plan --- */

static int
judge(void *ctx, const struct move_place *before, struct move_place *after, bool *by_id, struct err *e)
{
	struct move *m = ctx;

	if (transaction_check(m->t, e) == -1)
		return -1;
	return moverules_apply(m->rules, before, after, by_id, e);
}

struct collision {
	char	before[200], after[200];
};

/* Collisions come first among the examples. */
static int
keep_collision(void *ctx, const struct move_example *x, struct err *e)
{
	struct collision *c = ctx;
	bool by_url;

	(void)e;
	if (!x->collides || c->before[0] != '\0')
		return 0;
	by_url = strcmp(x->url_before, x->url_after) != 0;
	snprintf(c->before, sizeof(c->before), "%.120s", by_url ? x->url_before : x->id_before);
	snprintf(c->after, sizeof(c->after), "%.120s", by_url ? x->url_after : x->id_after);
	return 0;
}

/* Pages that meet by one of two measures are neither seen to be one nor made one. */
static int
refuse_crossing(struct move *m, struct err *e)
{
	int found = move_crossing(m->t->db, m->t->claim->job.account_id, m->t->claim->job.job_id, e);

	return found != 1 ? found : err_set(e, ERR_CONFLICT, "The list moves some pages by their ids and others by their addresses, "
	    "and some of them would meet. Please move ids and addresses one after the other.");
}

/* Two pages never become one silently. */
static int
refuse_collisions(struct move *m, const struct move_result *r, struct err *e)
{
	struct collision c = { .before = "" };
	char count[32];

	if (r->collisions == 0 || m->preview || m->merge)
		return 0;
	if (move_example_each(m->t->db, m->t->claim->job.job_id, keep_collision, &c, e) == -1)
		return -1;
	num_format_count(count, r->collisions);
	return err_set(e, ERR_CONFLICT, "%s %s come to where another page is; the first is \"%s\", at \"%s\". Please allow that such "
	    "pages become one, or change the list.", count, r->collisions == 1 ? "page would" : "pages would", c.before, c.after);
}

/* --- the move --- */

static int
write_places(struct move *m, const struct move_result *r, struct err *e)
{
	int64_t account_id = m->t->claim->job.account_id, job_id = m->t->claim->job.job_id, moved;
	struct move_cursor cursor = { .n = 0 };
	struct job_counts *n = m->t->counts;

	if (move_pages(m->t->db, account_id, job_id, e) == -1)
		return -1;
	do {
		if (transaction_check(m->t, e) == -1 || move_comments(m->t->db, account_id, job_id, &cursor, &moved, e) == -1)
			return -1;
		n->updated += moved;
		n->comments_read += moved;
	} while (moved > 0);
	if (n->updated != r->comments)
		return err_set(e, ERR_BUG, "%" PRId64 " comments moved, but %" PRId64 " were found", n->updated, r->comments);
	return 0;
}

static int
work_on(struct move *m, struct err *e)
{
	int64_t account_id = m->t->claim->job.account_id, job_id = m->t->claim->job.job_id;
	struct db *db = m->t->db;
	struct move_result r;

	if (read_list(m, e) == -1 || move_plan(db, account_id, job_id, judge, m, e) == -1 || refuse_crossing(m, e) == -1 ||
	    move_settle(db, account_id, job_id, &r, e) == -1)
		return -1;
	transaction_total(m->t, r.comments);
	if (transaction_check(m->t, e) == -1 || refuse_collisions(m, &r, e) == -1 ||
	    (!m->preview && write_places(m, &r, e) == -1))
		return -1;
	if (r.pages == 0)
		snprintf(m->t->message, JOB_MESSAGE_SIZE, "%s: no page of this account is at any of the old places, or all of them are "
		    "at the new ones already.", m->preview ? "Nothing would be moved" : "Nothing was moved");
	return move_forget(db, job_id, e);
}

static int
work(struct transaction *t, struct err *e)
{
	struct move m = {
		.t = t, .arena = arena_new(ARENA_CAP), .preview = strcmp(t->claim->job.format, MOVE_FORMAT_PREVIEW) == 0,
		.merge = strstr(t->claim->options, "merge=yes\n") != NULL,
	};
	int result = m.arena != NULL ? work_on(&m, e) : err_nomem(e);

	moverules_free(m.rules);
	arena_free(m.arena);
	return result;
}

int
move_run(const struct job_context *ctx, const struct job_claim *claim, struct job_counts *counts,
    char message[JOB_MESSAGE_SIZE], struct err *e)
{
	return transaction_run(ctx, claim, counts, message, work, "Nothing was moved.", e);
}
