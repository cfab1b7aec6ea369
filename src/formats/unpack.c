#include "formats/unpack.h"

#include "formats/charset.h"
#include "formats/looks.h"

/* The second file, which stands in front of the main one. */
struct front {
	struct input	 in;
	struct input	*below;
	uint64_t	 size, left;
};

struct unpack {
	struct input			 in;
	const struct format		*format;
	const struct format_options	*options;
	struct front			 second;
	struct streams			*streams;
	bool				 begun;		/* the first document was asked for */
	bool				 there;		/* the input stands in the document at hand */
	uint64_t			 place;		/* its number among the streams, from 1; 0: none yet */
	bool				 taken;		/* there was a document */
	bool				 strange;	/* something was no document: */
	char				 stranger[STREAMS_NAME_SIZE + 2];	/* the first of these, or what it looks like */
	bool				 failed;
	struct err			 err;
	uint8_t				 head[FORMAT_HEAD_SIZE];	/* of the document at hand, where it had to be decoded */
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

/* --- documents ---------------------------------------------------------------------------- */

/* An export of another provider. */
static int
other_kind(struct unpack *u, const struct format *other, struct err *e)
{
	const char *name = streams_name(u->streams);

	if (*name == '\0')
		return err_set(e, ERR_INPUT, "What is in the %s looks like an export of %s, not of %s. Please choose %s as the provider.",
		    streams_around(u->streams), other->title, u->format->title, other->title);
	return err_set(e, ERR_INPUT, "The %s has files of more than one kind: \"%s\" looks like an export of %s, not of %s. "
	    "Please upload the files one by one.", streams_upload(u->streams), name, other->title, u->format->title);
}

/* Is the stream at hand a document?  1, 0: of no format, -1. */
static int
belongs(struct unpack *u, struct err *e)
{
	uint8_t buf[FORMAT_HEAD_SIZE];
	size_t n;
	const uint8_t *bytes = streams_head(u->streams, &n), *head = charset_head(bytes, &n, buf);
	int score = u->format->sniff(head, n);
	const struct format *const *other;

	/* Whoever sent a file that is not packed has looked at it. */
	if (streams_around(u->streams) == NULL)
		return 1;
	for (other = formats; *other != NULL; other++)
		if ((*other)->sniff(head, n) > score)
			return other_kind(u, *other, e);
	return score > 0;
}

/* What is no document is passed over, and named. */
static void
pass_over(struct unpack *u)
{
	const char *name = streams_name(u->streams);
	char buf[LOOKS_SIZE];
	size_t n;
	const uint8_t *head = streams_head(u->streams, &n);

	if (*name != '\0')
		format_note(u->options, ISSUE_FILE_PASSED_OVER, name, 0);
	if (u->strange)
		return;
	u->strange = true;
	if (*name != '\0')
		snprintf(u->stranger, sizeof(u->stranger), "\"%s\"", name);
	else
		snprintf(u->stranger, sizeof(u->stranger), "%s", n > 0 ? looks_like(head, n, buf) : "nothing at all");
}

/* To the next stream that is a document. */
static int
next_stream(struct unpack *u, struct err *e)
{
	int more, one;

	while ((more = streams_next(u->streams, e)) == 1) {
		u->place++;
		if ((one = belongs(u, e)) != 0) {
			u->taken = true;
			return one;
		}
		pass_over(u);
	}
	if (more == -1 || u->taken)
		return more;
	if (!u->strange)
		return err_set(e, ERR_INPUT, "The %s is empty. Please choose %s.", streams_upload(u->streams), u->format->accepts);
	return err_set(e, ERR_INPUT, "The %s has no export of %s in it, but %s. Please choose %s.", streams_upload(u->streams),
	    u->format->title, u->stranger, u->format->accepts);
}

/* Back to the stream at hand. */
static int
same_stream(struct unpack *u, struct err *e)
{
	uint64_t i;
	int more = 1;

	streams_rewind(u->streams);
	for (i = 0; i < u->place && more == 1; i++)
		more = streams_next(u->streams, e);
	if (more == 0)
		return err_set(e, ERR_BUG, "the file has fewer streams than the first time");
	return more;
}

/* From the start of the input below to the document at hand. */
static int
go_there(struct unpack *u, struct err *e)
{
	if (front_end(&u->second, e) == -1)
		return -1;
	return u->place == 0 ? next_stream(u, e) : same_stream(u, e);
}

int
unpack_next(struct unpack *u, struct err *e)
{
	int more;

	if (!u->begun) {
		u->begun = true;
		return 1;
	}
	more = u->failed ? -1 : next_stream(u, &u->err);
	if (more == -1) {
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
	return input_read(streams_input(u->streams), buf, n, e);
}

/* --- opening --------------------------------------------------------------------------------- */

struct unpack *
unpack_open(struct input *below, const struct format *format, const struct streams_limits *limits,
    const struct format_options *options, struct err *e)
{
	struct unpack *u = calloc(1, sizeof(*u));

	if (u == NULL) {
		err_nomem(e);
		return NULL;
	}
	if ((u->streams = streams_open(below, limits, e)) == NULL) {
		free(u);
		return NULL;
	}
	u->in.read = unpack_read;
	u->format = format;
	u->options = options;
	u->second.in.read = front_read;
	u->second.below = below;
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
unpack_head(struct unpack *u, size_t *n)
{
	const uint8_t *head = streams_head(u->streams, n);

	return charset_head(head, n, u->head);
}

const char *
unpack_name(const struct unpack *u)
{
	return u->there && !u->failed ? streams_name(u->streams) : "";
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
	streams_close(u->streams);
	free(u);
}
