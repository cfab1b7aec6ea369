#include "web/fair.h"

#define PACE_MS		60000
#define PACE_BYTES	(60 * 1024)

void
fair_init(struct fair *f, int threads)
{
	memset(f, 0, sizeof(*f));
	pthread_mutex_init(&f->mutex, NULL);
	f->share = MAX(threads / 8, 2);
	f->most = FAIR_THREADS_MAX;
}

void
fair_init_downloads(struct fair *f, int threads)
{
	fair_init(f, threads);
	f->most = MAX(threads / 2, 1);
	f->share = MAX(f->most * 3 / 4, 1);
}

void
fair_destroy(struct fair *f)
{
	pthread_mutex_destroy(&f->mutex);
}

enum fair_answer
fair_enter(struct fair *f, int64_t account_id)
{
	enum fair_answer answer;
	int i, running = 0;

	pthread_mutex_lock(&f->mutex);
	for (i = 0; i < f->n; i++)
		running += f->accounts[i] == account_id;
	answer = running >= f->share ? FAIR_OWN : f->n >= f->most ? FAIR_ALL : FAIR_YES;
	if (answer == FAIR_YES)
		f->accounts[f->n++] = account_id;
	pthread_mutex_unlock(&f->mutex);
	return answer;
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
