/* Who a comment and a page are, whatever way they come in by (DESIGN section 2, "Identity"). */
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

#endif
