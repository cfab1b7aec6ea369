/*
 * The reader protocol, version 4 (doc/READER-PROTOCOL): how bytes and records
 * are written between trasloco-jobs and its reader process, and what a
 * record must fulfil before jobs believes it.  Integers are little endian.
 */
#ifndef JOBS_WIRE_H
#define JOBS_WIRE_H

#include "util/arena.h"
#include "util/err.h"
#include "util/sb.h"

#include "model/comment.h"
#include "model/issue.h"

#define WIRE_VERSION		4
#define WIRE_DATA_MAX		(64 * 1024)		/* bytes of one data frame */
#define WIRE_PAYLOAD_MAX	(4 * 1024 * 1024)	/* bytes of one frame of the reader */
#define WIRE_DATA_HEADER	4			/* u32 length */
#define WIRE_FRAME_HEADER	5			/* u8 type, u32 length */
#define WIRE_MESSAGE_MAX	400			/* bytes of a sentence for a person */
#define WIRE_ORDINAL_MAX	(UINT64_C(1) << 40)
#define WIRE_PASSES_MAX		1000			/* over the file: each document of an archive may ask for one */

/* Frames of the reader. */
enum wire_type {
	WIRE_HELLO = 1,		/* u32 version */
	WIRE_RECORD,		/* a comment */
	WIRE_SKIPPED,		/* an issue and a text: a record that could not be taken */
	WIRE_NOTE,		/* an issue: something about a record that is taken all the same */
	WIRE_AGAIN,		/* nothing: the input is wanted once more */
	WIRE_FATAL,		/* u8 enum wire_fatal, text: the file cannot be read on */
	WIRE_DONE		/* u64 records, u64 skipped: everything was said */
};

enum wire_fatal { WIRE_FATAL_INPUT = 1, WIRE_FATAL_LIMIT, WIRE_FATAL_MEMORY, WIRE_FATAL_OTHER };

/* --- writing: appends to an sb, whose sb_ok() tells in the end --- */

void wire_put_u8(struct sb *, uint8_t);
void wire_put_u32(struct sb *, uint32_t);
void wire_put_u64(struct sb *, uint64_t);
void wire_put_text(struct sb *, const char *, size_t n);	/* u32 length, bytes */

/* Begins a frame of the reader; the end writes the payload's length into its header.  False when the payload is
 * over WIRE_PAYLOAD_MAX or did not fit: the frame is taken back. */
size_t wire_frame_begin(struct sb *, enum wire_type);
bool wire_frame_end(struct sb *, size_t begin) MUST_CHECK;

/* --- reading: a cursor over one payload that remembers its first overrun --- */

struct wire_in {
	const uint8_t	*p;
	size_t		 n;
	bool		 bad;		/* something was read beyond the end */
};

uint8_t wire_get_u8(struct wire_in *);
uint32_t wire_get_u32(struct wire_in *);
uint64_t wire_get_u64(struct wire_in *);
void wire_get_text(struct wire_in *, struct text *);		/* points into the payload; said */

/* True if everything was there and nothing is left over. */
bool wire_complete(const struct wire_in *);

/* --- what goes to the reader first --- */

struct wire_start {
	char			 format[33];
	uint64_t		 max_unpacked, max_ratio;	/* formats/streams */
	int64_t			 now_ms;	/* today, for dates ahead of time */
	const char *const	*pairs;		/* struct format_options; may be NULL */
};

void wire_put_start(struct sb *, const struct wire_start *);

/* The pairs go to the arena.  ERR_BUG when the two programs do not speak the same version. */
int wire_get_start(const void *payload, size_t n, struct arena *, struct wire_start *, struct err *) MUST_CHECK;

/* --- records --- */

void wire_put_comment(struct sb *, const struct comment *);

/*
 * Reads a record and proves it: lengths, masks, UTF-8 without NUL, every limit of
 * model/comment.h, a source of its letters that is not ourselves, extra like an object, flags 0 or 1,
 * an id that is there, a date that is plausible on now_ms or unknown, a body in canonical form (util/canonical_html).
 * Texts point into the payload.
 * ERR_READER otherwise: a reader of ours never writes such a record.
 */
int wire_get_comment(const void *payload, size_t n, int64_t now_ms, struct comment *, struct err *) MUST_CHECK;

/* What the reader says about one record. */
struct wire_issue {
	enum issue_reason	reason;
	uint64_t		line;				/* from 1; 0 unknown */
	char			external_id[LIMIT_ID_BYTES + 1];	/* "" unknown */
};

/* external_id (NULL: unknown) is made valid and cut at LIMIT_ID_BYTES. */
void wire_put_issue(struct sb *, enum issue_reason, const char *external_id, size_t n, uint64_t line);

/* skips: which kind of issue this frame may hold (issue_kinds).  ERR_READER. */
int wire_get_issue(struct wire_in *, bool skips, struct wire_issue *, struct err *) MUST_CHECK;

/* Makes a sentence of n bytes fit to be shown and logged: valid UTF-8, no control characters, at most
 * WIRE_MESSAGE_MAX bytes. */
void wire_clean_message(char out[WIRE_MESSAGE_MAX + 1], const char *, size_t n);

#endif
