#include <zlib.h>

#include "formats/format.h"

#define BUF_SIZE	(32 * 1024)
#define WBITS_GZIP	(15 + 16)
#define MEMORY_LEVEL	8		/* zlib's own */

struct gzip {
	struct output	 out;		/* first: what callers see */
	struct output	*below;
	z_stream	 z;
	unsigned char	 buf[BUF_SIZE];
};

/* Packs what is in z.next_in, and hands on what comes of it; with Z_FINISH to the end. */
static int
pack(struct gzip *gz, int flush, struct err *e)
{
	int ret;

	do {
		gz->z.next_out = gz->buf;
		gz->z.avail_out = sizeof(gz->buf);
		ret = deflate(&gz->z, flush);
		if (ret != Z_OK && ret != Z_STREAM_END && ret != Z_BUF_ERROR)
			return err_set(e, ERR_BUG, "deflate says %d", ret);
		if (gz->z.avail_out < sizeof(gz->buf) &&
		    output_write(gz->below, gz->buf, sizeof(gz->buf) - gz->z.avail_out, e) == -1)
			return -1;
	} while (gz->z.avail_out == 0);
	return 0;
}

static int
write_packed(struct output *out, const void *p, size_t n, struct err *e)
{
	struct gzip *gz = (struct gzip *)out;
	const unsigned char *bytes = p;
	size_t some;

	for (; n > 0; bytes += some, n -= some) {
		some = MIN(n, (size_t)INT_MAX);
		gz->z.next_in = (unsigned char *)(uintptr_t)bytes;	/* older headers do not say const */
		gz->z.avail_in = (unsigned)some;
		if (pack(gz, Z_NO_FLUSH, e) == -1)
			return -1;
	}
	return 0;
}

struct gzip *
gzip_open(struct output *below, struct err *e)
{
	struct gzip *gz = calloc(1, sizeof(*gz));

	if (gz == NULL || deflateInit2(&gz->z, Z_DEFAULT_COMPRESSION, Z_DEFLATED, WBITS_GZIP, MEMORY_LEVEL,
	    Z_DEFAULT_STRATEGY) != Z_OK) {
		free(gz);
		err_nomem(e);
		return NULL;
	}
	gz->out.write = write_packed;
	gz->below = below;
	return gz;
}

struct output *
gzip_output(struct gzip *gz)
{
	return &gz->out;
}

int
gzip_finish(struct gzip *gz, struct err *e)
{
	gz->z.avail_in = 0;
	return pack(gz, Z_FINISH, e);
}

void
gzip_close(struct gzip *gz)
{
	if (gz == NULL)
		return;
	deflateEnd(&gz->z);
	free(gz);
}
