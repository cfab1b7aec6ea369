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

static void
hash_said(struct hash *h, bool said, const void *p, size_t n)
{
	hash_u64(h, said);
	hash_part(h, p, said ? n : 0);
}

void
identity_made(struct hash128 *out, const struct comment *c)
{
	const struct number *created = &c->number[CN_CREATED_AT];
	const struct text *t = c->text;
	struct hash h;

	hash_begin(&h, HASH128_SIZE);
	hash_said(&h, t[CT_PAGE_ID].said, t[CT_PAGE_ID].p, t[CT_PAGE_ID].n);
	hash_u64(&h, created->said);
	hash_u64(&h, created->said ? (uint64_t)created->v : 0);
	hash_said(&h, t[CT_AUTHOR_NAME].said, t[CT_AUTHOR_NAME].p, t[CT_AUTHOR_NAME].n);
	hash_said(&h, t[CT_BODY_HTML].said, t[CT_BODY_HTML].p, t[CT_BODY_HTML].n);
	hash_end(&h, out->b);
}

void
identity_long(struct hash128 *out, const struct text *id)
{
	struct hash h;

	hash_begin(&h, HASH128_SIZE);
	hash_part(&h, id->p, id->n);
	hash_end(&h, out->b);
}

/* --- source_hash ---------------------------------------------------------------------- */

#define AUTHOR_TEXTS	(1u << CT_AUTHOR_NAME | 1u << CT_AUTHOR_EMAIL | 1u << CT_AUTHOR_URL | 1u << CT_AUTHOR_AVATAR | \
	1u << CT_AUTHOR_EXTERNAL_ID | 1u << CT_AUTHOR_IP)
#define NUMBER_FIRST	256	/* what the numbers count from, behind all texts */

/* Each field that is said: its number, which the reader protocol gave it for ever, and its value. */
static void
hash_fields(struct hash128 *out, const char *what, const struct comment *c, uint32_t texts, uint32_t numbers)
{
	struct hash h;
	uint64_t i;

	hash_begin(&h, HASH128_SIZE);
	hash_str(&h, what);
	for (i = 0; i < CT__MAX; i++)
		if (texts >> i & 1 && c->text[i].said) {
			hash_u64(&h, i);
			hash_part(&h, c->text[i].p, c->text[i].n);
		}
	for (i = 0; i < CN__MAX; i++)
		if (numbers >> i & 1 && c->number[i].said && !(i == CN_CREATED_AT && c->date_worked_out)) {
			hash_u64(&h, NUMBER_FIRST + i);
			hash_u64(&h, (uint64_t)c->number[i].v);
		}
	hash_end(&h, out->b);
}

void
identity_source(struct hash128 *out, const struct comment *c, uint32_t texts, uint32_t numbers)
{
	struct hash128 comment, author;
	struct hash h;

	hash_fields(&comment, "comment", c, texts & ~AUTHOR_TEXTS, numbers);
	hash_fields(&author, "author", c, texts & AUTHOR_TEXTS, 0);
	hash_begin(&h, HASH128_SIZE);
	hash_part(&h, comment.b, sizeof(comment.b));
	hash_part(&h, author.b, sizeof(author.b));
	hash_end(&h, out->b);
}
