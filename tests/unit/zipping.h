/* ZIP and tar archives for tests, written as common programs write them. */
#ifndef TESTS_ZIPPING_H
#define TESTS_ZIPPING_H

#include <zlib.h>

#include "util/sb.h"

enum zip_shape {
	ZIP_STORED	= 1,	/* else deflated */
	ZIP_DESCRIPTOR	= 2,	/* sizes and checksum behind the data, as whoever writes to a pipe does */
	ZIP_ENCRYPTED	= 4,	/* says that it is */
	ZIP_RARE	= 8,	/* says that it is packed with LZMA */
	ZIP_BAD_SUM	= 16,
	ZIP_UTF8	= 32	/* says that its name is UTF-8 */
};

static inline void
zip_le(struct sb *sb, uint64_t v, int bytes)
{
	for (; bytes > 0; bytes--, v >>= 8)
		sb_char(sb, (char)(uint8_t)v);
}

static inline void
zip_deflate(struct sb *out, const void *p, size_t n)
{
	z_stream z = { 0 };
	unsigned char buf[4096];

	assert_int_equal(deflateInit2(&z, 6, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY), Z_OK);
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

/* One member.  A name with a slash at its end is a directory. */
static inline void
zip_add(struct sb *sb, const char *name, const void *p, size_t n, unsigned shape)
{
	uint32_t sum = (uint32_t)crc32(0, p, (unsigned)n) + (shape & ZIP_BAD_SUM ? 1 : 0);
	bool later = (shape & ZIP_DESCRIPTOR) != 0;
	unsigned flags = (later ? 8 : 0) | (shape & ZIP_ENCRYPTED ? 1 : 0) | (shape & ZIP_UTF8 ? 0x800 : 0);
	unsigned method = shape & ZIP_RARE ? 14 : shape & ZIP_STORED ? 0 : 8;
	struct sb packed;

	sb_init(&packed, 64 << 20);
	if (shape & ZIP_STORED)
		sb_add(&packed, p, n);
	else
		zip_deflate(&packed, p, n);
	sb_add(sb, "PK\3\4", 4);
	zip_le(sb, 20, 2);
	zip_le(sb, flags, 2);
	zip_le(sb, method, 2);
	zip_le(sb, 0x5a218000, 4);
	zip_le(sb, later ? 0 : sum, 4);
	zip_le(sb, later ? 0 : packed.n, 4);
	zip_le(sb, later ? 0 : n, 4);
	zip_le(sb, strlen(name), 2);
	zip_le(sb, 0, 2);
	sb_str(sb, name);
	sb_add(sb, sb_text(&packed), packed.n);
	if (later) {
		sb_add(sb, "PK\7\10", 4);
		zip_le(sb, sum, 4);
		zip_le(sb, packed.n, 4);
		zip_le(sb, n, 4);
	}
	assert_true(sb_ok(sb) && sb_ok(&packed));
	sb_free(&packed);
}

static inline void
zip_text(struct sb *sb, const char *name, const char *text)
{
	zip_add(sb, name, text, strlen(text), 0);
}

/* The end: a reader of streams stops at the directory and asks no more of it. */
static inline void
zip_end(struct sb *sb)
{
	sb_add(sb, "PK\5\6", 4);
	zip_le(sb, 0, 8);
	zip_le(sb, 0, 8);
	zip_le(sb, 0, 2);
}

/* One header of tar, of this type and size: '0' a file, '5' a directory, '2' a symbolic link, '1' another name. */
static inline void
tar_header(struct sb *sb, const char *name, size_t n, char type)
{
	char h[512] = { 0 };
	unsigned sum = 0;
	size_t i;

	memcpy(h, name, MIN(strlen(name), (size_t)100));
	snprintf(h + 100, 25, "0000644%c0000000%c0000000", 0, 0);
	snprintf(h + 124, 13, "%011zo", n);
	snprintf(h + 136, 13, "%011o", 0u);
	memset(h + 148, ' ', 8);
	h[156] = type;
	memcpy(h + 257, "ustar\0" "00", 8);
	for (i = 0; i < sizeof(h); i++)
		sum += (unsigned char)h[i];
	snprintf(h + 148, 8, "%06o", sum);
	sb_add(sb, h, sizeof(h));
}

static inline void
tar_add(struct sb *sb, const char *name, const void *p, size_t n)
{
	tar_header(sb, name, n, '0');
	sb_add(sb, p, n);
	for (; sb->n % 512 != 0;)
		sb_char(sb, '\0');
}

static inline void
tar_text(struct sb *sb, const char *name, const char *text)
{
	tar_add(sb, name, text, strlen(text));
}

static inline void
tar_end(struct sb *sb)
{
	static const char none[1024];

	sb_add(sb, none, sizeof(none));
}

#endif
