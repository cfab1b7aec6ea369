#include "formats/unpack.h"

#include "formats/charset.h"
#include "formats/unzip.h"

#define MAGIC_SIZE	4

/* The second file, which stands in front of the main one. */
struct front {
	struct input	 in;
	struct input	*below;
	uint64_t	 size, left;
};

/* The main file, whose first bytes were looked at. */
struct lead {
	struct input	 in;
	struct input	*below;
	size_t		 n, pos;
	uint8_t		 bytes[MAGIC_SIZE];
};

struct unpack {
	struct input		 in;
	const struct format	*format;
	uint64_t		 max;
	struct front		 second;
	struct lead		 lead;
	struct unzip		*zip;		/* NULL: no archive */
	struct gunzip		*gz;		/* above either; NULL before the first read */
	bool			 begun;		/* the first document was asked for */
	bool			 there;		/* the input stands in the document at hand */
	uint64_t		 place;		/* its number among the archive's members, from 1; 0: none yet */
	bool			 taken;		/* the archive had a document */
	char			 stranger[UNZIP_NAME_SIZE];	/* the first member that no format takes */
	size_t			 head_n, head_pos;
	uint8_t			 head[FORMAT_HEAD_SIZE];	/* how the document at hand begins */
	bool			 failed;
	struct err		 err;
};

static ssize_t
front_read(struct input *in, void *buf, size_t n, struct err *e)
{
	struct front *f = (struct front *)in;
	ssize_t got;

	if (f->left == 0)
		return 0;
	if ((got = input_read(f->below, buf, (size_t)MIN((uint64_t)n, f->left), e)) > 0)
		f->left -= (uint64_t)got;
	return got;
}

/* Over what was not read. */
static int
front_end(struct front *f, struct err *e)
{
	char buf[4096];
	ssize_t got;

	do
		got = front_read(&f->in, buf, sizeof(buf), e);
	while (got > 0);
	return (int)got;
}

static ssize_t
lead_read(struct input *in, void *buf, size_t n, struct err *e)
{
	struct lead *l = (struct lead *)in;

	if (l->pos == l->n)
		return input_read(l->below, buf, n, e);
	n = MIN(n, l->n - l->pos);
	memcpy(buf, l->bytes + l->pos, n);
	l->pos += n;
	return (ssize_t)n;
}

static int
lead_begin(struct lead *l, struct err *e)
{
	ssize_t got = input_read_full(l->below, l->bytes, sizeof(l->bytes), e);

	if (got == -1)
		return -1;
	l->n = (size_t)got;
	l->pos = 0;
	return 0;
}

/* --- documents ---------------------------------------------------------------------------- */

/* An error waits behind the bytes before it: the reader meets it there. */
static bool
read_head(struct unpack *u)
{
	ssize_t got = 1;
	struct err e;

	u->head_n = u->head_pos = 0;
	while (got > 0 && u->head_n < sizeof(u->head)) {
		got = input_read(gunzip_input(u->gz), u->head + u->head_n, sizeof(u->head) - u->head_n, &e);
		u->head_n += got > 0 ? (size_t)got : 0;
	}
	return got != -1;
}

/* Is the member at hand a document?  1, 0: of no format, -1. */
static int
belongs(struct unpack *u, struct err *e)
{
	uint8_t buf[FORMAT_HEAD_SIZE];
	size_t n = u->head_n;
	const uint8_t *head = charset_head(u->head, &n, buf);
	int score = u->format->sniff(head, n);
	const struct format *const *other;

	if (unzip_magic(u->head, u->head_n))
		return err_set(e, ERR_INPUT, "\"%s\" in the ZIP archive is a ZIP archive itself. "
		    "Please unpack the outer one and upload what was in it.", unzip_name(u->zip));
	for (other = formats; *other != NULL; other++)
		if ((*other)->sniff(head, n) > score)
			return err_set(e, ERR_INPUT, "The ZIP archive has files of more than one kind: \"%s\" looks like an export of "
			    "%s, not of %s. Please upload the files one by one.", unzip_name(u->zip), (*other)->title,
			    u->format->title);
	return score > 0;
}

