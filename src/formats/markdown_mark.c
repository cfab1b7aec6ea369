#include "formats/markdown_mark.h"

/* --- tags --------------------------------------------------------------------------- */

static enum tag
tag_of(const char *name, size_t n)
{
	static const struct {
		const char	*name;
		enum tag	 tag;
	} tags[] = {
		{ "p", TAG_P }, { "pre", TAG_PRE }, { "blockquote", TAG_QUOTE }, { "ul", TAG_UL }, { "ol", TAG_OL },
		{ "li", TAG_LI }, { "hr", TAG_HR }, { "br", TAG_BR }, { "b", TAG_STRONG }, { "strong", TAG_STRONG }, { "i", TAG_EM },
		{ "em", TAG_EM }, { "s", TAG_DEL }, { "del", TAG_DEL }, { "code", TAG_CODE }, { "q", TAG_Q }, { "a", TAG_A },
		{ "h1", TAG_H1 }, { "h2", TAG_H2 }, { "h3", TAG_H3 }, { "h4", TAG_H4 }, { "h5", TAG_H5 }, { "h6", TAG_H6 },
	};
	size_t i;

	for (i = 0; i < ARRAY_LEN(tags); i++)
		if (strlen(tags[i].name) == n && memcmp(tags[i].name, name, n) == 0)
			return tags[i].tag;
	return TAG_OTHER;
}

static struct text
href_of(const char *p, const char *end)
{
	static const char href[] = "href=\"";
	const char *at = memmem(p, (size_t)(end - p), href, sizeof(href) - 1), *quote;

	if (at == NULL)
		return (struct text){ "", 0, false };
	at += sizeof(href) - 1;
	quote = memchr(at, '"', (size_t)(end - at));
	return (struct text){ at, (size_t)((quote != NULL ? quote : end) - at), true };
}

const char *
mark_tag(const char *p, const char *end, struct mark_tag *tag)
{
	const char *close = p < end ? memchr(p, '>', (size_t)(end - p)) : NULL, *name;

	*tag = (struct mark_tag){ .tag = TAG_OTHER };
	if (close == NULL)
		return end;
	tag->closing = p[1] == '/';
	name = p + 1 + tag->closing;
	for (p = name; p < close && *p != ' '; p++)
		continue;
	tag->tag = tag_of(name, (size_t)(p - name));
	if (tag->tag == TAG_A)
		tag->href = href_of(p, close);
	return close + 1;
}

const char *
mark_end(const char *p, const char *end)
{
	size_t depth = 0;

	while ((p = p < end ? memchr(p, '<', (size_t)(end - p)) : NULL) != NULL) {
		struct mark_tag tag;
		const char *behind = mark_tag(p, end, &tag);

		if (tag.closing && depth-- == 0)
			return p;
		if (!tag.closing && tag.tag != TAG_BR && tag.tag != TAG_HR)
			depth++;
		p = behind;
	}
	return end;
}

bool
mark_has_text(const char *p, const char *end)
{
	struct mark_tag tag;

	while (p < end && (*p == '<' || *p == ' ' || *p == '\t' || *p == '\n'))
		p = *p == '<' ? mark_tag(p, end, &tag) : p + 1;
	return p < end;
}

size_t
mark_character(const char *p, const char *end, struct sb *sb)
{
	static const struct {
		const char	*reference;
		char		 c;
	} references[] = { { "&amp;", '&' }, { "&lt;", '<' }, { "&gt;", '>' }, { "&quot;", '"' } };
	size_t i, n;

	for (i = 0; *p == '&' && i < ARRAY_LEN(references); i++) {
		n = strlen(references[i].reference);
		if ((size_t)(end - p) >= n && memcmp(p, references[i].reference, n) == 0) {
			sb_char(sb, references[i].c);
			return n;
		}
	}
	sb_char(sb, *p);
	return 1;
}

/* --- emphasis --------------------------------------------------------------------------- */

/* ANY: perhaps a letter, perhaps not.  Beside a TILDE, what strikes out is read in more than one way. */
enum kind { SPACE, SIGN, LETTER, ANY, TILDE };

