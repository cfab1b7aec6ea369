#include <bzlib.h>
#include <lzma.h>
#include <zlib.h>
#include <zstd.h>
#include <zstd_errors.h>

#include "formats/decompress.h"

#define BUF_SIZE	(32 * 1024)
#define WBITS_GZIP	(15 + 16)

enum state {
	STREAM,		/* inside a stream */
	BETWEEN,	/* after one: another, zero bytes or the end may follow */
	END,
	FAILED		/* err says why, again and again */
};

/* What a call of a library came to. */
enum coded { CODED_MORE, CODED_END, CODED_DAMAGED, CODED_MEMORY };

/* Bytes to unpack, and room for what comes out; both move on. */
struct window {
	const uint8_t	*in;
	size_t		 in_n;
	uint8_t		*out;
	size_t		 out_n;
};

struct decompress {
	struct input		 in;
	struct input		*below;
	const struct codec	*codec;
	enum state		 state;
	struct err		 err;
	bool			 below_ended;
	union {
		z_stream	 gzip;
		bz_stream	 bzip2;
		lzma_stream	 xz;
		ZSTD_DStream	*zstd;
	};
	size_t			 pos, fill;	/* of buf: what was read and not yet unpacked */
	uint8_t			 buf[BUF_SIZE];
};

struct codec_calls {
	bool		(*magic)(const uint8_t *, size_t n);
	enum coded	(*begin)(struct decompress *);	/* of each stream; CODED_MORE */
	enum coded	(*step)(struct decompress *, struct window *);
	void		(*end)(struct decompress *);
};

/* --- the four ------------------------------------------------------------------------------ */

static bool
begins(const uint8_t *p, size_t n, const char *with, size_t with_n)
{
	return n >= with_n && memcmp(p, with, with_n) == 0;
}

static bool
gzip_magic(const uint8_t *p, size_t n)
{
	return begins(p, n, "\x1f\x8b", 2);
}

static enum coded
gzip_begin(struct decompress *d)
{
	if (d->gzip.state != NULL)
		return inflateReset(&d->gzip) == Z_OK ? CODED_MORE : CODED_DAMAGED;
	return inflateInit2(&d->gzip, WBITS_GZIP) == Z_OK ? CODED_MORE : CODED_MEMORY;
}

static enum coded
gzip_step(struct decompress *d, struct window *w)
{
	z_stream *z = &d->gzip;
	int ret;

	z->next_in = (unsigned char *)(uintptr_t)w->in;
	z->avail_in = (unsigned)w->in_n;
	z->next_out = w->out;
	z->avail_out = (unsigned)w->out_n;
	ret = inflate(z, Z_NO_FLUSH);
	*w = (struct window){ z->next_in, z->avail_in, z->next_out, z->avail_out };
	if (ret == Z_STREAM_END)
		return CODED_END;
	if (ret == Z_OK || ret == Z_BUF_ERROR)
		return CODED_MORE;
	return ret == Z_MEM_ERROR ? CODED_MEMORY : CODED_DAMAGED;
}

static void
gzip_end(struct decompress *d)
{
	inflateEnd(&d->gzip);
}

static bool
bzip2_magic(const uint8_t *p, size_t n)
{
	/* The first block's sign, or that of the end of one that is empty. */
	return n >= 6 && memcmp(p, "BZh", 3) == 0 && p[3] >= '1' && p[3] <= '9' &&
	    (memcmp(p + 4, "1A", 2) == 0 || memcmp(p + 4, "\x17r", 2) == 0);
}

static void
bzip2_end(struct decompress *d)
{
	if (d->bzip2.state != NULL)
		BZ2_bzDecompressEnd(&d->bzip2);
	memset(&d->bzip2, 0, sizeof(d->bzip2));
}

static enum coded
bzip2_begin(struct decompress *d)
{
	bzip2_end(d);
	return BZ2_bzDecompressInit(&d->bzip2, 0, 0) == BZ_OK ? CODED_MORE : CODED_MEMORY;
}

