#include "jobs/refine.h"

#include "util/clock.h"
#include "util/esc.h"
#include "util/identity.h"
#include "util/sb.h"
#include "util/utf8.h"
#include "util/weburl.h"

#include "text/clean.h"
#include "text/render.h"

#define EMAIL_BYTES	255		/* what the column takes; RFC 5321 allows 254 */

struct refine {
	const struct format		*format;
	const struct format_options	*options;
	struct comment			*c;
	struct arena			*arena;
	int64_t				 now_ms;
	struct err			*e;
	uint64_t			 issues;	/* of its texts: reported once for each reason */
};

/* Reports about this record; its id as a C string for the report. */
static int
note(struct refine *r, enum issue_reason reason)
{
	const struct text *id = &r->c->text[CT_EXTERNAL_ID];
	const char *s = NULL;

	if (id->n > 0 && (s = arena_memdup(r->arena, id->p, id->n)) == NULL)
		return err_nomem(r->e);
	format_note(r->options, reason, s, r->c->line);
	return 0;
}

static int
set(struct refine *r, enum comment_text which, const char *p, size_t n)
{
	struct text *t = &r->c->text[which];

	if ((t->p = arena_memdup(r->arena, p, n)) == NULL)
		return err_nomem(r->e);
	t->n = n;
	t->said = true;
	return 0;
}

static int
leave_out(struct refine *r, enum comment_text which, enum issue_reason reason)
{
	r->c->text[which] = (struct text){ .said = false };
	return note(r, reason);
}

/* --- bytes ---------------------------------------------------------------------------- */

/* Whatever a format gave, from here on every text is UTF-8 without NUL. */
static int
repair(struct refine *r, struct text *out)
{
	const struct text t = *out;
	struct sb sb;
	size_t i = 0;
	int ret;

	if (!t.said || t.n == 0 || (utf8_valid(t.p, t.n) && memchr(t.p, '\0', t.n) == NULL))
		return 0;
	sb_init(&sb, SIZE_MAX / 4);
	while (i < t.n) {
		size_t len = utf8_sequence(t.p + i, t.n - i);

		if (len == 0 || t.p[i] == '\0')
			sb_str(&sb, UTF8_REPLACEMENT);
		else
			sb_add(&sb, t.p + i, len);
		i += MAX(len, 1u);
	}
	*out = (struct text){ .p = sb_ok(&sb) ? arena_memdup(r->arena, sb.p, sb.n) : NULL, .n = sb.n, .said = true };
	ret = out->p != NULL ? note(r, ISSUE_BYTES_REPAIRED) : err_nomem(r->e);
	sb_free(&sb);
	return ret;
}

static bool
is_control(const char *p, size_t left)
{
	unsigned char c = (unsigned char)*p;

	return c < ' ' || c == 0x7f || (c == 0xc2 && left > 1 && (unsigned char)p[1] < 0xa0);
}

static struct text
trim(struct text t)
{
	while (t.n > 0 && (t.p[0] == ' ' || is_control(t.p, 1))) {
		t.p++;
		t.n--;
	}
	while (t.n > 0 && (t.p[t.n - 1] == ' ' || is_control(t.p + t.n - 1, 1)))
		t.n--;
	return t;
}

/* --- ids ------------------------------------------------------------------------------ */

/* "~" and the hash in hexadecimal. */
static int
set_hashed(struct refine *r, enum comment_text which, const struct hash128 *hash)
{
	struct sb sb;
	int ret;

	sb_init(&sb, 1 + 2 * HASH128_SIZE);
	sb_char(&sb, '~');
	esc_hex(&sb, hash->b, sizeof(hash->b));
	ret = sb_ok(&sb) ? set(r, which, sb_text(&sb), sb.n) : err_nomem(r->e);
	sb_free(&sb);
	return ret;
}

static int
make_id(struct refine *r)
{
	struct hash128 id;

	if (r->c->text[CT_EXTERNAL_ID].n > 0)
		return 0;
	identity_made(&id, r->c);
	return set_hashed(r, CT_EXTERNAL_ID, &id) == -1 ? -1 : note(r, ISSUE_ID_MADE);
}

