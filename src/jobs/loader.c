#include "jobs/loader.h"

#include "util/identity.h"

#include "jobs/aliases.h"
#include "jobs/pages.h"
#include "jobs/seen.h"
#include "store/page.h"

/* What becomes of a record of the batch. */
enum fate { FATE_NEW, FATE_UNCHANGED, FATE_UPDATED, FATE_DUPLICATE };

struct loader {
	struct loader_config	 config;
	int64_t			 base;		/* highest seq of the account before this job or batch */
	struct id_filter	*created;	/* base == 0, from a file: ids that this job may have created */
	struct row_set		*met;		/* else: rows of earlier jobs that this one has named */
	struct aliases		*aliases;
	struct pages		*pages;
	int64_t			 cursor;	/* of the row that was created or changed last */

	/* The batch. */
	size_t			 n;
	struct batch_ids	*ids;
	struct stored_comment	 record[LOADER_BATCH];
	struct hash128		 comment_id[LOADER_BATCH];	/* of each record, in the order of loader_add() */
	enum alias_kind		 alias[LOADER_BATCH];
	enum fate		 fate[LOADER_BATCH];
	unsigned		 lacks[LOADER_BATCH];		/* what the row of an unchanged record gets filled in */
	const struct hash128	*wanted[LOADER_BATCH];		/* ids to look up */
};

/* --- opening --- */

/*
 * While the account was empty, only what this job created can come twice: the filter spares nearly all look-ups of a
 * file.  A site's batch is too small to be worth one.
 */
static int
open_seen(struct loader *l, struct err *e)
{
	if (l->base > 0 || l->config.integration_id != 0)
		return (l->met = row_set_new(l->base, e)) != NULL ? 0 : -1;
	return (l->created = id_filter_new()) != NULL ? 0 : err_nomem(e);
}

static int
open_parts(struct loader *l, struct err *e)
{
	struct db *db = l->config.db;
	int64_t account_id = l->config.account_id;
	bool merged;

	if (db_load_context(db, account_id, l->config.job_id, l->config.lock_seconds, e) == -1 ||
	    comment_max_seq(db, account_id, &l->base, e) == -1 || comment_cursor(db, account_id, &l->cursor, e) == -1 ||
	    page_merged_any(db, account_id, &merged, e) == -1)
		return -1;
	if ((l->pages = pages_new(merged)) == NULL || (l->ids = batch_ids_new(LOADER_BATCH)) == NULL)
		return err_nomem(e);
	if ((l->aliases = aliases_open(db, account_id, l->config.integration_id, LOADER_BATCH, e)) == NULL)
		return -1;
	return open_seen(l, e);
}

struct loader *
loader_open(const struct loader_config *config, struct err *e)
{
	struct loader *l = calloc(1, sizeof(*l));

	if (l == NULL) {
		err_nomem(e);
		return NULL;
	}
	l->config = *config;
	if (open_parts(l, e) == 0)
		return l;
	loader_close(l);
	return NULL;
}

void
loader_close(struct loader *l)
{
	if (l == NULL)
		return;
	batch_ids_free(l->ids);
	aliases_close(l->aliases);
	pages_free(l->pages);
	row_set_free(l->met);
	id_filter_free(l->created);
	free(l);
}

/* --- one batch --- */

void
loader_begin(struct loader *l)
{
	l->n = 0;
}

/* Gives the record its identity. */
void
loader_add(struct loader *l, const struct comment *c)
{
	const struct text *t = c->text, *site = &t[CT_SOURCE_SITE], *parent = &t[CT_PARENT_EXTERNAL_ID];
	struct stored_comment *s = &l->record[l->n++];
	int64_t account_id = l->config.account_id;

	l->config.counts->comments_read++;
	s->source = l->config.source.said ? l->config.source : t[CT_SOURCE];
	identity_comment(&s->comment_id, account_id, &s->source, site, &t[CT_EXTERNAL_ID]);
	identity_page(&s->page_key, account_id, &s->source, site, &t[CT_PAGE_ID]);
	s->has_parent = parent->n > 0;
	if (s->has_parent)
		identity_comment(&s->parent_id, account_id, &s->source, site, parent);
	s->seq = l->base + 1 + (int64_t)c->ordinal;
	s->c = c;
}