static enum coded
bzip2_step(struct decompress *d, struct window *w)
{
	bz_stream *z = &d->bzip2;
	int ret;

	z->next_in = (char *)(uintptr_t)w->in;
	z->avail_in = (unsigned)w->in_n;
	z->next_out = (char *)w->out;
	z->avail_out = (unsigned)w->out_n;
	ret = BZ2_bzDecompress(z);
	*w = (struct window){ (const uint8_t *)z->next_in, z->avail_in, (uint8_t *)z->next_out, z->avail_out };
	if (ret == BZ_STREAM_END)
		return CODED_END;
	if (ret == BZ_OK)
		return CODED_MORE;
	return ret == BZ_MEM_ERROR ? CODED_MEMORY : CODED_DAMAGED;
}

static bool
xz_magic(const uint8_t *p, size_t n)
{
	return begins(p, n, "\xfd" "7zXZ\0", 6);
}

static enum coded
xz_begin(struct decompress *d)
{
	return lzma_stream_decoder(&d->xz, DECOMPRESS_MEMORY, 0) == LZMA_OK ? CODED_MORE : CODED_MEMORY;
}

static enum coded
xz_step(struct decompress *d, struct window *w)
{
	lzma_stream *z = &d->xz;
	lzma_ret ret;

	z->next_in = w->in;
	z->avail_in = w->in_n;
	z->next_out = w->out;
	z->avail_out = w->out_n;
	ret = lzma_code(z, LZMA_RUN);
	*w = (struct window){ z->next_in, z->avail_in, z->next_out, z->avail_out };
	if (ret == LZMA_STREAM_END)
		return CODED_END;
	if (ret == LZMA_OK || ret == LZMA_BUF_ERROR)
		return CODED_MORE;
	return ret == LZMA_MEM_ERROR || ret == LZMA_MEMLIMIT_ERROR ? CODED_MEMORY : CODED_DAMAGED;
}

static void
xz_end(struct decompress *d)
{
	lzma_end(&d->xz);
}

/* A frame, or one to be passed over, with which parallel compressors begin. */
static bool
zstd_magic(const uint8_t *p, size_t n)
{
	return begins(p, n, "\x28\xb5\x2f\xfd", 4) || (n >= 4 && p[0] >> 4 == 5 && memcmp(p + 1, "\x2a\x4d\x18", 3) == 0);
}

static enum coded
zstd_begin(struct decompress *d)
{
	if (d->zstd == NULL && (d->zstd = ZSTD_createDStream()) == NULL)
		return CODED_MEMORY;
	return ZSTD_isError(ZSTD_DCtx_reset(d->zstd, ZSTD_reset_session_only)) ? CODED_MEMORY : CODED_MORE;
}

static enum coded
zstd_step(struct decompress *d, struct window *w)
{
	ZSTD_inBuffer in = { w->in, w->in_n, 0 };
	ZSTD_outBuffer out = { w->out, w->out_n, 0 };
	size_t ret = ZSTD_decompressStream(d->zstd, &out, &in);
	ZSTD_ErrorCode code = ZSTD_getErrorCode(ret);

	*w = (struct window){ w->in + in.pos, w->in_n - in.pos, w->out + out.pos, w->out_n - out.pos };
	if (!ZSTD_isError(ret))
		return ret == 0 ? CODED_END : CODED_MORE;
	return code == ZSTD_error_memory_allocation || code == ZSTD_error_frameParameter_windowTooLarge ? CODED_MEMORY :
	    CODED_DAMAGED;
}

static void
zstd_end(struct decompress *d)
{
	ZSTD_freeDStream(d->zstd);
}

static const struct codec_calls gzip_calls = { gzip_magic, gzip_begin, gzip_step, gzip_end };
static const struct codec_calls bzip2_calls = { bzip2_magic, bzip2_begin, bzip2_step, bzip2_end };
static const struct codec_calls xz_calls = { xz_magic, xz_begin, xz_step, xz_end };
static const struct codec_calls zstd_calls = { zstd_magic, zstd_begin, zstd_step, zstd_end };

static const struct codec codecs[] = {
	{ "gzip file", &gzip_calls },
	{ "bzip2 file", &bzip2_calls },
	{ "xz file", &xz_calls },
	{ "zstd file", &zstd_calls },
};

const struct codec *
decompress_codec(const void *head, size_t n)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(codecs); i++)
		if (codecs[i].calls->magic(head, n))
			return &codecs[i];
	return NULL;
}

