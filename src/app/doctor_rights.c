/* The rights of each role: sql/grants.sql is the one list of what they should be. */
#include "app/doctor.h"

#include <strings.h>

#include "store/status.h"
#include "util/sb.h"

#define RIGHTS_MAX	512	/* of all roles in grants.sql, or of one on the server */
#define LIST_MAX	2000	/* bytes of names in a finding */

struct right {
	char	on[65], name[33];
	bool	wanted, there;
};

/* One role at a time. */
struct rights {
	const char	*role;
	size_t		 n;
	struct right	 all[RIGHTS_MAX];
	char		 user[400];	/* 'name'@'host' */
};

static struct right *
right_of(struct rights *r, const char *on, const char *name)
{
	struct right *at;

	for (at = r->all; at < r->all + r->n; at++)
		if (strcmp(at->on, on) == 0 && strcasecmp(at->name, name) == 0)
			return at;
	if (r->n == RIGHTS_MAX)
		return NULL;
	memset(at, 0, sizeof(*at));
	snprintf(at->on, sizeof(at->on), "%s", on);
	snprintf(at->name, sizeof(at->name), "%s", name);
	r->n++;
	return at;
}

/* --- what should be --- */

/* From the word after `from` up to one of `ends` into out; behind it, or NULL. */
static const char *
part(const char *line, const char *from, const char *ends, char *out, size_t size)
{
	const char *p = strcasestr(line, from);
	size_t n;

	if (p == NULL)
		return NULL;
	p += strlen(from);
	n = strcspn(p, ends);
	if (n == 0 || n >= size)
		return NULL;
	memcpy(out, p, n);
	out[n] = '\0';
	return p + n;
}

/* "SELECT, INSERT" becomes rights of the table that are wanted, or not any more. */
static void
set_wanted(struct rights *r, const char *names, const char *on, bool wanted)
{
	struct right *right;
	char name[33];
	size_t n;

	for (; *names != '\0'; names += n + strspn(names + n, ", ")) {
		n = strcspn(names, ",");
		snprintf(name, sizeof(name), "%.*s", (int)n, names);
		if ((right = right_of(r, on, name)) != NULL)
			right->wanted = wanted;
	}
}

/* A line of grants.sql: what is given and taken again there counts in this order.  Its users are called trasloco_ROLE. */
static void
take_line(struct rights *r, const char *line)
{
	bool give = strncasecmp(line, "grant ", 6) == 0;
	char names[200], on[65], user[81];

	if (!give && strncasecmp(line, "revoke ", 7) != 0)
		return;
	if (part(line, give ? "grant " : "revoke ", ";", names, sizeof(names)) == NULL ||
	    part(line, " on trasloco.", " ", on, sizeof(on)) == NULL ||
	    part(line, "'trasloco_", "'", user, sizeof(user)) == NULL)
		return;
	*strcasestr(names, " on ") = '\0';
	if (strcmp(user, r->role) == 0)
		set_wanted(r, names, strcmp(on, "*") == 0 ? "" : on, give);
}

static int
read_wanted(struct doctor *d, struct rights *r)
{
	char path[1200], line[1024];
	FILE *f;

	snprintf(path, sizeof(path), "%s/grants.sql", d->sql_dir);
	if ((f = fopen(path, "re")) == NULL) {
		doctor_wrong(d, "make install, or `trasloco doctor DIRECTORY` with the folder sql of the source",
		    "%s cannot be opened: %s.", path, strerror(errno));
		return -1;
	}
	while (fgets(line, sizeof(line), f) != NULL)
		take_line(r, line);
	fclose(f);
	return 0;
}

/* --- what is --- */

static int
take_right(void *ctx, const struct status_right *s, struct err *e)
{
	struct rights *r = ctx;
	struct right *right;

	(void)e;
	snprintf(r->user, sizeof(r->user), "%s", s->user);
	if ((right = right_of(r, s->on, s->name)) != NULL)
		right->there = true;
	if (s->grantable && (right = right_of(r, s->on, "grant option")) != NULL)
		right->there = true;
	return 0;
}

/* Without preparing what the role runs, since a right that is missing stops just that. */
static int
read_there(struct doctor_role *role, struct rights *r, struct err *e)
{
	struct db *db = db_open(&role->config, DB_ROLE_MIGRATE, e);
	int result;

	if (db == NULL)
		return -1;
	result = status_right_each(db, take_right, r, e);
	db_close(db);
	return result;
}

/* --- both --- */

/* "SELECT on job, ..." of the rights that are only here or only there. */
static void
list(const struct rights *r, bool wanted, struct sb *out)
{
	const struct right *at;

	for (at = r->all; at < r->all + r->n; at++)
		if (at->wanted != at->there && at->wanted == wanted)
			sb_printf(out, "%s%s on %s", out->n > 0 ? ", " : "", at->name, *at->on == '\0' ? "the whole database" :
			    strcmp(at->on, "*") == 0 ? "the whole server" :
			    strcmp(at->on, "other") == 0 ? "another database" : at->on);
}

/* The command that carries out grants.sql on this database. */
static void
grants_command(const struct doctor *d, char *out, size_t size)
{
	if (strcmp(d->settings.db_name, "trasloco") == 0)
		snprintf(out, size, "cat %s/grants.sql", d->sql_dir);
	else
		snprintf(out, size, "sed 's/ON trasloco\\./ON %s./' %s/grants.sql", d->settings.db_name, d->sql_dir);
}

static void
compare(struct doctor *d, const struct rights *r)
{
	struct sb missing, more;
	char grants[2048];

	grants_command(d, grants, sizeof(grants));
	sb_init(&missing, LIST_MAX);
	sb_init(&more, LIST_MAX);
	list(r, true, &missing);
	list(r, false, &more);
	if (missing.n > 0)
		doctor_wrong(d, doctor_mend(d, "%s | mariadb", grants), "The database's user of %s lacks: %s.", r->role,
		    sb_text(&missing));
	if (more.n > 0)
		doctor_wrong(d, doctor_mend(d, "(echo \"revoke all privileges, grant option from %s;\"; %s) | mariadb",
		    r->user, grants), "The database's user of %s may more than it needs: %s.", r->role, sb_text(&more));
	if (missing.n == 0 && more.n == 0)
		doctor_good(d, "The database's user of %s may what it needs and no more.", r->role);
	sb_free(&missing);
	sb_free(&more);
}

void
doctor_rights(struct doctor *d)
{
	static struct rights r;
	struct err e;
	int i;

	for (i = 0; i < DB_ROLE__MAX; i++) {
		if (!d->roles[i].known)
			continue;
		r.role = d->roles[i].name;
		r.n = 0;
		if (read_wanted(d, &r) == -1)
			return;
		/* Who cannot sign in was told of in doctor_db(). */
		if (read_there(&d->roles[i], &r, &e) == 0)
			compare(d, &r);
	}
}