/* To the next member that is a document. */
static int
next_member(struct unpack *u, struct err *e)
{
	int more, one;
	bool whole;

	while ((more = unzip_next(u->zip, e)) == 1) {
		u->place++;
		gunzip_next(u->gz);
		whole = read_head(u);
		if ((one = belongs(u, e)) != 0) {
			u->taken = true;
			return one;
		}
		if (!whole)
			return (int)input_read(gunzip_input(u->gz), u->head, 1, e);
		if (*u->stranger == '\0')
			memcpy(u->stranger, unzip_name(u->zip), sizeof(u->stranger));
	}
	if (more == -1 || u->taken)
		return more;
	if (*u->stranger == '\0')
		return err_set(e, ERR_INPUT, "The ZIP archive is empty. Please choose %s.", u->format->accepts);
	return err_set(e, ERR_INPUT, "The ZIP archive has no export of %s in it, but \"%s\". Please choose %s.",
	    u->format->title, u->stranger, u->format->accepts);
}

/* Back to the member at hand. */
static int
same_member(struct unpack *u, struct err *e)
{
	uint64_t i;
	int more = 1;

	for (i = 0; i < u->place && more == 1; i++)
		more = unzip_next(u->zip, e);
	if (more == 0)
		return err_set(e, ERR_BUG, "the archive has fewer members than the first time");
	return more;
}

/* The first look at the file. */
static int
open_file(struct unpack *u, struct err *e)
{
	bool archive = unzip_magic(u->lead.bytes, u->lead.n);

	if (archive && (u->zip = unzip_open(&u->lead.in, e)) == NULL)
		return -1;
	u->gz = gunzip_open(archive ? unzip_input(u->zip) : &u->lead.in, u->max, e);
	return u->gz != NULL ? 0 : -1;
}

/* From the start of the input below to the document at hand. */
static int
go_there(struct unpack *u, struct err *e)
{
	bool again = u->gz != NULL;

	if (front_end(&u->second, e) == -1 || lead_begin(&u->lead, e) == -1 || (!again && open_file(u, e) == -1))
		return -1;
	if (u->zip != NULL && u->place == 0)
		return next_member(u, e);
	if (u->zip != NULL && (unzip_rewind(u->zip, e) == -1 || same_member(u, e) == -1))
		return -1;
	if (again)
		gunzip_rewind(u->gz);
	(void)read_head(u);
	if (u->zip == NULL && unzip_magic(u->head, u->head_n))
		return err_set(e, ERR_INPUT, "The gzip file has a ZIP archive in it. Please unpack it and upload the ZIP archive.");
	return 1;
}

int
unpack_next(struct unpack *u, struct err *e)
{
	int more;

	if (!u->begun) {
		u->begun = true;
		return 1;
	}
	if (u->failed || u->zip == NULL)
		return u->failed ? input_read(&u->in, u->head, 1, e) : 0;
	if ((more = next_member(u, &u->err)) == -1) {
		u->failed = true;
		if (e != NULL)
			*e = u->err;
	}
	return more;
}

static ssize_t
unpack_read(struct input *in, void *buf, size_t n, struct err *e)
{
	struct unpack *u = (struct unpack *)in;

	if (!u->failed && !u->there) {
		u->failed = go_there(u, &u->err) == -1;
		u->there = true;
	}
	if (u->failed) {
		if (e != NULL)
			*e = u->err;
		return -1;
	}
	if (u->head_pos == u->head_n)
		return input_read(gunzip_input(u->gz), buf, n, e);
	n = MIN(n, u->head_n - u->head_pos);
	memcpy(buf, u->head + u->head_pos, n);
	u->head_pos += n;
	return (ssize_t)n;
}

/* --- opening --------------------------------------------------------------------------------- */

struct unpack *
unpack_open(struct input *below, const struct format *format, uint64_t max_unpacked, struct err *e)
{
	struct unpack *u = calloc(1, sizeof(*u));

	if (u == NULL) {
		err_nomem(e);
		return NULL;
	}
	u->in.read = unpack_read;
	u->format = format;
	u->max = max_unpacked;
	u->lead.in.read = lead_read;
	u->second.in.read = front_read;
	u->lead.below = u->second.below = below;
	return u;
}

struct input *
unpack_second(struct unpack *u, uint64_t size)
{
	u->second.size = u->second.left = size;
	return &u->second.in;
}

struct input *
unpack_input(struct unpack *u)
{
	return &u->in;
}

const uint8_t *
unpack_head(const struct unpack *u, size_t *n)
{
	*n = u->head_n;
	return u->head;
}

const char *
unpack_name(const struct unpack *u)
{
	return u->zip != NULL && u->taken ? unzip_name(u->zip) : "";
}

void
unpack_again(struct unpack *u)
{
	u->there = false;
	u->second.left = u->second.size;
}

void
unpack_close(struct unpack *u)
{
	if (u == NULL)
		return;
	gunzip_close(u->gz);
	unzip_close(u->zip);
	free(u);
}
