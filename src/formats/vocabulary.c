#include "formats/vocabulary.h"

#include <strings.h>

#include "util/weburl.h"

#define LINE_CAP	(64 * 1024 * 1024)

const struct vocabulary_field vocabulary[VOCABULARY_FIELDS] = {
	{ "source", false, CT_SOURCE },
	{ "source_site", false, CT_SOURCE_SITE },
	{ "external_id", false, CT_EXTERNAL_ID },
	{ "parent_external_id", false, CT_PARENT_EXTERNAL_ID },
	{ "page_id", false, CT_PAGE_ID },
	{ "page_url", false, CT_PAGE_URL },
	{ "page_title", false, CT_PAGE_TITLE },
	{ "author_name", false, CT_AUTHOR_NAME },
	{ "author_email", false, CT_AUTHOR_EMAIL },
	{ "author_url", false, CT_AUTHOR_URL },
	{ "author_avatar", false, CT_AUTHOR_AVATAR },
	{ "author_external_id", false, CT_AUTHOR_EXTERNAL_ID },
	{ "author_ip", false, CT_AUTHOR_IP },
	{ "created_at", true, CN_CREATED_AT },
	{ "body_html", false, CT_BODY_HTML },
	{ "is_approved", true, CN_IS_APPROVED },
	{ "is_spam", true, CN_IS_SPAM },
	{ "is_deleted", true, CN_IS_DELETED },
	{ "votes_up", true, CN_VOTES_UP },
	{ "votes_down", true, CN_VOTES_DOWN },
	{ "extra", false, CT_EXTRA },
};

size_t
vocabulary_by_name(const char *name, size_t n)
{
	size_t i;

	for (i = 0; i < VOCABULARY_FIELDS; i++)
		if (strlen(vocabulary[i].name) == n && memcmp(vocabulary[i].name, name, n) == 0)
			break;
	return i;
}

void
vocabulary_note(const struct format_options *options, const struct comment *c, enum issue_reason reason)
{
	format_note(options, reason, c->text[CT_EXTERNAL_ID].n > 0 ? c->text[CT_EXTERNAL_ID].p : NULL, c->line);
}

bool
vocabulary_has(uint32_t fields, const char *name)
{
	return fields >> vocabulary_by_name(name, strlen(name)) & 1;
}

bool
vocabulary_enough(uint32_t fields)
{
	return vocabulary_has(fields, "source") && vocabulary_has(fields, "body_html") &&
	    (vocabulary_has(fields, "page_id") || vocabulary_has(fields, "page_url"));
}

int
vocabulary_check_source(const struct comment *c, struct err *e)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyz0123456789-";
	const struct text *t = &c->text[CT_SOURCE];
	size_t i;

	if (t->n == 0)
		return err_set(e, ERR_INPUT, "The record at line %" PRIu64 " does not say its source.", c->line);
	for (i = 0; i < t->n && memchr(allowed, t->p[i], sizeof(allowed) - 1) != NULL; i++)
		continue;
	if (i < t->n || t->n > LIMIT_SOURCE_BYTES)
		return err_set(e, ERR_INPUT, "The source of the record at line %" PRIu64 " is not a name of up to %d "
		    "characters out of a-z, 0-9 and -.", c->line, LIMIT_SOURCE_BYTES);
	if (t->n == 8 && memcmp(t->p, "trasloco", 8) == 0)
		return err_set(e, ERR_INPUT, "The source of the record at line %" PRIu64 " is \"trasloco\", which names the "
		    "format of the file and not where the comment is from.", c->line);
	return 0;
}

bool
vocabulary_flag(struct text t, bool *out)
{
	static const struct {
		const char	*word;
		bool		 means;
	} words[] = {
		{ "true", true }, { "1", true }, { "yes", true }, { "false", false }, { "0", false }, { "no", false },
	};
	size_t i;

	for (i = 0; i < ARRAY_LEN(words); i++)
		if (strlen(words[i].word) == t.n && strncasecmp(words[i].word, t.p, t.n) == 0) {
			*out = words[i].means;
			return true;
		}
	return false;
}

/* "1.23E+18": one digit, a fraction, an exponent with its sign. */
static bool
rounded(struct text t)
{
	size_t i = 0, digits = 0;

	if (t.n < 5 || t.p[i] < '1' || t.p[i] > '9')
		return false;
	if (t.p[++i] == '.' || t.p[i] == ',')
		for (i++; i < t.n && t.p[i] >= '0' && t.p[i] <= '9'; i++)
			continue;
	if (t.n - i < 4 || (t.p[i] != 'E' && t.p[i] != 'e') || t.p[i + 1] != '+')
		return false;
	for (i += 2; i < t.n && t.p[i] >= '0' && t.p[i] <= '9'; i++)
		digits++;
	return i == t.n && digits <= 3;
}

void
vocabulary_drop_rounded_ids(const struct format_options *options, struct comment *c)
{
	static const enum comment_text ids[] = {
		CT_EXTERNAL_ID, CT_PARENT_EXTERNAL_ID, CT_PAGE_ID, CT_AUTHOR_EXTERNAL_ID,
	};
	size_t i;

	for (i = 0; i < ARRAY_LEN(ids); i++)
		if (rounded(c->text[ids[i]])) {
			c->text[ids[i]] = (struct text){ .said = false };
			vocabulary_note(options, c, ISSUE_VALUE_LEFT_OUT);
		}
}

int
vocabulary_page(const struct format_options *options, struct comment *c, struct arena *arena, struct err *e)
{
	struct text *id = &c->text[CT_PAGE_ID];
	const struct text *url = &c->text[CT_PAGE_URL];
	struct sb key;
	int ret = 0;

	if (id->n > 0)
		return 0;
	if (url->n == 0) {
		*id = (struct text){ .p = "~", .n = 1, .said = true };
		vocabulary_note(options, c, ISSUE_PAGE_MISSING);
		return 0;
	}
	*id = *url;
	sb_init(&key, url->n + 1);
	if (weburl_page(url->p, url->n, &key)) {
		id->n = key.n;
		if (!sb_ok(&key) || (id->p = arena_memdup(arena, sb_text(&key), key.n)) == NULL)
			ret = err_nomem(e);
	}
	sb_free(&key);
	return ret;
}

/* --- writing --------------------------------------------------------------------------- */

struct writing *
vocabulary_writing_new(struct output *out, struct err *e)
{
	struct writing *w = calloc(1, sizeof(*w));

	if (w == NULL) {
		err_nomem(e);
		return NULL;
	}
	w->out = out;
	sb_init(&w->line, LINE_CAP);
	return w;
}

int
vocabulary_write_line(struct writing *w, struct err *e)
{
	if (!sb_ok(&w->line))
		return err_nomem(e);
	if (output_write(w->out, sb_text(&w->line), w->line.n, e) == -1)
		return -1;
	sb_reset(&w->line);
	return 0;
}

int
vocabulary_writing_finish(struct writing *w, struct err *e)
{
	(void)w, (void)e;
	return 0;
}

void
vocabulary_writing_free(struct writing *w)
{
	if (w == NULL)
		return;
	sb_free(&w->line);
	free(w);
}