/* The character that begins at p, or ends in front of end, whose bytes are n; Unicode's blanks count. */
static enum kind
kind_of(const char *p, size_t n)
{
	static const char *const spaces[] = {
		"\xc2\xa0", "\xe2\x80\xa8", "\xe2\x80\xa9", "\xe2\x80\xaf", "\xe2\x81\x9f", "\xe3\x80\x80",
	};
	unsigned char c = (unsigned char)*p;
	size_t i;

	if (c <= ' ')
		return SPACE;
	if (c == '~')
		return TILDE;
	if (c < 0x80)
		return strchr("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}", c) != NULL ? SIGN : LETTER;
	for (i = 0; i < ARRAY_LEN(spaces); i++)
		if (n == strlen(spaces[i]) && memcmp(p, spaces[i], n) == 0)
			return SPACE;
	return n == 3 && memcmp(p, "\xe2\x80", 2) == 0 && (unsigned char)p[2] <= 0x8a ? SPACE : ANY;
}

static size_t
sequence_at(const char *p, const char *end)
{
	size_t n = 1;

	while (p + n < end && ((unsigned char)p[n] & 0xc0) == 0x80)
		n++;
	return n;
}

/* What comes at p, whatever tags stand in between. */
static enum kind
kind_behind(const char *p, const char *end)
{
	struct mark_tag tag;

	while (p < end && *p == '<') {
		p = mark_tag(p, end, &tag);
		if (tag.tag == TAG_BR || (tag.tag != TAG_OTHER && (tag.tag < TAG_BR || tag.tag >= TAG_H1)))
			return SPACE;
	}
	return p < end ? kind_of(p, sequence_at(p, end)) : SPACE;
}

/* What comes in front of p, whatever tags stand in between. */
static enum kind
kind_in_front(const char *start, const char *p)
{
	const char *from;

	while (p > start && p[-1] == '>') {
		from = memrchr(start, '<', (size_t)(p - start));
		if (from == NULL || (p - from == 4 && memcmp(from, "<br>", 4) == 0))
			return SPACE;
		p = from;
	}
	for (from = p; from > start && ((unsigned char)from[-1] & 0xc0) == 0x80; from--)
		continue;
	return from > start ? kind_of(from - 1, (size_t)(p - from) + 1) : SPACE;
}

static bool
is_outside(enum kind kind)
{
	return kind == SPACE || kind == SIGN;
}

const char *
mark_emphasis(enum tag tag, char before, const char *p, const char *end)
{
	const char *sign = tag == TAG_EM ? "_" : tag == TAG_STRONG ? "**" : "~~", *close = mark_end(p, end);
	enum kind first = kind_behind(p, close), last = kind_in_front(p, close);
	bool open = is_outside(kind_of(&before, 1)), shut = is_outside(kind_behind(close, end));

	if (p == close || first == SPACE || last == SPACE || before == *sign)
		return "";
	if (tag == TAG_DEL && (first == TILDE || last == TILDE))
		return "";
	/* Another sign may stand there. */
	if (*p == '<')
		first = ANY;
	if (close[-1] == '>')
		last = ANY;
	if (tag != TAG_STRONG)
		return open && shut ? sign : "";
	return (first == LETTER || open) && (last == LETTER || shut) ? sign : "";
}

/* --- addresses --------------------------------------------------------------------------- */

/* Does something like a reference stand at p? */
static bool
looks_like_reference(const char *p, const char *end)
{
	const char *q = p + 1;

	while (q < end && (*q == '#' || (*q >= '0' && *q <= '9') || ((*q | 0x20) >= 'a' && (*q | 0x20) <= 'z')))
		q++;
	return *p == '&' && q > p + 1 && q < end && *q == ';';
}

void
mark_address(struct text href, struct sb *sb)
{
	const char *p, *end;
	struct sb plain;

	/* The older dialects escape what stands there: a reference would be one of a reference. */
	sb_init(&plain, sb->cap);
	for (p = href.p, end = href.p + href.n; p < end;)
		p += mark_character(p, end, &plain);
	for (p = sb_text(&plain), end = p + plain.n; p < end; p++) {
		if (strchr("<>\"`\\", *p) != NULL)
			sb_printf(sb, "%%%02X", (unsigned char)*p);
		else if (*p == '(' || *p == ')')
			sb_printf(sb, "\\%c", *p);
		else if (looks_like_reference(p, end))
			sb_str(sb, "&amp;");
		else
			sb_char(sb, *p);
	}
	sb_free(&plain);
}
