#include "formats/format.h"

#include "util/sb.h"
#include "util/utf8.h"
#include "util/weburl.h"

#include "formats/xmlsrc.h"

const struct format *const formats[] = {
	&disqus_format,
	&commento_format,
	&hyvor_talk_format,
	&muut_format,
	&just_comments_format,
	NULL
};

void
format_note(const struct format_options *options, enum issue_reason reason, const char *external_id, uint64_t line)
{
	if (options != NULL && options->note != NULL)
		options->note(options->ctx, reason, external_id, line);
}

static const struct format *
by_name(const struct format *const *table, const char *name)
{
	for (; *table != NULL; table++)
		if (strcmp((*table)->name, name) == 0)
			return *table;
	return NULL;
}

const struct format *
format_by_name(const char *name)
{
	return by_name(formats, name);
}

/* --- options -------------------------------------------------------------------------- */

static const struct format_option *
option_by_name(const struct format *format, const char *name)
{
	const struct format_option *option = format->options;

	for (; option != NULL && option->name != NULL; option++)
		if (strcmp(option->name, name) == 0)
			return option;
	return NULL;
}

const char *
format_option(const struct format *format, const struct format_options *given, const char *name)
{
	const char *const *pair = given != NULL ? given->pairs : NULL;
	const struct format_option *option = option_by_name(format, name);

	for (; pair != NULL && pair[0] != NULL && pair[1] != NULL; pair += 2)
		if (strcmp(pair[0], name) == 0)
			return pair[1];
	if (option != NULL && option->kind == OPTION_FLAG)
		return "no";
	return option != NULL && option->values != NULL ? option->values[0] : NULL;
}

static int
check_choice(const struct format_option *option, const char *value, struct err *e)
{
	const char *const *allowed = option->values;
	struct sb list;

	for (; *allowed != NULL; allowed++)
		if (strcmp(*allowed, value) == 0)
			return 0;
	sb_init(&list, sizeof(e->msg));
	for (allowed = option->values; *allowed != NULL; allowed++)
		sb_printf(&list, "%s\"%s\"", allowed == option->values ? "" : ", ", *allowed);
	err_set(e, ERR_INPUT, "The option \"%s\" (%s) cannot have this value. Please choose one of these: %s.",
	    option->title, option->name, sb_text(&list));
	sb_free(&list);
	return -1;
}

static int
check_text(const struct format_option *option, const char *value, struct err *e)
{
	size_t n = strlen(value), i;

	for (i = 0; i < n && (unsigned char)value[i] >= ' ' && value[i] != 0x7f; i++)
		continue;
	if (i < n || n > OPTION_TEXT_MAX || !utf8_valid(value, n))
		return err_set(e, ERR_INPUT, "The option \"%s\" (%s) takes one line of text, at most %d bytes. Please shorten it.",
		    option->title, option->name, OPTION_TEXT_MAX);
	return 0;
}

int
format_check_option(const struct format *format, const char *name, const char *value, struct err *e)
{
	const struct format_option *option = option_by_name(format, name);

	if (option == NULL)
		return err_set(e, ERR_INPUT, "There is no option \"%s\" for a file of %s. Please leave it out.",
		    name, format->title);
	switch (option->kind) {
	case OPTION_CHOICE:
		return check_choice(option, value, e);
	case OPTION_FLAG:
		if (strcmp(value, "yes") != 0 && strcmp(value, "no") != 0)
			return err_set(e, ERR_INPUT, "The option \"%s\" (%s) is either \"yes\" or \"no\". Please choose one of these.",
			    option->title, option->name);
		break;
	case OPTION_URL:
		if (!weburl_usable(value, strlen(value)) || strlen(value) > LIMIT_URL_BYTES)
			return err_set(e, ERR_INPUT, "The option \"%s\" (%s) needs an address that begins with https:// or http://. "
			    "Please write it in full.", option->title, option->name);
		break;
	case OPTION_TEXT:
		return check_text(option, value, e);
	case OPTION_FILE:
		break;
	}
	return 0;
}

/* --- what a file looks like that nobody takes ---------------------------------------- */

struct head {
	const uint8_t	*p;
	size_t		 n;
	bool		 packed;	/* p is the inside of a gzip file */
};

