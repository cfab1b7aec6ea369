/*
 * Writes version 1 of the Commento export, which Commento, Commento++ and Comentario import; formats/commento.md tells
 * what they read.
 *
 * - They refuse a whole file for one person without a name or an e-mail address, or one comment without a text; so none is
 *   empty.  People without an address have one that cannot exist, and `undefined` stands for a missing link or picture.
 * - Commento walks down from `root`: a reply whose parent did not come before it on its page is a comment of its own.
 * - Commento does not read `deleted`.  A deleted comment has neither its text nor its author any more, as there.
 * - People are a list behind the comments.  It grows aside (struct writer) while comments are written, each person once
 *   for the first PEOPLE_MAX of them; the readers take the first of several rows, which the exports of Commento have, too.
 */
#include "formats/format.h"

#include "util/clock.h"
#include "util/esc.h"
#include "util/idmap.h"
#include "util/weburl.h"

#include "formats/author.h"
#include "formats/field.h"
#include "formats/markdown_write.h"
#include "formats/threads.h"

#define COMMENT_MAX	(16 * 1024 * 1024)		/* of output: a body of 1 MiB, and what escaping makes of it */
#define PEOPLE_MAX	((size_t)1 << 18)		/* 16 bytes each, twice that at most: 8 MiB */
#define HEX_SIZE	(2 * HASH256_SIZE)
#define NO_DATE		"0001-01-01T00:00:00Z"		/* as Go writes a date that is not set */

struct writing {
	struct output	*out, *aside;
	struct sb	 sb, person, value;
	struct sb	 page;		/* the members that tell it */
	uint64_t	 comments, people;
	struct threads	*threads;
	struct idmap	*known;		/* people who have a row */
};

/* --- members --------------------------------------------------------------------------- */

static void
put(struct sb *sb, const char *name, struct text t)
{
	sb_printf(sb, "\"%s\":\"", name);
	esc_json(sb, t.p, t.n);
	sb_str(sb, "\",");
}

static void
put_word(struct sb *sb, const char *name, const char *word)
{
	put(sb, name, field_literal(word));
}

static void
put_hex(struct sb *sb, const char *name, const uint8_t key[HASH256_SIZE])
{
	sb_printf(sb, "\"%s\":\"", name);
	esc_hex(sb, key, HASH256_SIZE);
	sb_str(sb, "\",");
}

static void
put_date(struct sb *sb, const char *name, const struct comment *c)
{
	char date[CLOCK_TEXT_SIZE] = "";

	if (c->number[CN_CREATED_AT].said)
		clock_format(date, c->number[CN_CREATED_AT].v);
	put_word(sb, name, *date != '\0' ? date : NO_DATE);
}

/* An id of Commento's stays what it is; one of another source becomes one that looks like it. */
static void
put_id(struct sb *sb, const char *name, const struct comment *c, enum comment_text which)
{
	const struct text *id = &c->text[which];
	uint8_t key[HASH256_SIZE];
	char hex[HEX_SIZE + 1] = "";
	struct hash h;

	if (id->n == HEX_SIZE)
		memcpy(hex, id->p, HEX_SIZE);
	if (!field_is(c->text[CT_SOURCE], "commento") || c->text[CT_SOURCE_SITE].n > 0 || unhex(key, sizeof(key), hex) == -1) {
		hash_begin(&h, sizeof(key));
		hash_part(&h, c->text[CT_SOURCE].p, c->text[CT_SOURCE].n);
		hash_part(&h, c->text[CT_SOURCE_SITE].p, c->text[CT_SOURCE_SITE].n);
		hash_part(&h, id->p, id->n);
		hash_end(&h, key);
	}
	put_hex(sb, name, key);
}

/* --- people --------------------------------------------------------------------------- */

static int
put_person(struct writing *w, const struct comment *c, const uint8_t key[HASH256_SIZE], struct err *e)
{
	struct text name = c->text[CT_AUTHOR_NAME], link = c->text[CT_AUTHOR_URL], photo = c->text[CT_AUTHOR_AVATAR];
	struct sb *sb = &w->person;
	struct hash128 id;
	int fresh;

	memcpy(id.b, key, sizeof(id.b));
	if ((fresh = idmap_add(w->known, &id, 0, e)) <= 0)
		return fresh;
	sb_reset(&w->value);
	author_email(c, &w->value);
	sb_reset(sb);
	sb_str(sb, w->people++ > 0 ? ",{" : "{");
	put_hex(sb, "commenterHex", key);
	put_word(sb, "email", sb_text(&w->value));
	put(sb, "name", name.n > 0 ? name : field_literal("Anonymous"));
	put(sb, "link", link.n > 0 ? link : field_literal("undefined"));
	put(sb, "photo", photo.n > 0 ? photo : field_literal("undefined"));
	put_word(sb, "provider", "commento");
	put_date(sb, "joinDate", c);
	sb_str(sb, "\"isModerator\":false}");
	if (!sb_ok(sb) || !sb_ok(&w->value))
		return err_nomem(e);
	return output_write(w->aside, sb_text(sb), sb->n, e);
}

static int
put_author(struct writing *w, const struct comment *c, bool deleted, struct err *e)
{
	uint8_t key[HASH256_SIZE];

	if (deleted || author_is_nobody(c)) {
		put_word(&w->sb, "commenterHex", "anonymous");
		return 0;
	}
	author_key(c, key);
	put_hex(&w->sb, "commenterHex", key);
	return put_person(w, c, key, e);
}

