/* Which format a file has, by its first bytes: packed or not, chosen or to be found out. */
#include "formats/format.h"

#include "formats/charset.h"
#include "formats/looks.h"
#include "formats/unzip.h"

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

/* The first bytes of what a gzip file contains, or of anything else as it is.  -1 if that ends badly. */
static int
unpack(struct input *below, uint8_t out[FORMAT_HEAD_SIZE], size_t *out_n, struct err *e)
{
	struct gunzip *gz = gunzip_open(below, UINT64_MAX, e);
	ssize_t got = 1;

	*out_n = 0;
	if (gz == NULL)
		return -1;
	while (*out_n < FORMAT_HEAD_SIZE && got > 0) {
		got = input_read(gunzip_input(gz), out + *out_n, FORMAT_HEAD_SIZE - *out_n, e);
		*out_n += got > 0 ? (size_t)got : 0;
	}
	gunzip_close(gz);
	return got == -1 ? -1 : 0;
}

static const struct format *
detect_gzip(const struct format *const *table, const struct format *want, struct head h, struct err *e)
{
	uint8_t unpacked[FORMAT_HEAD_SIZE];
	struct head content = { unpacked, 0, " in a gzip file" };
	struct input_mem mem;
	struct ranking r;
	bool damaged;

	input_mem_init(&mem, h.p, h.n);
	/* A head of the full size is cut by the caller; a shorter one is all there is of the file.  What a damaged file
	 * begins with may be of use: the reader says where it ends. */
	damaged = unpack(&mem.in, unpacked, &content.n, e) == -1;
	if (damaged && content.n == 0)
		return NULL;
	if (content.n == 0) {
		err_set(e, ERR_INPUT, "The gzip file has nothing in it.");
		return NULL;
	}
	r = rank(table, want, content);
	return r.best == NULL && r.wanted_score == 0 && h.n < FORMAT_HEAD_SIZE && damaged ? NULL : choose(r, want, content, e);
}

/* --- archives ---------------------------------------------------------------------------- */

/* The head of an archive.  Where it is cut, reading fails in a way that no archive fails. */
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

/* The first member that no format takes. */
struct stranger {
	uint8_t		 bytes[FORMAT_HEAD_SIZE];
	struct head	 head;		/* n == 0: there was none */
	char		 name[UNZIP_NAME_SIZE];
};

/*
 * Looks for the first member that some format takes.  1 and *found, as choose() has it; 0: there is none in the
 * archive; -1: ERR_CANCELLED, none in its head.
 */
static int
first_export(const struct format *const *table, const struct format *want, struct unzip *z, struct stranger *other,
    const struct format **found, struct err *e)
{
	uint8_t unpacked[FORMAT_HEAD_SIZE];
	struct head h = { unpacked, 0, " in a ZIP archive" };
	struct ranking r;
	int more, whole;

	while ((more = unzip_next(z, e)) == 1) {
		whole = unpack(unzip_input(z), unpacked, &h.n, e);
		r = rank(table, want, h);
		if (r.best != NULL || r.wanted_score > 0) {
			*found = choose(r, want, h, e);
			return 1;
		}
		if (whole == -1 && e->kind != ERR_CANCELLED && h.n == 0)
			return -1;
		if (other->head.n == 0 && h.n > 0) {
			memcpy(other->bytes, unpacked, h.n);
			other->head = (struct head){ other->bytes, h.n, h.inside };
			memcpy(other->name, unzip_name(z), sizeof(other->name));
		}
	}
	return more;
}

/* No export in what is known of the archive. */
static const struct format *
ask(const struct format *want, const struct stranger *other, struct err *e)
{
	char buf[LOOKS_SIZE];

	if (want != NULL)
		return want;
	if (other->head.n == 0)
		err_set(e, ERR_TYPE, "It cannot be seen yet what is in this ZIP archive. "
		    "Please choose from the list which provider it comes from.");
	else
		err_set(e, ERR_TYPE, "The first file in this ZIP archive, \"%s\", looks like %s. "
		    "Please choose from the list which provider the archive comes from.", other->name,
		    looks_like(other->head.p, other->head.n, buf));
	return NULL;
}

static const struct format *
detect_zip(const struct format *const *table, const struct format *want, struct head h, struct err *e)
{
	struct cut cut = { .in = { cut_read }, .cut = h.n == FORMAT_HEAD_SIZE };
	struct stranger other = { .head = { .n = 0 } };
	const struct format *found = NULL;
	struct unzip *z;
	int any;

	input_mem_init(&cut.mem, h.p, h.n);
	if ((z = unzip_open(&cut.in, e)) == NULL)
		return NULL;
	any = first_export(table, want, z, &other, &found, e);
	unzip_close(z);
	if (any == -1 && e->kind == ERR_CANCELLED)
		return ask(want, &other, e);
	if (any != 0)
		return found;
	if (other.head.n > 0)
		return refuse(other.head, want, e);
	err_set(e, ERR_INPUT, "The ZIP archive is empty. Please choose the file that you exported and try again.");
	return NULL;
}

/* --- all of them --------------------------------------------------------------------------- */

const struct format *
format_detect_in(const struct format *const *table, const uint8_t *head, size_t n, const char *wanted, struct err *e)
{
	const struct format *want = NULL;
	struct head h = { head, n, "" };

	if (wanted != NULL && *wanted != '\0' && (want = format_by_name_in(table, wanted)) == NULL) {
		err_set(e, ERR_INPUT, "There is no such provider in the list. Please choose one from it.");
		return NULL;
	}
	if (n == 0) {
		err_set(e, ERR_INPUT, "The file is empty. Please choose the file that you exported and try again.");
		return NULL;
	}
	if (unzip_magic(head, n))
		return detect_zip(table, want, h, e);
	if (n >= 2 && head[0] == 0x1f && head[1] == 0x8b)
		return detect_gzip(table, want, h, e);
	return choose(rank(table, want, h), want, h, e);
}

const struct format *
format_detect(const uint8_t *head, size_t n, const char *wanted, struct err *e)
{
	return format_detect_in(formats, head, n, wanted, e);
}
