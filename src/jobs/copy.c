#include "jobs/copy.h"

#include "util/arena.h"
#include "util/esc.h"
#include "util/hash.h"
#include "util/identity.h"
#include "util/sb.h"

#include "formats/format.h"
#include "jobs/issues.h"
#include "jobs/loader.h"
#include "jobs/transaction.h"
#include "store/copy.h"

/* Rows wait in memory for their batch: so many bytes at most, and one more read. */
#define ARENA_CAP	(64 << 20)
#define BATCH_BYTES	(8 << 20)
#define HEX_SIZE	(2 * HASH128_SIZE)

struct copy {
	struct transaction	*t;
	struct copy_order	 order;
	struct text		 source, site;
	char			 site_hex[HEX_SIZE + 1];
	struct issues		 issues;
	struct loader		*loader;
	struct seqset		 seqs;
	struct arena		*arena;		/* of the batch at hand */
	uint64_t		 taken;
};

static struct text
said(const char *s)
{
	return (struct text){ s, strlen(s), true };
}

static const char *
hex_of(struct arena *a, const void *bytes, size_t n)
{
	struct sb sb;
	const char *text;

	sb_init(&sb, HEX_SIZE + 1);
	esc_hex(&sb, bytes, n);
	text = arena_strdup(a, sb_text(&sb));
	sb_free(&sb);
	return text;
}

/* The page's id stands for the site, or a hash of one that is too long for that. */
static int
name_site(struct copy *y, struct err *e)
{
	struct hash128 sum;
	struct hash h;

	y->source = said(COPY_SOURCE);
	y->site = said(y->order.to);
	if (y->site.n <= LIMIT_SITE_BYTES)
		return 0;
	hash_begin(&h, HASH128_SIZE);
	hash_part(&h, y->site.p, y->site.n);
	hash_end(&h, sum.b);
	y->site.p = hex_of(y->arena, sum.b, sizeof(sum.b));
	if (y->site.p == NULL)
		return err_nomem(e);
	snprintf(y->site_hex, sizeof(y->site_hex), "%s", y->site.p);
	y->site = said(y->site_hex);
	return 0;
}

static int
keep_texts(struct comment *c, struct arena *a, struct err *e)
{
	int i;

	for (i = 0; i < CT__MAX; i++)
		if (c->text[i].said && (c->text[i].p = arena_memdup(a, c->text[i].n > 0 ? c->text[i].p : "", c->text[i].n)) == NULL)
			return err_nomem(e);
	return 0;
}

/* The parent's own identity, where it is not here (yet). */
static void
parent_of(const struct copy *y, const struct copy_row *row, struct hash128 *parent)
{
	const struct text *t = row->c.text;

	if (row->has_parent)
		*parent = row->parent_id;
	else
		identity_comment(parent, y->t->claim->job.account_id, &t[CT_SOURCE], &t[CT_SOURCE_SITE], &t[CT_PARENT_EXTERNAL_ID]);
}

static int
take_row(void *ctx, const struct copy_row *row, struct err *e)
{
	struct copy *y = ctx;
	struct comment *c = arena_alloc(y->arena, sizeof(*c));
	struct hash128 parent, hash;
	const char *id;

	if (c == NULL || (id = hex_of(y->arena, row->comment_id.b, HASH128_SIZE)) == NULL)
		return err_nomem(e);
	*c = row->c;
	if (row->has_parent || row->c.text[CT_PARENT_EXTERNAL_ID].n > 0) {
		parent_of(y, row, &parent);
		c->text[CT_PARENT_EXTERNAL_ID] = (struct text){ hex_of(y->arena, parent.b, HASH128_SIZE), HEX_SIZE, true };
		if (c->text[CT_PARENT_EXTERNAL_ID].p == NULL)
			return err_nomem(e);
	}
	c->text[CT_SOURCE] = y->source;
	c->text[CT_SOURCE_SITE] = y->site;
	c->text[CT_EXTERNAL_ID] = said(id);
	c->text[CT_PAGE_ID] = said(y->order.to);
	c->text[CT_PAGE_URL] = said(y->order.url);
	c->text[CT_PAGE_TITLE] = said(y->order.title);
	c->ordinal = y->taken++;
	if (keep_texts(c, y->arena, e) == -1)
		return -1;
	/* The same again is unchanged, what has changed since is updated. */
	identity_source(&hash, c, HASH_TEXTS_ALL, HASH_NUMBERS_ALL);
	memcpy(c->source_hash, hash.b, sizeof(c->source_hash));
	loader_add(y->loader, c);
	return 0;
}

