/*
 * The two FastCGI services.  Each function serves until SIGTERM (it then ends the
 * request at hand) and returns 0, or -1 if it cannot start.  The caller has
 * forked, dropped privileges and opened the listening socket.
 */
#ifndef WEB_WEB_H
#define WEB_WEB_H

#include "util/err.h"

#include "model/settings.h"

struct db_config;
struct key_pair;
struct latency;
struct templates;

/* What both pools share; made once by the parent before it forks. */
struct web {
	const struct settings	*settings;
	const struct templates	*templates;
	struct latency		*latency;	/* shared by all processes */
	const struct key_pair	*export_keys;	/* transfer pool only; NULL: nobody can export.  The caller's */
};

/* Compiles all templates of settings->template_dir.  ERR_CONFIG names file and line. */
int web_init(struct web *, const struct settings *, struct err *) MUST_CHECK;
void web_free(struct web *);

/* One pages worker: all routes but uploads.  Single-threaded. */
int web_serve_pages(const struct web *, int listen_fd, const struct db_config *, struct err *) MUST_CHECK;

/* The transfer pool: uploads and downloads, settings->transfer_threads threads, one shared
 * database connection that no thread holds while bytes flow.  web->export_keys opens the files of exports. */
int web_serve_transfers(const struct web *, int listen_fd, const struct db_config *, struct err *) MUST_CHECK;

#endif