static void
skip(struct loader *l, enum issue_reason reason, const char *external_id, size_t n, uint64_t line)
{
	l->config.counts->skipped++;
	issues_count(l->config.issues, reason, 1);
	issues_example(l->config.issues, reason, external_id, n, line);
}

void
loader_skipped(struct loader *l, enum issue_reason reason, const char *external_id, size_t n, uint64_t line)
{
	l->config.counts->comments_read++;
	skip(l, reason, external_id, n, line);
}

const struct hash128 *
loader_comment_id(const struct loader *l, size_t i)
{
	return &l->comment_id[i];
}

/*
 * Of records with one id the first counts; the others are not looked up.  Nor are those of another source's comment,
 * which do not take it away from a record of that source that may be here, too.
 */
static void
find_repetitions(struct loader *l)
{
	size_t i;

	batch_ids_clear(l->ids);
	for (i = 0; i < l->n; i++) {
		l->comment_id[i] = l->record[i].comment_id;
		l->lacks[i] = 0;
		if (l->alias[i] == ALIAS_FOREIGN)
			l->fate[i] = FATE_UNCHANGED;
		else
			l->fate[i] = batch_ids_add(l->ids, &l->comment_id[i], i) ? FATE_NEW : FATE_DUPLICATE;
	}
}

/* An unchanged record can still say what the channel that brought the row did not carry. */
static void
note_lacks(struct loader *l, size_t i, const struct comment_row *row)
{
	const struct stored_comment *s = &l->record[i];

	l->lacks[i] = row->lacks & comment_says(s->c);
	/* Elsewhere than the record says: another page's address and title. */
	if (memcmp(&row->page_key, &s->page_key, HASH128_SIZE) != 0)
		l->lacks[i] &= COMMENT_OWN_FIELDS;
}

/* The row of a record of the batch exists. */
static void
found_row(void *ctx, const struct comment_row *row)
{
	struct loader *l = ctx;
	size_t i = batch_ids_find(l->ids, &row->comment_id);

	if (i == SIZE_MAX)
		return;
	/* From this job, or met before in it: the first counts. */
	if (row->seq > l->base || !row_set_add(l->met, row->seq))
		l->fate[i] = FATE_DUPLICATE;
	else if (memcmp(&row->source_hash, l->record[i].c->source_hash, HASH128_SIZE) == 0) {
		l->fate[i] = FATE_UNCHANGED;
		note_lacks(l, i, row);
	} else
		l->fate[i] = FATE_UPDATED;
	l->record[i].seq = row->seq;
}

static int
look_up(struct loader *l, struct err *e)
{
	size_t n = 0, i;

	for (i = 0; i < l->n; i++)
		if (l->fate[i] == FATE_NEW && (l->created == NULL || id_filter_maybe(l->created, &l->comment_id[i])))
			l->wanted[n++] = &l->comment_id[i];
	return n == 0 ? 0 : comment_lookup(l->config.db, l->config.account_id, l->wanted, n, found_row, l, e);
}

static int
put_page(struct loader *l, struct stored_comment *s, struct err *e)
{
	return pages_put(l->pages, l->config.db, l->config.account_id, s, e);
}

static void
advance_cursor(struct loader *l, struct stored_comment *s)
{
	l->cursor += COMMENT_CURSOR_STEP;
	s->changed = l->cursor;
}

static int
fill(struct loader *l, struct stored_comment *s, unsigned lacks, struct err *e)
{
	if ((lacks & COMMENT_OWN_FIELDS) != 0 &&
	    comment_fill(l->config.db, l->config.account_id, s, lacks, e) == -1)
		return -1;
	return (lacks & ~(unsigned)COMMENT_OWN_FIELDS) != 0 ? put_page(l, s, e) : 0;
}

