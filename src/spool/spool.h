/*
 * The spool: encrypted files that live from an upload to the end of its job
 * (doc/SPOOL).  Every byte is encrypted before it reaches the disk; a
 * file whose end is missing is noticed; a file that nobody owns is swept away.
 *
 * Names are 32 hexadecimal digits with the suffix ".spool".  A writer holds an
 * exclusive flock() on its file until it is closed, so that the sweep can tell a file
 * being written from one left behind.
 */
#ifndef SPOOL_SPOOL_H
#define SPOOL_SPOOL_H

#include "util/err.h"
#include "util/input.h"

#include "spool/key.h"

#define SPOOL_NAME_SIZE	(32 + 6 + 1)
bool spool_name_valid(const char *name);

/* A spool directory, held open: later calls never walk its path again. */
struct spool_dir;

/* Opens it.  ERR_CONFIG with a clear text if it is missing, is readable by others, or lies in reach
 * of others (mode must have no bits for "other"). */
struct spool_dir *spool_dir_open(const char *path, struct err *);
void spool_dir_close(struct spool_dir *);

/* Writing.  The file has mode 0600, or 0640 when the directory is setgid (its group is then shared by web and jobs). */
struct spool_writer;
struct spool_writer *spool_create(struct spool_dir *, const struct file_key *, struct err *);
int spool_write(struct spool_writer *, const void *, size_t n, struct err *) MUST_CHECK;

/* Writes the FINAL chunk.  The file is complete from here on, its lock still held. */
int spool_finish(struct spool_writer *, struct err *) MUST_CHECK;
const char *spool_writer_name(const struct spool_writer *);

/* Ends the writer.  keep: leave the file for its job; else it is unlinked.  NULL does nothing. */
void spool_writer_close(struct spool_writer *, bool keep);

/* Reading, as plain bytes.  Each chunk is verified before a byte of it is handed out;
 * ERR_CRYPTO for a changed, reordered or missing chunk and for a missing end.  The key must outlive the reader. */
struct spool_reader;
struct spool_reader *spool_open(struct spool_dir *, const char *name, const struct file_key *, struct err *);
struct input *spool_reader_input(struct spool_reader *);
int spool_rewind(struct spool_reader *, struct err *) MUST_CHECK;
void spool_reader_close(struct spool_reader *);		/* wipes; NULL does nothing */

/* Unlinks a file; one that is not there is no error. */
int spool_unlink(struct spool_dir *, const char *name, struct err *) MUST_CHECK;

/*
 * Removes every file that nobody is writing (its lock is free) and for which keep(ctx, name) says false.
 * keep returns 1, 0, or -1 (do not know: leave it).  Returns the number removed, or -1.
 */
int spool_sweep(struct spool_dir *, int (*keep)(void *ctx, const char *name, struct err *), void *ctx, struct err *);

/* Makes this process hold the directory's worker lock, a flock() on the directory, until it ends; children that
 * inherit the descriptor hold it too.  ERR_CONFLICT if another jobs process holds it. */
int spool_lock_workers(struct spool_dir *, struct err *) MUST_CHECK;

#endif