/* --- comments --------------------------------------------------------------------------- */

/* Host and port, without a scheme; and the rest up to a fragment. */
static void
put_page(struct sb *sb, const struct comment *c)
{
	struct text url = c->text[CT_PAGE_URL], host = { "", 0, true }, path = c->text[CT_PAGE_ID];
	const char *fragment;

	if (weburl_usable(url.p, url.n)) {
		host.p = (const char *)memchr(url.p, '/', url.n) + 2;
		while (host.p + host.n < url.p + url.n && strchr("/?#", host.p[host.n]) == NULL)
			host.n++;
		path.p = host.p + host.n;
		path.n = (size_t)(url.p + url.n - path.p);
		if ((fragment = memchr(path.p, '#', path.n)) != NULL)
			path.n = (size_t)(fragment - path.p);
	}
	put(sb, "domain", host);
	sb_printf(sb, "\"url\":\"%s", path.n > 0 && path.p[0] == '/' ? "" : "/");
	esc_json(sb, path.p, path.n);
	sb_str(sb, "\",");
}

static void
put_body(struct writing *w, const struct comment *c, bool deleted)
{
	sb_reset(&w->value);
	if (!deleted)
		markdown_write(c->text[CT_BODY_HTML], &w->value);
	if (w->value.n == 0)
		sb_str(&w->value, deleted ? "[deleted]" : "&nbsp;");
	put_word(&w->sb, "markdown", sb_text(&w->value));
}

static const char *
state(const struct comment *c)
{
	if (c->number[CN_IS_SPAM].v != 0)
		return "flagged";
	return c->number[CN_IS_APPROVED].said && c->number[CN_IS_APPROVED].v == 0 ? "unapproved" : "approved";
}

static int
flush(struct writing *w, struct err *e)
{
	if (!sb_ok(&w->sb) || !sb_ok(&w->value) || !sb_ok(&w->page))
		return err_nomem(e);
	if (output_write(w->out, sb_text(&w->sb), w->sb.n, e) == -1)
		return -1;
	sb_reset(&w->sb);
	return 0;
}

static int
commento_put(struct writing *w, const struct comment *c, struct err *e)
{
	bool deleted = c->number[CN_IS_DELETED].v != 0;
	int64_t score = 0;
	uint64_t parent;

	if (threads_turn(w->threads, c)) {
		sb_reset(&w->page);
		put_page(&w->page, c);
	}
	if (threads_add(w->threads, c, 1, &parent, e) == -1)
		return -1;
	sb_str(&w->sb, w->comments++ > 0 ? ",\n{" : "{");
	put_id(&w->sb, "commentHex", c, CT_EXTERNAL_ID);
	sb_add(&w->sb, sb_text(&w->page), w->page.n);
	if (put_author(w, c, deleted, e) == -1)
		return -1;
	put_body(w, c, deleted);
	put_word(&w->sb, "html", "");
	if (parent == 0)
		put_word(&w->sb, "parentHex", "root");
	else
		put_id(&w->sb, "parentHex", c, CT_PARENT_EXTERNAL_ID);
	if (__builtin_sub_overflow(c->number[CN_VOTES_UP].v, c->number[CN_VOTES_DOWN].v, &score))
		score = 0;
	sb_printf(&w->sb, "\"score\":%" PRId64 ",", score);
	put_word(&w->sb, "state", state(c));
	put_date(&w->sb, "creationDate", c);
	sb_printf(&w->sb, "\"direction\":0,\"deleted\":%s}", deleted ? "true" : "false");
	return flush(w, e);
}

/* --- the writer --------------------------------------------------------------------------- */

static int
commento_finish(struct writing *w, struct err *e)
{
	sb_str(&w->sb, "],\n\"commenters\":[");
	return flush(w, e) == -1 ? -1 : output_write(w->aside, "]}\n", 3, e);
}

static void
commento_close(struct writing *w)
{
	if (w == NULL)
		return;
	threads_free(w->threads);
	idmap_free(w->known);
	sb_free(&w->sb);
	sb_free(&w->person);
	sb_free(&w->value);
	sb_free(&w->page);
	free(w);
}

static struct writing *
commento_open(struct output *out, struct err *e)
{
	struct writing *w = calloc(1, sizeof(*w));

	if (w == NULL || (w->known = idmap_new(PEOPLE_MAX, false)) == NULL) {
		free(w);
		err_nomem(e);
		return NULL;
	}
	w->out = out;
	sb_init(&w->sb, COMMENT_MAX);
	sb_init(&w->person, COMMENT_MAX);
	sb_init(&w->value, COMMENT_MAX);
	sb_init(&w->page, COMMENT_MAX);
	sb_str(&w->sb, "{\"version\":1,\n\"comments\":[");
	if ((w->threads = threads_new(e)) != NULL)
		return w;
	commento_close(w);
	return NULL;
}

static void
commento_aside(struct writing *w, struct output *aside)
{
	w->aside = aside;
}

const struct writer commento_writer = {
	.name = "commento",
	.title = "Commento (version 1)",
	.extension = "json",
	.by_page = true,
	.open = commento_open,
	.aside = commento_aside,
	.put = commento_put,
	.finish = commento_finish,
	.close = commento_close,
};
