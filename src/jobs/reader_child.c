#include "jobs/reader_child.h"

#include <grp.h>
#include <locale.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "util/arena.h"
#include "util/num.h"
#include "util/rnd.h"
#include "util/same_site.h"

#include "formats/charset.h"
#include "formats/lastwords.h"
#include "formats/unpack.h"
#include "jobs/refine.h"
#include "jobs/wire.h"

#define FLUSH_SIZE	(128 * 1024)
#define RECORD_CAP	(16 * 1024 * 1024)	/* memory of one record while it is refined */
#define START_MAX	(64 * 1024)

/* The file, out of the data frames on descriptor 0. */
struct framed {
	struct input	in;		/* first */
	uint32_t	left;		/* bytes of the current frame that are still to come */
	bool		ended;		/* the empty frame was met */
	size_t		pos, fill;
	uint8_t		buf[WIRE_DATA_MAX];
};

struct child {
	struct framed		 file;
	struct sb		 out;		/* frames that are not yet written */
	struct arena		*arena;		/* of one record */
	struct arena		*start_arena;	/* of the options */
	struct wire_start	 start;
	struct format_options	 options;
	const struct format	*format;
	const char		*site;		/* what the file's site is called instead; NULL: what it is */
	struct same_site	 same_site;
	struct unpack		*unpack;
	struct lastwords	 document;	/* what unpack gives */
	struct reader		*reader;	/* of the document at hand; NULL: none */
	uint64_t		 answers;	/* of the document at hand, records and skips */
	int			 passes;	/* over the file, after the first */
	uint64_t		 base, next;	/* ordinals: of this document's first record, of the next one's */
	uint64_t		 records, skipped;
	bool			 unsent;	/* a frame found no memory: nothing that follows counts */
	bool			 alone;		/* jobs does not listen any more */
};

/* --- in --- */

static int
refill(struct framed *f, struct err *e)
{
	ssize_t got;

	do
		got = read(STDIN_FILENO, f->buf, sizeof(f->buf));
	while (got == -1 && errno == EINTR);
	if (got == -1)
		return err_sys(e, "cannot read from jobs");
	if (got == 0)
		return err_set(e, ERR_CLIENT_GONE, "jobs has gone away");
	f->pos = 0;
	f->fill = (size_t)got;
	return 0;
}

/* Exactly n bytes of what jobs writes. */
static int
take(struct framed *f, void *dst, size_t n, struct err *e)
{
	uint8_t *p = dst;

	while (n > 0) {
		size_t part;

		if (f->pos == f->fill && refill(f, e) == -1)
			return -1;
		part = MIN(n, f->fill - f->pos);
		memcpy(p, f->buf + f->pos, part);
		f->pos += part;
		p += part;
		n -= part;
	}
	return 0;
}

static int
take_length(struct framed *f, uint32_t max, uint32_t *length, struct err *e)
{
	uint8_t b[WIRE_DATA_HEADER];
	struct wire_in in = { b, sizeof(b), false };

	if (take(f, b, sizeof(b), e) == -1)
		return -1;
	*length = wire_get_u32(&in);
	if (*length > max)
		return err_set(e, ERR_BUG, "jobs sent a frame of %" PRIu32 " bytes", *length);
	return 0;
}

static ssize_t
framed_read(struct input *in, void *buf, size_t n, struct err *e)
{
	struct framed *f = (struct framed *)in;

	if (f->ended)
		return 0;
	if (f->left == 0) {
		if (take_length(f, WIRE_DATA_MAX, &f->left, e) == -1)
			return -1;
		if (f->left == 0) {
			f->ended = true;
			return 0;
		}
	}
	if (f->pos == f->fill && refill(f, e) == -1)
		return -1;
	n = MIN(n, (size_t)f->left);
	n = MIN(n, f->fill - f->pos);
	memcpy(buf, f->buf + f->pos, n);
	f->pos += n;
	f->left -= (uint32_t)n;
	return (ssize_t)n;
}

/* Takes the rest of the file, so that jobs never finds the pipe closed while it still writes. */
static int
drain(struct framed *f, struct err *e)
{
	char buf[4096];
	ssize_t got;

	do
		got = framed_read(&f->in, buf, sizeof(buf), e);
	while (got > 0);
	return (int)got;
}

