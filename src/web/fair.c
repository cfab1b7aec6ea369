#include "web/fair.h"

#define PACE_MS		60000
#define PACE_BYTES	(60 * 1024)

void
fair_init(struct fair *f, int threads)
{
	memset(f, 0, sizeof(*f));
	pthread_mutex_init(&f->mutex, NULL);
	f->share = MAX(threads / 8, 2);
}

void
fair_destroy(struct fair *f)
{
	pthread_mutex_destroy(&f->mutex);
}

bool
fair_enter(struct fair *f, int64_t account_id)
{
	int i, running = 0;
	bool may;

	pthread_mutex_lock(&f->mutex);
	for (i = 0; i < f->n; i++)
		running += f->accounts[i] == account_id;
	if ((may = running < f->share && f->n < FAIR_THREADS_MAX))
		f->accounts[f->n++] = account_id;
	pthread_mutex_unlock(&f->mutex);
	return may;
}

void
fair_leave(struct fair *f, int64_t account_id)
{
	int i;

	pthread_mutex_lock(&f->mutex);
	for (i = 0; i < f->n && f->accounts[i] != account_id; i++)
		;
	if (i < f->n)
		f->accounts[i] = f->accounts[--f->n];
	pthread_mutex_unlock(&f->mutex);
}

bool
fair_keeps_pace(struct fair_pace *p, int64_t now_ms, size_t n)
{
	bool quick;

	p->bytes += (int64_t)n;
	if (now_ms - p->began_ms < PACE_MS)
		return true;
	quick = p->bytes >= PACE_BYTES * ((now_ms - p->began_ms) / PACE_MS);
	p->began_ms = now_ms;
	p->bytes = 0;
	return quick;
}
