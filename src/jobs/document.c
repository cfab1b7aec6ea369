#include "jobs/document.h"

#include "util/sb.h"

#include "spool/scratch.h"

#define MEMORY	((size_t)1024 * 1024)	/* of what is aside, before it goes to the scratch file */
#define COPY	(64 * 1024)

struct document {
	struct output		 aside;		/* first */
	struct sb		 kept;		/* the end of what is aside */
	struct scratch		*scratch;	/* what comes before that; NULL: nothing */
	const struct writer	*writer;
	struct writing		*writing;
	struct output		*out;
};

static int
to_scratch(struct document *d, const void *p, size_t n, struct err *e)
{
	if (d->scratch == NULL && (d->scratch = scratch_open(e)) == NULL)
		return -1;
	return scratch_write(d->scratch, p, n, e);
}

static int
write_aside(struct output *out, const void *p, size_t n, struct err *e)
{
	struct document *d = (struct document *)out;

	if (d->kept.n + n > MEMORY) {
		if (to_scratch(d, sb_text(&d->kept), d->kept.n, e) == -1)
			return -1;
		sb_reset(&d->kept);
	}
	if (n > MEMORY)
		return to_scratch(d, p, n, e);
	sb_add(&d->kept, p, n);
	return sb_ok(&d->kept) ? 0 : err_nomem(e);
}

static int
copy_scratch(struct document *d, struct err *e)
{
	uint8_t *buf;
	ssize_t n = -1;

	if (scratch_rewind(d->scratch, e) == -1)
		return -1;
	if ((buf = malloc(COPY)) == NULL)
		return err_nomem(e);
	while ((n = input_read(scratch_input(d->scratch), buf, COPY, e)) > 0)
		if (output_write(d->out, buf, (size_t)n, e) == -1)
			break;
	free(buf);
	return n == 0 ? 0 : -1;
}

struct document *
document_open(const struct writer *writer, struct output *out, struct err *e)
{
	struct document *d = calloc(1, sizeof(*d));

	if (d == NULL) {
		err_nomem(e);
		return NULL;
	}
	*d = (struct document){ .aside = { write_aside }, .writer = writer, .out = out };
	sb_init(&d->kept, MEMORY + 1);
	if ((d->writing = writer->open(out, e)) == NULL) {
		document_close(d);
		return NULL;
	}
	if (writer->aside != NULL)
		writer->aside(d->writing, &d->aside);
	return d;
}

int
document_put(struct document *d, const struct comment *c, struct err *e)
{
	return d->writer->put(d->writing, c, e);
}

int
document_finish(struct document *d, struct err *e)
{
	if (d->writer->finish(d->writing, e) == -1 || (d->scratch != NULL && copy_scratch(d, e) == -1))
		return -1;
	return d->kept.n == 0 ? 0 : output_write(d->out, sb_text(&d->kept), d->kept.n, e);
}

void
document_close(struct document *d)
{
	if (d == NULL)
		return;
	d->writer->close(d->writing);
	scratch_close(d->scratch);
	sb_free(&d->kept);
	free(d);
}
