#include "util/same_site.h"

#include "util/sb.h"
#include "util/utf8.h"
#include "util/weburl.h"

bool
same_site_own(struct same_site *s, const struct comment *c)
{
	const struct text *source = &c->text[CT_SOURCE], *site = &c->text[CT_SOURCE_SITE];
	struct hash128 of;
	struct hash h;

	hash_begin(&h, HASH128_SIZE);
	hash_part(&h, source->p, source->said ? source->n : 0);
	hash_part(&h, site->p, site->said ? site->n : 0);
	hash_end(&h, of.b);
	if (!s->known) {
		s->known = true;
		s->own = of;
	}
	return memcmp(&s->own, &of, sizeof(of)) == 0;
}

/* Is it what util/weburl_page() makes of an address? */
static bool
is_address(const char *p, size_t n)
{
	bool usable;
	struct sb sb;

	sb_init(&sb, LIMIT_URL_BYTES + 8);
	sb_str(&sb, "http://");
	sb_add(&sb, p, n);
	usable = n > 0 && sb_ok(&sb) && weburl_usable(sb_text(&sb), sb.n);
	sb_free(&sb);
	return usable;
}

/* Does the page's address stand below that of the site? */
static bool
is_below(const struct text *page, const struct text *site)
{
	return page->n >= site->n && memcmp(page->p, site->p, site->n) == 0 &&
	    (page->n == site->n || page->p[site->n] == '/' || page->p[site->n] == '?');
}

static bool
is_page_of(const struct text *id, const struct text *url)
{
	struct sb sb;
	bool same;

	sb_init(&sb, WEBURL_PAGE_ROOM(url->n));
	same = weburl_page(url->p, url->n, &sb) && sb_ok(&sb) && sb.n == id->n && memcmp(sb_text(&sb), id->p, id->n) == 0;
	sb_free(&sb);
	return same;
}

int
same_site_page(const char *site, struct comment *c, struct arena *arena, struct err *e)
{
	const struct text *own = &c->text[CT_SOURCE_SITE], *url = &c->text[CT_PAGE_URL];
	struct text *id = &c->text[CT_PAGE_ID];
	size_t n = strlen(site);
	char *p;

	if (own->n == 0 || id->n == 0 || url->n == 0 || !is_below(id, own) || !is_address(own->p, own->n) ||
	    !is_address(site, n) || !is_page_of(id, url))
		return 0;
	if ((p = arena_alloc(arena, n + id->n - own->n + 1)) == NULL)
		return err_nomem(e);
	memcpy(p, site, n);
	memcpy(p + n, id->p + own->n, id->n - own->n);
	id->n = n + id->n - own->n;
	p[id->n] = '\0';
	id->p = p;
	return 0;
}

const char *
same_site_problem(const char *site)
{
	size_t n = strlen(site), i;

	for (i = 0; i < n; i++)
		if ((unsigned char)site[i] < ' ' || site[i] == 0x7f)
			return "The name of a site is one line of text.";
	if (n == 0 || n > LIMIT_SITE_BYTES || !utf8_valid(site, n))
		return "The name of a site has 1 to 255 bytes of UTF-8.";
	return NULL;
}
