#include "app/doctor.h"

#include <pwd.h>
#include <sys/stat.h>

#include "spool/key.h"
#include "tmpl/tmpl.h"

#define AS_ROOT	"run `trasloco doctor` as root"

static void
look_at_mode(struct doctor *d)
{
	struct stat st;

	if (stat(d->config_path, &st) == 0 && (st.st_mode & (S_IWGRP | S_IWOTH)) != 0)
		doctor_wrong(d, doctor_mend(d, "chmod go-w %s", d->config_path),
		    "%s may be changed by others than its owner.", d->config_path);
}

/* --- secrets --- */

static void
secret_unread(struct doctor *d, const struct doctor_role *r, const struct err *e)
{
	struct stat st;

	if (stat(r->secret_path, &st) == -1)
		doctor_wrong(d, errno == EACCES ? AS_ROOT : "doc/INSTALL, section 4, makes the three secrets",
		    "The secret of %s: %s.", r->name, e->msg);
	else if ((st.st_mode & (S_IRWXG | S_IRWXO)) != 0)
		doctor_wrong(d, doctor_mend(d, "chmod 600 %s", r->secret_path), "%s can be used by others than its owner.",
		    r->secret_path);
	else if (access(r->secret_path, R_OK) == -1)
		doctor_wrong(d, AS_ROOT, "The secret of %s: %s.", r->name, e->msg);
	else
		doctor_wrong(d, doctor_mend(d, "put that line of %s right (doc/INSTALL, sections 4 and 5)", r->secret_path),
		    "The secret of %s: %s.", r->name, e->msg);
}

/* user: whom trasloco-web gives the role when root starts it; "" nobody. */
static void
look_at_owner(struct doctor *d, const struct doctor_role *r, const char *user)
{
	struct passwd *pw;

	if (*user == '\0')
		return;
	if ((pw = getpwnam(user)) == NULL)
		doctor_wrong(d, "doc/INSTALL, section 3, makes the users", "There is no user %s on this machine.", user);
	else if (pw->pw_uid != r->owner)
		doctor_wrong(d, doctor_mend(d, "chown %s: %s", user, r->secret_path),
		    "%s does not belong to %s, who must read it.", r->secret_path, user);
}

static void
read_secret(struct doctor *d, struct doctor_role *r, const char *name, const char *path)
{
	struct stat st;
	struct err e;

	r->name = name;
	r->secret_path = path;
	if (config_load_secret(path, &r->secret, &e) == -1 || stat(path, &st) == -1) {
		secret_unread(d, r, &e);
		return;
	}
	r->known = true;
	r->owner = st.st_uid;
	r->config = config_db(&d->settings, &r->secret);
	doctor_good(d, "The secret of %s, %s, is readable for its owner only.", name, path);
}

static void
look_at_secrets(struct doctor *d)
{
	struct doctor_role *web = &d->roles[DB_ROLE_WEB], *jobs = &d->roles[DB_ROLE_JOBS];

	read_secret(d, web, "web", d->settings.web_secret);
	read_secret(d, jobs, "jobs", d->settings.jobs_secret);
	read_secret(d, &d->roles[DB_ROLE_MIGRATE], "migrate", d->settings.migrate_secret);
	if (web->known)
		look_at_owner(d, web, d->settings.web_user);
	if (jobs->known)
		look_at_owner(d, jobs, d->settings.jobs_user);
	if (web->known && jobs->known && web->owner == jobs->owner)
		doctor_hint(d, "doc/INSTALL, section 3: a user for each",
		    "web and jobs have the same user: whoever breaks into the one has the keys of the other.");
}

/* --- keys --- */

static void
look_at_keys(struct doctor *d)
{
	struct doctor_role *jobs = &d->roles[DB_ROLE_JOBS];
	struct key_pair *pair;
	struct err e;
	int i;

	for (i = 0; i < DB_ROLE__MAX; i++)
		if (i != DB_ROLE_JOBS && d->roles[i].secret.spool_secret_key[0] != '\0')
			doctor_wrong(d, doctor_mend(d, "take the line spool_secret_key out of %s", d->roles[i].secret_path),
			    "The secret key of the spool lies where only jobs may have it, in %s too.", d->roles[i].secret_path);
	if (!jobs->known)
		return;
	pair = key_pair_load(d->settings.spool_public_key, jobs->secret.spool_secret_key, &e);
	if (pair == NULL)
		doctor_wrong(d, doctor_mend(d, "trasloco keygen; spool_public_key goes into %s, spool_secret_key into %s",
		    d->config_path, jobs->secret_path), "The two halves of the spool's key: %s.", e.msg);
	else
		doctor_good(d, "The two halves of the spool's key fit each other.");
	key_pair_free(pair);
}

/* Without the web role's pair there are no exports; half of it is a mistake. */
static void
look_at_export_keys(struct doctor *d)
{
	const struct doctor_role *web = &d->roles[DB_ROLE_WEB];
	const char *public_key = d->settings.export_public_key, *secret_key = web->secret.export_secret_key;
	struct key_pair *pair;
	struct err e;
	int i;

	for (i = 0; i < DB_ROLE__MAX; i++)
		if (i != DB_ROLE_WEB && d->roles[i].secret.export_secret_key[0] != '\0')
			doctor_wrong(d, doctor_mend(d, "take the line export_secret_key out of %s", d->roles[i].secret_path),
			    "The secret key of exports lies where only web may have it, in %s too.", d->roles[i].secret_path);
	if (!web->known)
		return;
	if (*public_key == '\0' && *secret_key == '\0') {
		doctor_hint(d, "doc/INSTALL, section 5: the keys of exports", "There is no key for exports, so nobody can export comments.");
		return;
	}
	pair = key_pair_load(public_key, secret_key, &e);
	if (pair == NULL)
		doctor_wrong(d, doctor_mend(d, "trasloco keygen; export_public_key goes into %s, export_secret_key into %s",
		    d->config_path, web->secret_path), "The two halves of the key of exports: %s.", e.msg);
	else
		doctor_good(d, "The two halves of the key of exports fit each other.");
	key_pair_free(pair);
}

static void
look_at_templates(struct doctor *d)
{
	struct templates *t;
	struct err e;

	t = templates_load(d->settings.template_dir, &e);
	if (t == NULL)
		doctor_wrong(d, "make install, or template_dir = " PKGDATADIR "/templates", "The templates: %s.", e.msg);
	else
		doctor_good(d, "The templates in %s are whole.", d->settings.template_dir);
	templates_free(t);
}

bool
doctor_config(struct doctor *d)
{
	struct err e;

	look_at_mode(d);
	if (config_load(d->config_path, &d->settings, &e) == -1) {
		doctor_wrong(d, doctor_mend(d, "put %s right; doc/INSTALL, section 5, lists every key", d->config_path), "%s.",
		    e.msg);
		return false;
	}
	doctor_good(d, "The configuration, %s, is complete.", d->config_path);
	look_at_secrets(d);
	look_at_keys(d);
	look_at_export_keys(d);
	look_at_templates(d);
	return true;
}
