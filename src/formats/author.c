#include "formats/author.h"

#include "util/esc.h"

#define MADE_UP		"@author.trasloco.invalid"

static bool
no_name(struct text t)
{
	static const char anonymous[] = "Anonymous";

	return t.n == 0 || (t.n == sizeof(anonymous) - 1 && memcmp(t.p, anonymous, t.n) == 0);
}

bool
author_is_nobody(const struct comment *c)
{
	return no_name(c->text[CT_AUTHOR_NAME]) && c->text[CT_AUTHOR_EMAIL].n == 0 && c->text[CT_AUTHOR_URL].n == 0 &&
	    c->text[CT_AUTHOR_AVATAR].n == 0 && c->text[CT_AUTHOR_EXTERNAL_ID].n == 0;
}

static void
hash_lower(struct hash *h, struct text t)
{
	size_t i;

	for (i = 0; i < t.n; i++) {
		char c = t.p[i] >= 'A' && t.p[i] <= 'Z' ? (char)(t.p[i] + ('a' - 'A')) : t.p[i];

		hash_bytes(h, &c, 1);
	}
}

void
author_key(const struct comment *c, uint8_t out[HASH256_SIZE])
{
	static const enum comment_text known[] = {
		CT_SOURCE, CT_SOURCE_SITE, CT_AUTHOR_EXTERNAL_ID, CT_AUTHOR_NAME, CT_AUTHOR_URL, CT_AUTHOR_AVATAR,
	};
	struct hash h;
	size_t i;

	hash_begin(&h, HASH256_SIZE);
	if (c->text[CT_AUTHOR_EMAIL].n > 0) {
		hash_str(&h, "email");
		hash_lower(&h, c->text[CT_AUTHOR_EMAIL]);
	} else {
		hash_str(&h, "author");
		for (i = 0; i < ARRAY_LEN(known); i++)
			hash_part(&h, c->text[known[i]].p, c->text[known[i]].n);
	}
	hash_end(&h, out);
}

void
author_email(const struct comment *c, struct sb *sb)
{
	uint8_t key[HASH256_SIZE];

	if (c->text[CT_AUTHOR_EMAIL].n > 0) {
		sb_add(sb, c->text[CT_AUTHOR_EMAIL].p, c->text[CT_AUTHOR_EMAIL].n);
		return;
	}
	author_key(c, key);
	esc_hex(sb, key, HASH128_SIZE);
	sb_str(sb, MADE_UP);
}

bool
author_email_made_up(struct text t)
{
	size_t n = sizeof(MADE_UP) - 1;

	return t.n > n && memcmp(t.p + t.n - n, MADE_UP, n) == 0;
}
