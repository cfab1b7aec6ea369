/*
 * One compressed stream as an input of what is in it: gzip (RFC 1952), bzip2,
 * xz, zstd (RFC 8878).  Several of a kind, one after the other, are one stream, as their tools have it; zero bytes may
 * follow, with which tape and disk tools fill the last block.  Whatever else follows is an error.
 *
 * Each library is called itself, not through libarchive's filters: those pass over what follows a stream's end, do not
 * check gzip's sums, keep the last 64 to 128 KiB before damage to themselves, and fail at padding.
 */
#ifndef FORMATS_DECOMPRESS_H
#define FORMATS_DECOMPRESS_H

#include "util/err.h"
#include "util/input.h"

#define DECOMPRESS_MAGIC	6	/* bytes that tell a kind */

/* What xz and zstd may take for a dictionary: `xz -9` has 65 MiB, `zstd --ultra -22` 128 MiB. */
#define DECOMPRESS_MEMORY	(UINT64_C(136) * 1024 * 1024)

struct codec {
	const char	*title;		/* "gzip file" */
	const struct codec_calls *calls;
};

/* What these first bytes begin; NULL if it is none of the four. */
const struct codec *decompress_codec(const void *head, size_t n);

struct decompress;

/*
 * The input stays the caller's, until close.  Reading gives ERR_INPUT with a sentence for what is damaged, is
 * cut or does not belong to it, after everything that came before; ERR_LIMIT for a dictionary over
 * DECOMPRESS_MEMORY or over what this process has; or what the input said.  Errors are sticky.
 * NULL when out of memory.
 */
struct decompress *decompress_open(struct input *below, const struct codec *, struct err *);
struct input *decompress_input(struct decompress *);
void decompress_close(struct decompress *);	/* close(NULL) does nothing */

#endif
