#include "util/moverules.h"

#include "util/sb.h"
#include "util/weburl.h"

#include "model/comment.h"

#define TEXT_CAP	(4 * LIMIT_URL_BYTES)

/* A prefix that ends at a slash takes what lies below it; any other takes what begins so. */
enum rule_kind { RULE_PAGE_ID, RULE_URL, RULE_PREFIX_BELOW, RULE_PREFIX_TEXT, RULE_DOMAIN };

struct rule {
	enum rule_kind		 kind;
	char			*key;		/* what is compared: an id, or an address as weburl_page() makes it */
	size_t			 n;
	const struct move_pair	*pair;
};

struct moverules {
	struct rule	*rule;			/* sorted by kind and key */
	size_t		 n;
	struct sb	 match, id, url, address, other;	/* of the page at hand */
};

/* --- making --- */

static bool
ends_in(const char *s, char c)
{
	size_t n = strlen(s);

	return n > 0 && s[n - 1] == c;
}

/* The key of a host name; nothing if it is none. */
static void
domain_key(const char *s, struct sb *key)
{
	struct sb url;

	sb_init(&url, TEXT_CAP);
	sb_printf(&url, "https://%s", s);
	if (strpbrk(s, "/?#") == NULL && sb_ok(&url))
		(void)!weburl_page(url.p, url.n, key);
	sb_free(&url);
}

/* The form of s with one more character, without that character; nothing if it is not the last one there. */
static void
open_key(const char *s, size_t n, struct sb *key)
{
	struct sb url, other;

	sb_init(&url, TEXT_CAP);
	sb_init(&other, TEXT_CAP);
	sb_printf(&url, "%.*sx", (int)n, s);
	(void)!weburl_page(url.p, url.n, key);
	sb_reset(&url);
	sb_printf(&url, "%.*sy", (int)n, s);
	(void)!weburl_page(url.p, url.n, &other);
	if (strcmp(sb_text(key), sb_text(&other)) == 0)
		sb_reset(key);
	else
		key->p[--key->n] = '\0';
	sb_free(&url);
	sb_free(&other);
}

/*
 * A prefix without its *.  One that ends at a slash or behind the host is whole; any other goes on in the middle of
 * something: "/a?" is not "/a", nor is "/." the whole site, and "?utm_" begins what no address has.  What stands behind
 * # tells no pages apart, so no prefix reaches into it.
 */
static enum rule_kind
prefix_key(const char *s, size_t n, struct sb *key)
{
	size_t host = strcspn(s, ":/");

	if (memchr(s, '#', n) != NULL || strncmp(s + host, "://", 3) != 0)
		return RULE_PREFIX_TEXT;
	host += 3;
	if (s[n - 1] != '/' && strcspn(s + host, "/?") + host < n) {
		open_key(s, n, key);
		return RULE_PREFIX_TEXT;
	}
	(void)!weburl_page(s, n, key);
	return RULE_PREFIX_BELOW;
}

/* What one side of a pair is compared by: *key is empty if it is not what its kind says. */
static enum rule_kind
side_key(enum move_kind kind, const char *s, struct sb *key)
{
	size_t n = strlen(s);

	sb_reset(key);
	switch (kind) {
	case MOVE_PAGE_ID:
		sb_add(key, s, n);
		return RULE_PAGE_ID;
	case MOVE_URL:
		(void)!weburl_page(s, n, key);
		return RULE_URL;
	case MOVE_PREFIX:
		return ends_in(s, '*') ? prefix_key(s, n - 1, key) : RULE_PREFIX_TEXT;
	default:
		domain_key(s, key);
		return RULE_DOMAIN;
	}
}

