#include "spool/survey.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "util/clock.h"

#include "spool/spool.h"

struct look {
	struct survey	*out;
	void		(*fn)(void *, const char *, bool, int64_t, int64_t);
	void		*ctx;
};

/* A file may go at any moment: one that is not there any more counts nothing. */
static void
look_at(const struct look *l, int dir, const char *name)
{
	bool spool_file = spool_name_valid(name);
	struct stat st;

	if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0 || fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == -1)
		return;
	if (spool_file) {
		l->out->files++;
		l->out->bytes += st.st_size;
	} else
		l->out->strangers++;
	if (l->fn != NULL)
		l->fn(l->ctx, name, spool_file, st.st_size, clock_now_ms() / 1000 - st.st_mtime);
}

/* Takes over fd. */
static int
list(const struct look *l, int fd, struct err *e)
{
	struct dirent *entry;
	DIR *d = fdopendir(fd);
	int result = 0;

	if (d == NULL) {
		err_sys(e, "list the spool directory");
		close(fd);
		return -1;
	}
	while (errno = 0, (entry = readdir(d)) != NULL)
		look_at(l, dirfd(d), entry->d_name);
	if (errno != 0)
		result = err_sys(e, "list the spool directory");
	closedir(d);
	return result;
}

int
survey_spool(const char *path, struct survey *out, void (*fn)(void *, const char *, bool, int64_t, int64_t), void *ctx,
    struct err *e)
{
	struct look l = { out, fn, ctx };
	struct statfs fs;
	int fd;

	memset(out, 0, sizeof(*out));
	if ((fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) == -1)
		return err_sys(e, "open the spool directory %s", path);
	if (fstatfs(fd, &fs) == -1) {
		err_sys(e, "statfs %s", path);
		close(fd);
		return -1;
	}
	out->free_bytes = (int64_t)fs.f_bavail * fs.f_bsize;
	out->in_memory = fs.f_type == TMPFS_MAGIC || fs.f_type == RAMFS_MAGIC;
	out->writable = out->free_bytes > 0 && faccessat(fd, ".", W_OK | X_OK, AT_EACCESS) == 0;
	/* The workers' lock is exclusive (spool_lock_workers).  Ours ends with fd; a runner that starts meanwhile waits. */
	out->workers = flock(fd, LOCK_SH | LOCK_NB) == -1 && errno == EWOULDBLOCK;
	return list(&l, fd, e);
}
