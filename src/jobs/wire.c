#include "jobs/wire.h"

#include "util/canonical_html.h"
#include "util/clock.h"
#include "util/hash.h"
#include "util/utf8.h"

/* "TRRD": says at the first bytes that this is no other conversation. */
#define START_MAGIC	UINT32_C(0x44525254)
#define PAIRS_MAX	64

/* --- integers and texts --- */

static void
put_le(struct sb *sb, uint64_t v, size_t bytes)
{
	uint8_t b[8];
	size_t i;

	for (i = 0; i < bytes; i++)
		b[i] = (uint8_t)(v >> (8 * i));
	sb_add(sb, b, bytes);
}

void
wire_put_u8(struct sb *sb, uint8_t v)
{
	put_le(sb, v, 1);
}

void
wire_put_u32(struct sb *sb, uint32_t v)
{
	put_le(sb, v, 4);
}

void
wire_put_u64(struct sb *sb, uint64_t v)
{
	put_le(sb, v, 8);
}

void
wire_put_text(struct sb *sb, const char *s, size_t n)
{
	if (n > UINT32_MAX) {
		sb->failed = true;
		return;
	}
	wire_put_u32(sb, (uint32_t)n);
	sb_add(sb, s, n);
}

size_t
wire_frame_begin(struct sb *sb, enum wire_type type)
{
	size_t begin = sb->n;

	wire_put_u8(sb, (uint8_t)type);
	wire_put_u32(sb, 0);
	return begin;
}

bool
wire_frame_end(struct sb *sb, size_t begin)
{
	size_t length, i;

	if (!sb_ok(sb) || (length = sb->n - begin - WIRE_FRAME_HEADER) > WIRE_PAYLOAD_MAX) {
		sb->n = begin;
		sb->failed = false;
		return false;
	}
	for (i = 0; i < 4; i++)
		sb->p[begin + 1 + i] = (char)(uint8_t)(length >> (8 * i));
	return true;
}

static uint64_t
get_le(struct wire_in *in, size_t bytes)
{
	uint64_t v = 0;
	size_t i;

	if (in->bad || in->n < bytes) {
		in->bad = true;
		return 0;
	}
	for (i = 0; i < bytes; i++)
		v |= (uint64_t)in->p[i] << (8 * i);
	in->p += bytes;
	in->n -= bytes;
	return v;
}

uint8_t
wire_get_u8(struct wire_in *in)
{
	return (uint8_t)get_le(in, 1);
}

uint32_t
wire_get_u32(struct wire_in *in)
{
	return (uint32_t)get_le(in, 4);
}

uint64_t
wire_get_u64(struct wire_in *in)
{
	return get_le(in, 8);
}

void
wire_get_text(struct wire_in *in, struct text *t)
{
	size_t n = wire_get_u32(in);

	t->said = true;
	t->p = "";
	t->n = 0;
	if (in->bad || in->n < n) {
		in->bad = true;
		return;
	}
	t->p = (const char *)in->p;
	t->n = n;
	in->p += n;
	in->n -= n;
}

bool
wire_complete(const struct wire_in *in)
{
	return !in->bad && in->n == 0;
}

/* UTF-8 without NUL bytes: what model/comment.h promises of every text. */
static bool
text_clean(const struct text *t)
{
	return utf8_valid(t->p, t->n) && (t->n == 0 || memchr(t->p, '\0', t->n) == NULL);
}

/* --- the start --- */

void
wire_put_start(struct sb *sb, const struct wire_start *start)
{
	uint32_t n = 0, i;

	while (start->pairs != NULL && start->pairs[n] != NULL)
		n++;
	wire_put_u32(sb, START_MAGIC);
	wire_put_u32(sb, WIRE_VERSION);
	wire_put_text(sb, start->format, strlen(start->format));
	wire_put_u64(sb, start->max_unpacked);
	wire_put_u64(sb, start->max_ratio);
	wire_put_u64(sb, (uint64_t)start->now_ms);
	wire_put_u32(sb, n);
	for (i = 0; i < n; i++)
		wire_put_text(sb, start->pairs[i], strlen(start->pairs[i]));
}

