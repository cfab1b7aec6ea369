#include "spool/scratch.h"

#include "spool/key.h"
#include "spool/spool.h"

struct scratch {
	struct file_key		*key;
	struct spool_writer	*writer;	/* NULL once it is read */
	struct spool_reader	*reader;
};

/* Its name lives until both ends are open. */
static int
open_both(struct scratch *s, const char *path, struct err *e)
{
	struct spool_dir *dir = spool_dir_open(path, e);
	int result = -1;

	if (dir == NULL)
		return -1;
	if ((s->writer = spool_create(dir, s->key, e)) == NULL)
		goto close_dir;
	s->reader = spool_open(dir, spool_writer_name(s->writer), s->key, e);
	if (spool_unlink(dir, spool_writer_name(s->writer), e) == 0 && s->reader != NULL)
		result = 0;
close_dir:
	spool_dir_close(dir);
	return result;
}

/* A directory of its own, because the spool takes none that others can look into; it goes with the name. */
static int
open_files(struct scratch *s, struct err *e)
{
	const char *parent = getenv("TMPDIR");
	char path[1024];
	int result;

	if (parent == NULL || *parent == '\0')
		parent = "/var/tmp";
	if (snprintf(path, sizeof(path), "%s/trasloco.XXXXXX", parent) >= (int)sizeof(path))
		return err_set(e, ERR_CONFIG, "the path in TMPDIR is too long");
	if (mkdtemp(path) == NULL)
		return err_sys(e, "cannot make a directory for temporary files in %s", parent);
	result = open_both(s, path, e);
	rmdir(path);
	return result;
}

struct scratch *
scratch_open(struct err *e)
{
	struct scratch *s = calloc(1, sizeof(*s));

	if (s == NULL) {
		err_nomem(e);
		return NULL;
	}
	if ((s->key = file_key_random(e)) != NULL && open_files(s, e) == 0)
		return s;
	scratch_close(s);
	return NULL;
}

int
scratch_write(struct scratch *s, const void *p, size_t n, struct err *e)
{
	return spool_write(s->writer, p, n, e);
}

int
scratch_rewind(struct scratch *s, struct err *e)
{
	if (s->writer != NULL) {
		if (spool_finish(s->writer, e) == -1)
			return -1;
		spool_writer_close(s->writer, true);
		s->writer = NULL;
	}
	return spool_rewind(s->reader, e);
}

struct input *
scratch_input(struct scratch *s)
{
	return spool_reader_input(s->reader);
}

void
scratch_close(struct scratch *s)
{
	if (s == NULL)
		return;
	/* Whatever happened, the name has gone. */
	spool_writer_close(s->writer, true);
	spool_reader_close(s->reader);
	file_key_free(s->key);
	free(s);
}
