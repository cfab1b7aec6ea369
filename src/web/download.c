/*
 * The file of an export on its way to an admin.  Its head goes out only when its first bytes have been verified, so that
 * damage is told by a page and not by half a file.  The thread waits for its client; the database does not.
 */
#include "util/clock.h"
#include "util/log.h"
#include "spool/spool.h"
#include "store/export.h"

#include "web/dispatch.h"
#include "web/i18n.h"
#include "web/pages.h"
#include "web/view.h"

#define PIECE	(64 * 1024)
#define LOOK_MS	5000		/* how often a download asks whether its file is still to be had */

struct download {
	struct ctx		*c;
	struct export_file	 file;
	struct file_key		*key;
	struct spool_reader	*reader;
	int64_t			 sent, looked_ms;
	size_t			 n;		/* bytes in piece */
	uint8_t			 piece[PIECE];
};

static int
find_file(struct db *db, void *ctx, struct err *e)
{
	struct download *d = ctx;
	int found = export_file_get(db, d->c->admin.account_id, d->c->id, &d->file, e);

	return found != 0 ? found : err_set(e, ERR_NOTFOUND, "%s", tr("There is no such export in your account."));
}

static int
note_begin(struct db *db, void *ctx, struct err *e)
{
	const struct download *d = ctx;

	return export_downloading(db, d->c->admin.account_id, d->c->id, d->c->admin.email, d->file.file_size, e);
}

static int
note_end(struct db *db, void *ctx, struct err *e)
{
	const struct download *d = ctx;

	return export_downloaded(db, d->c->admin.account_id, d->c->id, d->c->admin.email, d->sent, d->file.file_size, e);
}

/* Up to the file's first bytes. */
static int
open_file(struct download *d, struct err *e)
{
	const struct web *web = d->c->web;
	ssize_t got;

	if (web->export_keys == NULL)
		return view_ask_operators(d->c, tr("This server has no key for exports, so no file can be read. Its operators "
		    "find in doc/INSTALL how it gets one."), e);
	if (strcmp(d->file.node, web->settings->node) != 0)
		return view_ask_operators(d->c, tr("This file lies on another machine of the service, which cannot be reached "
		    "from here. Please try again; its operators must send its downloads there."), e);
	if (d->file.sealed_key_size != KEY_SEALED_SIZE)
		return err_set(e, ERR_CRYPTO, "a sealed file key has %zu bytes", d->file.sealed_key_size);
	if ((d->key = file_key_open(web->export_keys, d->file.sealed_key, e)) == NULL)
		return -1;
	if ((d->reader = spool_open(d->c->spool, d->file.spool_name, d->key, e)) == NULL)
		return e->sys != ENOENT ? -1 : err_set(e, ERR_GONE, "%s", tr("The file of this export has been deleted. "
		    "Please ask for a new export."));
	if ((got = input_read(spool_reader_input(d->reader), d->piece, sizeof(d->piece), e)) == -1)
		return -1;
	d->n = (size_t)got;
	return 0;
}

/* Who deletes a file means those too who are just getting it.  A database that is away stops nobody. */
static int
look_again(struct download *d, struct err *e)
{
	int64_t now_ms = clock_monotonic_ms();

	if (now_ms - d->looked_ms < LOOK_MS)
		return 0;
	d->looked_ms = now_ms;
	return gate_ask(d->c->gate, find_file, d, e) == -1 && e->kind == ERR_GONE ? -1 : 0;
}

static const char *
content_type(const char *name)
{
	static const struct {
		const char *suffix, *type;
	} types[] = {
		{ ".gz", "application/gzip" }, { ".csv", "text/csv; charset=utf-8" }, { ".jsonl", "application/x-ndjson" },
		{ ".json", "application/json" }, { ".xml", "application/xml" },
	};
	size_t i, n = strlen(name), k;

	for (i = 0; i < ARRAY_LEN(types); i++) {
		k = strlen(types[i].suffix);
		if (n > k && strcmp(name + n - k, types[i].suffix) == 0)
			return types[i].type;
	}
	return "application/octet-stream";
}

static int
send_file(struct download *d, struct err *e)
{
	struct ctx *c = d->c;
	char value[sizeof(d->file.file_name) + 32];
	ssize_t got;

	snprintf(value, sizeof(value), "attachment; filename=\"%s\"", d->file.file_name);
	resp_header(c->resp, "Content-Disposition", value);
	resp_header(c->resp, "X-Accel-Buffering", "no");
	c->resp->content_type = content_type(d->file.file_name);
	c->resp->stream_size = d->file.file_size;
	if (req_send_head(c->req, c->resp, e) == -1 || c->req->head)
		return c->req->head ? 0 : -1;
	while (d->n > 0) {
		if (req_write(c->req, d->piece, d->n, e) == -1)
			return -1;
		d->sent += (int64_t)d->n;
		if (look_again(d, e) == -1 ||
		    (got = input_read(spool_reader_input(d->reader), d->piece, sizeof(d->piece), e)) == -1)
			return -1;
		d->n = (size_t)got;
	}
	return 0;
}

/* No byte leaves before the audit log has a line about it, whatever happens to this process on the way. */
static int
run(struct download *d, struct err *e)
{
	struct err note;
	int result;

	if (open_file(d, e) == -1)
		return -1;
	if (d->c->req->head)
		return send_file(d, e);
	if (gate_ask(d->c->gate, note_begin, d, e) == -1)
		return -1;
	d->looked_ms = clock_monotonic_ms();
	if ((result = send_file(d, e)) == -1 && e->kind == ERR_CLIENT_GONE)
		result = 0;
	if (gate_ask(d->c->gate, note_end, d, &note) == -1)
		log_err("download_not_noted", &note);
	return result;
}

static int
run_fairly(struct download *d, struct err *e)
{
	struct ctx *c = d->c;
	int result;

	switch (fair_enter(c->downloads, c->admin.account_id)) {
	case FAIR_OWN:
		return err_set(e, ERR_BUSY, tr("Your account is downloading %d files already, which is as many as it may at a time. "
		    "Please wait until one of them has arrived."), c->downloads->share);
	case FAIR_ALL:
		return err_set(e, ERR_BUSY, "%s", tr("As many files are being downloaded as this server sends at a time. Please try again "
		    "in a few minutes."));
	case FAIR_YES:
		break;
	}
	result = run(d, e);
	fair_leave(c->downloads, c->admin.account_id);
	return result;
}

int
download_get(struct ctx *c, struct err *e)
{
	struct download *d = arena_alloc(c->arena, sizeof(*d));
	int result;

	if (d == NULL)
		return err_nomem(e);
	memset(d, 0, sizeof(*d));
	d->c = c;
	if (gate_ask(c->gate, find_file, d, e) == -1)
		return -1;
	result = run_fairly(d, e);
	spool_reader_close(d->reader);
	file_key_free(d->key);
	return result;
}