/* --- out --- */

static void
flush(struct child *ch)
{
	const char *p = sb_text(&ch->out);
	size_t n = ch->out.n;

	while (n > 0 && !ch->alone) {
		ssize_t put = write(STDOUT_FILENO, p, n);

		if (put == -1 && errno == EINTR)
			continue;
		if (put == -1) {
			ch->alone = true;
			break;
		}
		p += put;
		n -= (size_t)put;
	}
	sb_reset(&ch->out);
}

static void
end_frame(struct child *ch, size_t begin)
{
	if (!wire_frame_end(&ch->out, begin))
		ch->unsent = true;
	if (ch->out.n >= FLUSH_SIZE)
		flush(ch);
}

static void
send_note(void *ctx, enum issue_reason reason, const char *external_id, uint64_t line)
{
	struct child *ch = ctx;
	size_t begin = wire_frame_begin(&ch->out, WIRE_NOTE);

	wire_put_issue(&ch->out, reason, external_id, external_id != NULL ? strlen(external_id) : 0, line);
	end_frame(ch, begin);
}

static void
send_skipped(struct child *ch, const struct comment *c, const struct err *e)
{
	const struct text *id = &c->text[CT_EXTERNAL_ID];
	size_t begin = wire_frame_begin(&ch->out, WIRE_SKIPPED);

	ch->skipped++;
	wire_put_issue(&ch->out, c->skipped, id->said ? id->p : NULL, id->n, c->line);
	wire_put_text(&ch->out, e->msg, strlen(e->msg));
	end_frame(ch, begin);
}

static void
send_record(struct child *ch, const struct comment *c)
{
	size_t begin = wire_frame_begin(&ch->out, WIRE_RECORD);

	ch->records++;
	wire_put_comment(&ch->out, c);
	end_frame(ch, begin);
}

static enum wire_fatal
fatal_kind(enum err_kind kind)
{
	switch (kind) {
	case ERR_INPUT:
	case ERR_TYPE:
		return WIRE_FATAL_INPUT;
	case ERR_LIMIT:
		return WIRE_FATAL_LIMIT;
	case ERR_MEMORY:
		return WIRE_FATAL_MEMORY;
	default:
		return WIRE_FATAL_OTHER;
	}
}

static void
send_fatal(struct child *ch, const struct err *e)
{
	size_t begin = wire_frame_begin(&ch->out, WIRE_FATAL);

	wire_put_u8(&ch->out, (uint8_t)fatal_kind(e->kind));
	wire_put_text(&ch->out, e->msg, strlen(e->msg));
	end_frame(ch, begin);
	flush(ch);
}

/* --- the conversation --- */

static int
say_hello(struct child *ch, struct err *e)
{
	uint8_t payload[START_MAX];
	uint32_t length;
	size_t begin;

	if (take_length(&ch->file, sizeof(payload), &length, e) == -1 || take(&ch->file, payload, length, e) == -1 ||
	    wire_get_start(payload, length, ch->start_arena, &ch->start, e) == -1)
		return -1;
	if ((ch->format = format_or_channel(ch->start.format)) == NULL)
		return err_set(e, ERR_BUG, "the reader does not know the format %s", ch->start.format);
	begin = wire_frame_begin(&ch->out, WIRE_HELLO);
	wire_put_u32(&ch->out, WIRE_VERSION);
	end_frame(ch, begin);
	return 0;
}

/* Jobs sends the file again from its start; the document at hand stays the one. */
static int
rewind_file(void *ctx, struct err *e)
{
	struct child *ch = ctx;
	size_t begin;

	if (++ch->passes == WIRE_PASSES_MAX)
		return err_set(e, ERR_LIMIT, "The file has more exports in it that must be read twice than this site takes (%d). "
		    "Please upload them in several parts.", WIRE_PASSES_MAX);
	if (drain(&ch->file, e) == -1)
		return -1;
	begin = wire_frame_begin(&ch->out, WIRE_AGAIN);
	end_frame(ch, begin);
	flush(ch);
	ch->file.ended = false;
	return 0;
}

