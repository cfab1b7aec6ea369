#include "util/identity.h"

/* The first part keeps a comment and a page of the same id apart. */
static void
identify(struct hash128 *out, const char *what, int64_t account_id, const struct text *source, const struct text *site,
    const struct text *id)
{
	struct hash h;

	hash_begin(&h, HASH128_SIZE);
	hash_str(&h, what);
	hash_u64(&h, (uint64_t)account_id);
	hash_part(&h, source->p, source->n);
	hash_part(&h, site->p, site->n);
	hash_part(&h, id->p, id->n);
	hash_end(&h, out->b);
}

void
identity_comment(struct hash128 *out, int64_t account_id, const struct text *source, const struct text *site,
    const struct text *external_id)
{
	identify(out, "comment", account_id, source, site, external_id);
}

void
identity_page(struct hash128 *out, int64_t account_id, const struct text *source, const struct text *site,
    const struct text *page_id)
{
	identify(out, "page", account_id, source, site, page_id);
}
