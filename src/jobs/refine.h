/*
 * From a record as its format read it to a record as it is stored, once for all
 * formats, inside the reader process: limits, made ids, plausible dates,
 * source_hash, decoded and cleaned text.  DESIGN section 2.
 */
#ifndef JOBS_REFINE_H
#define JOBS_REFINE_H

#include "util/arena.h"
#include "util/err.h"

#include "formats/format.h"
#include "model/comment.h"

/*
 * Refines c in place; new texts go to the arena.  Everything that was altered is reported through
 * options->note.  now_ms: today, for dates ahead of time.  0, or -1 when out of memory or over the arena's cap.
 *
 * In this order: a site that is an address to its normal form, made id (`~` and a hash of page, date, author, body), ids
 * over 255 bytes to their hash, source_hash over the fields in format->hash_texts and hash_numbers (page fields and cleaning
 * play no part), then limits on names, titles and
 * addresses, extra over 8 KiB left out, dates (1990 to a day ahead, else CLOCK_UNKNOWN), and the body through
 * text/clean.  What ids of comments, parents, pages and authors hold is otherwise as the format gave it, but for what no
 * text may have: bytes that are not UTF-8, and NUL.
 */
int refine_comment(const struct format *, const struct format_options *, struct comment *, struct arena *,
    int64_t now_ms, struct err *) MUST_CHECK;

#endif
