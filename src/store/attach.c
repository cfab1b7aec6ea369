/*
 * comment_attach(): the threads of an account after an import or batch.
 *
 * Before it the threads were trees, so a circle must hold an edge (child to
 * parent) that is new: one of a new row, or one that this call attaches.  A
 * circle of new rows only goes at least once up in seq and once down, unless it is a
 * comment that answers itself; a circle through an older row holds an
 * attached edge, since an older row had no way to a new one before.  So it is enough to
 * walk up from the attached rows, from those that answer themselves, and from the
 * rarer direction among the new rows: in a file in order that is none at all.
 *
 * Memory: four bits a comment, no list.  Time: each row is asked for its parent
 * three times at most, however the threads are tangled.
 */
#include "store/comment.h"

#include "store/seqset.h"

typedef void note_fn(void *ctx, enum issue_reason, const char *external_id);

struct attach {
	struct db		*db;
	int64_t			 account_id, first_seq;
	int64_t			*cursor;
	note_fn			*note;
	void			*ctx;
	struct attach_counts	*counts;
	struct seqset		 up, down;	/* new rows by where their parent lies; one of them gives the starts */
	int64_t			 ups, downs;
	struct seqset		 walked;	/* on the way that is being walked */
	struct seqset		 rooted;	/* proven to reach a comment without parent */
};

/* Sorts the new rows by their parent: missing, before or after them.  A row that answers itself counts as both. */
static int
scan_new(struct attach *a, struct err *e)
{
	struct db *db = a->db;
	int64_t seq, parent;
	int r;

	if (db_query(db, SQL_ATTACH_SCAN, DB_VALUES(db_int(a->account_id), db_int(a->first_seq)), e) == -1)
		return -1;
	while ((r = db_next(db, e)) == 1) {
		if (db_col_null(db, 1)) {
			a->counts->missing++;
			continue;
		}
		seq = db_col_int(db, 0);
		parent = db_col_int(db, 1);
		a->ups += parent > seq;
		a->downs += parent < seq;
		if ((parent >= seq && seqset_add(&a->up, seq, e) == -1) ||
		    (parent <= seq && seqset_add(&a->down, seq, e) == -1)) {
			db_done(db);
			return -1;
		}
	}
	return r;
}

static int
note_missing(struct attach *a, struct err *e)
{
	int r;

	if (db_query(a->db, SQL_WAITING_EXAMPLES, DB_VALUES(db_int(a->account_id), db_int(a->first_seq),
	    db_int(ISSUE_EXAMPLES_MAX)), e) == -1)
		return -1;
	while ((r = db_next(a->db, e)) == 1)
		a->note(a->ctx, ISSUE_PARENT_MISSING, db_col_text(a->db, 0));
	return r;
}

/* New rows without their parent: cut off, and put on the waiting list. */
static int
cut_off_missing(struct attach *a, struct err *e)
{
	const struct db_value range[] = { db_int(a->account_id), db_int(a->first_seq) };

	if (a->counts->missing == 0)
		return 0;
	if (db_run(a->db, SQL_WAITING_ADD_NEW, range, ARRAY_LEN(range), NULL, NULL, e) == -1 ||
	    db_run(a->db, SQL_WAITING_CUT_NEW, range, ARRAY_LEN(range), NULL, NULL, e) == -1)
		return -1;
	return note_missing(a, e);
}

/* Waiting rows whose parent exists now: attached, and starts of a walk. */
static int
attach_arrived(struct attach *a, struct seqset *starts, struct err *e)
{
	struct db *db = a->db;
	bool any = false;
	int r;

	if (db_query(db, SQL_WAITING_ARRIVED, DB_VALUES(db_int(a->account_id)), e) == -1)
		return -1;
	while ((r = db_next(db, e)) == 1) {
		any = true;
		if (seqset_add(starts, db_col_int(db, 0), e) == -1) {
			db_done(db);
			return -1;
		}
	}
	if (r == -1 || !any)
		return r;
	if (db_run(db, SQL_WAITING_ATTACH, DB_VALUES(db_int(a->account_id), db_int(a->account_id), db_int(*a->cursor),
	    db_int(COMMENT_CURSOR_STEP)), NULL, NULL, e) == -1 ||
	    db_run(db, SQL_WAITING_REMOVE_ATTACHED, DB_VALUES(db_int(a->account_id)), &a->counts->attached, NULL, e) == -1)
		return -1;
	*a->cursor += a->counts->attached * COMMENT_CURSOR_STEP;
	return 0;
}

/* --- circles --- */

