#include "util/jsonscan.h"

#include "util/utf8.h"

#define REPLACEMENT	"\xef\xbf\xbd"

/* What may come next. */
enum expect {
	VALUE,			/* a value */
	FIRST_ITEM,		/* a value, or the end of the array */
	FIRST_KEY,		/* a key, or the end of the object */
	KEY,
	COLON,
	NEXT,			/* a comma or the end of what is open */
	NOTHING			/* the document is complete */
};

enum token { NONE, STRING, NUMBER, WORD };

struct text {
	char	p[JSONSCAN_TEXT_MAX + 1];
	size_t	n;
	bool	cut;
};

struct jsonscan {
	jsonscan_fn	*fn;
	void		*ctx;
	int64_t		 at;			/* bytes before the one at hand */
	enum expect	 expect;
	int		 depth;
	bool		 is_object[JSONSCAN_DEPTH];	/* what is open, outermost first */

	enum token	 token;			/* that is being read */
	bool		 is_key;
	struct text	 key, value;
	bool		 escaped;		/* behind a backslash */
	int		 hex_left;		/* digits of \uXXXX that are still to come */
	unsigned	 unit, high;		/* that code unit; the first half of a pair that waits for its second, 0 */
	unsigned char	 sequence[4];		/* a character of several bytes, as far as it is there */
	size_t		 sequence_n;
};

struct jsonscan *
jsonscan_new(jsonscan_fn *fn, void *ctx, struct err *e)
{
	struct jsonscan *s = calloc(1, sizeof(*s));

	if (s == NULL) {
		err_nomem(e);
		return NULL;
	}
	s->fn = fn;
	s->ctx = ctx;
	return s;
}

void
jsonscan_free(struct jsonscan *s)
{
	free(s);
}

static int
refuse(const struct jsonscan *s, const char *what, struct err *e)
{
	return err_set(e, ERR_INPUT, "The JSON of this request is malformed at byte %" PRId64 ": %s.", s->at + 1, what);
}

/* --- values --- */

static int
tell(struct jsonscan *s, enum jsonscan_kind kind, int depth, struct err *e)
{
	bool scalar = kind == JSONSCAN_STRING || kind == JSONSCAN_NUMBER || kind == JSONSCAN_WORD;
	const struct jsonscan_value v = { .kind = kind, .depth = depth,
	    .key = kind != JSONSCAN_END && depth > 0 && s->is_object[depth - 1] ? s->key.p : "",
	    .text = scalar ? s->value.p : "", .cut = scalar && s->value.cut };

	return s->fn(s->ctx, &v, e);
}

static void
value_ended(struct jsonscan *s)
{
	s->expect = s->depth == 0 ? NOTHING : NEXT;
}

static int
open_one(struct jsonscan *s, bool object, struct err *e)
{
	if (s->depth == JSONSCAN_DEPTH)
		return refuse(s, "there are more than 32 arrays and objects within each other", e);
	if (tell(s, object ? JSONSCAN_OBJECT : JSONSCAN_ARRAY, s->depth, e) == -1)
		return -1;
	s->is_object[s->depth++] = object;
	s->expect = object ? FIRST_KEY : FIRST_ITEM;
	return 0;
}

static int
close_one(struct jsonscan *s, bool object, struct err *e)
{
	if (s->depth == 0 || s->is_object[s->depth - 1] != object)
		return refuse(s, "a bracket closes what it did not open", e);
	s->depth--;
	value_ended(s);
	return tell(s, JSONSCAN_END, s->depth, e);
}

/* --- texts --- */

/* p: n bytes of one character. */
static void
add(struct text *t, const char *p, size_t n)
{
	if (t->cut || t->n + n > JSONSCAN_TEXT_MAX) {
		t->cut = true;
		return;
	}
	memcpy(t->p + t->n, p, n);
	t->n += n;
	t->p[t->n] = '\0';
}

static void
begin_token(struct jsonscan *s, enum token token, bool is_key)
{
	struct text *t = is_key ? &s->key : &s->value;

	s->token = token;
	s->is_key = is_key;
	t->n = 0;
	t->p[0] = '\0';
	t->cut = false;
}

static struct text *
target(struct jsonscan *s)
{
	return s->is_key ? &s->key : &s->value;
}