static int
update(struct loader *l, struct stored_comment *s, struct err *e)
{
	/* A record that says nothing of its page leaves the comment where it is. */
	if (s->c->text[CT_PAGE_ID].said && put_page(l, s, e) == -1)
		return -1;
	l->config.counts->updated++;
	advance_cursor(l, s);
	return comment_update(l->config.db, l->config.account_id, s, e);
}

/* The i-th record.  New ones gather at the front. */
static int
settle(struct loader *l, size_t i, size_t *created, struct err *e)
{
	struct stored_comment *s = &l->record[i];
	const struct text *id = &s->c->text[CT_EXTERNAL_ID];

	switch (l->fate[i]) {
	case FATE_DUPLICATE:
		skip(l, ISSUE_DUPLICATE_ID, id->p, id->n, s->c->line);
		return 0;
	case FATE_UNCHANGED:
		l->config.counts->unchanged++;
		return fill(l, s, l->lacks[i], e);
	case FATE_UPDATED:
		return update(l, s, e);
	case FATE_NEW:
		if (put_page(l, s, e) == -1)
			return -1;
		if (l->created != NULL)
			id_filter_add(l->created, &s->comment_id);
		advance_cursor(l, s);
		l->record[(*created)++] = *s;
		return 0;
	}
	return err_set(e, ERR_BUG, "a record of the batch has no fate");
}

int
loader_store(struct loader *l, struct err *e)
{
	size_t created = 0, i;

	if (aliases_resolve(l->aliases, l->record, l->alias, l->n, e) == -1)
		return -1;
	find_repetitions(l);
	if (look_up(l, e) == -1)
		return -1;
	for (i = 0; i < l->n; i++)
		if (settle(l, i, &created, e) == -1)
			return -1;
	l->config.counts->created += (int64_t)created;
	return created > 0 ? comment_load(l->config.db, l->record, created, e) : 0;
}

/* --- the end --- */

static void
note_thread(void *ctx, enum issue_reason reason, const char *external_id)
{
	struct loader *l = ctx;

	/* A site's next batch may bring the parent: see count_waiting(). */
	if (reason == ISSUE_PARENT_MISSING && l->config.integration_id != 0)
		return;
	issues_example(l->config.issues, reason, external_id, strlen(external_id), 0);
}

static void
note_waiting(void *ctx, const char *external_id)
{
	struct issues *issues = ctx;

	issues_count(issues, ISSUE_PARENT_MISSING, 1);
	issues_example(issues, ISSUE_PARENT_MISSING, external_id, strlen(external_id), 0);
}

/* Of the whole run so far, since what was missing yesterday is there today. */
static int
count_waiting(struct loader *l, struct err *e)
{
	const struct loader_config *c = &l->config;

	if (job_issue_clear(c->db, c->job_id, ISSUE_PARENT_MISSING, e) == -1)
		return -1;
	return comment_waiting_each(c->db, c->account_id, c->job_id, note_waiting, c->issues, e);
}

int
loader_finish(struct loader *l, struct err *e)
{
	const struct loader_config *c = &l->config;
	struct attach_counts attached;

	if (aliases_resolve_waiting(l->aliases, e) == -1 ||
	    comment_attach(c->db, c->account_id, l->base + 1, &l->cursor, note_thread, l, &attached, e) == -1)
		return -1;
	issues_count(c->issues, ISSUE_PARENT_CYCLE, attached.cycles);
	if (c->integration_id == 0)
		issues_count(c->issues, ISSUE_PARENT_MISSING, attached.missing);
	else if (count_waiting(l, e) == -1)
		return -1;
	if (issues_store(c->issues, c->db, c->job_id, e) == -1)
		return -1;
	return job_page_fill(c->db, c->account_id, c->job_id, l->base + 1, e);
}