static int
get_pairs(struct wire_in *in, struct arena *arena, struct wire_start *start, struct err *e)
{
	uint32_t n = wire_get_u32(in), i;
	const char **pairs;

	if (in->bad || n > PAIRS_MAX || n % 2 != 0)
		return err_set(e, ERR_BUG, "the start of the conversation is malformed");
	if ((pairs = arena_zalloc(arena, n + 1, sizeof(*pairs))) == NULL)
		return err_nomem(e);
	for (i = 0; i < n; i++) {
		struct text t;

		wire_get_text(in, &t);
		if ((pairs[i] = arena_memdup(arena, t.p, t.n)) == NULL)
			return err_nomem(e);
	}
	start->pairs = pairs;
	return 0;
}

int
wire_get_start(const void *payload, size_t n, struct arena *arena, struct wire_start *start, struct err *e)
{
	struct wire_in in = { payload, n, false };
	uint32_t magic = wire_get_u32(&in), version = wire_get_u32(&in);
	struct text format;

	if (magic != START_MAGIC || version != WIRE_VERSION)
		return err_set(e, ERR_BUG, "jobs speaks version %" PRIu32 " of the reader protocol, the reader %d",
		    version, WIRE_VERSION);
	wire_get_text(&in, &format);
	start->max_unpacked = wire_get_u64(&in);
	start->max_ratio = wire_get_u64(&in);
	start->now_ms = (int64_t)wire_get_u64(&in);
	if (format.n >= sizeof(start->format))
		return err_set(e, ERR_BUG, "the name of the format is too long");
	memcpy(start->format, format.p, format.n);
	start->format[format.n] = '\0';
	if (get_pairs(&in, arena, start, e) == -1)
		return -1;
	if (!wire_complete(&in))
		return err_set(e, ERR_BUG, "the start of the conversation is malformed");
	return 0;
}

/* --- records --- */

void
wire_put_comment(struct sb *sb, const struct comment *c)
{
	uint32_t texts = 0, numbers = 0;
	int i;

	for (i = 0; i < CT__MAX; i++)
		texts |= (uint32_t)c->text[i].said << i;
	for (i = 0; i < CN__MAX; i++)
		numbers |= (uint32_t)c->number[i].said << i;
	sb_add(sb, c->source_hash, sizeof(c->source_hash));
	wire_put_u64(sb, c->ordinal);
	wire_put_u64(sb, c->line);
	wire_put_u32(sb, texts);
	wire_put_u32(sb, numbers);
	for (i = 0; i < CT__MAX; i++)
		if (c->text[i].said)
			wire_put_text(sb, c->text[i].p, c->text[i].n);
	for (i = 0; i < CN__MAX; i++)
		if (c->number[i].said)
			wire_put_u64(sb, (uint64_t)c->number[i].v);
}

static int
broken(struct err *e, const char *what)
{
	return err_set(e, ERR_READER, "the reader broke its protocol: %s", what);
}

static int
decode_comment(struct wire_in *in, struct comment *c, struct err *e)
{
	uint32_t texts, numbers;
	int i;

	for (i = 0; i < (int)sizeof(c->source_hash); i++)
		c->source_hash[i] = wire_get_u8(in);
	c->ordinal = wire_get_u64(in);
	c->line = wire_get_u64(in);
	texts = wire_get_u32(in);
	numbers = wire_get_u32(in);
	if (texts >> CT__MAX != 0 || numbers >> CN__MAX != 0)
		return broken(e, "a record has unknown fields");
	for (i = 0; i < CT__MAX; i++)
		if (texts >> i & 1)
			wire_get_text(in, &c->text[i]);
		else
			c->text[i] = (struct text){ .p = "" };
	for (i = 0; i < CN__MAX; i++)
		c->number[i] = numbers >> i & 1 ?
		    (struct number){ (int64_t)wire_get_u64(in), true } : (struct number){ 0, false };
	if (!wire_complete(in))
		return broken(e, "the length of a record is wrong");
	return 0;
}