static int
hash_long_id(struct refine *r, enum comment_text which, size_t max)
{
	const struct text *t = &r->c->text[which];
	struct hash128 id;

	if (!t->said || t->n <= max)
		return 0;
	identity_long(&id, t);
	return set_hashed(r, which, &id) == -1 ? -1 : note(r, ISSUE_ID_HASHED);
}

/* A site that is named by its address is the same in each spelling. */
static int
normal_site(struct refine *r)
{
	const struct text *t = &r->c->text[CT_SOURCE_SITE];
	struct sb form;
	int result = 0;

	if (t->n == 0)
		return 0;
	sb_init(&form, WEBURL_PAGE_ROOM(t->n));
	if (weburl_page(t->p, t->n, &form))
		result = sb_ok(&form) ? set(r, CT_SOURCE_SITE, sb_text(&form), form.n) : err_nomem(r->e);
	sb_free(&form);
	return result;
}

static int
refine_ids(struct refine *r)
{
	if (normal_site(r) == -1 || make_id(r) == -1 || hash_long_id(r, CT_EXTERNAL_ID, LIMIT_ID_BYTES) == -1 ||
	    hash_long_id(r, CT_PARENT_EXTERNAL_ID, LIMIT_ID_BYTES) == -1 ||
	    hash_long_id(r, CT_AUTHOR_EXTERNAL_ID, LIMIT_ID_BYTES) == -1 ||
	    hash_long_id(r, CT_SOURCE_SITE, LIMIT_SITE_BYTES) == -1)
		return -1;
	return hash_long_id(r, CT_PAGE_ID, LIMIT_URL_BYTES);
}

/* --- fields ---------------------------------------------------------------------------- */

/* At most max characters. */
static int
cut(struct refine *r, enum comment_text which, size_t max, enum issue_reason reason)
{
	struct text *t = &r->c->text[which];
	size_t n = utf8_cut_chars(t->p, t->n, max);

	if (n == t->n)
		return 0;
	t->n = n;
	return note(r, reason);
}

/* What the source escaped is text from here on. */
static int
decode_entities(struct refine *r)
{
	int i, times;

	for (i = 0; i < CT__MAX; i++) {
		struct text *t = &r->c->text[i];

		times = (r->format->escaped_texts >> i & 1) + (r->format->escaped_twice >> i & 1) * 2;
		for (; t->said && times > 0; times--)
			if (clean_decode_entities(t->p, t->n, i == CT_AUTHOR_URL, r->arena, t, &r->issues,
			    r->e) == -1 || repair(r, t) == -1)
				return -1;
	}
	return 0;
}

/* A name or a title: one line of at most max characters. */
static int
refine_line(struct refine *r, enum comment_text which, size_t max, enum issue_reason reason)
{
	struct text *t = &r->c->text[which];

	if (!t->said || t->n == 0)
		return 0;
	return clean_line(t->p, t->n, r->arena, t, &r->issues, r->e) == -1 ? -1 : cut(r, which, max, reason);
}

/* An address of the author: usable, or left out.  Empty stays said to be empty. */
static int
refine_author_address(struct refine *r, enum comment_text which)
{
	struct text *t = &r->c->text[which];

	if (!t->said)
		return 0;
	*t = trim(*t);
	if (t->n == 0 || (t->n <= LIMIT_URL_BYTES && weburl_usable(t->p, t->n)))
		return 0;
	return leave_out(r, which, ISSUE_URL_LEFT_OUT);
}

static int
refine_extra(struct refine *r)
{
	return r->c->text[CT_EXTRA].n > LIMIT_EXTRA_BYTES ? leave_out(r, CT_EXTRA, ISSUE_EXTRA_DROPPED) : 0;
}

/* The page's address is kept whatever it is, if it fits: the format has reported what it thinks of it. */
static int
refine_page_url(struct refine *r)
{
	struct text *t = &r->c->text[CT_PAGE_URL];

	if (!t->said || t->n <= LIMIT_URL_BYTES)
		return 0;
	return leave_out(r, CT_PAGE_URL, ISSUE_URL_LEFT_OUT);
}

