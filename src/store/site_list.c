/*
 * The list of what a site may download.  Comments come by seq; one whose
 * parent has a higher seq waits for it: then the chain of its parents that are
 * not in the list yet is followed to its top and goes in from there.  Each
 * comment is put down once and looked at twice at most, in whatever order the file had them.
 */
#include "store/site_comment.h"
#include "store/seqset.h"

#define LOOK	16384		/* comments of one query: 256 KiB */
#define PUT	64		/* rows of one statement: SQL_SITE_LIST_ADD_64 */

struct link {
	int64_t	seq, parent;	/* parent: 0 none that is told of */
};

struct list {
	struct db			*db;
	const struct integration	*site;
	struct seqset			 done;
	struct link			 looked[LOOK];	/* by seq */
	int				 looked_n;
	int64_t				*chain;		/* from a comment up to the first of its parents that waits */
	size_t				 chain_n, chain_size;
	struct db_value			 rows[PUT * 3];
	size_t				 rows_n;	/* values, three each */
	int64_t				 position;
};

/* Up to n comments behind a seq.  Their number, or -1. */
static int
look(struct list *l, int64_t behind, struct link *out, int n, struct err *e)
{
	int found = 0, r;

	if (db_query(l->db, SQL_SITE_LINKS, DB_VALUES(db_int(l->site->integration_id), db_int(l->site->account_id),
	    db_int(behind), db_int(n)), e) == -1)
		return -1;
	while ((r = db_next(l->db, e)) == 1 && found < n)
		out[found++] = (struct link){ db_col_int(l->db, 0), db_col_int(l->db, 1) };
	if (r == 1)
		db_done(l->db);
	return r == -1 ? -1 : found;
}

static int
flush(struct list *l, struct err *e)
{
	size_t i;
	int result = 0;

	if (l->rows_n == PUT * 3)
		result = db_run(l->db, SQL_SITE_LIST_ADD_64, l->rows, l->rows_n, NULL, NULL, e);
	else
		for (i = 0; i < l->rows_n && result == 0; i += 3)
			result = db_run(l->db, SQL_SITE_LIST_ADD, l->rows + i, 3, NULL, NULL, e);
	l->rows_n = 0;
	return result;
}

static int
put(struct list *l, int64_t seq, struct err *e)
{
	l->rows[l->rows_n++] = db_int(l->site->integration_id);
	l->rows[l->rows_n++] = db_int(++l->position);
	l->rows[l->rows_n++] = db_int(seq);
	if (seqset_add(&l->done, seq, e) == -1)
		return -1;
	return l->rows_n == PUT * 3 ? flush(l, e) : 0;
}

static int
remember(struct list *l, int64_t seq, struct err *e)
{
	size_t size = l->chain_size == 0 ? 64 : l->chain_size * 2;
	int64_t *bigger;

	if (l->chain_n == l->chain_size) {
		if ((bigger = realloc(l->chain, size * sizeof(*bigger))) == NULL)
			return err_nomem(e);
		l->chain = bigger;
		l->chain_size = size;
	}
	l->chain[l->chain_n++] = seq;
	return 0;
}

static int
compare_seq(const void *a, const void *b)
{
	int64_t x = ((const struct link *)a)->seq, y = ((const struct link *)b)->seq;

	return (x > y) - (x < y);
}

/* The comment with this seq, of which parents are mostly among those at hand.  1; 0: it was taken away this moment; -1. */
static int
find(struct list *l, int64_t seq, struct link *out, struct err *e)
{
	struct link key = { seq, 0 };
	const struct link *at_hand = bsearch(&key, l->looked, (size_t)l->looked_n, sizeof(key), compare_seq);
	int found;

	if (at_hand != NULL) {
		*out = *at_hand;
		return 1;
	}
	found = look(l, seq - 1, out, 1, e);
	return found == 1 && out->seq != seq ? 0 : found;
}

/* The comment, behind those of its parents that are not there yet. */
static int
put_chain(struct list *l, struct link c, struct err *e)
{
	int found;

	l->chain_n = 0;
	if (remember(l, c.seq, e) == -1)
		return -1;
	while (c.parent != 0 && !seqset_has(&l->done, c.parent)) {
		if ((found = find(l, c.parent, &c, e)) == -1 || (found == 1 && remember(l, c.seq, e) == -1))
			return -1;
		if (found == 0)
			break;
	}
	while (l->chain_n > 0)
		if (put(l, l->chain[--l->chain_n], e) == -1)
			return -1;
	return 0;
}

static int
put_all(struct list *l, struct err *e)
{
	int64_t behind = 0;
	int i, n;

	while ((n = look(l, behind, l->looked, LOOK, e)) > 0) {
		l->looked_n = n;
		for (i = 0; i < n; i++)
			if (!seqset_has(&l->done, l->looked[i].seq) && put_chain(l, l->looked[i], e) == -1)
				return -1;
		behind = l->looked[n - 1].seq;
	}
	return n == -1 ? -1 : flush(l, e);
}

static int
make(struct db *db, void *ctx, struct err *e)
{
	struct list *l = ctx;
	int result;

	l->db = db;
	l->position = 0;
	l->rows_n = 0;
	l->looked_n = 0;
	result = db_run(db, SQL_SITE_LIST_REMOVE, DB_VALUES(db_int(l->site->integration_id)), NULL, NULL, e);
	if (result == 0)
		result = put_all(l, e);
	seqset_free(&l->done);
	return result;
}

int
site_list_make(struct db *db, const struct integration *site, struct err *e)
{
	struct list *l = calloc(1, sizeof(*l));
	int result;

	if (l == NULL)
		return err_nomem(e);
	l->site = site;
	result = db_transaction(db, make, l, e);
	free(l->chain);
	free(l);
	return result == -1 ? -1 : site_comment_count_left_out(db, site, e);
}