static void
add_code_point(struct jsonscan *s, unsigned c)
{
	char p[4];
	size_t n = 0;

	if (c == 0) {
		add(target(s), REPLACEMENT, 3);
		return;
	}
	if (c < 0x80) {
		p[n++] = (char)c;
	} else if (c < 0x800) {
		p[n++] = (char)(0xc0 | c >> 6);
	} else if (c < 0x10000) {
		p[n++] = (char)(0xe0 | c >> 12);
		p[n++] = (char)(0x80 | (c >> 6 & 0x3f));
	} else {
		p[n++] = (char)(0xf0 | c >> 18);
		p[n++] = (char)(0x80 | (c >> 12 & 0x3f));
		p[n++] = (char)(0x80 | (c >> 6 & 0x3f));
	}
	if (c >= 0x80)
		p[n++] = (char)(0x80 | (c & 0x3f));
	add(target(s), p, n);
}

/* Half a pair that nothing completes. */
static void
flush_high(struct jsonscan *s)
{
	if (s->high != 0)
		add(target(s), REPLACEMENT, 3);
	s->high = 0;
}

static void
take_unit(struct jsonscan *s)
{
	unsigned u = s->unit;

	if (u >= 0xdc00 && u < 0xe000 && s->high != 0) {
		add_code_point(s, 0x10000 + ((s->high - 0xd800) << 10) + (u - 0xdc00));
		s->high = 0;
		return;
	}
	flush_high(s);
	if (u >= 0xd800 && u < 0xdc00)
		s->high = u;
	else if (u >= 0xdc00 && u < 0xe000)
		add(target(s), REPLACEMENT, 3);
	else
		add_code_point(s, u);
}

static int
hex_digit(unsigned char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
		return (c | 0x20) - 'a' + 10;
	return -1;
}

static int
take_escape(struct jsonscan *s, unsigned char c, struct err *e)
{
	static const char letters[] = "\"\\/bfnrt", meant[] = "\"\\/\b\f\n\r\t";
	const char *at = c != '\0' ? strchr(letters, c) : NULL;

	s->escaped = false;
	if (c == 'u') {
		s->hex_left = 4;
		s->unit = 0;
		return 0;
	}
	flush_high(s);
	if (at == NULL)
		return refuse(s, "there is no such escape", e);
	add(target(s), &meant[at - letters], 1);
	return 0;
}

/* A byte of a character that is not ASCII. */
static int
take_sequence(struct jsonscan *s, unsigned char c, struct err *e)
{
	static const unsigned char follow[3] = { 0x80, 0x80, 0x80 };
	unsigned char whole[4];
	size_t n = s->sequence_n + 1, length;

	s->sequence[s->sequence_n] = c;
	memcpy(whole, s->sequence, n);
	/* What there is must be the beginning of a character: with the lowest or with the highest bytes behind it. */
	memcpy(whole + n, follow, sizeof(whole) - n);
	if ((length = utf8_sequence(whole, sizeof(whole))) == 0) {
		memset(whole + n, 0xbf, sizeof(whole) - n);
		length = utf8_sequence(whole, sizeof(whole));
	}
	if (length < 2 || length < n)
		return refuse(s, "this is no valid UTF-8", e);
	s->sequence_n = n;
	if (n == length) {
		add(target(s), (const char *)s->sequence, n);
		s->sequence_n = 0;
	}
	return 0;
}

static int
end_string(struct jsonscan *s, struct err *e)
{
	flush_high(s);
	s->token = NONE;
	if (s->is_key) {
		s->expect = COLON;
		return 0;
	}
	value_ended(s);
	return tell(s, JSONSCAN_STRING, s->depth, e);
}

static int
take_string(struct jsonscan *s, unsigned char c, struct err *e)
{
	int digit;

	if (s->hex_left > 0) {
		if ((digit = hex_digit(c)) == -1)
			return refuse(s, "\\u stands in front of something that is no four digits", e);
		s->unit = s->unit << 4 | (unsigned)digit;
		if (--s->hex_left == 0)
			take_unit(s);
		return 0;
	}
	if (s->escaped)
		return take_escape(s, c, e);
	if (s->sequence_n > 0 || c >= 0x80) {
		flush_high(s);
		return take_sequence(s, c, e);
	}
	if (c < 0x20)
		return refuse(s, "a control character stands in a text", e);
	if (c == '\\') {
		s->escaped = true;
		return 0;
	}
	if (c == '"')
		return end_string(s, e);
	flush_high(s);
	add(target(s), (const char *)&c, 1);
	return 0;
}