static int
refine_email(struct refine *r)
{
	struct text *t = &r->c->text[CT_AUTHOR_EMAIL];
	size_t i;

	if (!t->said)
		return 0;
	*t = trim(*t);
	for (i = 0; i < t->n; i++)
		if (t->p[i] == ' ' || is_control(t->p + i, t->n - i))
			break;
	if (i == t->n && t->n <= EMAIL_BYTES)
		return 0;
	return leave_out(r, CT_AUTHOR_EMAIL, ISSUE_VALUE_LEFT_OUT);
}

static int
refine_ip(struct refine *r)
{
	struct text *t = &r->c->text[CT_AUTHOR_IP];
	size_t i;

	if (!t->said)
		return 0;
	*t = trim(*t);
	for (i = 0; i < t->n; i++)
		if (memchr("0123456789abcdefABCDEF:.", t->p[i], 24) == NULL)
			break;
	if (i == t->n && t->n <= LIMIT_IP_BYTES)
		return 0;
	return leave_out(r, CT_AUTHOR_IP, ISSUE_VALUE_LEFT_OUT);
}

static int
refine_date(struct refine *r)
{
	struct number *created = &r->c->number[CN_CREATED_AT];

	if (!created->said || (created->v != CLOCK_UNKNOWN && clock_plausible(created->v, r->now_ms)))
		return 0;
	created->v = CLOCK_UNKNOWN;
	return note(r, ISSUE_DATE_UNKNOWN);
}

/* Does this canonical HTML show a text? */
static bool
says_something(struct text html)
{
	const char *p = html.p, *end = html.p + html.n;

	while (p < end) {
		if (*p == '<')
			p = (const char *)memchr(p, '>', (size_t)(end - p)) + 1;
		else if (*p == ' ' || *p == '\t' || *p == '\n')
			p++;
		else if (end - p > 1 && memcmp(p, "\xc2\xa0", 2) == 0)
			p += 2;
		else
			return true;
	}
	return false;
}

static int
refine_body(struct refine *r)
{
	struct text *t = &r->c->text[CT_BODY_HTML], *other = &r->c->other_body, instead;
	uint64_t issues = 0;

	if (!t->said)
		return 0;
	if (render_body(r->c->body_kind, t->p, t->n, r->arena, t, &r->issues, r->e) == -1)
		return -1;
	r->c->body_kind = BODY_HTML;
	if (!other->said || says_something(*t))
		return 0;
	if (render_body(r->c->other_body_kind, other->p, other->n, r->arena, &instead, &issues, r->e) == -1)
		return -1;
	if (says_something(instead)) {
		*t = instead;
		r->issues |= issues;
	}
	return 0;
}

/* What was altered in its texts. */
static int
note_issues(struct refine *r)
{
	int i;

	for (i = 0; i < ISSUE__MAX; i++)
		if (r->issues & ISSUE_BIT(i) && note(r, (enum issue_reason)i) == -1)
			return -1;
	return 0;
}

int
refine_comment(const struct format *format, const struct format_options *options, struct comment *c, struct arena *arena,
    int64_t now_ms, struct err *e)
{
	struct refine r = { format, options, c, arena, now_ms, e, 0 };
	struct hash128 hash;
	int i;

	for (i = 0; i < CT__MAX; i++)
		if (repair(&r, &c->text[i]) == -1)
			return -1;
	if (repair(&r, &c->other_body) == -1)
		return -1;
	if (refine_ids(&r) == -1)
		return -1;
	identity_source(&hash, c, format->hash_texts, format->hash_numbers);
	memcpy(c->source_hash, hash.b, sizeof(c->source_hash));
	if (decode_entities(&r) == -1 || refine_line(&r, CT_AUTHOR_NAME, LIMIT_NAME_CHARS, ISSUE_NAME_CUT) == -1 ||
	    refine_line(&r, CT_PAGE_TITLE, LIMIT_TITLE_CHARS, ISSUE_TITLE_CUT) == -1 || refine_page_url(&r) == -1 ||
	    refine_author_address(&r, CT_AUTHOR_URL) == -1 || refine_author_address(&r, CT_AUTHOR_AVATAR) == -1 ||
	    refine_email(&r) == -1 || refine_ip(&r) == -1 || refine_date(&r) == -1 ||
	    refine_extra(&r) == -1 || refine_body(&r) == -1)
		return -1;
	return note_issues(&r);
}
