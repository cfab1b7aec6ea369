/* Which format a file has, by its first bytes: packed or not, chosen or to be found out. */
#include "formats/format.h"

#include "formats/charset.h"
#include "formats/looks.h"
#include "formats/streams.h"

#define LOOK_MAX	(16 * 1024 * 1024)	/* bytes that the head is unpacked to, whatever is in it */

struct head {
	const uint8_t	*p;
	size_t		 n;
	const char	*inside;	/* " in a gzip file", ... or "" */
};

struct ranking {
	const struct format	*best, *equal;	/* equal: another one that is as sure; NULL: none */
	int			 score, wanted_score;
};

static struct ranking
rank(const struct format *const *table, const struct format *wanted, struct head h)
{
	struct ranking r = { 0 };
	uint8_t buf[FORMAT_HEAD_SIZE];

	h.p = charset_head(h.p, &h.n, buf);
	for (; *table != NULL; table++) {
		int score = (*table)->sniff(h.p, h.n);

		if (*table == wanted)
			r.wanted_score = score;
		if (score > 0 && score == r.score)
			r.equal = *table;
		if (score > r.score) {
			r.best = *table;
			r.score = score;
			r.equal = NULL;
		}
	}
	return r;
}

static const struct format *
refuse(struct head h, const struct format *wanted, struct err *e)
{
	uint8_t decoded[FORMAT_HEAD_SIZE];
	size_t n = h.n;
	const uint8_t *p = charset_head(h.p, &n, decoded);
	const char *system = looks_like_export_of(p, n);
	char buf[LOOKS_SIZE];

	if (system != NULL) {
		err_set(e, ERR_TYPE, "This looks like an export of %s%s, which cannot be read here. Please choose %s.", system, h.inside,
		    wanted != NULL ? wanted->accepts : "an export of one of the providers in the list");
		return NULL;
	}
	err_set(e, ERR_TYPE, "This looks like %s%s, not like a comment export. Please choose %s.",
	    looks_like(h.p, h.n, buf), h.inside,
	    wanted != NULL ? wanted->accepts : "the file that one of the providers in the list gave you");
	return NULL;
}

static const struct format *
choose(struct ranking r, const struct format *wanted, struct head h, struct err *e)
{
	if (r.best == NULL)
		return refuse(h, wanted, e);
	if (wanted != NULL && r.wanted_score == r.score)
		return wanted;
	if (wanted != NULL) {
		err_set(e, ERR_TYPE, "This looks like an export of %s%s, not of %s. Please choose %s as the provider, or choose %s.",
		    r.best->title, h.inside, wanted->title, r.best->title, wanted->accepts);
		return NULL;
	}
	if (r.equal != NULL) {
		err_set(e, ERR_TYPE, "This file has the signs of an export of %s and of one of %s. "
		    "Please choose from the list which one it is.", r.best->title, r.equal->title);
		return NULL;
	}
	return r.best;
}

/* --- what is packed ---------------------------------------------------------------------- */

/* The head of an upload.  Where it is cut, reading fails in a way that no file fails. */
struct cut {
	struct input	 in;
	struct input_mem mem;
	bool		 cut;
};

static ssize_t
cut_read(struct input *in, void *buf, size_t n, struct err *e)
{
	struct cut *c = (struct cut *)in;

	if (c->mem.n == 0 && c->cut)
		return err_set(e, ERR_CANCELLED, "more of the file is not known yet");
	return input_read(&c->mem.in, buf, n, e);
}

/* The first stream that no format takes. */
struct stranger {
	struct head	 head;		/* n == 0: there was none that has something in it */
	char		 inside[40];
	char		 name[STREAMS_NAME_SIZE];
	uint8_t		 bytes[FORMAT_HEAD_SIZE];
};

static const char *
inside(const struct streams *s, char buf[40])
{
	const char *around = streams_around(s);

	buf[0] = '\0';
	if (around != NULL)
		snprintf(buf, 40, " in %s %s", streams_article(around), around);
	return buf;
}

