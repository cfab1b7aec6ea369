#include "jobs/other_sites.h"

#include "util/clock.h"
#include "util/identity.h"

#include "jobs/loader.h"
#include "jobs/seen.h"
#include "store/page.h"

struct other_site {
	char	name[LIMIT_SITE_BYTES + 1];
	double	met;			/* records, as far as the samples tell */
};

struct other_sites {
	struct db		*db;
	int64_t			 account_id;
	char			 source[LIMIT_SOURCE_BYTES + 1], own[LIMIT_SITE_BYTES + 1];
	size_t			 n;
	struct other_site	 site[PAGE_SITES_MAX];
	double			 records;

	/* The batch and site at hand. */
	const struct comment	*batch;
	struct batch_ids	*ids;
	struct hash128		 id[LOADER_BATCH];
	const struct hash128	*wanted[LOADER_BATCH];
	size_t			 place[LOADER_BATCH];	/* in the batch, of each id */
	size_t			 met;
};

static bool
is(const struct text *t, const char *s)
{
	size_t n = t->said ? t->n : 0;

	return n == strlen(s) && memcmp(t->p, s, n) == 0;
}

static void
add_site(void *ctx, const char *source, const char *site)
{
	struct other_sites *o = ctx;

	(void)source;
	if (strcmp(site, o->own) == 0 || o->n == PAGE_SITES_MAX)
		return;
	snprintf(o->site[o->n++].name, sizeof(o->site[0].name), "%s", site);
}

struct other_sites *
other_sites_open(struct db *db, int64_t account_id, const struct text *source, const struct text *own, struct err *e)
{
	struct other_sites *o = calloc(1, sizeof(*o));

	if (o == NULL || (o->ids = batch_ids_new(LOADER_BATCH)) == NULL) {
		err_nomem(e);
		goto fail;
	}
	o->db = db;
	o->account_id = account_id;
	snprintf(o->source, sizeof(o->source), "%.*s", (int)source->n, source->p);
	snprintf(o->own, sizeof(o->own), "%.*s", (int)own->n, own->n > 0 ? own->p : "");
	if (page_site_each(db, account_id, source, add_site, o, e) == 0)
		return o;
fail:
	other_sites_close(o);
	return NULL;
}

void
other_sites_close(struct other_sites *o)
{
	if (o != NULL)
		batch_ids_free(o->ids);
	free(o);
}

static void
take_date(void *ctx, const struct hash128 *id, int64_t created_at)
{
	struct other_sites *o = ctx;
	size_t i = batch_ids_find(o->ids, id);

	if (i != SIZE_MAX && o->batch[o->place[i]].number[CN_CREATED_AT].v == created_at)
		o->met++;
}

/* Of the file's own site (and of the job's source, if records say theirs), with a date. */
static bool
comparable(const struct other_sites *o, const struct comment *c)
{
	const struct number *date = &c->number[CN_CREATED_AT];

	return is(&c->text[CT_SOURCE_SITE], o->own) && (!c->text[CT_SOURCE].said || is(&c->text[CT_SOURCE], o->source)) &&
	    date->said && date->v != CLOCK_UNKNOWN;
}

/* Looks for the sampled records, wanted of n, at one site. */
static int
compare_site(struct other_sites *o, struct other_site *site, size_t n, size_t sample, struct err *e)
{
	const struct text source = { o->source, strlen(o->source), true }, name = { site->name, strlen(site->name), true };
	size_t ids = 0, i;

	batch_ids_clear(o->ids);
	o->met = 0;
	for (i = 0; i < sample; i++) {
		const struct comment *c = &o->batch[i * n / sample];

		if (!comparable(o, c))
			continue;
		identity_comment(&o->id[ids], o->account_id, &source, &name, &c->text[CT_EXTERNAL_ID]);
		if (!batch_ids_add(o->ids, &o->id[ids], ids))
			continue;
		o->place[ids] = i * n / sample;
		o->wanted[ids] = &o->id[ids];
		ids++;
	}
	if (ids > 0 && comment_dates(o->db, o->account_id, o->wanted, ids, take_date, o, e) == -1)
		return -1;
	site->met += (double)o->met * (double)n / (double)sample;
	return 0;
}

int
other_sites_compare(struct other_sites *o, const struct comment *batch, size_t n, struct err *e)
{
	size_t budget = o->records > 0 ? OTHER_SITES_LATER : OTHER_SITES_FIRST, sample, i;

	if (o->n == 0 || n == 0)
		return 0;
	sample = MIN(MAX(budget / o->n, (size_t)1), n);
	o->batch = batch;
	for (i = 0; i < o->n; i++)
		if (compare_site(o, &o->site[i], n, sample, e) == -1)
			return -1;
	o->records += (double)n;
	return 0;
}

const char *
other_sites_met(const struct other_sites *o)
{
	const struct other_site *best = NULL;
	size_t i;

	for (i = 0; i < o->n; i++)
		if (2 * o->site[i].met > o->records && (best == NULL || o->site[i].met > best->met))
			best = &o->site[i];
	return best != NULL ? best->name : "";
}
