/*
 * The bytes and their order: doc/SPOOL.  The numbers in parentheses below are
 * the arguments there.
 */
#include <sodium.h>

#include "spool/spool.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "util/rnd.h"

#define CHUNK_SIZE	65536
#define SUFFIX		".spool"
#define CREATE_TRIES	16

#define stream_state	crypto_secretstream_xchacha20poly1305_state
#define stream_push	crypto_secretstream_xchacha20poly1305_push
#define stream_pull	crypto_secretstream_xchacha20poly1305_pull
#define STREAM_HEADER	crypto_secretstream_xchacha20poly1305_HEADERBYTES
#define STREAM_EXTRA	crypto_secretstream_xchacha20poly1305_ABYTES
#define TAG_MESSAGE	crypto_secretstream_xchacha20poly1305_TAG_MESSAGE
#define TAG_FINAL	crypto_secretstream_xchacha20poly1305_TAG_FINAL

/* Magic, version and chunk size: sent in the clear, proved by the first chunk (4). */
#define PREFIX_SIZE	(8 + 4 + 4)
static const uint8_t prefix[PREFIX_SIZE] = {
	'T', 'R', 'S', 'L', 'S', 'P', 'L', '1',
	1, 0, 0, 0,		/* version, little endian */
	0, 0, 1, 0,		/* CHUNK_SIZE, little endian */
};

struct spool_dir {
	int	fd;
	mode_t	file_mode;
};

struct spool_writer {
	struct spool_dir	*dir;
	stream_state		*state;		/* sodium_malloc: it holds the key */
	int			 fd;
	bool			 first;		/* no chunk was written yet */
	size_t			 fill;
	char			 name[SPOOL_NAME_SIZE];
	uint8_t			 plain[CHUNK_SIZE];
	uint8_t			 sealed[CHUNK_SIZE + STREAM_EXTRA];
};

struct spool_reader {
	struct input		 in;		/* first: the input that callers see */
	stream_state		*state;
	const struct file_key	*key;
	int			 fd;
	bool			 first, final;
	size_t			 pos, fill;	/* plain[pos..fill) is not yet handed out */
	uint8_t			 plain[CHUNK_SIZE];
	uint8_t			 sealed[CHUNK_SIZE + STREAM_EXTRA];
};

bool
spool_name_valid(const char *name)
{
	return strlen(name) == SPOOL_NAME_SIZE - 1 && strspn(name, "0123456789abcdef") == 32 &&
	    strcmp(name + 32, SUFFIX) == 0;
}

static int
name_check(const char *name, struct err *e)
{
	return spool_name_valid(name) ? 0 : err_set(e, ERR_BUG, "not the name of a spool file");
}

struct spool_dir *
spool_dir_open(const char *path, struct err *e)
{
	struct spool_dir *dir = NULL;
	struct stat st;
	int fd;

	if ((fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) == -1) {
		err_set(e, ERR_CONFIG, "the spool directory %s cannot be opened: %s", path, strerror(errno));
		return NULL;
	}
	if (fstat(fd, &st) == -1) {
		err_sys(e, "fstat %s", path);
		goto close_fd;
	}
	if ((st.st_mode & S_IRWXO) != 0) {
		err_set(e, ERR_CONFIG, "the spool directory %s is open to every user of this machine; "
		    "take that away with `chmod o-rwx %s`", path, path);
		goto close_fd;
	}
	if ((dir = malloc(sizeof(*dir))) == NULL) {
		err_nomem(e);
		goto close_fd;
	}
	dir->fd = fd;
	dir->file_mode = (st.st_mode & S_ISGID) != 0 ? 0640 : 0600;
	return dir;

close_fd:
	close(fd);
	return NULL;
}

void
spool_dir_close(struct spool_dir *dir)
{
	if (dir == NULL)
		return;
	close(dir->fd);
	free(dir);
}

/* --- writing --- */