static int
bad_side(const struct move_pair *p, const char *side, struct err *e)
{
	static const char *const must[MOVE_KIND__MAX] = {
		[MOVE_DOMAIN] = "a host name such as old.example", [MOVE_URL] = "an address that begins with https:// or http://",
		[MOVE_PREFIX] = "the begin of an address, from https:// or http:// to a * at its end",
		[MOVE_PAGE_ID] = "the id of a page",
	};

	return err_set(e, ERR_INPUT, "Line %" PRId64 ": \"%.80s\" is not usable, for it must be %s.", p->line, side,
	    must[p->kind]);
}

static int
make_rule(struct rule *r, const struct move_pair *p, struct sb *key, struct err *e)
{
	enum rule_kind to;

	if (strlen(p->from) > LIMIT_URL_BYTES || strlen(p->to) > LIMIT_URL_BYTES)
		return err_set(e, ERR_INPUT, "Line %" PRId64 " is too long: an address or id may have %d bytes.", p->line,
		    LIMIT_URL_BYTES);
	if (strcmp(p->from, p->to) == 0)
		return err_set(e, ERR_INPUT, "Line %" PRId64 ": \"%.80s\" would be moved onto itself. Please change or remove it.",
		    p->line, p->from);
	to = side_key(p->kind, p->to, key);
	if (key->n == 0)
		return bad_side(p, p->to, e);
	r->kind = side_key(p->kind, p->from, key);
	if (key->n == 0)
		return bad_side(p, p->from, e);
	if (r->kind != to)
		return err_set(e, ERR_INPUT, "Line %" PRId64 ": either both addresses must have a slash in front of the *, or "
		    "neither, so that what stands behind it fits.", p->line);
	r->pair = p;
	r->n = key->n;
	return sb_ok(key) && (r->key = strdup(sb_text(key))) != NULL ? 0 : err_nomem(e);
}

static int
compare_key(enum rule_kind kind, const char *key, size_t n, const struct rule *r)
{
	int c;

	if (kind != r->kind)
		return kind < r->kind ? -1 : 1;
	if ((c = memcmp(key, r->key, MIN(n, r->n))) != 0)
		return c;
	return n < r->n ? -1 : n > r->n;
}

/* Those of the same key by line. */
static int
compare_rules(const void *a, const void *b)
{
	const struct rule *x = a, *y = b;
	int c = compare_key(x->kind, x->key, x->n, y);

	return c != 0 ? c : x->pair->line < y->pair->line ? -1 : x->pair->line > y->pair->line;
}

/* The same pair twice is one. */
static int
drop_repeated(struct moverules *m, struct err *e)
{
	size_t i, kept = 0;

	for (i = 0; i < m->n; i++) {
		struct rule *r = &m->rule[i], *last = kept > 0 ? &m->rule[kept - 1] : NULL;

		if (last == NULL || compare_key(r->kind, r->key, r->n, last) != 0) {
			struct rule spare = m->rule[kept];

			m->rule[kept++] = *r;
			if (kept - 1 != i)
				*r = spare;
			continue;
		}
		if (strcmp(r->pair->to, last->pair->to) != 0)
			return err_set(e, ERR_INPUT, "Lines %" PRId64 " and %" PRId64 " move \"%.80s\" to two places. Please remove "
			    "one of them.", last->pair->line, r->pair->line, r->pair->from);
	}
	for (i = kept; i < m->n; i++)
		free(m->rule[i].key);
	m->n = kept;
	return 0;
}

struct moverules *
moverules_new(const struct move_pair *pairs, size_t n, struct err *e)
{
	struct moverules *m = calloc(1, sizeof(*m));
	int result = 0;

	if (m == NULL || (m->rule = calloc(n + 1, sizeof(*m->rule))) == NULL) {
		free(m);
		err_nomem(e);
		return NULL;
	}
	sb_init(&m->match, TEXT_CAP);
	sb_init(&m->id, TEXT_CAP);
	sb_init(&m->url, TEXT_CAP);
	sb_init(&m->address, TEXT_CAP);
	sb_init(&m->other, TEXT_CAP);
	while (result == 0 && m->n < n) {
		result = make_rule(&m->rule[m->n], &pairs[m->n], &m->match, e);
		m->n += result == 0;
	}
	if (result == 0) {
		qsort(m->rule, m->n, sizeof(*m->rule), compare_rules);
		result = drop_repeated(m, e);
	}
	if (result == 0)
		return m;
	moverules_free(m);
	return NULL;
}

