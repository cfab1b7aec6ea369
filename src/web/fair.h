/*
 * Uploads and downloads take a thread for as long as their clients take.  Rules keep a few slow clients from having all of
 * them: an account has a share of the threads and no more, downloads together have half of them, and who hardly
 * sends anything is sent away.
 */
#ifndef WEB_FAIR_H
#define WEB_FAIR_H

#include <pthread.h>

#include "util/base.h"

#define FAIR_THREADS_MAX	256

struct fair {
	pthread_mutex_t	mutex;
	int		share, most;			/* at a time of one account, and of all */
	int		n;
	int64_t		accounts[FAIR_THREADS_MAX];	/* one entry a transfer that runs, in no order */
};

/* For so many threads, 1 to FAIR_THREADS_MAX: an account may have an eighth of them, but always two. */
void fair_init(struct fair *, int threads);

/* For downloads of a pool of so many threads: half of them together, three quarters of that for an account, but always one. */
void fair_init_downloads(struct fair *, int threads);
void fair_destroy(struct fair *);

/* One more transfer of the account begins; FAIR_OWN if it has its share already, FAIR_ALL if all together have.
 * Pair each FAIR_YES with fair_leave. */
enum fair_answer { FAIR_YES, FAIR_OWN, FAIR_ALL };
enum fair_answer fair_enter(struct fair *, int64_t account_id) MUST_CHECK;
void fair_leave(struct fair *, int64_t account_id);

/* How quickly one upload comes; zero it, and set began_ms to the time of its start. */
struct fair_pace {
	int64_t	began_ms, bytes;
};

/* n more bytes came at now_ms.  False if less than a kilobyte a second did, measured over a whole minute. */
bool fair_keeps_pace(struct fair_pace *, int64_t now_ms, size_t n) MUST_CHECK;

#endif