static int
write_all(int fd, const uint8_t *p, size_t n, struct err *e)
{
	ssize_t done;

	for (; n > 0; p += done, n -= (size_t)done) {
		done = write(fd, p, n);
		if (done == -1 && errno == EINTR)
			done = 0;
		else if (done == -1)
			return err_sys(e, "write to a spool file");
	}
	return 0;
}

/*
 * A new file, locked.  Between open and flock the sweep may have taken it for one left behind; then it
 * has no name any more, and another is made.  1, 0 to try again, -1.
 */
static int
create_locked(struct spool_writer *w, struct err *e)
{
	struct stat st;

	rnd_hex(w->name, 16);
	memcpy(w->name + 32, SUFFIX, sizeof(SUFFIX));
	w->fd = openat(w->dir->fd, w->name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (w->fd == -1)
		return errno == EEXIST ? 0 : err_sys(e, "create a spool file");
	if (flock(w->fd, LOCK_EX) == -1 || fchmod(w->fd, w->dir->file_mode) == -1 || fstat(w->fd, &st) == -1) {
		err_sys(e, "lock a spool file");
		goto unlink_file;
	}
	if (st.st_nlink > 0)
		return 1;
	close(w->fd);
	w->fd = -1;
	return 0;

unlink_file:
	unlinkat(w->dir->fd, w->name, 0);
	close(w->fd);
	w->fd = -1;
	return -1;
}

static int
create_file(struct spool_writer *w, struct err *e)
{
	int i, r;

	for (i = 0; i < CREATE_TRIES; i++)
		if ((r = create_locked(w, e)) != 0)
			return r == 1 ? 0 : -1;
	return err_set(e, ERR_SYS, "no new spool file could be made in %d tries", CREATE_TRIES);
}

static int
write_header(struct spool_writer *w, const struct file_key *key, struct err *e)
{
	uint8_t header[PREFIX_SIZE + STREAM_HEADER];

	memcpy(header, prefix, PREFIX_SIZE);
	if (crypto_secretstream_xchacha20poly1305_init_push(w->state, header + PREFIX_SIZE, file_key_bytes(key)) != 0)
		return err_set(e, ERR_CRYPTO, "the encryption of a spool file cannot start");
	return write_all(w->fd, header, sizeof(header), e);
}

struct spool_writer *
spool_create(struct spool_dir *dir, const struct file_key *key, struct err *e)
{
	struct spool_writer *w = calloc(1, sizeof(*w));

	if (w == NULL) {
		err_nomem(e);
		return NULL;
	}
	w->dir = dir;
	w->fd = -1;
	w->first = true;
	if ((w->state = sodium_malloc(sizeof(*w->state))) == NULL) {
		err_nomem(e);
		goto close_writer;
	}
	if (create_file(w, e) == -1 || write_header(w, key, e) == -1)
		goto close_writer;
	return w;

close_writer:
	spool_writer_close(w, false);
	return NULL;
}

static int
write_chunk(struct spool_writer *w, const uint8_t *plain, size_t n, unsigned char tag, struct err *e)
{
	if (stream_push(w->state, w->sealed, NULL, plain, n, w->first ? prefix : NULL, w->first ? PREFIX_SIZE : 0,
	    tag) != 0)
		return err_set(e, ERR_CRYPTO, "a chunk cannot be encrypted");
	w->first = false;
	return write_all(w->fd, w->sealed, n + STREAM_EXTRA, e);
}

int
spool_write(struct spool_writer *w, const void *data, size_t n, struct err *e)
{
	const uint8_t *p = data;
	size_t part;

	/* A full buffer waits for one more byte: only then it is certain not to be the FINAL chunk (5). */
	while (n > 0) {
		if (w->fill == CHUNK_SIZE) {
			if (write_chunk(w, w->plain, CHUNK_SIZE, TAG_MESSAGE, e) == -1)
				return -1;
			w->fill = 0;
		}
		part = MIN(n, CHUNK_SIZE - w->fill);
		memcpy(w->plain + w->fill, p, part);
		w->fill += part;
		p += part;
		n -= part;
	}
	return 0;
}

int
spool_finish(struct spool_writer *w, struct err *e)
{
	return write_chunk(w, w->plain, w->fill, TAG_FINAL, e);
}

const char *
spool_writer_name(const struct spool_writer *w)
{
	return w->name;
}

void
spool_writer_close(struct spool_writer *w, bool keep)
{
	if (w == NULL)
		return;
	if (w->fd != -1) {
		if (!keep)
			unlinkat(w->dir->fd, w->name, 0);
		close(w->fd);
	}
	sodium_free(w->state);
	sodium_memzero(w->plain, sizeof(w->plain));
	free(w);
}

/* --- reading --- */

static int
broken(struct err *e, const char *what)
{
	return err_set(e, ERR_CRYPTO, "the spool file is broken: %s", what);
}

/* From the header on, as if just opened. */
static int
start(struct spool_reader *r, struct err *e)
{
	uint8_t header[PREFIX_SIZE + STREAM_HEADER];
	struct input_fd file;
	ssize_t n;

	if (lseek(r->fd, 0, SEEK_SET) == -1)
		return err_sys(e, "rewind a spool file");
	input_fd_init(&file, r->fd);
	if ((n = input_read_full(&file.in, header, sizeof(header), e)) == -1)
		return -1;
	if ((size_t)n < sizeof(header))
		return broken(e, "its header is cut off");
	if (memcmp(header, prefix, PREFIX_SIZE) != 0)
		return broken(e, "its header is not one of version 1");
	if (crypto_secretstream_xchacha20poly1305_init_pull(r->state, header + PREFIX_SIZE, file_key_bytes(r->key)) != 0)
		return broken(e, "its stream header is not valid");
	r->first = true;
	r->final = false;
	r->pos = r->fill = 0;
	return 0;
}

/* After FINAL nothing may follow (6). */
static int
check_end(struct input *file, struct err *e)
{
	uint8_t byte;
	ssize_t n = input_read(file, &byte, 1, e);

	if (n == -1)
		return -1;
	return n == 0 ? 0 : broken(e, "bytes follow its end");
}

/* The next chunk into r->plain, verified as a whole. */
static int
next_chunk(struct spool_reader *r, struct err *e)
{
	struct input_fd file;
	unsigned long long plain_size;
	unsigned char tag;
	ssize_t n;

	input_fd_init(&file, r->fd);
	if ((n = input_read_full(&file.in, r->sealed, sizeof(r->sealed), e)) == -1)
		return -1;
	if (n < (ssize_t)STREAM_EXTRA)
		return broken(e, "its end is missing");
	if (stream_pull(r->state, r->plain, &plain_size, &tag, r->sealed, (unsigned long long)n,
	    r->first ? prefix : NULL, r->first ? PREFIX_SIZE : 0) != 0)
		return broken(e, "a chunk does not verify");
	if (tag == TAG_FINAL) {
		if (check_end(&file.in, e) == -1)
			return -1;
		r->final = true;
	} else if (tag != TAG_MESSAGE || plain_size != CHUNK_SIZE)
		return broken(e, "a chunk has a form that is never written");
	r->first = false;
	r->pos = 0;
	r->fill = (size_t)plain_size;
	return 0;
}

static ssize_t
reader_read(struct input *in, void *buf, size_t n, struct err *e)
{
	struct spool_reader *r = (struct spool_reader *)in;
	size_t part;

	while (r->pos == r->fill) {
		if (r->final)
			return 0;
		if (next_chunk(r, e) == -1)
			return -1;
	}
	part = MIN(n, r->fill - r->pos);
	memcpy(buf, r->plain + r->pos, part);
	r->pos += part;
	return (ssize_t)part;
}

struct spool_reader *
spool_open(struct spool_dir *dir, const char *name, const struct file_key *key, struct err *e)
{
	struct spool_reader *r;

	if (name_check(name, e) == -1)
		return NULL;
	if ((r = calloc(1, sizeof(*r))) == NULL) {
		err_nomem(e);
		return NULL;
	}
	r->in.read = reader_read;
	r->key = key;
	if ((r->fd = openat(dir->fd, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC)) == -1) {
		err_sys(e, "open a spool file");
		goto close_reader;
	}
	if ((r->state = sodium_malloc(sizeof(*r->state))) == NULL) {
		err_nomem(e);
		goto close_reader;
	}
	if (start(r, e) == -1)
		goto close_reader;
	return r;

close_reader:
	spool_reader_close(r);
	return NULL;
}

struct input *
spool_reader_input(struct spool_reader *r)
{
	return &r->in;
}

int
spool_rewind(struct spool_reader *r, struct err *e)
{
	return start(r, e);
}

void
spool_reader_close(struct spool_reader *r)
{
	if (r == NULL)
		return;
	if (r->fd != -1)
		close(r->fd);
	sodium_free(r->state);
	sodium_memzero(r->plain, sizeof(r->plain));
	free(r);
}

/* --- the directory --- */

int
spool_unlink(struct spool_dir *dir, const char *name, struct err *e)
{
	if (name_check(name, e) == -1)
		return -1;
	if (unlinkat(dir->fd, name, 0) == -1 && errno != ENOENT)
		return err_sys(e, "unlink a spool file");
	return 0;
}

/*
 * 1 if the file was removed, 0 if it stays.  Its lock is tried first and asked about last: a writer lets
 * go only when the job's row is there, so who has the lock sees the truth (7).
 */
static int
sweep_one(struct spool_dir *dir, const char *name, int (*keep)(void *, const char *, struct err *), void *ctx,
    struct err *e)
{
	int fd = openat(dir->fd, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC), result = -1;

	/* EACCES: a writer of another user is just making it and has not yet opened it to the group. */
	if (fd == -1)
		return errno == ENOENT || errno == EACCES ? 0 : err_sys(e, "open a spool file");
	if (flock(fd, LOCK_EX | LOCK_NB) == -1 || keep(ctx, name, e) != 0)
		result = 0;
	else if (unlinkat(dir->fd, name, 0) == 0)
		result = 1;
	else
		result = errno == ENOENT ? 0 : err_sys(e, "unlink a spool file");
	close(fd);
	return result;
}

int
spool_sweep(struct spool_dir *dir, int (*keep)(void *ctx, const char *name, struct err *), void *ctx, struct err *e)
{
	int fd = openat(dir->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), r, removed = 0, result = -1;
	struct dirent *entry;
	DIR *list;

	if (fd == -1)
		return err_sys(e, "open the spool directory");
	if ((list = fdopendir(fd)) == NULL) {
		err_sys(e, "list the spool directory");
		close(fd);
		return -1;
	}
	while (errno = 0, (entry = readdir(list)) != NULL) {
		if (!spool_name_valid(entry->d_name))
			continue;
		if ((r = sweep_one(dir, entry->d_name, keep, ctx, e)) == -1)
			goto close_list;
		removed += r;
	}
	if (errno != 0) {
		err_sys(e, "list the spool directory");
		goto close_list;
	}
	result = removed;

close_list:
	closedir(list);
	return result;
}

int
spool_lock_workers(struct spool_dir *dir, struct err *e)
{
	/*
	 * The directory itself is locked, by an opening of its own: no file, so an idle spool is an empty directory.
	 * Never closed: the kernel lets go of the lock when the last process that holds it has ended.
	 */
	int fd = openat(dir->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd == -1)
		return err_sys(e, "open the spool directory");
	if (flock(fd, LOCK_EX | LOCK_NB) == 0)
		return 0;
	if (errno == EWOULDBLOCK)
		err_set(e, ERR_CONFLICT, "Another trasloco-jobs works on this spool directory already; stop that one first.");
	else
		err_sys(e, "lock the spool directory");
	close(fd);
	return -1;
}
