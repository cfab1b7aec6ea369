#include "app/doctor.h"

#include "store/status.h"
#include "util/clock.h"
#include "util/num.h"

#define PACKET_LEAST	(8 * 1024 * 1024)	/* an update of the largest body, twice over */
#define CLOCKS_APART_MS	5000
#define LONG_SECONDS	3600		/* for a job or a message to wait */
#define ELSEWHERE_SECONDS 600		/* for a job of another machine */

/* --- signing in --- */

static const char *
how_to_sign_in(struct doctor *d, const struct doctor_role *r, const struct err *e)
{
	if (e->kind == ERR_DB_LOST)
		return doctor_mend(d, "systemctl start mariadb, or put db_socket or db_host right in %s", d->config_path);
	if (e->kind == ERR_CONFIG && e->sys != 0)
		return doctor_mend(d, "make that user and database as doc/INSTALL, section 4, does, with what %s says",
		    r->secret_path);
	if (e->kind == ERR_CONFIG)
		return doctor_mend(d, "trasloco migrate %s, unless a new database or program is needed", d->sql_dir);
	return doctor_mend(d, "mariadb < %s/grants.sql", d->sql_dir);
}

static void
sign_in(struct doctor *d, enum db_role role)
{
	struct doctor_role *r = &d->roles[role];
	struct err e;

	if (!r->known)
		return;
	if ((r->db = db_open(&r->config, role, &e)) == NULL)
		doctor_wrong(d, how_to_sign_in(d, r, &e), "The database, as %s: %s%s", r->name, e.msg,
		    e.msg[strlen(e.msg) - 1] == '.' ? "" : ".");
	else
		doctor_good(d, "The database answers %s.", r->name);
}

/* --- the server --- */

static void
look_at_memory(struct doctor *d, const struct status_server *s)
{
	char indexes[24], pool[24];

	num_format_size(indexes, s->indexes);
	num_format_size(pool, s->buffer_pool);
	if (s->indexes > s->buffer_pool)
		doctor_hint(d, doctor_mend(d, "innodb_buffer_pool_size = %" PRId64 "M in the server's configuration",
		    2 * s->indexes / (1024 * 1024) + 1),
		    "The indexes have %s, the database's memory for them is %s: imports will be slow.", indexes, pool);
	else
		doctor_good(d, "The indexes, %s, fit into the database's memory, %s.", indexes, pool);
}

static void
look_at_server(struct doctor *d, struct db *db)
{
	struct status_server s;
	int64_t apart;
	struct err e;

	if (status_server(db, &s, &e) == -1) {
		doctor_wrong(d, doctor_mend(d, "mariadb < %s/grants.sql", d->sql_dir), "The database's settings: %s.",
		    e.msg);
		return;
	}
	apart = s.now_ms - clock_now_ms();
	if (!s.local_infile)
		doctor_wrong(d, "local_infile = 1 below [mariadb] in the server's configuration, and restart it",
		    "The database takes no rows from its clients (local_infile is off): no import can work.");
	if (s.max_packet < PACKET_LEAST)
		doctor_wrong(d, "max_allowed_packet = 16M below [mariadb] in the server's configuration, and restart it",
		    "The database refuses statements as large as a long comment.");
	if (apart > CLOCKS_APART_MS || apart < -CLOCKS_APART_MS)
		doctor_wrong(d, "timedatectl set-ntp true, on both machines",
		    "The clocks of the database and of this machine are %" PRId64 " seconds apart (UTC).", apart / 1000);
	look_at_memory(d, &s);
}

/* --- what waits --- */

static int
look_at_node(void *ctx, const char *node, int64_t jobs, int64_t oldest, struct err *e)
{
	struct doctor *d = ctx;

	(void)e;
	if (strcmp(node, d->settings.node) != 0 && oldest > ELSEWHERE_SECONDS)
		doctor_wrong(d, doctor_mend(d, "node = %s in %s if this machine was called so; else start the other, or "
		    "`trasloco job cancel`", node, d->config_path),
		    "Jobs wait for a machine \"%s\" (%" PRId64 " of them, the first for %" PRId64 " minutes); this one is \"%s\".",
		    node, jobs, oldest / 60, d->settings.node);
	return 0;
}

static void
look_at_messages(struct doctor *d, const struct status *s)
{
	int i;

	for (i = 0; i < OUTBOX_KIND__MAX; i++) {
		const char *kind = outbox_kind_names[i];

		if (s->outbox[i].oldest > LONG_SECONDS)
			doctor_wrong(d, "journalctl -u trasloco-jobs says why the last attempts failed",
			    "Messages of the kind %s wait to be delivered: %" PRId64 ", the oldest for %" PRId64 " minutes.",
			    kind, s->outbox[i].waiting, s->outbox[i].oldest / 60);
		if (s->outbox[i].given_up > 0)
			doctor_hint(d, "journalctl -u trasloco-jobs",
			    "Messages of the kind %s that could not be delivered in three days: %" PRId64 ".", kind,
			    s->outbox[i].given_up);
	}
}

static void
look_at_work(struct doctor *d, struct db *db)
{
	struct status s;
	struct err e;

	if (status_node_each(db, look_at_node, d, &e) == -1 || status_read(db, &s, &e) == -1) {
		doctor_wrong(d, doctor_mend(d, "trasloco migrate %s", d->sql_dir), "Jobs and messages: %s.", e.msg);
		return;
	}
	if (s.oldest_requested > LONG_SECONDS)
		doctor_hint(d, "trasloco job list --state requested; jobs_parallel says how many run at a time",
		    "The oldest waiting job waits for %" PRId64 " minutes.", s.oldest_requested / 60);
	if (s.leases_over > 0)
		doctor_wrong(d, "start trasloco-jobs on any machine: it fails them, and nothing was changed",
		    "Running jobs whose worker is gone: %" PRId64 ".", s.leases_over);
	look_at_messages(d, &s);
	doctor_good(d, "Jobs: %" PRId64 " waiting, %" PRId64 " running.", s.jobs[JOB_REQUESTED], s.jobs[JOB_RUNNING]);
}

void
doctor_db(struct doctor *d)
{
	struct db *db;

	sign_in(d, DB_ROLE_WEB);
	sign_in(d, DB_ROLE_JOBS);
	sign_in(d, DB_ROLE_MIGRATE);
	if ((db = d->roles[DB_ROLE_MIGRATE].db) == NULL)
		return;
	look_at_server(d, db);
	look_at_work(d, db);
}