/* --- numbers and words --- */

static const char *
digits(const char *p)
{
	return p + strspn(p, "0123456789");
}

static bool
is_number(const char *p)
{
	const char *q;

	p += *p == '-';
	if ((q = digits(p)) == p || (*p == '0' && q != p + 1))
		return false;
	if (*q == '.') {
		p = q + 1;
		if ((q = digits(p)) == p)
			return false;
	}
	if (*q == 'e' || *q == 'E') {
		p = q + 1;
		p += *p == '+' || *p == '-';
		if ((q = digits(p)) == p)
			return false;
	}
	return *q == '\0';
}

static int
end_scalar(struct jsonscan *s, struct err *e)
{
	enum jsonscan_kind kind = s->token == NUMBER ? JSONSCAN_NUMBER : JSONSCAN_WORD;
	const char *p = s->value.p;

	if (s->value.cut || (kind == JSONSCAN_NUMBER ? !is_number(p) :
	    strcmp(p, "true") != 0 && strcmp(p, "false") != 0 && strcmp(p, "null") != 0))
		return refuse(s, kind == JSONSCAN_NUMBER ? "what stands before it is no number" :
		    "what stands before it is none of true, false and null", e);
	s->token = NONE;
	value_ended(s);
	return tell(s, kind, s->depth, e);
}

static bool
is_blank(unsigned char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* --- between the values --- */

static int
begin_value(struct jsonscan *s, unsigned char c, struct err *e)
{
	if (c == '{' || c == '[')
		return open_one(s, c == '{', e);
	if (c == '"') {
		begin_token(s, STRING, false);
		return 0;
	}
	if (c != '-' && (c < '0' || c > '9') && (c < 'a' || c > 'z'))
		return refuse(s, "a value should stand here", e);
	begin_token(s, c >= 'a' ? WORD : NUMBER, false);
	add(&s->value, (const char *)&c, 1);
	return 0;
}

static int
take_between(struct jsonscan *s, unsigned char c, struct err *e)
{
	if (is_blank(c))
		return 0;
	switch (s->expect) {
	case VALUE:
		return begin_value(s, c, e);
	case FIRST_ITEM:
		return c == ']' ? close_one(s, false, e) : begin_value(s, c, e);
	case FIRST_KEY:
	case KEY:
		if (c == '}' && s->expect == FIRST_KEY)
			return close_one(s, true, e);
		if (c != '"')
			return refuse(s, "a name in quotes should stand here", e);
		begin_token(s, STRING, true);
		return 0;
	case COLON:
		if (c != ':')
			return refuse(s, "a colon should stand here", e);
		s->expect = VALUE;
		return 0;
	case NEXT:
		if (c == '}' || c == ']')
			return close_one(s, c == '}', e);
		if (c != ',')
			return refuse(s, "a comma should stand here", e);
		s->expect = s->is_object[s->depth - 1] ? KEY : VALUE;
		return 0;
	case NOTHING:
		break;
	}
	return refuse(s, "something stands behind the end", e);
}

static int
take(struct jsonscan *s, unsigned char c, struct err *e)
{
	if (s->token == STRING)
		return take_string(s, c, e);
	if (s->token != NONE) {
		if (!is_blank(c) && strchr(",:[]{}\"", c) == NULL) {
			add(&s->value, (const char *)&c, 1);
			return 0;
		}
		if (end_scalar(s, e) == -1)
			return -1;
	}
	return take_between(s, c, e);
}

int
jsonscan_feed(struct jsonscan *s, const void *bytes, size_t n, struct err *e)
{
	const unsigned char *p = bytes;
	size_t i;

	for (i = 0; i < n; i++, s->at++)
		if (take(s, p[i], e) == -1)
			return -1;
	return 0;
}

int
jsonscan_end(struct jsonscan *s, struct err *e)
{
	if ((s->token == NUMBER || s->token == WORD) && end_scalar(s, e) == -1)
		return -1;
	if (s->expect != NOTHING || s->token != NONE)
		return refuse(s, "it ends in the middle", e);
	return 0;
}
