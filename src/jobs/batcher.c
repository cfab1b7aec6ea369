#include "jobs/batcher.h"

#include <signal.h>
#include <stdatomic.h>

#include "util/esc.h"
#include "util/log.h"
#include "util/weburl.h"

#include "jobs/loader.h"
#include "jobs/patience.h"
#include "jobs/reader_process.h"
#include "store/batch.h"

#define CHANNEL		"wordpress-plugin"
#define IDLE_MS		50		/* between two looks for a batch */
#define LOCK_SECONDS	5		/* that a lock is waited for: somebody waits for the answer */
#define ARENA_FULL	(3 * 1024 * 1024)	/* what has been read is stored after the record that reaches this */
#define ARENA_CAP	(ARENA_FULL + 2 * WIRE_PAYLOAD_MAX)
#define ANSWER_CAP	(8 * 1024 * 1024)	/* as much as the server takes in one statement and half as much again */
#define NUMBER_MAX	18		/* digits of a page's number */

/* Other than 0: the service ends. */
static atomic_int stop;

/* One batch on its way. */
struct batching {
	const struct worker_site *site;
	struct db		*db;
	struct batch		 b;

	struct file_key		*key;
	struct spool_reader	*file;
	const char		*pairs[3];
	struct reader_process	*reader;
	struct loader		*loader;
	struct arena		*arena;		/* of the records that are not stored yet */
	size_t			 n;
	struct comment		 record[LOADER_BATCH];

	struct job_counts	 counts;
	struct issues		 issues;
	struct sb		 answer;
	char			 last_page[NUMBER_MAX + 1];	/* remembered by the record before */
};

static void
on_sigterm(int sig)
{
	(void)sig;
	atomic_store(&stop, 1);
}

static bool
ending(void)
{
	return atomic_load(&stop) != 0;
}

/* --- opening --- */

static int
rewind_file(void *ctx, struct err *e)
{
	struct batching *bt = ctx;

	return spool_rewind(bt->file, e);
}

static int
open_file(struct batching *bt, struct err *e)
{
	if (bt->b.sealed_key_size != KEY_SEALED_SIZE)
		return err_set(e, ERR_CRYPTO, "the sealed key of the batch has %zu bytes", bt->b.sealed_key_size);
	if ((bt->key = file_key_open(bt->site->keys, bt->b.sealed_key, e)) == NULL)
		return -1;
	bt->file = spool_open(bt->site->spool, bt->b.spool_name, bt->key, e);
	return bt->file != NULL ? 0 : -1;
}

static int
open_reader(struct batching *bt, struct err *e)
{
	const struct settings *settings = bt->site->settings;
	struct reader_process_config config = {
		.format = CHANNEL,
		.pairs = bt->pairs,
		.max_unpacked = (uint64_t)settings->max_unpacked,
		.max_ratio = (uint64_t)settings->max_ratio,
		.patience_ms = MAX(MIN((int64_t)settings->reader_patience * 1000, bt->b.patience_ms), 1),
		.memory = settings->reader_memory,
		.file = spool_reader_input(bt->file),
		.rewind = rewind_file,
		.ctx = bt,
		.stop = &stop,
	};

	bt->pairs[0] = "site";
	bt->pairs[1] = bt->b.integration.source_site;
	bt->reader = reader_process_open(&config, e);
	return bt->reader != NULL ? 0 : -1;
}

static int
open_loader(struct batching *bt, struct err *e)
{
	const struct integration *site = &bt->b.integration;
	const struct loader_config config = {
		.db = bt->db,
		.account_id = site->account_id,
		.job_id = bt->b.job_id,
		.lock_seconds = LOCK_SECONDS,
		.integration_id = site->integration_id,
		.source = { site->source, strlen(site->source), true },
		.counts = &bt->counts,
		.issues = &bt->issues,
	};

	bt->loader = loader_open(&config, e);
	return bt->loader != NULL ? 0 : -1;
}

/* --- storing --- */

/* The reader may only say the site that it was told. */
static int
check_site(const struct batching *bt, const struct comment *c, struct err *e)
{
	const struct text *said = &c->text[CT_SOURCE_SITE];
	const char *site = bt->b.integration.source_site;

	if (said->n == strlen(site) && memcmp(said->p, site, said->n) == 0)
		return 0;
	return err_set(e, ERR_READER, "the reader broke its protocol: a record is of another site");
}

/* A number as WordPress writes it. */
static bool
is_number(const struct text *t)
{
	size_t i;

	if (t->n == 0 || t->n > NUMBER_MAX || t->p[0] == '0')
		return false;
	for (i = 0; i < t->n; i++)
		if (t->p[i] < '0' || t->p[i] > '9')
			return false;
	return true;
}