static void
remember(struct stranger *other, struct streams *s, struct head h)
{
	if (other->head.n > 0 || h.n == 0)
		return;
	memcpy(other->bytes, h.p, h.n);
	other->head = (struct head){ other->bytes, h.n, inside(s, other->inside) };
	snprintf(other->name, sizeof(other->name), "%s", streams_name(s));
}

/* What is known of the upload does not show what it is. */
static const struct format *
ask(const struct format *want, const struct streams *s, const struct stranger *other, struct err *e)
{
	char buf[LOOKS_SIZE];

	if (want != NULL)
		return want;
	if (other->head.n == 0)
		err_set(e, ERR_TYPE, "It cannot be seen yet what is in this %s. "
		    "Please choose from the list which provider it comes from.", streams_upload(s));
	else
		err_set(e, ERR_TYPE, "The first file in this %s, \"%s\", looks like %s. "
		    "Please choose from the list which provider the archive comes from.", streams_upload(s), other->name,
		    looks_like(other->head.p, other->head.n, buf));
	return NULL;
}

/* No stream of it was taken; how reading it ended. */
static const struct format *
none_found(const struct format *want, const struct streams *s, const struct stranger *other, int end, struct err *e)
{
	/* Of one file, unlike of an archive, nothing else can follow. */
	bool alone = other->head.n > 0 && *other->name == '\0';

	if (end == -1 && (e->kind == ERR_CANCELLED || e->kind == ERR_LIMIT) && !alone)
		return ask(want, s, other, e);
	if (end == -1 && e->kind != ERR_CANCELLED && e->kind != ERR_LIMIT)
		return NULL;
	if (other->head.n > 0)
		return refuse(other->head, want, e);
	err_set(e, ERR_INPUT, "The %s is empty. Please choose the file that you exported and try again.", streams_upload(s));
	return NULL;
}

/* The first stream that some format takes, as choose() has it. */
static const struct format *
first_export(const struct format *const *table, const struct format *want, struct streams *s, struct stranger *other,
    struct err *e)
{
	struct head h;
	struct ranking r;
	char buf[40];
	int more;

	while ((more = streams_next(s, e)) == 1) {
		h.p = streams_head(s, &h.n);
		h.inside = inside(s, buf);
		r = rank(table, want, h);
		/* What a damaged file begins with may be of use: the reader says where it ends. */
		if (r.best != NULL || r.wanted_score > 0 || streams_around(s) == NULL)
			return choose(r, want, h, e);
		remember(other, s, h);
	}
	return none_found(want, s, other, more, e);
}

/* --- all of them --------------------------------------------------------------------------- */

const struct format *
format_detect_in(const struct format *const *table, const uint8_t *head, size_t n, const char *wanted, struct err *e)
{
	const struct streams_limits limits = { .max_unpacked = LOOK_MAX };
	/* A head of the full size is cut by the caller; a shorter one is all there is of the file. */
	struct cut cut = { .in = { cut_read }, .cut = n == FORMAT_HEAD_SIZE };
	const struct format *want = NULL, *found;
	struct stranger other = { .head = { .n = 0 } };
	struct streams *s;

	if (wanted != NULL && *wanted != '\0' && (want = format_by_name_in(table, wanted)) == NULL) {
		err_set(e, ERR_INPUT, "There is no such provider in the list. Please choose one from it.");
		return NULL;
	}
	if (n == 0) {
		err_set(e, ERR_INPUT, "The file is empty. Please choose the file that you exported and try again.");
		return NULL;
	}
	input_mem_init(&cut.mem, head, n);
	if ((s = streams_open(&cut.in, &limits, e)) == NULL)
		return NULL;
	found = first_export(table, want, s, &other, e);
	streams_close(s);
	return found;
}

const struct format *
format_detect(const uint8_t *head, size_t n, const char *wanted, struct err *e)
{
	return format_detect_in(formats, head, n, wanted, e);
}