/* What a column takes, so that no record of a captured reader reaches LOAD DATA only to be bent there. */
static const struct text_rule {
	const char	*name;
	size_t		 min, bytes, chars;	/* chars 0: not counted */
} text_rules[CT__MAX] = {
	[CT_SOURCE_SITE]	= { "source_site", 0, LIMIT_SITE_BYTES, 0 },
	[CT_EXTERNAL_ID]	= { "external_id", 1, LIMIT_ID_BYTES, 0 },
	[CT_PARENT_EXTERNAL_ID]	= { "parent_external_id", 0, LIMIT_ID_BYTES, 0 },
	[CT_PAGE_ID]		= { "page_id", 0, LIMIT_URL_BYTES, 0 },
	[CT_PAGE_URL]		= { "page_url", 0, LIMIT_URL_BYTES, 0 },
	[CT_PAGE_TITLE]		= { "page_title", 0, 4 * LIMIT_TITLE_CHARS, LIMIT_TITLE_CHARS },
	[CT_AUTHOR_NAME]	= { "author_name", 0, 4 * LIMIT_NAME_CHARS, LIMIT_NAME_CHARS },
	[CT_AUTHOR_EMAIL]	= { "author_email", 0, 4 * LIMIT_NAME_CHARS, LIMIT_NAME_CHARS },
	[CT_AUTHOR_URL]		= { "author_url", 0, LIMIT_URL_BYTES, 0 },
	[CT_AUTHOR_AVATAR]	= { "author_avatar", 0, LIMIT_URL_BYTES, 0 },
	[CT_AUTHOR_EXTERNAL_ID]	= { "author_external_id", 0, LIMIT_ID_BYTES, 0 },
	[CT_AUTHOR_IP]		= { "author_ip", 0, LIMIT_IP_BYTES, 0 },
	[CT_BODY_HTML]		= { "body_html", 0, LIMIT_BODY_PLAIN_BYTES, 0 },
	[CT_SOURCE]		= { "source", 1, LIMIT_SOURCE_BYTES, 0 },
	[CT_EXTRA]		= { "extra", 0, LIMIT_EXTRA_BYTES, 0 },
	[CT_COMMENT_ID]		= { "comment_id", 2 * HASH128_SIZE, 2 * HASH128_SIZE, 0 },
};

/* A word of ours.  "trasloco" names a file format; a comment has come from somewhere else. */
static bool
source_fits(const struct text *t)
{
	size_t i;

	for (i = 0; i < t->n; i++)
		if (memchr("abcdefghijklmnopqrstuvwxyz0123456789-", t->p[i], 37) == NULL)
			return false;
	return t->n != 8 || memcmp(t->p, "trasloco", 8) != 0;
}

static bool
lower_hex(const struct text *t)
{
	size_t i;

	for (i = 0; i < t->n; i++)
		if (memchr("0123456789abcdef", t->p[i], 16) == NULL)
			return false;
	return true;
}

static bool
text_fits(const struct text *t, const struct text_rule *rule)
{
	struct safe_html safe;

	if (t->n < rule->min || t->n > rule->bytes)
		return false;
	if (rule == &text_rules[CT_BODY_HTML])
		return canonical_html_check(t->p, t->n, &safe);
	if (!text_clean(t))
		return false;
	if (rule == &text_rules[CT_SOURCE])
		return source_fits(t);
	if (rule == &text_rules[CT_COMMENT_ID])
		return lower_hex(t);
	if (rule == &text_rules[CT_EXTRA])
		return t->n == 0 || t->p[0] == '{';
	return rule->chars == 0 || utf8_cut_chars(t->p, t->n, rule->chars) == t->n;
}

static bool
ip_fits(const struct text *t)
{
	size_t i;

	for (i = 0; i < t->n; i++)
		if ((unsigned char)t->p[i] <= 0x20 || (unsigned char)t->p[i] >= 0x7f)
			return false;
	return true;
}

