#include "jobs/export_write.h"

#include "util/clock.h"
#include "util/identity.h"
#include "util/idmap.h"

#include "jobs/document.h"
#include "jobs/parents_first.h"

/* A page's comments that may be parents of later ones, and the replies that wait for theirs.  Of a page with more, some
 * replies may come before their parents. */
#define PARENTS_MAX	((size_t)1 << 17)
#define REPLIES_MEMORY	(4 * 1024 * 1024)

struct export {
	const struct export_config	*config;
	struct gzip			*gzip;
	struct document			*document;
	int64_t				*written;

	/* Page by page. */
	struct sink			 last;		/* the writer as a sink */
	struct export_page		 page;
	struct idmap			*came;		/* comments of the page */
	struct parents_first		*parents;	/* NULL: no reply of the page waits */
};

bool
export_of_all(const struct export_options *o)
{
	return o->page[0] == '\0' && o->site[0] == '\0' && o->from_ms == CLOCK_UNKNOWN && o->to_ms == CLOCK_UNKNOWN && o->spam &&
	    o->pending && o->deleted;
}

/* --- comments --- */

static int
write_one(struct export *x, const struct comment *c, struct err *e)
{
	const struct export_config *config = x->config;

	if (atomic_load(config->stop) != 0)
		return err_set(e, ERR_CANCELLED, "the export was stopped");
	if (document_put(x->document, c, e) == -1)
		return -1;
	++*x->written;
	if (config->progress != NULL)
		config->progress(config->ctx, *x->written);
	return 0;
}

static int
take_comment(void *ctx, const struct comment *c, struct err *e)
{
	return write_one(ctx, c, e);
}

static int
put_last(struct sink *sink, const struct comment *c, struct err *e)
{
	return write_one((struct export *)(void *)((char *)sink - offsetof(struct export, last)), c, e);
}

/* Writers that go by pages want parents before their replies; hardly any page needs help with that. */
static int
take_of_page(void *ctx, const struct comment *c, struct err *e)
{
	struct export *x = ctx;
	const struct text *source = &c->text[CT_SOURCE], *site = &c->text[CT_SOURCE_SITE];
	const struct text *parent = &c->text[CT_PARENT_EXTERNAL_ID];
	struct hash128 id, parent_id;

	identity_comment(&id, 0, source, site, &c->text[CT_EXTERNAL_ID]);
	if (idmap_add(x->came, &id, 0, e) == -1)
		return -1;
	if (parent->n > 0)
		identity_comment(&parent_id, 0, source, site, parent);
	if (x->parents == NULL && (parent->n == 0 || idmap_get(x->came, &parent_id, NULL)))
		return write_one(x, c, e);
	if (x->parents == NULL && (x->parents = parents_first_new(&x->last, x->came, REPLIES_MEMORY, e)) == NULL)
		return -1;
	return parents_first_put(x->parents, c, &id, parent->n > 0 ? &parent_id : NULL, e);
}

static int
end_page(struct export *x, struct err *e)
{
	int result = x->parents != NULL ? parents_first_end(x->parents, e) : 0;

	parents_first_free(x->parents);
	x->parents = NULL;
	idmap_clear(x->came);
	return result;
}

/* --- the two orders --- */

static int
write_by_page(struct export *x, struct err *e)
{
	const struct export_config *config = x->config;
	bool first = true;
	int more;

	for (; (more = export_next_page(config->db, config->account_id, config->options, first, &x->page, e)) == 1; first = false) {
		if (atomic_load(config->stop) != 0)
			return err_set(e, ERR_CANCELLED, "the export was stopped");
		if (export_page_comments(config->db, config->account_id, config->options, &x->page,
		    config->writer->by_page ? take_of_page : take_comment, x, e) == -1 || end_page(x, e) == -1)
			return -1;
	}
	return more;
}

static int
write_by_seq(struct export *x, struct err *e)
{
	const struct export_config *config = x->config;
	int64_t seq = 0;
	int more;

	do {
		if (atomic_load(config->stop) != 0)
			return err_set(e, ERR_CANCELLED, "the export was stopped");
		more = export_slice(config->db, config->account_id, config->options, &seq, take_comment, x, e);
	} while (more == 1);
	return more;
}

static int
write_document(struct export *x, struct err *e)
{
	const struct export_config *config = x->config;
	struct output *out = config->out;

	if (config->options->gzip) {
		if ((x->gzip = gzip_open(out, e)) == NULL)
			return -1;
		out = gzip_output(x->gzip);
	}
	if ((x->document = document_open(config->writer, out, e)) == NULL || db_begin_snapshot(config->db, e) == -1)
		return -1;
	/* One page alone is found by its key, whatever the order. */
	if ((config->writer->by_page || config->options->page[0] != '\0' ? write_by_page(x, e) : write_by_seq(x, e)) == -1 ||
	    document_finish(x->document, e) == -1)
		return -1;
	return x->gzip != NULL ? gzip_finish(x->gzip, e) : 0;
}

int
export_write(const struct export_config *config, int64_t *written, struct err *e)
{
	struct export x = { .config = config, .written = written, .last = { put_last } };
	int result;

	*written = 0;
	if ((x.came = idmap_new(PARENTS_MAX, false)) == NULL)
		return err_nomem(e);
	result = write_document(&x, e);
	db_rollback(config->db);
	parents_first_free(x.parents);
	document_close(x.document);
	gzip_close(x.gzip);
	idmap_free(x.came);
	return result;
}
