#include "jobs/convert.h"

#include "util/idmap.h"

#include "jobs/by_page.h"
#include "jobs/document.h"
#include "jobs/extsort.h"
#include "jobs/feeder.h"
#include "util/identity.h"
#include "jobs/parents_first.h"
#include "jobs/sink.h"

#define READER_MEMORY	(256 * 1024 * 1024)	/* as the configuration has it where it says nothing */

/* The last stage. */
struct last {
	struct sink		 sink;		/* first */
	struct document		*document;
	struct convert_counts	*counts;
};

struct convert {
	const struct convert_config	*config;
	struct convert_counts		*counts;
	struct issues			*issues;
	struct feeder			*feeder;
	struct idmap			*came;		/* ids of all comments so far */
	struct parents_first		*parents;	/* NULL: the order of the file is kept */
	struct by_page			*pages;		/* NULL: the writer takes them in any order */
	struct sink			*next;		/* behind parents */
	struct last			 last;
};

static int
put_last(struct sink *sink, const struct comment *c, struct err *e)
{
	struct last *last = (struct last *)sink;

	if (document_put(last->document, c, e) == -1)
		return -1;
	last->counts->written++;
	return 0;
}

/* --- the stages, from the last to the first --- */

static int
open_stages(struct convert *cv, struct err *e)
{
	const struct convert_config *config = cv->config;

	cv->last = (struct last){ .sink = { put_last }, .counts = cv->counts };
	cv->next = &cv->last.sink;
	if ((cv->last.document = document_open(config->writer, config->out, e)) == NULL)
		return -1;
	if ((cv->came = idmap_new(CONVERT_IDS_MAX, false)) == NULL)
		return err_nomem(e);
	if (config->writer->by_page) {
		if ((cv->pages = by_page_new(cv->next, EXTSORT_MEMORY, e)) == NULL)
			return -1;
		cv->next = by_page_sink(cv->pages);
	}
	/* Our own files have the order that they shall have; but one that goes by pages mixes it anyway, and needs
	 * parents first. */
	if (config->format->own_source && !config->writer->by_page)
		return 0;
	cv->parents = parents_first_new(cv->next, cv->came, PARENTS_FIRST_MEMORY, e);
	return cv->parents != NULL ? 0 : -1;
}

static void
close_stages(struct convert *cv)
{
	parents_first_free(cv->parents);
	by_page_free(cv->pages);
	idmap_free(cv->came);
	document_close(cv->last.document);
}

/* What waits in the stages goes out, and the end of the document. */
static int
finish_stages(struct convert *cv, struct err *e)
{
	if (cv->parents != NULL && parents_first_end(cv->parents, e) == -1)
		return -1;
	if (cv->pages != NULL && by_page_end(cv->pages, e) == -1)
		return -1;
	return document_finish(cv->last.document, e);
}

/* --- records --- */

static void
skip(struct convert *cv, enum issue_reason reason)
{
	cv->counts->skipped++;
	issues_count(cv->issues, reason, 1);
}

static int
take_record(struct convert *cv, const struct comment *given, struct err *e)
{
	const struct format *format = cv->config->format;
	struct comment c = *given;
	const struct text *id = &c.text[CT_EXTERNAL_ID], *site = &c.text[CT_SOURCE_SITE], *source = &c.text[CT_SOURCE];
	const struct text *parent = &c.text[CT_PARENT_EXTERNAL_ID];
	struct hash128 own_hash, parent_hash;
	int fresh;

	cv->counts->read++;
	if (!format->own_source)
		c.text[CT_SOURCE] = (struct text){ format->source, strlen(format->source), true };
	identity_comment(&own_hash, 0, source, site, id);
	if ((fresh = idmap_add(cv->came, &own_hash, 0, e)) == -1)
		return -1;
	if (fresh == 0) {
		skip(cv, ISSUE_DUPLICATE_ID);
		issues_example(cv->issues, ISSUE_DUPLICATE_ID, id->p, id->n, c.line);
		return 0;
	}
	if (cv->parents == NULL)
		return sink_put(cv->next, &c, e);
	if (parent->n > 0)
		identity_comment(&parent_hash, 0, source, site, parent);
	return parents_first_put(cv->parents, &c, &own_hash, parent->n > 0 ? &parent_hash : NULL, e);
}

static void
take_issue(struct convert *cv, const struct feed_issue *fi)
{
	const struct wire_issue *issue = &fi->issue;

	if (fi->skipped) {
		cv->counts->read++;
		skip(cv, issue->reason);
	} else {
		issues_count(cv->issues, issue->reason, 1);
	}
	issues_example(cv->issues, issue->reason, issue->external_id, strlen(issue->external_id), issue->line);
}

/* One batch.  -1 only if the stages failed: how the reading went, feed->more tells. */
static int
take_feed(struct convert *cv, const struct feed *feed, struct err *e)
{
	size_t i;

	for (i = 0; i < feed->issues; i++)
		take_issue(cv, &feed->issue[i]);
	for (i = 0; i < feed->n; i++)
		if (take_record(cv, &feed->comment[i], e) == -1)
			return -1;
	cv->counts->bytes_read = feed->bytes_read;
	if (cv->config->progress != NULL)
		cv->config->progress(cv->config->progress_ctx, cv->counts);
	return 0;
}

/* Reads to the end, or as far as it goes: then *broken says why.  -1 only if the stages failed. */
static int
read_all(struct convert *cv, struct err *broken, struct err *e)
{
	const struct feed *feed;
	int more = 1;

	broken->kind = ERR_NONE;
	while (more == 1) {
		if ((feed = feeder_next(cv->feeder, broken)) == NULL)
			return 0;
		if (take_feed(cv, feed, e) == -1)
			return -1;
		if ((more = feed->more) == -1)
			*broken = feed->err;
	}
	return 0;
}

static int
open_reader(struct convert *cv, struct err *e)
{
	const struct convert_config *config = cv->config;
	const struct reader_process_config reader = {
		.format = config->format->name,
		.pairs = config->pairs,
		.max_unpacked = UINT64_MAX,	/* who packed a file to fill his own disk may do so */
		.memory = READER_MEMORY,
		.file = config->file,
		.rewind = config->rewind,
		.ctx = config->ctx,
		.stop = config->stop,
	};

	cv->feeder = feeder_open(&reader, e);
	return cv->feeder != NULL ? 0 : -1;
}

int
convert_run(const struct convert_config *config, struct convert_counts *counts, struct issues *issues,
    bool *output_failed, struct err *e)
{
	struct convert cv = { .config = config, .counts = counts, .issues = issues };
	struct err broken = { .kind = ERR_NONE };
	int result = -1;

	memset(counts, 0, sizeof(*counts));
	*output_failed = false;
	if (open_stages(&cv, e) == -1 || open_reader(&cv, e) == -1)
		goto close_stages;
	*output_failed = read_all(&cv, &broken, e) == -1 || finish_stages(&cv, e) == -1;
	counts->ids_full = idmap_full(cv.came);
	if (!*output_failed && broken.kind != ERR_NONE)
		*e = broken;
	else if (!*output_failed)
		result = 0;
	/* Whichever stage noticed it first. */
	if (result == -1 && e->kind == ERR_CANCELLED)
		err_set(e, ERR_CANCELLED, "The conversion was stopped.");
close_stages:
	/* The feeder may wait for bytes of a pipe that nobody wants any more. */
	atomic_store(config->stop, 1);
	feeder_close(cv.feeder);
	close_stages(&cv);
	return result;
}
