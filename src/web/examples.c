#include "web/examples.h"

#include "util/esc.h"
#include "util/num.h"
#include "util/sb.h"

static void
skip_blanks(const char **p)
{
	*p += strspn(*p, " \t\r\n");
}

static bool
take(const char **p, char c)
{
	skip_blanks(p);
	if (**p != c)
		return false;
	(*p)++;
	return true;
}

static void
add_utf8(struct sb *out, unsigned c)
{
	if (c < 0x80) {
		sb_char(out, (char)c);
	} else if (c < 0x800) {
		sb_char(out, (char)(0xc0 | c >> 6));
		sb_char(out, (char)(0x80 | (c & 0x3f)));
	} else if (c < 0x10000) {
		sb_char(out, (char)(0xe0 | c >> 12));
		sb_char(out, (char)(0x80 | (c >> 6 & 0x3f)));
		sb_char(out, (char)(0x80 | (c & 0x3f)));
	} else {
		sb_char(out, (char)(0xf0 | c >> 18));
		sb_char(out, (char)(0x80 | (c >> 12 & 0x3f)));
		sb_char(out, (char)(0x80 | (c >> 6 & 0x3f)));
		sb_char(out, (char)(0x80 | (c & 0x3f)));
	}
}

static int
code_unit(const char **p, unsigned *out)
{
	char hex[5] = { 0 };
	uint8_t b[2];

	memcpy(hex, *p, strnlen(*p, 4));
	if (unhex(b, 2, hex) == -1)
		return -1;
	*p += 4;
	*out = (unsigned)b[0] << 8 | b[1];
	return 0;
}

/* Behind "\u"; halves of a pair that lost the other one become the replacement character. */
static int
unicode_escape(const char **p, struct sb *out)
{
	unsigned c, low;

	if (code_unit(p, &c) == -1)
		return -1;
	if (c >= 0xd800 && c < 0xdc00 && (*p)[0] == '\\' && (*p)[1] == 'u') {
		*p += 2;
		if (code_unit(p, &low) == -1)
			return -1;
		c = low >= 0xdc00 && low < 0xe000 ? 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00) : 0xfffd;
	}
	add_utf8(out, c == 0 || (c >= 0xd800 && c < 0xe000) ? 0xfffd : c);
	return 0;
}

/* A string into out. */
static int
read_string(const char **p, struct sb *out)
{
	static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
	const char *at;

	sb_reset(out);
	if (!take(p, '"'))
		return -1;
	while (**p != '"') {
		if ((unsigned char)**p < 0x20)
			return -1;
		if (**p != '\\') {
			sb_char(out, *(*p)++);
			continue;
		}
		(*p)++;
		if (**p == 'u') {
			(*p)++;
			if (unicode_escape(p, out) == -1)
				return -1;
		} else if (**p != '\0' && (at = strchr(from, **p)) != NULL) {
			sb_char(out, to[at - from]);
			(*p)++;
		} else {
			return -1;
		}
	}
	(*p)++;
	return 0;
}

/* A number, true, false or null into out, as written. */
static int
read_word(const char **p, struct sb *out)
{
	size_t n;

	sb_reset(out);
	skip_blanks(p);
	n = strspn(*p, "-+.0123456789abcdefghijklmnopqrstuvwxyzE");
	sb_add(out, *p, n);
	*p += n;
	return n > 0 ? 0 : -1;
}

static int
read_object(const char **p, struct arena *a, struct sb *name, struct sb *value, const char **id, int64_t *line)
{
	bool text;

	*id = NULL;
	*line = 0;
	if (!take(p, '{'))
		return -1;
	if (take(p, '}'))
		return 0;
	do {
		if (read_string(p, name) == -1 || !take(p, ':'))
			return -1;
		skip_blanks(p);
		text = **p == '"';
		if ((text ? read_string(p, value) : read_word(p, value)) == -1)
			return -1;
		if (text && strcmp(sb_text(name), "external_id") == 0)
			*id = arena_strdup(a, sb_text(value));
		else if (!text && strcmp(sb_text(name), "line") == 0 && num_parse(sb_text(value), 0, INT64_MAX, line) == -1)
			*line = 0;
	} while (take(p, ','));
	return take(p, '}') ? 0 : -1;
}

int
examples_each(const char *json, struct arena *a, void (*fn)(void *ctx, const char *external_id, int64_t line),
    void *ctx, struct err *e)
{
	const char *p = json, *id;
	struct sb name, value;
	int64_t line;
	int result = -1;

	sb_init(&name, 4096);
	sb_init(&value, 4096);
	if (!take(&p, '['))
		goto malformed;
	if (!take(&p, ']')) {
		do {
			if (read_object(&p, a, &name, &value, &id, &line) == -1)
				goto malformed;
			fn(ctx, id, line);
		} while (take(&p, ','));
		if (!take(&p, ']'))
			goto malformed;
	}
	result = 0;
malformed:
	sb_free(&name);
	sb_free(&value);
	return result == 0 ? 0 : err_set(e, ERR_BUG, "the examples of an issue are malformed");
}
