#include "formats/wxrpage.h"

#include "util/clock.h"
#include "util/weburl.h"

#include "formats/field.h"
#include "formats/wordpress_types.h"

#define URL_BYTES	4096

void
wxr_site_init(struct wxr_site *site, bool by_link)
{
	site->by_link = by_link;
	sb_init(&site->home, URL_BYTES + 2);
	sb_init(&site->host, URL_BYTES);
	sb_init(&site->key, URL_BYTES);
}

void
wxr_site_free(struct wxr_site *site)
{
	sb_free(&site->home);
	sb_free(&site->host);
	sb_free(&site->key);
}

/* --- the site ------------------------------------------------------------------------ */

static bool
normalise(struct sb *sb, struct text url)
{
	sb_reset(sb);
	return weburl_page(url.p, url.n, sb) && sb_ok(sb);
}

/* The host of the first item's address, for files that do not say whose they are. */
static void
note_host(struct wxr_site *site, struct text url)
{
	if (site->host.n == 0 && normalise(&site->key, url))
		sb_add(&site->host, sb_text(&site->key), strcspn(sb_text(&site->key), "/?"));
}

void
wxr_site_settle(struct wxr_site *site, const struct text field[WXR_FIELD__MAX])
{
	static const enum wxr_field addresses[] = { SITE_BLOG_URL, SITE_LINK };
	static const enum wxr_field names[] = { SITE_BLOG_URL, SITE_LINK, SITE_TITLE };
	size_t i;

	if (site->home.n > 0)
		return;
	for (i = 0; i < ARRAY_LEN(addresses); i++)
		if (normalise(&site->home, field[addresses[i]]))
			return;
	sb_reset(&site->home);
	if (site->host.n > 0) {
		sb_str(&site->home, sb_text(&site->host));
		return;
	}
	/* WordPress numbers from 1 on each site: whatever tells this one from others is better than nothing. */
	sb_char(&site->home, '~');
	for (i = 0; i < ARRAY_LEN(names) && site->home.n == 1; i++)
		sb_add(&site->home, field[names[i]].p, field[names[i]].n);
	if (site->home.n == 1)
		sb_str(&site->home, "unknown");
}

/* --- pages --------------------------------------------------------------------------- */

int64_t
wxr_date(struct text t)
{
	int64_t ms;

	return t.n > 0 && clock_parse(t.p, t.n, &ms) == 0 && clock_plausible(ms, ms) ? ms : CLOCK_UNKNOWN;
}

/* An address that WordPress escaped for HTML: its ampersands, once. */
static int
decode_ampersands(struct arena *arena, struct text in, struct text *out, struct err *e)
{
	static const char *const written[] = { "&amp;", "&#038;", "&#38;" };
	size_t i = 0, k;
	char *p;

	if ((p = arena_memdup(arena, in.p, in.n)) == NULL)
		return err_nomem(e);
	*out = (struct text){ .p = p, .said = true };
	while (i < in.n) {
		p[out->n++] = in.p[i];
		for (k = 0; k < ARRAY_LEN(written); k++)
			if (in.n - i >= strlen(written[k]) && memcmp(in.p + i, written[k], strlen(written[k])) == 0)
				break;
		i += k < ARRAY_LEN(written) ? strlen(written[k]) : 1;
	}
	p[out->n] = '\0';
	return 0;
}

bool
wxr_nothing(struct text t)
{
	return t.n == 0 || field_is(t, "0");
}

/* The address as an identity: without what does not tell pages apart. */
static int
address_id(struct wxr_site *site, struct arena *arena, struct wxr_page *page, struct err *e)
{
	if (!normalise(&site->key, page->url)) {
		page->id = page->url;
		return 0;
	}
	return field_copy(arena, (struct text){ .p = sb_text(&site->key), .n = site->key.n }, &page->id, e);
}

int
wxr_page_read(struct wxr_site *site, const struct text field[WXR_FIELD__MAX], struct arena *arena,
    struct wxr_page *page, struct err *e)
{
	struct text id = wxr_nothing(field[ITEM_ID]) ? field[ITEM_THREAD] : field[ITEM_ID];

	*page = (struct wxr_page){ .title = field[ITEM_TITLE], .id = id };
	page->public = wordpress_types_public(field[ITEM_STATUS], field[ITEM_TYPE]);
	page->local = wxr_date(field[ITEM_DATE]);
	page->utc = wxr_date(field[ITEM_DATE_GMT]);
	if (field[ITEM_LINK].n > 0) {
		if (decode_ampersands(arena, field[ITEM_LINK], &page->url, e) == -1)
			return -1;
		page->odd = !weburl_usable(page->url.p, page->url.n);
		note_host(site, page->url);
		if ((site->by_link || id.n == 0) && address_id(site, arena, page, e) == -1)
			return -1;
	}
	page->missing = page->id.n == 0;
	return page->missing ? field_made_up(arena, page->title, &page->id, e) : 0;
}

