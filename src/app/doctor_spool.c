#include "app/doctor.h"

#include <pwd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "spool/survey.h"
#include "store/job.h"
#include "util/num.h"

#define LEFT_BEHIND_SECONDS	300	/* the sweep comes each minute, and an upload that flows is written to more often */

/* --- files --- */

struct files {
	struct doctor	*d;
	int		 left_behind;
};

static void
look_at_file(void *ctx, const char *name, bool spool_file, int64_t bytes, int64_t age)
{
	struct files *f = ctx;
	struct db *db = f->d->roles[DB_ROLE_JOBS].db;
	struct err e;

	(void)bytes;
	if (spool_file && age > LEFT_BEHIND_SECONDS && db != NULL &&
	    job_spool_owned(db, f->d->settings.node, name, &e) == 0)
		f->left_behind++;
}

static void
look_at_files(struct doctor *d, const struct survey *s, int left_behind)
{
	const char *dir = d->settings.spool_dir;
	char available[24], largest[24];

	num_format_size(available, s->free_bytes);
	num_format_size(largest, d->settings.max_upload);
	if (s->free_bytes < d->settings.max_upload)
		doctor_wrong(d, doctor_mend(d, "make room on the disk of %s, or lower max_upload in %s", dir, d->config_path),
		    "The spool has %s free, and an upload may have %s.", available, largest);
	if (s->in_memory)
		doctor_hint(d, doctor_mend(d, "spool_dir = a directory on a disk, in %s; the files are encrypted", d->config_path),
		    "The spool %s lies in memory: uploads take that away from everything else.", dir);
	if (s->strangers > 0)
		doctor_wrong(d, doctor_mend(d, "ls -la %s, and take out what is no spool file", dir),
		    "The spool directory holds what Trasloco did not put there: %" PRId64 " entries.", s->strangers);
	if (left_behind > 0)
		doctor_wrong(d, "start trasloco-jobs: it sweeps them away within a minute",
		    "Uploads of no job lie in the spool: %d.", left_behind);
}

/* --- the directory --- */

static const char *
user_name(uid_t uid)
{
	const struct passwd *pw = getpwuid(uid);

	return pw != NULL ? pw->pw_name : "the user of web";
}

/* web makes the files and jobs reads and unlinks them: by their group, if they have users of their own. */
static void
look_at_mode(struct doctor *d, const struct stat *st)
{
	const struct doctor_role *web = &d->roles[DB_ROLE_WEB], *jobs = &d->roles[DB_ROLE_JOBS];
	const char *dir = d->settings.spool_dir;

	if ((st->st_mode & S_IRWXO) != 0)
		doctor_wrong(d, doctor_mend(d, "chmod o-rwx %s", dir), "The spool %s is open to every user of this machine.", dir);
	if (!web->known || !jobs->known)
		return;
	if (st->st_uid != web->owner)
		doctor_wrong(d, doctor_mend(d, "chown %s %s", user_name(web->owner), dir),
		    "The spool %s does not belong to the user of web, who writes it.", dir);
	if ((st->st_mode & S_IRWXU) != S_IRWXU)
		doctor_wrong(d, doctor_mend(d, "chmod u+rwx %s", dir), "The spool %s cannot be used by its owner.", dir);
	if (web->owner != jobs->owner && (st->st_mode & (S_ISGID | S_IRWXG)) != (S_ISGID | S_IRWXG))
		doctor_wrong(d, doctor_mend(d, "chgrp trasloco-spool %s && chmod 2770 %s", dir, dir),
		    "The spool %s does not give its files to the group that web and jobs share.", dir);
}

static void
look_at_workers(struct doctor *d, const struct survey *s)
{
	if (s->workers)
		doctor_good(d, "trasloco-jobs runs on this machine, \"%s\".", d->settings.node);
	else
		doctor_wrong(d, d->settings.jobs_spawn ?
		    "systemctl restart trasloco-web; journalctl -u trasloco-web says why it ended" :
		    "systemctl start trasloco-jobs; journalctl -u trasloco-jobs says why it ended",
		    "trasloco-jobs does not run on this machine: uploads wait.");
}

static void
look_at_directory(struct doctor *d)
{
	struct files f = { .d = d };
	const char *dir = d->settings.spool_dir;
	struct survey s;
	struct stat st;
	struct err e;
	int before = d->wrong;

	if (survey_spool(dir, &s, look_at_file, &f, &e) == -1 ||
	    (stat(dir, &st) == -1 && err_sys(&e, "%s", dir) == -1)) {
		doctor_wrong(d, doctor_mend(d, "install -d -m 2770 -o trasloco-web -g trasloco-spool %s", dir), "The spool: %s.",
		    e.msg);
		return;
	}
	look_at_mode(d, &st);
	look_at_files(d, &s, f.left_behind);
	if (d->wrong == before)
		doctor_good(d, "The spool %s is in order; uploads in it: %" PRId64 ".", dir, s.files);
	look_at_workers(d, &s);
}

/* --- sockets --- */

static void
look_at_socket(struct doctor *d, const char *path)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd == -1)
		return;
	snprintf(addr.sun_path, sizeof(addr.sun_path), "%s", path);
	if (connect(fd, (const struct sockaddr *)&addr, sizeof(addr)) == 0)
		doctor_good(d, "trasloco-web listens on %s.", path);
	else if (errno == EACCES)
		doctor_wrong(d, "run `trasloco doctor` as root", "%s cannot be tried: %s.", path, strerror(errno));
	else
		doctor_wrong(d, "systemctl start trasloco-web; journalctl -u trasloco-web says why it ended",
		    "trasloco-web does not listen on %s: %s.", path, strerror(errno));
	close(fd);
}

void
doctor_spool(struct doctor *d)
{
	look_at_directory(d);
	look_at_socket(d, d->settings.pages_socket);
	look_at_socket(d, d->settings.transfer_socket);
}
