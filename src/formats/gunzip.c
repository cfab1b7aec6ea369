#include <zlib.h>

#include "formats/format.h"

#include "util/num.h"

#define BUF_SIZE	(32 * 1024)
#define WBITS_GZIP	(15 + 16)

enum state {
	START,		/* nothing was read yet */
	PLAIN,		/* no gzip: passed through */
	MEMBER,		/* inside a member */
	BETWEEN,	/* behind one: another, zero bytes or the end may follow */
	PADDING,	/* only zero bytes may follow */
	END,
	FAILED		/* err says why, again and again */
};

struct gunzip {
	struct input	 in;
	struct input	*below;
	enum state	 state;
	struct err	 err;
	uint64_t	 left;		/* bytes that may still come out */
	uint64_t	 left_at_start;	/* at the start of this file */
	uint64_t	 max;
	bool		 below_ended;
	z_stream	 z;
	unsigned char	 buf[BUF_SIZE];
};

static ssize_t
fail(struct gunzip *gz, struct err *e)
{
	gz->state = FAILED;
	if (e != NULL)
		*e = gz->err;
	return -1;
}

/* Gets at least want (1 or 2) bytes into buf if the input has them.  0 or -1, err in gz->err. */
static int
refill(struct gunzip *gz, unsigned want)
{
	if (gz->z.avail_in > 0)
		memmove(gz->buf, gz->z.next_in, gz->z.avail_in);
	gz->z.next_in = gz->buf;
	while (gz->z.avail_in < want && !gz->below_ended) {
		ssize_t got = input_read(gz->below, gz->buf + gz->z.avail_in, BUF_SIZE - gz->z.avail_in, &gz->err);

		if (got == -1)
			return -1;
		gz->below_ended = got == 0;
		gz->z.avail_in += (unsigned)got;
	}
	return 0;
}

static bool
at_magic(const struct gunzip *gz)
{
	return gz->z.avail_in >= 2 && gz->z.next_in[0] == 0x1f && gz->z.next_in[1] == 0x8b;
}

static int
start(struct gunzip *gz)
{
	if (refill(gz, 2) == -1)
		return -1;
	gz->state = at_magic(gz) ? MEMBER : PLAIN;
	return 0;
}

/* Behind a member. */
static int
between(struct gunzip *gz)
{
	if (refill(gz, 2) == -1)
		return -1;
	if (gz->z.avail_in == 0) {
		gz->state = END;
	} else if (at_magic(gz)) {
		inflateReset(&gz->z);
		gz->state = MEMBER;
	} else {
		gz->state = PADDING;
	}
	return 0;
}

/* Tape and disk tools fill the last block with zero bytes. */
static int
padding(struct gunzip *gz)
{
	while (gz->z.avail_in > 0) {
		if (*gz->z.next_in != 0)
			return err_set(&gz->err, ERR_INPUT, "The gzip file has something behind its end that is not part of it. "
			    "Please get the file once more.");
		gz->z.next_in++;
		gz->z.avail_in--;
	}
	if (refill(gz, 1) == -1)
		return -1;
	if (gz->z.avail_in == 0)
		gz->state = END;
	return 0;
}

/* Unpacks into out; returns how much came out, which may be 0, or -1. */
static ssize_t
member(struct gunzip *gz, void *out, size_t n)
{
	int ret;

	if (gz->z.avail_in == 0 && refill(gz, 1) == -1)
		return -1;
	gz->z.next_out = out;
	gz->z.avail_out = (unsigned)n;
	ret = inflate(&gz->z, Z_NO_FLUSH);
	n -= gz->z.avail_out;
	switch (ret) {
	case Z_STREAM_END:
		gz->state = BETWEEN;
		return (ssize_t)n;
	case Z_OK:
	case Z_BUF_ERROR:
		if (n > 0 || gz->z.avail_in > 0 || !gz->below_ended)
			return (ssize_t)n;
		return err_set(&gz->err, ERR_INPUT, "The gzip file ends in the middle. Please get it once more; "
		    "it may not have been downloaded to its end.");
	case Z_MEM_ERROR:
		return err_nomem(&gz->err);
	default:
		/* What came out before the damage is good: it goes first. */
		gz->state = FAILED;
		err_set(&gz->err, ERR_INPUT, "The gzip file is damaged. Please get it once more.");
		return n > 0 ? (ssize_t)n : -1;
	}
}

static ssize_t
plain(struct gunzip *gz, void *out, size_t n)
{
	if (gz->z.avail_in == 0 && refill(gz, 1) == -1)
		return -1;
	n = MIN(n, gz->z.avail_in);
	if (n == 0)
		gz->state = END;
	else
		memcpy(out, gz->z.next_in, n);
	gz->z.next_in += n;
	gz->z.avail_in -= (unsigned)n;
	return (ssize_t)n;
}

/* The next bytes of whichever kind; 0: none yet, see state; -1 with gz->err. */
static ssize_t
step(struct gunzip *gz, void *out, size_t n)
{
	switch (gz->state) {
	case START:
		return start(gz);
	case PLAIN:
		return plain(gz, out, n);
	case MEMBER:
		return member(gz, out, n);
	case BETWEEN:
		return between(gz);
	case PADDING:
		return padding(gz);
	default:
		return -1;
	}
}

static ssize_t
gunzip_read(struct input *in, void *out, size_t n, struct err *e)
{
	struct gunzip *gz = (struct gunzip *)in;

	n = MIN(n, (size_t)INT_MAX);
	while (gz->state != END) {
		ssize_t got = gz->state == FAILED ? -1 : step(gz, out, n);

		if (got == -1)
			return fail(gz, e);
		if ((uint64_t)got > gz->left) {
			char size[40];

			num_format_limit(size, (int64_t)MIN(gz->max, (uint64_t)INT64_MAX));
			err_set(&gz->err, ERR_LIMIT, "The file is larger than %s when it is unpacked, which is more than "
			    "this site takes.", size);
			return fail(gz, e);
		}
		gz->left -= (uint64_t)got;
		if (got > 0)
			return got;
	}
	return 0;
}

struct gunzip *
gunzip_open(struct input *below, uint64_t max_unpacked, struct err *e)
{
	struct gunzip *gz = calloc(1, sizeof(*gz));

	if (gz == NULL || inflateInit2(&gz->z, WBITS_GZIP) != Z_OK) {
		free(gz);
		err_nomem(e);
		return NULL;
	}
	gz->in.read = gunzip_read;
	gz->below = below;
	gz->max = gz->left = max_unpacked;
	gunzip_next(gz);
	return gz;
}

struct input *
gunzip_input(struct gunzip *gz)
{
	return &gz->in;
}

static void
begin(struct gunzip *gz)
{
	gz->state = START;
	gz->below_ended = false;
	inflateReset(&gz->z);
	gz->z.avail_in = 0;
}

void
gunzip_next(struct gunzip *gz)
{
	gz->left_at_start = gz->left;
	begin(gz);
}

void
gunzip_rewind(struct gunzip *gz)
{
	gz->left = gz->left_at_start;
	begin(gz);
}

void
gunzip_close(struct gunzip *gz)
{
	if (gz == NULL)
		return;
	inflateEnd(&gz->z);
	free(gz);
}
