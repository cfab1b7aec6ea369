#include <pthread.h>
#include <signal.h>
#include <sys/signalfd.h>

#include "web/web.h"

#include "util/clock.h"
#include "util/log.h"
#include "util/rnd.h"
#include "http/req.h"
#include "tmpl/tmpl.h"
#include "spool/spool.h"

#include "web/dispatch.h"
#include "web/latency.h"

#define ARENA_CAP	(8 * 1024 * 1024)

int
web_init(struct web *w, const struct settings *s, struct err *e)
{
	w->settings = s;
	if ((w->templates = templates_load(s->template_dir, e)) == NULL)
		return -1;
	if ((w->latency = latency_new(e)) != NULL)
		return 0;
	web_free(w);
	return -1;
}

void
web_free(struct web *w)
{
	templates_free((struct templates *)(uintptr_t)w->templates);
	w->templates = NULL;
	latency_free(w->latency);
	w->latency = NULL;
}

/* What all threads of a process share. */
struct service {
	const struct web	*web;
	enum route_pool		 pool;
	int			 listen_fd, stop_fd;
	struct gate		 gate;
	struct spool_dir	*spool;
	struct fair		 fair, downloads;	/* transfer pool only */
};

static void
serve_one(struct service *s, struct req *req, struct arena *arena)
{
	static const char *const methods[REQ_METHOD__MAX] = { "GET", "POST", "PUT", "PATCH", "DELETE", "other" };
	struct resp resp;
	struct ctx c = { .web = s->web, .gate = &s->gate, .spool = s->spool, .fair = &s->fair, .downloads = &s->downloads,
	    .arena = arena, .req = req, .resp = &resp };
	int64_t began = clock_monotonic_ms(), ms;
	char id[17];

	rnd_hex(id, sizeof(id) / 2);
	log_context("req", *req->id != '\0' ? req->id : id);
	resp_init(&resp);
	dispatch(&c, s->pool);
	req_send(req, &resp);
	ms = clock_monotonic_ms() - began;
	/* Who watches is no visitor. */
	if (!req->private)
		latency_add(s->web->latency, s->pool, resp.status, ms);
	/* The row of the table, not the address as sent: that could hold what does not belong into a log. */
	log_info("request", "method=%s route=%s status=%d ms=%" PRId64, methods[req->method],
	    c.route != NULL ? c.route->pattern : "none", resp.status, ms);
	req_finish(req);
	resp_free(&resp);
	arena_reset(arena);
	log_context(NULL, NULL);
}

/* One thread: requests until SIGTERM. */
static int
serve(struct service *s, struct err *e)
{
	struct arena *arena = NULL;
	struct req *req;
	int result = -1, status;

	if ((req = req_new(s->listen_fd, e)) == NULL)
		return -1;
	if ((arena = arena_new(ARENA_CAP)) == NULL) {
		err_nomem(e);
		goto free_req;
	}
	while ((status = req_accept(req, s->stop_fd, e)) == 1)
		serve_one(s, req, arena);
	result = status;
	arena_free(arena);
free_req:
	req_free(req);
	return result;
}

/*
 * SIGTERM becomes readable: no look at a flag can miss it, and as nobody reads
 * it, every thread sees it.
 */
static int
open_stop_fd(struct err *e)
{
	sigset_t set;
	int fd;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	if ((errno = pthread_sigmask(SIG_BLOCK, &set, NULL)) != 0 || (fd = signalfd(-1, &set, SFD_CLOEXEC)) == -1)
		return err_sys(e, "signalfd");
	return fd;
}

static int
start(struct service *s, const struct db_config *config, struct err *e)
{
	pthread_mutex_init(&s->gate.mutex, NULL);
	if ((s->stop_fd = open_stop_fd(e)) == -1 || req_init(e) == -1 ||
	    (s->gate.db = db_open(config, DB_ROLE_WEB, e)) == NULL)
		return -1;
	return 0;
}

static void
end(struct service *s)
{
	db_close(s->gate.db);
	if (s->spool != NULL)
		spool_dir_close(s->spool);
	pthread_mutex_destroy(&s->gate.mutex);
	if (s->stop_fd != -1)
		close(s->stop_fd);
}

int
web_serve_pages(const struct web *w, int listen_fd, const struct db_config *config, struct err *e)
{
	struct service s = { .web = w, .pool = ROUTE_PAGES, .listen_fd = listen_fd, .stop_fd = -1 };
	int result = -1;

	if (start(&s, config, e) == 0)
		result = serve(&s, e);
	end(&s);
	return result;
}

static void *
run_thread(void *arg)
{
	struct err e;

	/* The other threads go on; a process without any is ended by web_serve_transfers. */
	if (serve(arg, &e) == -1)
		log_err("transfer_thread_ended", &e);
	return NULL;
}

int
web_serve_transfers(const struct web *w, int listen_fd, const struct db_config *config, struct err *e)
{
	struct service s = { .web = w, .pool = ROUTE_TRANSFER, .listen_fd = listen_fd, .stop_fd = -1 };
	int wanted = MIN(MAX(w->settings->transfer_threads, 1), FAIR_THREADS_MAX), started = 0, i, result = -1;
	pthread_t threads[FAIR_THREADS_MAX];

	fair_init(&s.fair, wanted);
	fair_init_downloads(&s.downloads, wanted);
	if (start(&s, config, e) == -1 || (s.spool = spool_dir_open(w->settings->spool_dir, e)) == NULL)
		goto end_service;
	while (started < wanted && (errno = pthread_create(&threads[started], NULL, run_thread, &s)) == 0)
		started++;
	if (started == 0) {
		err_sys(e, "cannot start a transfer thread");
		goto end_service;
	}
	if (started < wanted)
		log_warn("fewer_transfer_threads", "wanted=%d started=%d", wanted, started);
	for (i = 0; i < started; i++)
		pthread_join(threads[i], NULL);
	result = 0;
end_service:
	end(&s);
	fair_destroy(&s.downloads);
	fair_destroy(&s.fair);
	return result;
}