static bool
number_fits(enum comment_number which, int64_t v, int64_t now_ms)
{
	switch (which) {
	case CN_CREATED_AT:
		return v == CLOCK_UNKNOWN || clock_plausible(v, now_ms);
	case CN_IS_APPROVED:
	case CN_IS_SPAM:
	case CN_IS_DELETED:
		return v == 0 || v == 1;
	default:
		return true;
	}
}

static int
check_comment(const struct comment *c, int64_t now_ms, struct err *e)
{
	int i;

	if (!c->text[CT_EXTERNAL_ID].said || c->ordinal >= WIRE_ORDINAL_MAX)
		return broken(e, "a record has no id or no place");
	for (i = 0; i < CT__MAX; i++)
		if (c->text[i].said && !text_fits(&c->text[i], &text_rules[i]))
			return err_set(e, ERR_READER, "the reader broke its protocol: %s of the record at line %" PRIu64
			    " is not what it must be", text_rules[i].name, c->line);
	if (!ip_fits(&c->text[CT_AUTHOR_IP]))
		return broken(e, "an address of an author is no IP address");
	for (i = 0; i < CN__MAX; i++)
		if (c->number[i].said && !number_fits(i, c->number[i].v, now_ms))
			return broken(e, "a number of a record is out of its range");
	return 0;
}

int
wire_get_comment(const void *payload, size_t n, int64_t now_ms, struct comment *c, struct err *e)
{
	struct wire_in in = { payload, n, false };

	if (decode_comment(&in, c, e) == -1)
		return -1;
	return check_comment(c, now_ms, e);
}

/* --- issues and messages --- */

/* One character of len bytes that a terminal and a page show as it is: no C0 or C1 control character. */
static bool
printable(const char *s, size_t len)
{
	const unsigned char *p = (const unsigned char *)s;

	if (len == 1)
		return p[0] >= 0x20 && p[0] != 0x7f;
	return len > 2 || (len == 2 && (p[0] != 0xc2 || p[1] >= 0xa0));
}

/* Copies printable characters of s into out (size bytes with the NUL); everything else becomes a question mark. */
static size_t
copy_printable(char *out, size_t size, const char *s, size_t n)
{
	size_t i = 0, j = 0;

	while (i < n) {
		size_t len = utf8_sequence(s + i, n - i);
		bool good = printable(s + i, len);
		size_t step = MAX(len, (size_t)1);

		if (j + (good ? len : 1) >= size)
			break;
		if (good)
			memcpy(out + j, s + i, len);
		else
			out[j] = '?';
		j += good ? len : 1;
		i += step;
	}
	out[j] = '\0';
	return j;
}

void
wire_put_issue(struct sb *sb, enum issue_reason reason, const char *external_id, size_t n, uint64_t line)
{
	const char *name = issue_kinds[reason].name;
	char id[LIMIT_ID_BYTES + 1];

	wire_put_text(sb, name, strlen(name));
	wire_put_text(sb, id, copy_printable(id, sizeof(id), external_id, external_id != NULL ? n : 0));
	wire_put_u64(sb, line);
}

int
wire_get_issue(struct wire_in *in, bool skips, struct wire_issue *issue, struct err *e)
{
	struct text name, id;
	char word[33];

	wire_get_text(in, &name);
	wire_get_text(in, &id);
	issue->line = wire_get_u64(in);
	if (in->bad || name.n >= sizeof(word) || id.n > LIMIT_ID_BYTES || !text_clean(&name) || !text_clean(&id))
		return broken(e, "an issue is malformed");
	memcpy(word, name.p, name.n);
	word[name.n] = '\0';
	issue->reason = issue_by_name(word);
	if (issue->reason == ISSUE__MAX || issue_kinds[issue->reason].skips != skips)
		return broken(e, "an issue has an unknown reason");
	memcpy(issue->external_id, id.p, id.n);
	issue->external_id[id.n] = '\0';
	return 0;
}

void
wire_clean_message(char out[WIRE_MESSAGE_MAX + 1], const char *s, size_t n)
{
	copy_printable(out, WIRE_MESSAGE_MAX + 1, s, n);
}
