#include "formats/markdown_write.h"

#include "formats/markdown_mark.h"

#define DEPTH_MAX	(LIMIT_BODY_DEPTH + 1)

/* What stands above the next block in its container. */
enum above {
	NOTHING,	/* the container begins here */
	LINE,		/* a line that a list may follow at once */
	BLOCK
};

struct element {
	enum tag	 tag;
	const char	*mark;		/* that ends it; "" */
	struct text	 href;		/* of a link */
	size_t		 prefix;	/* length of the prefix outside of it */
	unsigned	 items;		/* of a list, so far */
};

struct pass {
	struct sb	*out;
	struct sb	 prefix;	/* what each line begins with */
	struct element	 open[DEPTH_MAX];
	size_t		 depth;
	unsigned	 in_items;
	unsigned	 marks;		/* bits 1 << enum tag: emphasis that is open */
	enum above	 above;
	bool		 below_list;
	bool		 in_text;	/* a line of text is open */
	bool		 line_start, blank;	/* in it: nothing stands in the line so far; a blank waits */
	bool		 in_address;	/* of the text: within a word that is an address */
	bool		 in_heading;	/* where a # at the end is no text, either */
	char		 last;		/* what was written last; a blank at the start of a line */
};

/* --- lines and blocks --------------------------------------------------------------------- */

static void
begin_line(struct pass *m)
{
	sb_char(m->out, '\n');
	sb_add(m->out, sb_text(&m->prefix), m->prefix.n);
}

static void
end_text(struct pass *m)
{
	if (!m->in_text)
		return;
	m->in_text = false;
	m->above = m->in_items > 0 ? LINE : BLOCK;
}

/* Goes where the next block begins.  close_by: it may stand on the line below. */
static void
begin_block(struct pass *m, bool close_by)
{
	const char *prefix = sb_text(&m->prefix);
	size_t n = m->prefix.n;

	end_text(m);
	if (m->above == BLOCK || (m->above == LINE && !close_by)) {
		while (n > 0 && prefix[n - 1] == ' ')
			n--;
		sb_char(m->out, '\n');
		sb_add(m->out, prefix, n);
	}
	if (m->above != NOTHING)
		begin_line(m);
	m->above = BLOCK;
	m->below_list = false;
}

static void
begin_text(struct pass *m)
{
	if (m->in_text)
		return;
	begin_block(m, false);
	m->in_text = m->line_start = true;
	m->blank = m->in_address = false;
	m->last = ' ';
}

/* Signs, as they are; a blank that waits goes in front. */
static void
put_mark(struct pass *m, const char *mark)
{
	if (*mark == '\0')
		return;
	begin_text(m);
	if (m->blank && !m->line_start)
		sb_char(m->out, ' ');
	sb_str(m->out, mark);
	m->line_start = m->blank = m->in_address = false;
	m->last = mark[strlen(mark) - 1];
}

/* --- text --------------------------------------------------------------------------- */

static bool
is_space(char c)
{
	return c == ' ' || c == '\n' || c == '\t';
}

