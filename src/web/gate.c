#include "web/gate.h"

int
gate_enter(struct gate *g, struct db **db, struct err *e)
{
	pthread_mutex_lock(&g->mutex);
	if (db_lost(g->db) && db_reopen(g->db, e) == -1) {
		pthread_mutex_unlock(&g->mutex);
		return -1;
	}
	*db = g->db;
	return 0;
}

void
gate_leave(struct gate *g)
{
	pthread_mutex_unlock(&g->mutex);
}

int
gate_ask(struct gate *g, int (*fn)(struct db *, void *, struct err *), void *ctx, struct err *e)
{
	struct db *db;
	int result;

	if (gate_enter(g, &db, e) == -1)
		return -1;
	result = fn(db, ctx, e);
	if (result == -1 && e->kind == ERR_DB_LOST && db_reopen(db, e) == 0)
		result = fn(db, ctx, e);
	gate_leave(g);
	return result;
}