static const struct {
	const char	*bytes;
	size_t		 n;
	const char	*what;
} magics[] = {
	{ "\x89PNG\r\n\x1a\n", 8, "a PNG picture" },
	{ "\xff\xd8\xff", 3, "a JPEG picture" },
	{ "GIF8", 4, "a GIF picture" },
	{ "%PDF-", 5, "a PDF document" },
	{ "PK\x03\x04", 4, "a ZIP archive" },
	{ "\x1f\x8b", 2, "a gzip file inside a gzip file" },
	{ "BZh", 3, "a bzip2 archive" },
	{ "\xfd" "7zXZ\x00", 6, "an xz archive" },
	{ "7z\xbc\xaf\x27\x1c", 6, "a 7-Zip archive" },
	{ "Rar!", 4, "a RAR archive" },
	{ "SQLite format 3\x00", 16, "an SQLite database" },
};

static bool
contains(struct head h, const char *what)
{
	return memmem(h.p, h.n, what, strlen(what)) != NULL;
}

/* Behind a byte order mark and blanks. */
static struct head
skip_blanks(struct head h)
{
	if (h.n >= 3 && memcmp(h.p, "\xef\xbb\xbf", 3) == 0) {
		h.p += 3;
		h.n -= 3;
	}
	while (h.n > 0 && strchr(" \t\r\n", *h.p) != NULL && *h.p != '\0') {
		h.p++;
		h.n--;
	}
	return h;
}

static bool
named(const char *name, size_t n, const char *what)
{
	size_t i;

	if (n != strlen(what))
		return false;
	for (i = 0; i < n; i++)
		if ((name[i] | 0x20) != what[i])
			return false;
	return true;
}

/* Something with tags; buf is for a name out of the file. */
static const char *
looks_like_markup(struct head h, char *buf, size_t size)
{
	const char *name;
	size_t n;

	if (!xmlsrc_sniff_root(h.p, h.n, &name, &n))
		return contains(h, "<?xml") ? "an XML file without an element at its beginning" : "plain text";
	if (named(name, n, "html") || named(name, n, "head") || named(name, n, "body") || named(name, n, "div"))
		return "a web page (HTML)";
	if (named(name, n, "rss") && contains(h, "wordpress.org/export/"))
		return "a WordPress export (WXR)";
	if (named(name, n, "rss"))
		return "an RSS feed";
	if (!utf8_valid(name, n) || n > 60)
		return "an XML file of another kind";
	snprintf(buf, size, "an XML file whose first element is <%.*s>", (int)n, name);
	return buf;
}

/* How many of the bytes are no text at all. */
static bool
binary(struct head h)
{
	size_t i;

	for (i = 0; i < h.n; i++)
		if (h.p[i] == 0 || (h.p[i] < ' ' && strchr("\t\n\r\f", h.p[i]) == NULL))
			return true;
	for (i = 0; i + 4 <= h.n;) {
		size_t len = utf8_sequence(h.p + i, h.n - i);

		if (len == 0)
			return true;
		i += len;
	}
	return false;
}

static size_t
count(const uint8_t *p, const uint8_t *end, char c)
{
	size_t n = 0;

	for (; p < end; p++)
		n += *p == (uint8_t)c;
	return n;
}

/* The first two lines have the same separators, at least one. */
static bool
table_of_values(struct head h)
{
	const uint8_t *one = memchr(h.p, '\n', h.n), *end = h.p + h.n, *two;
	const char *separator;

	if (one == NULL)
		return false;
	if ((two = memchr(one + 1, '\n', (size_t)(end - one - 1))) == NULL)
		two = end;
	for (separator = ",;\t"; *separator != '\0'; separator++) {
		size_t n = count(h.p, one, *separator);

		if (n > 0 && count(one, two, *separator) >= n)
			return true;
	}
	return false;
}

static const char *
looks_like(struct head h, char *buf, size_t size)
{
	struct head inside = skip_blanks(h);
	size_t i;

	for (i = 0; i < ARRAY_LEN(magics); i++)
		if (h.n >= magics[i].n && memcmp(h.p, magics[i].bytes, magics[i].n) == 0)
			return magics[i].what;
	if (h.n >= 2 && (memcmp(h.p, "\xff\xfe", 2) == 0 || memcmp(h.p, "\xfe\xff", 2) == 0))
		return "text in the encoding UTF-16";
	if (binary(h))
		return "a file of another kind (not text)";
	if (inside.n == 0)
		return "a file with nothing but blanks";
	if (*inside.p == '<')
		return looks_like_markup(inside, buf, size);
	if (*inside.p == '{' || *inside.p == '[')
		return "a JSON file";
	if (table_of_values(inside))
		return "a table (CSV)";
	return "plain text";
}