static bool
is_alnum(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* In addresses most dialects make links before they look for emphasis; there an underline is left as it is. */
static bool
needs_escape(const struct pass *m, const char *p, const char *end)
{
	if (*p == '_' && m->in_address && is_alnum(m->last) && p + 1 < end && is_alnum(p[1]))
		return false;
	/* In front of a link it would make a picture. */
	if (*p == '!' && p + 1 == end)
		return true;
	return strchr("\\`*_[]~|", *p) != NULL || (m->line_start && strchr("#+-", *p) != NULL) ||
	    (m->in_heading && *p == '#');
}

/* A number that would begin a list: its length up to the sign behind it; 0 if it is none. */
static size_t
list_number(const struct pass *m, const char *p, const char *end)
{
	const char *q = p;

	while (m->line_start && q < end && *q >= '0' && *q <= '9')
		q++;
	return q > p && q < end && (*q == '.' || *q == ')') ? (size_t)(q - p) : 0;
}

/* The text's references are Markdown's, too. */
static void
put_text(struct pass *m, const char *p, const char *end)
{
	size_t number;

	for (; p < end; p++) {
		if (is_space(*p)) {
			m->blank = m->in_text;
			m->in_address = false;
			continue;
		}
		begin_text(m);
		if (m->blank && !m->line_start)
			sb_char(m->out, ' ');
		if ((number = list_number(m, p, end)) > 0) {
			sb_add(m->out, p, number);
			p += number;
			sb_char(m->out, '\\');
		} else if (needs_escape(m, p, end)) {
			sb_char(m->out, '\\');
		}
		if (m->line_start && *p == '=')
			sb_str(m->out, "&#61;");	/* the older dialects cannot escape it */
		else
			sb_char(m->out, *p);
		if (end - p > 2 && memcmp(p, "://", 3) == 0)
			m->in_address = true;
		m->line_start = m->blank = false;
		m->last = *p;
	}
}

/* Is a link or emphasis open, which an empty line would break? */
static bool
in_one_piece(const struct pass *m)
{
	size_t i;

	for (i = 0; i < m->depth; i++)
		if (m->open[i].tag == TAG_A || *m->open[i].mark != '\0')
			return true;
	return false;
}

static void
put_break(struct pass *m)
{
	if (!m->in_text || (m->line_start && in_one_piece(m)))
		return;
	if (m->in_heading) {
		m->blank = true;
		return;
	}
	sb_str(m->out, "  ");
	begin_line(m);
	m->line_start = true;
	m->blank = false;
	m->last = ' ';
}

/* --- code --------------------------------------------------------------------------- */

/* The characters of the inside of an element. */
static void
add_plain(struct sb *sb, struct text inside)
{
	const char *p = inside.p, *end = inside.p + inside.n;
	struct mark_tag tag;

	while (p < end) {
		if (*p == '<') {
			p = mark_tag(p, end, &tag);
			if (tag.tag == TAG_BR)
				sb_char(sb, '\n');
		} else {
			p += mark_character(p, end, sb);
		}
	}
}

static size_t
longest_run(const char *p, char of)
{
	size_t longest = 0, n = 0;

	for (; *p != '\0'; p++) {
		n = *p == of ? n + 1 : 0;
		longest = MAX(longest, n);
	}
	return longest;
}

static void
put_code(struct pass *m, struct text inside)
{
	struct sb code, fence;
	char *p;

	sb_init(&code, m->out->cap);
	sb_init(&fence, m->out->cap);
	add_plain(&code, inside);
	for (p = code.p; p != NULL && *p != '\0'; p++)
		if (*p == '\n')
			*p = ' ';
	if (code.n > 0) {
		size_t n = longest_run(sb_text(&code), '`') + 1;
		bool pad = code.p[0] == '`' || code.p[code.n - 1] == '`';

		while (n-- > 0)
			sb_char(&fence, '`');
		put_mark(m, sb_text(&fence));
		sb_printf(m->out, "%s%s%s%s", pad ? " " : "", sb_text(&code), pad ? " " : "", sb_text(&fence));
	}
	m->out->failed |= code.failed || fence.failed;
	sb_free(&code);
	sb_free(&fence);
}

static void
put_code_lines(struct pass *m, const char *p, const char *indent)
{
	sb_str(m->out, indent);
	for (; *p != '\0'; p++) {
		if (*p != '\n') {
			sb_char(m->out, *p);
			continue;
		}
		begin_line(m);
		sb_str(m->out, indent);
	}
}

static void
put_fence(struct pass *m, size_t n)
{
	while (n-- > 0)
		sb_char(m->out, '`');
}

/* By four blanks, which every dialect knows; but below a list, that would be in its last item. */
static void
put_pre(struct pass *m, struct text inside)
{
	bool fenced = m->below_list;
	struct sb code;
	const char *p;
	size_t fence;

	sb_init(&code, m->out->cap);
	add_plain(&code, inside);
	/* Blank lines at either end are no part of code. */
	while (code.n > 0 && is_space(code.p[code.n - 1]))
		code.p[--code.n] = '\0';
	p = sb_text(&code);
	p += strspn(p, "\n");
	fence = MAX(longest_run(p, '`') + 1, (size_t)3);
	if (*p != '\0') {
		begin_block(m, false);
		if (fenced) {
			put_fence(m, fence);
			begin_line(m);
		}
		put_code_lines(m, p, fenced ? "" : "    ");
		if (fenced) {
			begin_line(m);
			put_fence(m, fence);
		}
	}
	m->out->failed |= code.failed;
	sb_free(&code);
}

/* --- elements --------------------------------------------------------------------------- */

/* An item without text may not stand below a line of text. */
static void
begin_item(struct pass *m, struct element *el, bool has_text)
{
	struct element *list = m->depth > 0 ? &m->open[m->depth - 1] : el;
	/* By turns, because three of one kind in a line would be a rule. */
	const char *bullet = m->in_items % 2 == 0 ? "-" : "+";
	char number[16];

	begin_block(m, has_text || list->items > 0);
	snprintf(number, sizeof(number), "%u. ", ++list->items);
	sb_printf(m->out, "%-4s", list->tag == TAG_OL ? number : bullet);
	sb_str(&m->prefix, "    ");
	m->above = NOTHING;
	m->in_items++;
}

/* The sign at the start of an element; *mark is the one at its end. */
static const char *
inline_mark(struct pass *m, const struct mark_tag *tag, const char *p, const char *end)
{
	if (tag->tag == TAG_Q)
		return "\"";
	if (tag->tag != TAG_STRONG && tag->tag != TAG_EM && tag->tag != TAG_DEL)
		return "";
	return m->marks & 1u << tag->tag ? "" : mark_emphasis(tag->tag, m->in_text && !m->blank ? m->last : ' ', p, end);
}

static void
begin_element(struct pass *m, const struct mark_tag *tag, const char *p, const char *end)
{
	struct element el = { .tag = tag->tag, .mark = "", .href = tag->href, .prefix = m->prefix.n };

	switch (tag->tag) {
	case TAG_P:
	case TAG_H1 ... TAG_H6:
		end_text(m);
		m->in_heading = tag->tag != TAG_P;
		if (m->in_heading)
			put_mark(m, &"###### "[TAG_H6 - tag->tag]);
		break;
	case TAG_QUOTE:
		begin_block(m, false);
		sb_str(m->out, "> ");
		sb_str(&m->prefix, "> ");
		m->above = NOTHING;
		break;
	case TAG_UL:
	case TAG_OL:
		end_text(m);
		break;
	case TAG_LI:
		begin_item(m, &el, mark_has_text(p, mark_end(p, end)));
		break;
	case TAG_A:
		put_mark(m, "[");
		break;
	default:
		el.mark = inline_mark(m, tag, p, end);
		put_mark(m, el.mark);
		m->marks |= *el.mark != '\0' ? 1u << tag->tag : 0;
		break;
	}
	m->open[m->depth++] = el;
}

static void
end_element(struct pass *m)
{
	const struct element *el = &m->open[--m->depth];
	bool blank;

	switch (el->tag) {
	case TAG_P:
	case TAG_H1 ... TAG_H6:
		m->above = m->in_text ? BLOCK : m->above;
		m->in_text = m->in_heading = false;
		break;
	case TAG_QUOTE:
	case TAG_LI:
		end_text(m);
		m->in_items -= el->tag == TAG_LI;
		if (el->tag == TAG_QUOTE)
			m->above = BLOCK;
		else if (m->above == NOTHING)
			m->above = LINE;
		if (m->prefix.p != NULL)
			m->prefix.p[m->prefix.n = el->prefix] = '\0';
		break;
	case TAG_UL:
	case TAG_OL:
		m->below_list = true;
		break;
	case TAG_A:
		blank = m->blank;
		m->blank = false;
		put_mark(m, "](");
		mark_address(el->href, m->out);
		put_mark(m, ")");
		m->blank = blank;
		break;
	default:
		m->blank = m->blank && *el->mark == '\0';
		put_mark(m, el->mark);
		m->marks &= *el->mark != '\0' ? ~(1u << el->tag) : ~0u;
		break;
	}
}

/* The tag at p; returns what stands behind it, and behind the whole element if that is code. */
static const char *
take_tag(struct pass *m, const char *p, const char *end)
{
	struct mark_tag tag;
	const char *inside = mark_tag(p, end, &tag), *close;

	/* The signs of two pieces of code, one right behind the other, would be one. */
	if (tag.tag == TAG_CODE && m->in_text && !m->blank && m->last == '`')
		tag.tag = TAG_OTHER;
	if (tag.closing) {
		if (m->depth > 0)
			end_element(m);
	} else if (tag.tag == TAG_BR) {
		put_break(m);
	} else if (tag.tag == TAG_HR) {
		begin_block(m, false);
		sb_str(m->out, "* * *");
	} else if (tag.tag == TAG_CODE || tag.tag == TAG_PRE) {
		close = mark_end(inside, end);
		(tag.tag == TAG_CODE ? put_code : put_pre)(m, (struct text){ inside, (size_t)(close - inside), true });
		return mark_tag(close, end, &tag);
	} else if (m->depth < DEPTH_MAX) {
		begin_element(m, &tag, inside, end);
	}
	return inside;
}

void
markdown_write(struct text html, struct sb *out)
{
	struct pass m = { .out = out, .above = NOTHING };
	const char *p = html.p, *end = html.p + html.n;

	sb_init(&m.prefix, 8 * DEPTH_MAX);
	while (p < end) {
		if (*p == '<') {
			p = take_tag(&m, p, end);
		} else {
			const char *tag = memchr(p, '<', (size_t)(end - p));

			tag = tag != NULL ? tag : end;
			put_text(&m, p, tag);
			p = tag;
		}
	}
	out->failed |= m.prefix.failed;
	sb_free(&m.prefix);
}