/* Stores what was read since the last time. */
static int
store(struct copy *y, struct err *e)
{
	if (loader_store(y->loader, e) == -1 || transaction_check(y->t, e) == -1)
		return -1;
	arena_reset(y->arena);
	loader_begin(y->loader);
	return 0;
}

static int
copy_all(struct copy *y, struct err *e)
{
	int64_t seqs[COPY_READ], seq;
	size_t n = 0, waiting = 0;

	loader_begin(y->loader);
	for (seq = seqset_next(&y->seqs, 0); seq != -1; seq = seqset_next(&y->seqs, seq + 1)) {
		seqs[n++] = seq;
		if (n < COPY_READ && seqset_next(&y->seqs, seq + 1) != -1)
			continue;
		if (copy_read(y->t->db, y->t->claim->job.account_id, seqs, n, take_row, y, e) == -1)
			return -1;
		waiting += n;
		n = 0;
		if (waiting + COPY_READ <= LOADER_BATCH && arena_used(y->arena) < BATCH_BYTES)
			continue;
		if (store(y, e) == -1)
			return -1;
		waiting = 0;
	}
	return store(y, e);
}

static int
open_copy(struct copy *y, struct err *e)
{
	const struct job *job = &y->t->claim->job;
	struct loader_config config = { .db = y->t->db, .account_id = job->account_id, .job_id = job->job_id,
	    .counts = y->t->counts, .issues = &y->issues };
	struct text page_id;
	struct hash128 page_key;

	if (copy_order_get(y->t->db, job->account_id, job->job_id, &y->order, e) == -1 || name_site(y, e) == -1)
		return -1;
	config.source = y->source;
	page_id = said(y->order.to);
	identity_page(&page_key, job->account_id, &y->source, &y->site, &page_id);
	if (copy_join(y->t->db, job->account_id, &page_key, &y->site, y->order.to, e) == -1)
		return -1;
	return (y->loader = loader_open(&config, e)) != NULL ? 0 : -1;
}

static int
work_on(struct copy *y, struct err *e)
{
	int64_t found;

	if (open_copy(y, e) == -1 ||
	    copy_find(y->t->db, y->t->claim->job.account_id, y->order.from, &y->seqs, &found, e) == -1)
		return -1;
	transaction_total(y->t, found);
	if (copy_all(y, e) == -1)
		return -1;
	if (found == 0)
		snprintf(y->t->message, JOB_MESSAGE_SIZE, "There was nothing to copy: the page has no comments.");
	return loader_finish(y->loader, e);
}

static int
work(struct transaction *t, struct err *e)
{
	struct copy *y = calloc(1, sizeof(*y));
	int result = -1;

	if (y == NULL)
		return err_nomem(e);
	y->t = t;
	issues_init(&y->issues);
	if ((y->arena = arena_new(ARENA_CAP)) == NULL)
		err_nomem(e);
	else
		result = work_on(y, e);
	loader_close(y->loader);
	seqset_free(&y->seqs);
	arena_free(y->arena);
	issues_free(&y->issues);
	free(y);
	return result;
}

int
copy_run(const struct job_context *ctx, const struct job_claim *claim, struct job_counts *counts,
    char message[JOB_MESSAGE_SIZE], struct err *e)
{
	return transaction_run(ctx, claim, counts, message, work, "Nothing was copied.", e);
}
