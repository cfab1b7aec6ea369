/* PUT token: a site asks to be connected, again and again until an admin has approved it. */
#include "util/utf8.h"
#include "util/weburl.h"

#include "web/i18n.h"
#include "web/json.h"
#include "web/pages.h"
#include "web/site.h"

/* Sites that may ask at a time, from one address and in all: more than a hoster's address needs, fewer than would harm. */
#define ASKING_FROM	20
#define ASKING_ALL	10000

static bool
type_valid(const char *s)
{
	size_t n = strlen(s);

	return n >= 1 && n <= LIMIT_SOURCE_BYTES && strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789-") == n;
}

const struct form_field site_token_query[] = {
	{ "token", INTEGRATION_TOKEN_MAX, NULL, true,
	    "The token of the site must have 8 to 128 letters, digits, dots, hyphens and underscores." },
	{ "integrationType", LIMIT_SOURCE_BYTES, type_valid, true,
	    "integrationType must say what kind of site asks, in at most 32 small letters, digits and hyphens." },
	{ "domain", LIMIT_URL_BYTES, NULL, true,
	    "domain must be the home address of the site, with at most 2,048 bytes, such as https://blog.example.com." },
	{ "skipInitialSync", 8, NULL, false, "skipInitialSync must be true or false." },
	{ .name = NULL },
};

/* What the query says once it is decoded.  The core libraries ask their users for a name alone, as myawesomeblog.com. */
static const char *
decoded_domain(struct ctx *c)
{
	static const char scheme[] = "https://";
	const char *said = form_get(&c->query, "domain");
	size_t n = strlen(said) + sizeof(scheme);
	char *domain;

	if (strstr(said, "://") != NULL)
		return said;
	if ((domain = arena_alloc(c->arena, n)) != NULL)
		snprintf(domain, n, "%s%s", scheme, said);
	return domain;
}

/*
 * The home address.  The plugin writes it into the query as it is, so that a percent sign or a plus in it is its own; but
 * WordPress encodes what is not ASCII, even in the name of the host.  Other clients encode all of it, and then it does not begin
 * as an address does.
 */
static const char *
said_domain(struct ctx *c)
{
	static const char name[] = "domain=";
	const char *p = c->req->query, *value;
	struct weburl_place place;
	size_t n;

	while (strncmp(p, name, sizeof(name) - 1) != 0)
		if ((p = strchr(p, '&')) == NULL || *++p == '\0')
			return decoded_domain(c);
	value = p + sizeof(name) - 1;
	n = strcspn(value, "&");
	if (!weburl_place(value, n, &place) || memchr(place.host, '%', place.host_size) != NULL)
		return decoded_domain(c);
	return arena_memdup(c->arena, value, n);
}

static int
refuse_domain(struct err *e)
{
	return err_set(e, ERR_INPUT, "%s", tr(site_token_query[2].complaint));
}

/* No characters that nobody sees, or that turn the text behind them around: an admin must read the name that is meant. */
static bool
reads_as_it_is(const char *domain)
{
	size_t i, len, n = strlen(domain);

	for (i = 0; i < n; i += len)
		if ((len = utf8_sequence(domain + i, n - i)) == 0 || utf8_invisible(domain + i, len))
			return false;
	return true;
}

/* As formats/wxrpage makes it of an export of the same site: a comment must be the same by both ways. */
static int
find_source_site(const char *domain, struct sb *site, struct err *e)
{
	sb_init(site, LIMIT_SITE_BYTES + 1);
	if (weburl_page(domain, strlen(domain), site) && sb_ok(site))
		return 0;
	sb_free(site);
	return refuse_domain(e);
}

static int
answer(struct ctx *c, const struct integration *n)
{
	struct sb *out;

	if (n->state == INTEGRATION_REVOKED) {
		site_refuse_revoked(c);
		return 0;
	}
	out = site_success(c);
	if (n->state == INTEGRATION_APPROVED)
		sb_printf(out, ",\"isTokenValidated\":true,\"tenantId\":\"%" PRId64 "\"}\n", n->account_id);
	else
		sb_str(out, ",\"isTokenValidated\":false}\n");
	return 0;
}

int
site_token(struct ctx *c, struct err *e)
{
	const char *skip = form_get(&c->query, "skipInitialSync");
	struct integration_asking asking = { .token = form_get(&c->query, "token"), .domain = said_domain(c),
	    .source = form_get(&c->query, "integrationType"), .from = c->req->remote_addr,
	    .skip_initial = skip != NULL && (strcmp(skip, "true") == 0 || strcmp(skip, "1") == 0),
	    .max_from = ASKING_FROM, .max_all = ASKING_ALL };
	struct integration *n = arena_alloc(c->arena, sizeof(*n));
	struct sb site;
	int result;

	if (n == NULL || asking.domain == NULL)
		return err_nomem(e);
	if (strlen(asking.domain) > LIMIT_URL_BYTES || !reads_as_it_is(asking.domain))
		return refuse_domain(e);
	if (find_source_site(asking.domain, &site, e) == -1)
		return -1;
	asking.source_site = sb_text(&site);
	result = integration_ask(c->db, &asking, n, e);
	sb_free(&site);
	if (result == -1 && e->kind == ERR_LIMIT) {
		site_failed(c, 429, "too-many", tr(e->msg));
		return 0;
	}
	return result == -1 ? -1 : answer(c, n);
}
