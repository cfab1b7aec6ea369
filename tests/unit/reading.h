/* What the tests of reading share: packed files, slow inputs, counted reports. */
#ifndef TESTS_READING_H
#define TESTS_READING_H

#include <bzlib.h>
#include <lzma.h>
#include <zlib.h>
#include <zstd.h>

#include "util/sb.h"

#include "formats/format.h"

/* One gzip member. */
static inline void
gzip(struct sb *out, const void *p, size_t n)
{
	z_stream z = { 0 };
	unsigned char buf[4096];

	assert_int_equal(deflateInit2(&z, 6, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY), Z_OK);
	z.next_in = (unsigned char *)(uintptr_t)p;
	z.avail_in = (unsigned)n;
	do {
		z.next_out = buf;
		z.avail_out = sizeof(buf);
		deflate(&z, Z_FINISH);
		sb_add(out, buf, sizeof(buf) - z.avail_out);
	} while (z.avail_out == 0);
	deflateEnd(&z);
}

static inline void
bzip2(struct sb *out, const void *p, size_t n)
{
	unsigned size = (unsigned)(n + n / 50 + 1000);
	char *buf = malloc(size);

	assert_int_equal(BZ2_bzBuffToBuffCompress(buf, &size, (char *)(uintptr_t)p, (unsigned)n, 1, 0, 0), BZ_OK);
	sb_add(out, buf, size);
	free(buf);
}

/* As `xz -9` has it. */
static inline void
xz(struct sb *out, const void *p, size_t n)
{
	size_t size = lzma_stream_buffer_bound(n), used = 0;
	uint8_t *buf = malloc(size);

	assert_int_equal(lzma_easy_buffer_encode(9, LZMA_CHECK_CRC64, NULL, p, n, buf, &used, size), LZMA_OK);
	sb_add(out, (char *)buf, used);
	free(buf);
}

static inline void
zstd(struct sb *out, const void *p, size_t n)
{
	ZSTD_CCtx *c = ZSTD_createCCtx();
	size_t size = ZSTD_compressBound(n), used;
	char *buf = malloc(size);

	ZSTD_CCtx_setParameter(c, ZSTD_c_checksumFlag, 1);
	used = ZSTD_compress2(c, buf, size, p, n);
	assert_false(ZSTD_isError(used));
	sb_add(out, buf, used);
	free(buf);
	ZSTD_freeCCtx(c);
}

/* One stream of each kind of compressed file. */
static const struct {
	const char	*title;
	void		(*pack)(struct sb *, const void *, size_t);
} packers[] = {
	{ "gzip file", gzip }, { "bzip2 file", bzip2 }, { "xz file", xz }, { "zstd file", zstd },
};

/* Gives at most this many bytes at a time, so that every boundary is met. */
struct slow {
	struct input	 in;
	struct input_mem mem;
	size_t		 most;
};

static inline ssize_t
slow_read(struct input *in, void *buf, size_t n, struct err *e)
{
	struct slow *slow = (struct slow *)in;

	return input_read(&slow->mem.in, buf, MIN(n, slow->most), e);
}

static inline struct slow
slow_input(const void *p, size_t n, size_t most)
{
	struct slow slow = { .in = { slow_read }, .most = most };

	input_mem_init(&slow.mem, p, n);
	return slow;
}

/* All bytes of an input; 0 or -1 as it ended. */
static inline ssize_t
drain(struct input *in, size_t most, struct sb *out, struct err *e)
{
	char buf[5000];
	ssize_t n;

	while ((n = input_read(in, buf, MIN(most, sizeof(buf)), e)) > 0)
		sb_add(out, buf, (size_t)n);
	return n;
}

struct bufs {
	struct sb in, out, want;
};

static inline int
reading_setup(void **state)
{
	static struct bufs b;

	sb_init(&b.in, 1 << 24);
	sb_init(&b.out, 1 << 24);
	sb_init(&b.want, 1 << 24);
	*state = &b;
	return 0;
}

static inline int
reading_teardown(void **state)
{
	struct bufs *b = *state;

	sb_free(&b->in);
	sb_free(&b->out);
	sb_free(&b->want);
	return 0;
}

/* Of each reason: how often; and the line of the last. */
static int notes[ISSUE__MAX];
static uint64_t note_line;

static inline void
take_note(void *ctx, enum issue_reason reason, const char *external_id, uint64_t line)
{
	(void)ctx;
	(void)external_id;
	notes[reason]++;
	note_line = line;
}

static const struct format_options noting = { .note = take_note };

static inline struct text
text(const char *s)
{
	return (struct text){ .p = s, .n = strlen(s), .said = true };
}

#endif