/* --- the stream ----------------------------------------------------------------------------- */

static ssize_t
fail(struct decompress *d, struct err *e)
{
	d->state = FAILED;
	if (e != NULL)
		*e = d->err;
	return -1;
}

/* Gets at least want bytes into buf if the input has them.  0 or -1, err in d->err. */
static int
refill(struct decompress *d, size_t want)
{
	memmove(d->buf, d->buf + d->pos, d->fill - d->pos);
	d->fill -= d->pos;
	d->pos = 0;
	while (d->fill < want && !d->below_ended) {
		ssize_t got = input_read(d->below, d->buf + d->fill, BUF_SIZE - d->fill, &d->err);

		if (got == -1)
			return -1;
		d->below_ended = got == 0;
		d->fill += (size_t)got;
	}
	return 0;
}

static int
told(struct decompress *d, enum coded how)
{
	const char *title = d->codec->title;

	if (how == CODED_MEMORY)
		return err_set(&d->err, ERR_LIMIT, "The %s needs more memory to be unpacked than this site gives it. "
		    "Please unpack it and upload what was in it.", title);
	return err_set(&d->err, ERR_INPUT, "The %s is damaged. Please get it once more.", title);
}

/* After a stream.  0 or -1. */
static int
between(struct decompress *d)
{
	enum coded how;

	for (;;) {
		while (d->pos < d->fill && d->buf[d->pos] == 0)
			d->pos++;
		if (d->fill - d->pos >= DECOMPRESS_MAGIC || d->below_ended)
			break;
		if (refill(d, DECOMPRESS_MAGIC) == -1)
			return -1;
	}
	if (d->pos == d->fill) {
		d->state = END;
		return 0;
	}
	if (!d->codec->calls->magic(d->buf + d->pos, d->fill - d->pos))
		return err_set(&d->err, ERR_INPUT, "The %s has something after its end that is not part of it. "
		    "Please get the file once more.", d->codec->title);
	d->state = STREAM;
	return (how = d->codec->calls->begin(d)) == CODED_MORE ? 0 : told(d, how);
}

/* Unpacks into out; returns how much came out, which may be 0, or -1. */
static ssize_t
stream(struct decompress *d, void *out, size_t n)
{
	struct window w;
	enum coded how;

	if (d->pos == d->fill && refill(d, 1) == -1)
		return -1;
	w = (struct window){ d->buf + d->pos, d->fill - d->pos, out, n };
	how = d->codec->calls->step(d, &w);
	d->pos = d->fill - w.in_n;
	n -= w.out_n;
	if (how == CODED_END)
		d->state = BETWEEN;
	if (how == CODED_END || (how == CODED_MORE && (n > 0 || d->pos < d->fill || !d->below_ended)))
		return (ssize_t)n;
	if (how == CODED_MORE)
		return err_set(&d->err, ERR_INPUT, "The %s ends in the middle. Please get it once more; "
		    "it may not have been downloaded to its end.", d->codec->title);
	/* What came out before the damage is good: it goes first. */
	told(d, how);
	d->state = FAILED;
	return n > 0 ? (ssize_t)n : -1;
}

static ssize_t
decompress_read(struct input *in, void *out, size_t n, struct err *e)
{
	struct decompress *d = (struct decompress *)in;
	ssize_t got = 0;

	n = MIN(n, (size_t)INT_MAX);
	while (got == 0 && d->state != END) {
		if (d->state == FAILED)
			return fail(d, e);
		got = d->state == STREAM ? stream(d, out, n) : between(d);
	}
	return got == -1 ? fail(d, e) : got;
}

struct decompress *
decompress_open(struct input *below, const struct codec *codec, struct err *e)
{
	struct decompress *d = calloc(1, sizeof(*d));

	if (d == NULL) {
		err_nomem(e);
		return NULL;
	}
	d->in.read = decompress_read;
	d->below = below;
	d->codec = codec;
	/* The magic is there: what it begins is begun like each one after it. */
	d->state = BETWEEN;
	return d;
}

struct input *
decompress_input(struct decompress *d)
{
	return &d->in;
}

void
decompress_close(struct decompress *d)
{
	if (d == NULL)
		return;
	d->codec->calls->end(d);
	free(d);
}
