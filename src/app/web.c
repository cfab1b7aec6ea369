/* trasloco-web: the supervising parent of both FastCGI services and, with `jobs = spawn`, of trasloco-jobs. */
#include "web/web.h"

#include <getopt.h>
#include <grp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "app/config.h"
#include "app/prefork.h"
#include "spool/key.h"
#include "util/log.h"
#include "util/rnd.h"

#define BACKLOG		511	/* as nginx's own; above it a client waits in its connect */

/* A web child ends the request at hand; jobs roll back what they had loaded, which takes as long as loading it. */
#define WEB_GRACE_SECONDS	10
#define JOBS_GRACE_SECONDS	60

struct app {
	const char	*config_path;		/* NULL: the programs find it themselves */
	struct settings	 settings;
	struct web	 web;
	int		 pages_fd, transfer_fd;
};

/* --- the listening sockets --- */

/* Removes a socket that a dead process left; refuses anything that lives or is not a socket. */
static int
clear_the_way(const struct sockaddr_un *addr, struct err *e)
{
	struct stat st;
	int fd, connected;

	if (lstat(addr->sun_path, &st) == -1)
		return errno == ENOENT ? 0 : err_sys(e, "%s", addr->sun_path);
	if (!S_ISSOCK(st.st_mode))
		return err_set(e, ERR_CONFIG, "%s exists and is not a socket", addr->sun_path);
	if ((fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) == -1)
		return err_sys(e, "socket");
	connected = connect(fd, (const struct sockaddr *)addr, sizeof(*addr));
	close(fd);
	if (connected == 0)
		return err_set(e, ERR_CONFLICT, "another process serves %s already", addr->sun_path);
	if (unlink(addr->sun_path) == -1 && errno != ENOENT)
		return err_sys(e, "remove the old %s", addr->sun_path);
	return 0;
}

/* Who may connect: nobody between bind and this, then what the settings say. */
static int
admit(const char *path, const struct settings *s, struct err *e)
{
	struct group *gr;

	if (s->socket_group[0] != '\0') {
		if ((gr = getgrnam(s->socket_group)) == NULL)
			return err_set(e, ERR_CONFIG, "there is no group %s on this machine", s->socket_group);
		if (chown(path, (uid_t)-1, gr->gr_gid) == -1)
			return err_sys(e, "give %s to group %s", path, s->socket_group);
	}
	if (chmod(path, (mode_t)s->socket_mode) == -1)
		return err_sys(e, "chmod %s", path);
	return 0;
}

static int
bind_closed(int fd, const struct sockaddr_un *addr)
{
	mode_t old = umask(0777);
	int r = bind(fd, (const struct sockaddr *)addr, sizeof(*addr));

	umask(old);
	return r;
}

static int
open_socket(const char *path, const struct settings *s, struct err *e)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd;

	/* config.c has checked the length against the same 108 bytes. */
	memcpy(addr.sun_path, path, strlen(path) + 1);
	if (clear_the_way(&addr, e) == -1)
		return -1;
	if ((fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) == -1)
		return err_sys(e, "socket");
	if (bind_closed(fd, &addr) == -1) {
		err_sys(e, "listen on %s", path);
		goto close_fd;
	}
	if (listen(fd, BACKLOG) == -1) {
		err_sys(e, "listen on %s", path);
		goto close_fd;
	}
	if (admit(path, s, e) == -1)
		goto close_fd;
	return fd;

close_fd:
	close(fd);
	return -1;
}

/* --- the children --- */

/* Half a pair stops the start: else jobs would write exports that nobody can read. */
static int
load_export_keys(const struct settings *s, const struct role_secret *secret, struct key_pair **keys, struct err *e)
{
	if (s->export_public_key[0] == '\0' && secret->export_secret_key[0] == '\0')
		return 0;
	if ((*keys = key_pair_load(s->export_public_key, secret->export_secret_key, e)) == NULL)
		return err_prefix(e, "export_public_key, export_secret_key");
	return 0;
}

/*
 * One web process.  The secret is read only after the change of user, so that its file needs to be
 * readable for that user alone; the pages pool, which has no business in the spool, goes without its group.
 */
static int
serve(struct app *app, int fd, const char *group,
    int (*service)(const struct web *, int, const struct db_config *, struct err *))
{
	const struct settings *s = &app->settings;
	struct role_secret secret;
	struct key_pair *keys = NULL;
	struct db_config db;
	struct err e;
	int status = 1;

	if (prefork_become(s->web_user, group, &e) == -1 || config_load_secret(s->web_secret, &secret, &e) == -1 ||
	    (fd == app->transfer_fd && load_export_keys(s, &secret, &keys, &e) == -1)) {
		log_err("cannot_start", &e);
		goto wipe;
	}
	explicit_bzero(secret.export_secret_key, sizeof(secret.export_secret_key));
	app->web.export_keys = keys;
	db = config_db(s, &secret);
	if (service(&app->web, fd, &db, &e) == 0)
		status = 0;
	else
		log_err("cannot_serve", &e);
	key_pair_free(keys);
wipe:
	explicit_bzero(&secret, sizeof(secret));
	return status;
}

static int
run_pages(void *ctx)
{
	struct app *app = ctx;

	close(app->transfer_fd);
	return serve(app, app->pages_fd, "", web_serve_pages);
}

static int
run_transfers(void *ctx)
{
	struct app *app = ctx;

	close(app->pages_fd);
	return serve(app, app->transfer_fd, app->settings.spool_group, web_serve_transfers);
}