/* The permalink of the record's page, if it says one. */
static int
remember_page(struct batching *bt, const struct comment *c, struct err *e)
{
	const struct text *id = &c->text[CT_PAGE_ID], *url = &c->text[CT_PAGE_URL];
	struct sb address;
	int result = 0;

	if (!is_number(id) || url->n == 0 || (strlen(bt->last_page) == id->n && memcmp(bt->last_page, id->p, id->n) == 0))
		return 0;
	sb_init(&address, WEBURL_PAGE_ROOM(LIMIT_URL_BYTES));
	if (weburl_page(url->p, url->n, &address) && sb_ok(&address)) {
		snprintf(bt->last_page, sizeof(bt->last_page), "%.*s", (int)id->n, id->p);
		result = batch_page(bt->db, &bt->b, bt->last_page, sb_text(&address), e);
	}
	sb_free(&address);
	return result;
}

/* An id that is made or shortened is none that the site has given: `~` and a hash. */
static bool
is_ours(const struct text *id)
{
	return id->n == 1 + 2 * HASH128_SIZE && id->p[0] == '~';
}

static void
add_answer(struct batching *bt, size_t i)
{
	const struct text *id = &bt->record[i].text[CT_EXTERNAL_ID];

	if (is_ours(id))
		return;
	sb_str(&bt->answer, bt->answer.n > 1 ? ",\"" : "\"");
	esc_json(&bt->answer, id->p, id->n);
	sb_str(&bt->answer, "\":\"");
	esc_hex(&bt->answer, loader_comment_id(bt->loader, i), HASH128_SIZE);
	sb_char(&bt->answer, '"');
}

/* What has been read since the last time. */
static int
store_records(struct batching *bt, struct err *e)
{
	size_t i;

	loader_begin(bt->loader);
	for (i = 0; i < bt->n; i++) {
		if (check_site(bt, &bt->record[i], e) == -1 || remember_page(bt, &bt->record[i], e) == -1)
			return -1;
		loader_add(bt->loader, &bt->record[i]);
	}
	if (loader_store(bt->loader, e) == -1)
		return -1;
	for (i = 0; i < bt->n; i++)
		add_answer(bt, i);
	bt->n = 0;
	arena_reset(bt->arena);
	return 0;
}

static int
read_all(struct batching *bt, struct err *e)
{
	struct wire_issue issue;
	int event;

	while ((event = reader_process_next(bt->reader, bt->arena, &bt->record[bt->n], &issue, e)) != READER_DONE) {
		if (event == -1)
			return -1;
		if (event == READER_SKIPPED) {
			loader_skipped(bt->loader, issue.reason, issue.external_id, strlen(issue.external_id), issue.line);
		} else if (event == READER_NOTE) {
			issues_count(&bt->issues, issue.reason, 1);
			issues_example(&bt->issues, issue.reason, issue.external_id, strlen(issue.external_id), issue.line);
		} else if ((++bt->n == LOADER_BATCH || arena_used(bt->arena) >= ARENA_FULL) && store_records(bt, e) == -1) {
			return -1;
		}
	}
	return store_records(bt, e);
}

static int
finish(struct batching *bt, struct err *e)
{
	const struct job_counts *n = &bt->counts;

	if (loader_finish(bt->loader, e) == -1)
		return -1;
	if (n->comments_read != n->created + n->updated + n->unchanged + n->skipped)
		return err_set(e, ERR_BUG, "%" PRId64 " comments read, but %" PRId64 " created, %" PRId64 " updated, %" PRId64
		    " unchanged, %" PRId64 " skipped", n->comments_read, n->created, n->updated, n->unchanged, n->skipped);
	sb_char(&bt->answer, '}');
	if (!sb_ok(&bt->answer))
		return err_nomem(e);
	if (batch_done(bt->db, &bt->b, n, sb_text(&bt->answer), bt->site->settings->plugin_silence_hours * 3600, e) == -1)
		return -1;
	return db_commit(bt->db, e);
}

/* From the taken batch to the commit. */
static int
store(struct batching *bt, struct err *e)
{
	int result = -1;

	sb_init(&bt->answer, ANSWER_CAP);
	sb_char(&bt->answer, '{');
	issues_init(&bt->issues);
	if ((bt->arena = arena_new(ARENA_CAP)) == NULL)
		err_nomem(e);
	else if (open_file(bt, e) == 0 && open_reader(bt, e) == 0 && open_loader(bt, e) == 0 && read_all(bt, e) == 0)
		result = finish(bt, e);
	loader_close(bt->loader);
	reader_process_close(bt->reader);
	spool_reader_close(bt->file);
	file_key_free(bt->key);
	arena_free(bt->arena);
	issues_free(&bt->issues);
	sb_free(&bt->answer);
	return result;
}