/* *parent = seq of the parent, -1 for a root. */
static int
parent_of(struct attach *a, int64_t seq, int64_t *parent, struct err *e)
{
	int found = db_row(a->db, SQL_PARENT_SEQ, DB_VALUES(db_int(a->account_id), db_int(seq)), e);

	*parent = found == 1 ? db_col_int(a->db, 0) : -1;
	db_done(a->db);
	return found == -1 ? -1 : 0;
}

static int
note_cycle(struct attach *a, int64_t seq, struct err *e)
{
	int found;

	if (a->counts->cycles++ >= ISSUE_EXAMPLES_MAX)
		return 0;
	if ((found = db_row(a->db, SQL_EXTERNAL_ID, DB_VALUES(db_int(a->account_id), db_int(seq)), e)) == 1)
		a->note(a->ctx, ISSUE_PARENT_CYCLE, db_col_text(a->db, 0));
	db_done(a->db);
	return found == -1 ? -1 : 0;
}

/* Marks the way from seq to a root as proven. */
static int
settle(struct attach *a, int64_t seq, struct err *e)
{
	while (seq != -1 && !seqset_has(&a->rooted, seq))
		if (seqset_add(&a->rooted, seq, e) == -1 || parent_of(a, seq, &seq, e) == -1)
			return -1;
	return 0;
}

/* Cuts the circle that member is in at its lowest seq. */
static int
cut_cycle(struct attach *a, int64_t member, struct err *e)
{
	int64_t lowest = member, above, seq = member;

	do {
		if (parent_of(a, seq, &seq, e) == -1)
			return -1;
		if (seq == -1)
			return err_set(e, ERR_BUG, "a circle of comments has an end");
		lowest = MIN(lowest, seq);
	} while (seq != member);
	*a->cursor += COMMENT_CURSOR_STEP;
	if (parent_of(a, lowest, &above, e) == -1 ||
	    db_run(a->db, SQL_PARENT_CUT, DB_VALUES(db_int(*a->cursor), db_int(a->account_id), db_int(lowest)), NULL, NULL,
	    e) == -1 ||
	    note_cycle(a, lowest, e) == -1)
		return -1;
	/* From above the cut the way leads through the whole former circle down to it. */
	return settle(a, above, e);
}

/* Proves that start reaches a root, or makes it so.  Afterwards all that was walked is rooted. */
static int
walk(struct attach *a, int64_t start, struct err *e)
{
	int64_t seq = start;

	while (seq != -1 && !seqset_has(&a->rooted, seq)) {
		if (seqset_has(&a->walked, seq)) {
			if (cut_cycle(a, seq, e) == -1)
				return -1;
			break;
		}
		if (seqset_add(&a->walked, seq, e) == -1 || parent_of(a, seq, &seq, e) == -1)
			return -1;
	}
	return settle(a, start, e);
}

static int
cut_cycles(struct attach *a, const struct seqset *starts, struct err *e)
{
	int64_t seq;

	for (seq = seqset_next(starts, 0); seq != -1; seq = seqset_next(starts, seq + 1))
		if (walk(a, seq, e) == -1)
			return -1;
	return 0;
}

int
comment_attach(struct db *db, int64_t account_id, int64_t first_seq, int64_t *cursor, note_fn *note, void *ctx,
    struct attach_counts *counts, struct err *e)
{
	struct attach a = { .db = db, .account_id = account_id, .first_seq = first_seq, .cursor = cursor, .note = note,
	    .ctx = ctx, .counts = counts };
	struct seqset *starts;
	int result = -1;

	memset(counts, 0, sizeof(*counts));
	if (scan_new(&a, e) == -1 || cut_off_missing(&a, e) == -1)
		goto free_sets;
	starts = a.ups <= a.downs ? &a.up : &a.down;
	if (attach_arrived(&a, starts, e) == -1 || cut_cycles(&a, starts, e) == -1)
		goto free_sets;
	result = 0;
free_sets:
	seqset_free(&a.up);
	seqset_free(&a.down);
	seqset_free(&a.walked);
	seqset_free(&a.rooted);
	return result;
}

int
comment_waiting_each(struct db *db, int64_t account_id, int64_t job_id, void (*fn)(void *, const char *), void *ctx,
    struct err *e)
{
	int r;

	if (db_query(db, SQL_WAITING_OF_JOB, DB_VALUES(db_int(account_id), db_int(job_id)), e) == -1)
		return -1;
	while ((r = db_next(db, e)) == 1)
		fn(ctx, db_col_text(db, 0));
	return r;
}