/* The second file, if there is one. */
static int
take_second_file(struct child *ch, struct err *e)
{
	const struct format_option *option = ch->format->options;
	const char *value;
	int64_t size;

	while (option != NULL && option->name != NULL && option->kind != OPTION_FILE)
		option++;
	if (option == NULL || option->name == NULL ||
	    (value = format_option(ch->format, &ch->options, option->name)) == NULL)
		return 0;
	if (num_parse(value, 0, INT64_MAX, &size) == -1)
		return err_set(e, ERR_BUG, "the option %s is no size", option->name);
	return unpack_second(ch->unpack, (uint64_t)size, e);
}

static int
open_file(struct child *ch, struct err *e)
{
	const struct streams_limits limits = { .max_unpacked = ch->start.max_unpacked, .max_ratio = ch->start.max_ratio };

	ch->options = (struct format_options){ .pairs = ch->start.pairs, .note = send_note, .ctx = ch };
	ch->site = format_option(ch->format, &ch->options, SAME_SITE_OPTION);
	if ((ch->unpack = unpack_open(&ch->file.in, ch->format, &limits, &ch->options, rewind_file, ch, e)) == NULL)
		return -1;
	return take_second_file(ch, e);
}

/* The reader of the document wants both files once more. */
static int
begin_again(struct child *ch, struct err *e)
{
	if (unpack_again(ch->unpack, e) == -1)
		return -1;
	lastwords_init(&ch->document, unpack_input(ch->unpack));
	return 0;
}

/* Says which file of an archive an error is about. */
static int
name_document(const struct child *ch, struct err *e)
{
	const char *name = unpack_name(ch->unpack);

	return *name != '\0' ? err_prefix(e, "\"%s\"", name) : -1;
}

/* 1, 0 behind the last, -1. */
static int
next_document(struct child *ch, struct err *e)
{
	int more;

	ch->format->close(ch->reader);
	ch->reader = NULL;
	if ((more = unpack_next(ch->unpack, e)) != 1)
		return more;
	ch->base = ch->next;
	ch->answers = 0;
	lastwords_init(&ch->document, unpack_input(ch->unpack));
	if ((ch->reader = ch->format->open(&ch->document.in, &ch->options, e)) == NULL)
		return name_document(ch, e);
	return 1;
}

static int
finish(struct child *ch, struct err *e)
{
	size_t begin;

	if (drain(&ch->file, e) == -1)
		return -1;
	begin = wire_frame_begin(&ch->out, WIRE_DONE);
	wire_put_u64(&ch->out, ch->records);
	wire_put_u64(&ch->out, ch->skipped);
	end_frame(ch, begin);
	flush(ch);
	return 0;
}

/* The places of an archive's documents go on from one to the next. */
static void
place(struct child *ch, struct comment *c)
{
	ch->answers++;
	c->ordinal += ch->base;
	ch->next = MAX(ch->next, c->ordinal + 1);
}

/* No comment is only right where the document shows that it is a whole export without any. */
static int
check_empty(const struct child *ch, struct err *e)
{
	const uint8_t *head;
	size_t n;

	if (ch->answers > 0 || ch->format->is_empty == NULL)
		return 0;
	head = unpack_head(ch->unpack, &n);
	if (ch->format->is_empty(ch->reader, head, n))
		return 0;
	err_set(e, ERR_INPUT, "No comment was found in it. Please choose %s.", ch->format->accepts);
	return name_document(ch, e);
}

/* Ids that are made of the page's are made of the one that it will have. */
static int
take_site(struct child *ch, struct comment *c, struct err *e)
{
	if (ch->site == NULL || !same_site_own(&ch->same_site, c))
		return 0;
	return same_site_page(ch->site, c, ch->arena, e);
}

