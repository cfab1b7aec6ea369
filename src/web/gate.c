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