void
moverules_free(struct moverules *m)
{
	size_t i;

	if (m == NULL)
		return;
	for (i = 0; i < m->n; i++)
		free(m->rule[i].key);
	free(m->rule);
	sb_free(&m->match);
	sb_free(&m->id);
	sb_free(&m->url);
	sb_free(&m->address);
	sb_free(&m->other);
	free(m);
}

/* --- finding --- */

static const struct rule *
find(const struct moverules *m, enum rule_kind kind, const char *key, size_t n)
{
	size_t low = 0, high = m->n;

	while (low < high) {
		size_t middle = (low + high) / 2;
		int c = compare_key(kind, key, n, &m->rule[middle]);

		if (c == 0)
			return &m->rule[middle];
		if (c < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}

static const struct rule *
find_prefix(const struct moverules *m, const char *address, size_t n)
{
	const struct rule *r;

	for (; n > 0; n--) {
		if (strchr("/?", address[n]) != NULL && (r = find(m, RULE_PREFIX_BELOW, address, n)) != NULL)
			return r;
		if ((r = find(m, RULE_PREFIX_TEXT, address, n)) != NULL)
			return r;
	}
	return NULL;
}

static const struct rule *
find_address(const struct moverules *m, const char *address)
{
	size_t n = strlen(address);
	const struct rule *r;

	if ((r = find(m, RULE_URL, address, n)) == NULL && (r = find_prefix(m, address, n)) == NULL)
		r = find(m, RULE_DOMAIN, address, strcspn(address, "/?"));
	return r;
}

/* --- applying --- */

/* Where the host begins in a URL or in an address without scheme. */
static size_t
host_at(const char *s)
{
	const char *p = strstr(s, "://");

	return p != NULL && strcspn(s, "/?#") + 1 >= (size_t)(p - s) ? (size_t)(p - s) + 3 : 0;
}

static void
replace_host(struct sb *out, const char *was, const char *to)
{
	size_t at = host_at(was);

	sb_add(out, was, at);
	sb_str(out, to);
	sb_str(out, was + at + strcspn(was + at, "/?#"));
}

/* What stands behind the prefix as the page wrote it, or NULL if that is not found there. */
static const char *
written_behind(struct moverules *m, const struct rule *r, const char *was)
{
	size_t host = strcspn(r->key, "/?"), at = host_at(was);

	at += strcspn(was + at, "/?#");
	if (strncmp(was + at, r->key + host, r->n - host) == 0)
		return was + at + r->n - host;
	/* In another spelling. */
	for (; r->kind == RULE_PREFIX_BELOW; at += 1 + strcspn(was + at + 1, "/?#")) {
		sb_reset(&m->other);
		if (weburl_page(was, at, &m->other) && strcmp(sb_text(&m->other), r->key) == 0)
			return was + at;
		if (was[at] == '\0')
			break;
	}
	return NULL;
}

static void
join_prefix(struct sb *out, const struct rule *r, const char *rest)
{
	size_t n = strlen(r->pair->to) - 1;

	if (r->kind == RULE_PREFIX_BELOW && *rest != '\0')
		while (n > 0 && r->pair->to[n - 1] == '/')
			n--;
	sb_reset(out);
	sb_add(out, r->pair->to, n);
	sb_str(out, rest);
}

/* m->url: what stands behind the prefix as the page wrote it if that leads to the same page, else as addresses are compared. */
static void
replace_prefix(struct moverules *m, const struct rule *r, const char *was, const char *address)
{
	const char *written = written_behind(m, r, was);

	join_prefix(&m->url, r, address + r->n);
	if (written == NULL || !weburl_page(sb_text(&m->url), m->url.n, &m->address))
		return;
	join_prefix(&m->id, r, written);
	sb_reset(&m->other);
	if (weburl_page(sb_text(&m->id), m->id.n, &m->other) && strcmp(sb_text(&m->other), sb_text(&m->address)) == 0)
		join_prefix(&m->url, r, written);
	sb_reset(&m->address);
}

static int
too_long(const char *what, struct err *e)
{
	return err_set(e, ERR_INPUT, "The page \"%.120s\" would get a place that is longer than %d bytes or no address at all.",
	    what, LIMIT_URL_BYTES);
}

/* m->url and m->address: the new ones. */
static int
make_address(struct moverules *m, const struct rule *r, const char *was, const char *address, struct err *e)
{
	sb_reset(&m->url);
	sb_reset(&m->address);
	if (r->kind == RULE_URL)
		sb_str(&m->url, r->pair->to);
	else if (r->kind == RULE_DOMAIN)
		replace_host(&m->url, was, r->pair->to);
	else
		replace_prefix(m, r, was, address);
	if (host_at(sb_text(&m->url)) == 0) {
		sb_reset(&m->id);
		sb_printf(&m->id, "https://%s", sb_text(&m->url));
		sb_reset(&m->url);
		sb_str(&m->url, sb_text(&m->id));
	}
	if (!sb_ok(&m->url) || m->url.n > LIMIT_URL_BYTES || !weburl_page(m->url.p, m->url.n, &m->address) ||
	    !sb_ok(&m->address))
		return too_long(was, e);
	return 0;
}

/* The form of an id that is an address, with a scheme or without; false if it is none. */
static bool
id_form(struct moverules *m, const char *id, bool *bare)
{
	bool found;

	sb_reset(&m->id);
	*bare = !weburl_page(id, strlen(id), &m->id);
	if (!*bare)
		return sb_ok(&m->id);
	sb_reset(&m->other);
	sb_printf(&m->other, "https://%s", id);
	found = weburl_page(sb_text(&m->other), m->other.n, &m->id);
	return found && sb_ok(&m->other) && sb_ok(&m->id);
}

/* Is the id the address, as one of the two ways to write it?  Then the new one written that way. */
static const char *
id_along(struct moverules *m, const char *id, const char *address)
{
	bool bare;

	if (!id_form(m, id, &bare) || strcmp(sb_text(&m->id), address) != 0)
		return id;
	return bare ? sb_text(&m->address) : sb_text(&m->url);
}

int
moverules_apply(struct moverules *m, const struct move_place *before, struct move_place *after, bool *by_id,
    struct err *e)
{
	const struct rule *r = find(m, RULE_PAGE_ID, before->page_id, strlen(before->page_id));
	bool bare, known = *before->address != '\0';
	const char *was = known ? before->page_url : before->page_id;

	*after = *before;
	*by_id = r != NULL || !known;
	if (r != NULL) {
		after->page_id = r->pair->to;
		return 1;
	}
	sb_reset(&m->match);
	sb_str(&m->match, known ? before->address : id_form(m, was, &bare) ? sb_text(&m->id) : was);
	if (!sb_ok(&m->match) || (r = find_address(m, sb_text(&m->match))) == NULL)
		return 0;
	if (make_address(m, r, was, sb_text(&m->match), e) == -1)
		return -1;
	after->page_id = id_along(m, before->page_id, sb_text(&m->match));
	if (strlen(after->page_id) > LIMIT_URL_BYTES)
		return too_long(was, e);
	if (known) {
		after->page_url = sb_text(&m->url);
		after->address = sb_text(&m->address);
	}
	return strcmp(after->page_id, before->page_id) != 0 || strcmp(after->page_url, before->page_url) != 0;
}