/* One answer of the format.  1 to go on, 0 at the end of the document, -1. */
static int
step(struct child *ch, struct err *e)
{
	struct comment c;

	memset(&c, 0, sizeof(c));
	c.skipped = ISSUE_BAD_RECORD;
	e->msg[0] = '\0';
	arena_reset(ch->arena);
	switch (ch->format->next(ch->reader, &c, e)) {
	case RD_ITEM:
		place(ch, &c);
		if (take_site(ch, &c, e) == -1 || refine_comment(ch->format, &ch->options, &c, ch->arena, ch->start.now_ms, e) == -1)
			return -1;
		c.line += unpack_lines(ch->unpack);
		send_record(ch, &c);
		return 1;
	case RD_SKIPPED:
		place(ch, &c);
		c.line += unpack_lines(ch->unpack);
		send_skipped(ch, &c, e);
		return 1;
	case RD_AGAIN:
		return begin_again(ch, e) == -1 ? -1 : 1;
	case RD_EOF:
		if (!ch->format->endless || lastwords_check(&ch->document, e) == 0)
			return check_empty(ch, e);
		break;
	case RD_FATAL:
		lastwords_explain(&ch->document, e);
		break;
	}
	return name_document(ch, e);
}

/* 0 at the end of the document, 1 when nobody listens any more, -1. */
static int
read_document(struct child *ch, struct err *e)
{
	int more;

	do
		more = step(ch, e);
	while (more == 1 && !ch->unsent && !ch->alone);
	return ch->unsent ? err_nomem(e) : more;
}

static int
converse(struct child *ch, struct err *e)
{
	int more;

	if (say_hello(ch, e) == -1 || open_file(ch, e) == -1)
		return -1;
	do
		if ((more = next_document(ch, e)) == 0)
			return finish(ch, e);
	while (more == 1 && (more = read_document(ch, e)) == 0);
	return more == 1 ? 0 : -1;
}

#ifndef TRASLOCO_SANITIZERS	/* their leak check attaches to the process and opens files */
#define NOBODY	65534

/* A jobs program that root runs, as quickstart does in a container, would make readers that are root too. */
static int
stop_being_root(struct err *e)
{
	if (geteuid() != 0)
		return 0;
	if (setgroups(0, NULL) == -1 || setresgid(NOBODY, NOBODY, NOBODY) == -1 ||
	    setresuid(NOBODY, NOBODY, NOBODY) == -1)
		return err_sys(e, "cannot stop being root");
	/* A change of user clears it. */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) == -1)
		return err_sys(e, "cannot be tied to the worker");
	return 0;
}

static int
give_up_more(struct err *e)
{
	if (stop_being_root(e) == -1)
		return -1;
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == -1)
		return err_sys(e, "cannot become undumpable");
	if (setrlimit(RLIMIT_NOFILE, &(struct rlimit){ 2, 2 }) == -1)
		return err_sys(e, "cannot renounce new files");
	return 0;
}
#else
static int
give_up_more(struct err *e)
{
	(void)e;
	return 0;
}
#endif

/*
 * From here on the process can get nothing that it does not have.  What opens files does so now: tzset(), which
 * gmtime_r() would call, libsodium's choice of a source of randomness, the converters of all encodings, and the
 * character set in which libarchive gives names: with UTF-8 it converts nothing; with another one it would look for a
 * converter, and fail.
 */
static int
give_up_everything(struct err *e)
{
	tzset();
	(void)setlocale(LC_CTYPE, "C.UTF-8");
	charset_prepare();
	if (rnd_init(e) == -1)
		return -1;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1)
		return err_sys(e, "cannot renounce new privileges");
	if (chdir("/") == -1)
		return err_sys(e, "cannot leave the directory");
	prctl(PR_SET_NAME, READER_CHILD_NAME);
	return give_up_more(e);
}

int
reader_child_main(void)
{
	struct child *ch;
	struct err e;
	int status = EXIT_FAILURE;

	if (give_up_everything(&e) == -1 || (ch = calloc(1, sizeof(*ch))) == NULL)
		return status;
	ch->file.in.read = framed_read;
	sb_init(&ch->out, 2 * (WIRE_PAYLOAD_MAX + FLUSH_SIZE));
	ch->arena = arena_new(RECORD_CAP);
	ch->start_arena = arena_new(START_MAX * 2);
	if (ch->arena != NULL && ch->start_arena != NULL) {
		if (converse(ch, &e) == -1)
			send_fatal(ch, &e);
		else if (!ch->alone)
			status = EXIT_SUCCESS;
	}
	if (ch->reader != NULL)
		ch->format->close(ch->reader);
	unpack_close(ch->unpack);
	arena_free(ch->start_arena);
	arena_free(ch->arena);
	sb_free(&ch->out);
	free(ch);
	return status;
}
