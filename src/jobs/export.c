#include "jobs/export.h"

#include "util/hash.h"

#include "jobs/export_write.h"
#include "jobs/progress.h"

/* The file: encrypted, counted, and summed up as it will be downloaded. */
struct file {
	struct output		 out;		/* first: what the writer sees */
	struct spool_writer	*spool;
	struct hash		 sum;
	int64_t			 bytes;
};

struct run {
	const struct job_context	*ctx;
	const struct job_claim		*claim;
	struct export_options		 options;
	const struct writer		*writer;
	struct job_counts		*counts;
	struct file_key			*key;
	uint8_t				 sealed_key[KEY_SEALED_SIZE];
	struct file			 file;
	struct progress			*progress;
};

static int
write_file(struct output *out, const void *p, size_t n, struct err *e)
{
	struct file *f = (struct file *)out;

	if (spool_write(f->spool, p, n, e) == -1)
		return -1;
	hash_bytes(&f->sum, p, n);
	f->bytes += (int64_t)n;
	return 0;
}

static void
show_progress(void *ctx, int64_t written)
{
	struct run *r = ctx;

	r->counts->comments_read = written;
	r->counts->bytes_read = r->file.bytes;
	progress_set(r->progress, r->counts);
}

static int
read_options(struct run *r, struct err *e)
{
	if (export_options_parse(&r->options, r->claim->options, e) == -1)
		return -1;
	if ((r->writer = writer_by_name(r->options.format)) == NULL)
		return err_set(e, ERR_INPUT, "This version of the service does not write \"%s\". Please choose another format.",
		    r->options.format);
	if (r->ctx->settings->export_public_key[0] == '\0')
		return err_set(e, ERR_CONFLICT, "This server has no key for exports. Its operators find in doc/INSTALL how it gets one.");
	return 0;
}

/* A file that the keeper knows of before its first byte, and how many comments there will be, where that is quickly found. */
static int
open_file(struct run *r, struct err *e)
{
	const struct job_context *ctx = r->ctx;
	int64_t found = -1;

	r->file.out.write = write_file;
	hash_begin(&r->file.sum, HASH256_SIZE);
	if ((r->key = file_key_new(ctx->settings->export_public_key, r->sealed_key, e)) == NULL ||
	    (r->file.spool = spool_create(ctx->spool, r->key, e)) == NULL)
		return -1;
	if (export_of_all(&r->options) && export_count(ctx->loader, r->claim->job.account_id, &found, e) == -1)
		return -1;
	return export_started(ctx->loader, r->claim->job.job_id, ctx->worker, spool_writer_name(r->file.spool), found, e);
}

static int
write_comments(struct run *r, struct err *e)
{
	const struct export_config config = {
		.db = r->ctx->loader,
		.account_id = r->claim->job.account_id,
		.options = &r->options,
		.writer = r->writer,
		.out = &r->file.out,
		.stop = r->ctx->stop,
		.progress = show_progress,
		.ctx = r,
	};
	int64_t written;
	int result = export_write(&config, &written, e);

	r->counts->comments_read = written;
	r->counts->bytes_read = r->file.bytes;
	return result == -1 ? -1 : spool_finish(r->file.spool, e);
}

/* The job's row is locked in there, so the progress thread must have ended.  The file's lock is held until its row is there,
 * or the sweep would take it for one that was left behind. */
static int
complete(struct run *r, const char *message, bool *unknown, struct err *e)
{
	const struct job_context *ctx = r->ctx;
	struct export_end end = {
		.job_id = r->claim->job.job_id,
		.worker = ctx->worker,
		.node = ctx->settings->node,
		.spool_name = spool_writer_name(r->file.spool),
		.sealed_key = r->sealed_key,
		.sealed_key_size = sizeof(r->sealed_key),
		.comments = r->counts->comments_read,
		.file_size = r->file.bytes,
		.days = ctx->settings->export_days,
		.message = message,
	};

	progress_end(r->progress);
	r->progress = NULL;
	if (atomic_load(ctx->stop) != JOB_STOP_NONE)
		return err_set(e, ERR_CANCELLED, "the export was stopped");
	hash_end(&r->file.sum, end.hash);
	if (export_complete(ctx->loader, &end, e) == 0)
		return 0;
	*unknown = e->kind == ERR_DB_LOST;
	return -1;
}

static int
run(struct run *r, char message[JOB_MESSAGE_SIZE], bool *unknown, struct err *e)
{
	if ((r->progress = progress_start(r->ctx, r->claim->job.job_id, e)) == NULL || read_options(r, e) == -1 ||
	    open_file(r, e) == -1 || write_comments(r, e) == -1)
		return -1;
	if (r->counts->comments_read == 0)
		snprintf(message, JOB_MESSAGE_SIZE, "There is no comment that fits what was asked for, so the file holds none.");
	return complete(r, message, unknown, e);
}

static void
explain(char message[JOB_MESSAGE_SIZE], const struct err *e, enum job_stop stop)
{
	if (stop == JOB_STOP_SHUTDOWN)
		snprintf(message, JOB_MESSAGE_SIZE, "The export was interrupted by a restart of the service. Please ask for it again.");
	else if (stop == JOB_STOP_NO_DATABASE || e->kind == ERR_DB_LOST)
		snprintf(message, JOB_MESSAGE_SIZE, "The database could not be reached for too long. Please ask for the export again "
		    "in a minute.");
	else
		snprintf(message, JOB_MESSAGE_SIZE, "%s There is no file.", err_public(e));
}

int
export_run(const struct job_context *ctx, const struct job_claim *claim, struct job_counts *counts,
    char message[JOB_MESSAGE_SIZE], struct err *e)
{
	struct run r = { .ctx = ctx, .claim = claim, .counts = counts };
	bool unknown = false;
	int result;

	memset(counts, 0, sizeof(*counts));
	message[0] = '\0';
	if ((result = run(&r, message, &unknown, e)) == -1)
		explain(message, e, atomic_load(ctx->stop));
	counts->created = counts->comments_read;
	progress_end(r.progress);
	spool_writer_close(r.file.spool, result == 0 || unknown);
	file_key_free(r.key);
	return result;
}