static int
run_jobs(void *ctx)
{
	const struct app *app = ctx;
	const struct settings *s = &app->settings;
	struct err e;

	if (prefork_become(s->jobs_user, s->spool_group, &e) == 0) {
		if (app->config_path != NULL)
			execl(s->jobs_program, "trasloco-jobs", "--config", app->config_path, (char *)NULL);
		else
			execl(s->jobs_program, "trasloco-jobs", (char *)NULL);
		err_sys(&e, "start %s", s->jobs_program);
	}
	log_err("cannot_start", &e);
	return 127;
}

/* --- the parent --- */

/* Tells systemd (sd_notify(3)) that the sockets are there; without systemd it does nothing. */
static void
notify_ready(void)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	const char *path = getenv("NOTIFY_SOCKET");
	size_t len;
	int fd;

	if (path == NULL || (len = strlen(path)) == 0 || len >= sizeof(addr.sun_path))
		return;
	memcpy(addr.sun_path, path, len);
	if (addr.sun_path[0] == '@')
		addr.sun_path[0] = '\0';
	if ((fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) == -1)
		return;
	if (sendto(fd, "READY=1", 7, MSG_NOSIGNAL, (struct sockaddr *)&addr,
	    (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len)) == -1)
		log_warn("cannot_notify", "sys=%d", errno);
	close(fd);
}

static void
ready(void *ctx)
{
	const struct app *app = ctx;
	const struct settings *s = &app->settings;

	notify_ready();
	log_info("ready", "version=%s pages_workers=%d transfer_threads=%d jobs=%s", VERSION_TEXT, s->pages_workers,
	    s->transfer_threads, s->jobs_spawn ? "spawn" : "external");
}

/* As services of their own they have users of their own; as our children only if root gives them some. */
static void
say_if_not_separated(const struct settings *s)
{
	const char *why = geteuid() != 0 ? "trasloco-web was not started as root" :
	    s->web_user[0] == '\0' ? "web_user and jobs_user are not set" :
	    strcmp(s->web_user, s->jobs_user) == 0 ? "web_user and jobs_user are the same" : NULL;

	if (s->jobs_spawn && why != NULL)
		log_warn("not_separated", "msg=\"web and jobs are not separated: %s\"", why);
}

static int
supervise(struct app *app, struct err *e)
{
	const struct settings *s = &app->settings;
	const struct prefork_kind kinds[] = {
		{ "transfer", 1, WEB_GRACE_SECONDS, run_transfers, app },
		{ "pages", s->pages_workers, WEB_GRACE_SECONDS, run_pages, app },
		{ "jobs", s->jobs_spawn ? 1 : 0, JOBS_GRACE_SECONDS, run_jobs, app },
	};
	int result = -1;

	if ((app->pages_fd = open_socket(s->pages_socket, s, e)) == -1)
		return -1;
	if ((app->transfer_fd = open_socket(s->transfer_socket, s, e)) == -1)
		goto close_pages;
	say_if_not_separated(s);
	result = prefork_run(kinds, ARRAY_LEN(kinds), ready, app, e);

	close(app->transfer_fd);
	unlink(s->transfer_socket);
close_pages:
	close(app->pages_fd);
	unlink(s->pages_socket);
	return result;
}

/* Started as root without users for its children, it changes nobody; not root, it cannot. */
static void
forget_users_unless_root(struct settings *s)
{
	if (geteuid() == 0)
		return;
	s->web_user[0] = s->jobs_user[0] = '\0';
}

static int
run(struct app *app, struct err *e)
{
	const struct rlimit no_core = { 0, 0 };
	int result;

	/* Uploads, passwords and keys pass through the memory of our processes: none may end in a file. */
	if (setrlimit(RLIMIT_CORE, &no_core) == -1)
		return err_sys(e, "setrlimit");
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1)
		return err_sys(e, "cannot renounce new privileges");
	umask(077);
	if (rnd_init(e) == -1 || config_load(app->config_path, &app->settings, e) == -1)
		return -1;
	config_complain(&app->settings);
	forget_users_unless_root(&app->settings);
	if (web_init(&app->web, &app->settings, e) == -1)
		return -1;
	result = supervise(app, e);
	web_free(&app->web);
	return result;
}

static const char usage[] =
    "Usage: trasloco-web [--config FILE]\n"
    "Serves the pages and uploads of Trasloco to nginx, and keeps trasloco-jobs running if the\n"
    "configuration says `jobs = spawn`.  Without --config it reads $TRASLOCO_CONFIG, else\n"
    SYSCONFDIR "/trasloco/trasloco.conf.\n";

int
main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'v' },
		{ NULL, 0, NULL, 0 },
	};
	static struct app app;
	struct err e;
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1)
		switch (c) {
		case 'c':
			app.config_path = optarg;
			break;
		case 'h':
			fputs(usage, stdout);
			return 0;
		case 'v':
			puts("trasloco-web " VERSION_TEXT);
			return 0;
		default:
			fputs(usage, stderr);
			return 2;
		}
	if (optind != argc) {
		fputs(usage, stderr);
		return 2;
	}
	log_init("trasloco-web");
	if (run(&app, &e) == -1) {
		log_err("cannot_start", &e);
		fprintf(stderr, "trasloco-web cannot start: %s.\n", e.msg);
		return 1;
	}
	log_info("ended", "status=0");
	return 0;
}