/* --- detection ------------------------------------------------------------------------- */

/* The first bytes of what a gzip file contains.  -1 for a file that is already known to be damaged. */
static int
unpack(const uint8_t *head, size_t n, uint8_t *out, size_t *out_n, struct err *e)
{
	struct input_mem mem;
	struct gunzip *gz;
	ssize_t got = 1;
	int ret = 0;

	input_mem_init(&mem, head, n);
	if ((gz = gunzip_open(&mem.in, UINT64_MAX, e)) == NULL)
		return -1;
	*out_n = 0;
	while (*out_n < FORMAT_HEAD_SIZE && got > 0) {
		got = input_read(gunzip_input(gz), out + *out_n, FORMAT_HEAD_SIZE - *out_n, e);
		*out_n += got > 0 ? (size_t)got : 0;
	}
	/* A head of the full size is cut by us; a shorter one is all there is of the file. */
	if (got == -1 && (n < FORMAT_HEAD_SIZE || *out_n == 0))
		ret = -1;
	gunzip_close(gz);
	return ret;
}

struct ranking {
	const struct format	*best;
	int			 score, wanted_score;
	bool			 tie;
};

static struct ranking
rank(const struct format *const *table, const struct format *wanted, struct head h)
{
	struct ranking r = { 0 };

	for (; *table != NULL; table++) {
		int score = (*table)->sniff(h.p, h.n);

		if (*table == wanted)
			r.wanted_score = score;
		if (score > 0 && score == r.score)
			r.tie = true;
		if (score > r.score) {
			r.best = *table;
			r.score = score;
			r.tie = false;
		}
	}
	return r;
}

static const struct format *
refuse(struct head h, const struct format *wanted, struct err *e)
{
	char buf[160];
	const char *what = looks_like(h, buf, sizeof(buf));

	err_set(e, ERR_TYPE, "This looks like %s%s, not like a comment export. Please choose %s.",
	    what, h.packed ? " in a gzip file" : "",
	    wanted != NULL ? wanted->accepts : "the file that one of the providers in the list gave you");
	return NULL;
}

static const struct format *
choose(struct ranking r, const struct format *wanted, struct head h, struct err *e)
{
	if (r.best == NULL)
		return refuse(h, wanted, e);
	if (wanted != NULL && r.wanted_score == r.score)
		return wanted;
	if (wanted != NULL) {
		err_set(e, ERR_TYPE, "This looks like an export of %s, not of %s. Please choose %s as the provider, or choose %s.",
		    r.best->title, wanted->title, r.best->title, wanted->accepts);
		return NULL;
	}
	if (r.tie) {
		err_set(e, ERR_TYPE, "This file could come from more than one provider. Please choose from the list which one it is.");
		return NULL;
	}
	return r.best;
}

const struct format *
format_detect_in(const struct format *const *table, const uint8_t *head, size_t n, const char *wanted, struct err *e)
{
	const struct format *want = NULL;
	struct head h = { head, n, n >= 2 && head[0] == 0x1f && head[1] == 0x8b };
	uint8_t unpacked[FORMAT_HEAD_SIZE];

	if (wanted != NULL && *wanted != '\0' && (want = by_name(table, wanted)) == NULL) {
		err_set(e, ERR_INPUT, "There is no such provider in the list. Please choose one from it.");
		return NULL;
	}
	if (n == 0) {
		err_set(e, ERR_INPUT, "The file is empty. Please choose the file that you exported and try again.");
		return NULL;
	}
	if (h.packed) {
		if (unpack(head, n, unpacked, &h.n, e) == -1)
			return NULL;
		h.p = unpacked;
		if (h.n == 0) {
			err_set(e, ERR_INPUT, "The gzip file has nothing in it.");
			return NULL;
		}
	}
	return choose(rank(table, want, h), want, h, e);
}

const struct format *
format_detect(const uint8_t *head, size_t n, const char *wanted, struct err *e)
{
	return format_detect_in(formats, head, n, wanted, e);
}