/* --- the end --- */

/* What the site hears of it. */
static int
status_of(const struct err *e)
{
	return e->kind == ERR_INPUT ? 400 : e->kind == ERR_LIMIT ? 413 : 503;
}

static const char *
sentence_of(const struct err *e)
{
	if (err_shown(e->kind))
		return err_public(e);
	if (e->kind == ERR_CANCELLED)
		return "The import of this site's comments ended before the batch was stored. Please send it again.";
	return "The batch could not be stored just now. Nothing of it was kept; please send it again.";
}

/* What fails here is left to the keeper. */
static void
destroy_file(const struct worker_site *site, const struct batch *b)
{
	struct err e;

	if (b->spool_name[0] != '\0' && spool_unlink(site->spool, b->spool_name, &e) == -1)
		log_err("spool_unlink", &e);
}

/*
 * While the database is away nobody can be told, and a deadlock says nothing about the batch: it is taken again
 * then, until it is given up.
 */
static void
refuse(const struct worker_site *site, struct db *db, const struct batch *b, const struct err *why)
{
	bool again = db_lost(db) || why->kind == ERR_DB_RETRY;
	struct err e;

	log_err(again ? "batch_put_off" : "batch_refused", why);
	if (again)
		return;
	if (batch_refuse(db, b, status_of(why), sentence_of(why), &e) == -1)
		log_err("batch_not_refused", &e);
	else
		destroy_file(site, b);
}

static void
run_batch(struct batching *bt)
{
	const struct job_counts *n = &bt->counts;
	struct err e;

	if (store(bt, &e) == -1) {
		db_rollback(bt->db);
		refuse(bt->site, bt->db, &bt->b, &e);
		return;
	}
	log_info("batch_stored", "batch=%" PRId64 " remaining=%" PRId64 " comments_read=%" PRId64 " created=%" PRId64
	    " updated=%" PRId64 " unchanged=%" PRId64 " skipped=%" PRId64, bt->b.batch_id, bt->b.remaining, n->comments_read,
	    n->created, n->updated, n->unchanged, n->skipped);
	destroy_file(bt->site, &bt->b);
}

static void
run_taken(const struct worker_site *site, struct db *db, const struct batch *b)
{
	struct batching *bt = calloc(1, sizeof(*bt));
	char id[24];
	struct err e;

	snprintf(id, sizeof(id), "%" PRId64, b->job_id);
	log_context("job", id);
	if (bt == NULL) {
		db_rollback(db);
		err_nomem(&e);
		refuse(site, db, b, &e);
	} else {
		bt->site = site;
		bt->db = db;
		bt->b = *b;
		run_batch(bt);
		explicit_bzero(bt, sizeof(*bt));
	}
	free(bt);
	log_context(NULL, NULL);
}

/* --- the process --- */

/* The oldest batch, if there is one.  1, 0 nothing to do, -1. */
static int
one_round(const struct worker_site *site, struct db *db, struct err *e)
{
	struct batch b = { .batch_id = 0 };
	int found = batch_waits(db, site->settings->node, e);

	if (found == 1)
		found = batch_take(db, site->settings->node, &b, e);
	if (found == 1)
		run_taken(site, db, &b);
	if (found == -1 && b.batch_id != 0) {
		refuse(site, db, &b, e);
		found = 0;
	}
	explicit_bzero(&b, sizeof(b));
	return found;
}

/* A session that waits for a lock no longer than somebody waits for the answer. */
static int
open_session(const struct worker_site *site, struct db **db, struct err *e)
{
	bool fresh = *db == NULL;

	if (fresh && (*db = db_open(site->db, DB_ROLE_JOBS, e)) == NULL)
		return -1;
	if (!fresh && !db_lost(*db))
		return 0;
	if (!fresh && db_reopen(*db, e) == -1)
		return -1;
	return db_load_context(*db, 0, 0, LOCK_SECONDS, e);
}

int
batcher_main(const struct worker_site *site)
{
	struct sigaction on_term = { .sa_handler = on_sigterm };
	struct patience patience = PATIENCE_INIT;
	struct db *db = NULL;
	struct err e;
	int got;

	/* No SA_RESTART: a signal ends every wait. */
	sigaction(SIGTERM, &on_term, NULL);
	signal(SIGINT, SIG_IGN);
	while (!ending()) {
		got = open_session(site, &db, &e) == -1 ? -1 : one_round(site, db, &e);
		if (got == -1) {
			if (patience_first(&patience))
				log_err("batcher", &e);
			patience_wait(&patience);
			continue;
		}
		patience = (struct patience)PATIENCE_INIT;
		if (got == 0)
			patience_sleep(IDLE_MS);
	}
	db_close(db);
	return EXIT_SUCCESS;
}
