/*
 * Who a comment and a page are, whatever way they come in by, and whether a comment is as its source said it before
 * (DESIGN section 2, doc/SCHEMA 2.1 and 2.3).  None of this may ever change: each row that is stored was found by it.
 */
#ifndef UTIL_IDENTITY_H
#define UTIL_IDENTITY_H

#include "util/hash.h"

#include "model/comment.h"

/* BLAKE2b-128 over "comment", account, source, source_site, external_id. */
void identity_comment(struct hash128 *, int64_t account_id, const struct text *source, const struct text *site,
    const struct text *external_id);

/* BLAKE2b-128 over "page", account, source, source_site, page_id. */
void identity_page(struct hash128 *, int64_t account_id, const struct text *source, const struct text *site,
    const struct text *page_id);

/* For a comment without an id: BLAKE2b-128 over page_id, created_at, author_name and body as the source said them. */
void identity_made(struct hash128 *, const struct comment *);

/* For an id that is too long to be stored: BLAKE2b-128 over its bytes. */
void identity_long(struct hash128 *, const struct text *id);

/*
 * source_hash of a record as its source said it, over the fields in texts and numbers (bits 1 << CT_x and 1 << CN_x): the
 * BLAKE2b-128 of two others, of what it says of the comment and of what it says of the author (name, email, url, avatar,
 * external id, ip), so that each can be worked out without the other.  Fields that are not said play no part: a field that comes
 * into the vocabulary changes the hash of no record but those that say it.  A date that was worked out is not said.
 */
void identity_source(struct hash128 *, const struct comment *, uint32_t texts, uint32_t numbers);

#endif
