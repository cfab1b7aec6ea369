#include <strings.h>

#include "util/base.h"

#include "formats/wordpress_types.h"

#include "formats/field.h"

#define TAKEN	ISSUE__MAX

/* comment_type, and the words that the meta semantic_linkbacks_type has: Webmention 5 writes these as types. */
static const struct {
	const char		*type;
	enum issue_reason	 reason;
} types[] = {
	{ "", TAKEN }, { "comment", TAKEN },		/* WordPress until 5.4, and since */
	{ "review", TAKEN },				/* WooCommerce */
	{ "wpdiscuz_sticky", TAKEN },			/* wpDiscuz: a comment that stays on top */
	{ "reply", TAKEN },				/* Semantic Linkbacks, Webmention */
	{ "webmention", TAKEN },			/* of unknown kind: what it says decides (signs) */
	{ "activitypub", TAKEN },			/* ActivityPub before 1.0; later ones are of type comment */

	{ "pingback", ISSUE_PINGBACK }, { "trackback", ISSUE_PINGBACK }, { "pings", ISSUE_PINGBACK },
	{ "mention", ISSUE_PINGBACK },			/* Webmention's word for a link */

	/* Webmention, ActivityPub: a verb and no text of a person */
	{ "like", ISSUE_REACTION }, { "repost", ISSUE_REACTION }, { "quote", ISSUE_REACTION },
	{ "bookmark", ISSUE_REACTION }, { "favorite", ISSUE_REACTION }, { "tag", ISSUE_REACTION },
	{ "rsvp", ISSUE_REACTION }, { "invite", ISSUE_REACTION }, { "follow", ISSUE_REACTION },
	{ "read", ISSUE_REACTION }, { "listen", ISSUE_REACTION }, { "watch", ISSUE_REACTION },
	{ "reacji", ISSUE_REACTION }, { "emoji", ISSUE_REACTION },

	{ "private", ISSUE_PRIVATE },			/* wpDiscuz, Private Comments: seen by its author and the staff */
	{ "wpdiscuz_private", ISSUE_PRIVATE },
};

/* Parts of types that plugins made up for the staff's eyes: edd_payment_note, action_log, editorial-comment, ... */
static const struct {
	const char		*word;
	enum issue_reason	 reason;
} words[] = {
	{ "note", ISSUE_OTHER_TYPE }, { "notes", ISSUE_OTHER_TYPE }, { "log", ISSUE_OTHER_TYPE },
	{ "logs", ISSUE_OTHER_TYPE }, { "history", ISSUE_OTHER_TYPE }, { "delivery", ISSUE_OTHER_TYPE },
	{ "notification", ISSUE_OTHER_TYPE }, { "status", ISSUE_OTHER_TYPE }, { "editorial", ISSUE_OTHER_TYPE },
	{ "internal", ISSUE_OTHER_TYPE }, { "private", ISSUE_PRIVATE },
};

/* What machines write, where no type says so.  Those rows have no e-mail address. */
static const struct {
	const char		*start, *middle, *end;
	enum issue_reason	 reason;
} signs[] = {
	/* WordPress: wp_xmlrpc_server::pingback_ping(), an excerpt of the page with the link */
	{ "[&#8230;] ", "", " [&#8230;]", ISSUE_PINGBACK }, { "[...] ", "", " [...]", ISSUE_PINGBACK },
	/* wp-trackback.php: a title and an excerpt that is cut */
	{ "<strong>", "</strong>\n\n", "&#8230;", ISSUE_PINGBACK },
	{ "This ", " was mentioned on <a ", "</a>", ISSUE_PINGBACK },		/* Webmention without Semantic Linkbacks */
	/* ActivityPub: Comment::register_comment_types() */
	{ "\xe2\x80\xa6 liked this!", "", "", ISSUE_REACTION }, { "\xe2\x80\xa6 reposted this!", "", "", ISSUE_REACTION },
	{ "\xe2\x80\xa6 quoted this!", "", "", ISSUE_REACTION },
};

/* The states that WordPress itself has; plugins use others to keep rows out of sight (Edit Flow, Sensei). */
static const char *const states[] = { "", "0", "1", "hold", "approve", "spam", "trash", "post-trashed" };

static bool
same(const char *p, size_t n, const char *with)
{
	return n == strlen(with) && strncasecmp(p, with, n) == 0;
}

static bool
is_state(struct text approved)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(states); i++)
		if (field_is(approved, states[i]))
			return true;
	return !approved.said;
}

static enum issue_reason
unknown(const struct wordpress_row *row, struct text type)
{
	const char *p = type.p, *end = type.p + type.n;
	size_t len, i;

	for (; p < end; p += len + 1) {
		len = 0;
		while (p + len < end && strchr("_- .", p[len]) == NULL)
			len++;
		for (i = 0; i < ARRAY_LEN(words); i++)
			if (same(p, len, words[i].word))
				return words[i].reason;
	}
	return row->name.n > 0 && row->body.n > 0 && is_state(row->approved) ? ISSUE_TYPE_UNKNOWN : ISSUE_OTHER_TYPE;
}

static bool
has_sign(struct text body, const char *start, const char *middle, const char *end)
{
	size_t first = strlen(start), last = strlen(end);

	return body.n >= first + last && memcmp(body.p, start, first) == 0 &&
	    memcmp(body.p + body.n - last, end, last) == 0 && (last > 0 || body.n == first) &&
	    memmem(body.p, body.n, middle, strlen(middle)) != NULL;
}

static enum issue_reason
by_text(const struct wordpress_row *row)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(signs) && row->email.n == 0; i++)
		if (has_sign(row->body, signs[i].start, signs[i].middle, signs[i].end))
			return signs[i].reason;
	return TAKEN;
}

enum issue_reason
wordpress_types_reason(const struct wordpress_row *row)
{
	struct text type = row->linkback.n > 0 ? row->linkback : row->type;
	const char *colon = type.n > 0 ? memchr(type.p, ':', type.n) : NULL;
	size_t n = colon != NULL ? (size_t)(colon - type.p) : type.n, i;	/* rsvp:yes */

	if (!type.said || same(type.p, n, "webmention"))
		return by_text(row);
	for (i = 0; i < ARRAY_LEN(types); i++)
		if (same(type.p, n, types[i].type))
			return types[i].reason;
	return unknown(row, type);
}

/* --- pages --------------------------------------------------------------------------- */

/* People who wrote there did not write in public.  A page of the status future was public before it was put off. */
bool
wordpress_types_public(struct text status, struct text post_type)
{
	static const char *const hidden[] = { "draft", "auto-draft", "pending", "private", "trash" };
	size_t i;

	for (i = 0; i < ARRAY_LEN(hidden); i++)
		if (field_is(status, hidden[i]))
			return false;
	/* Orders and contact forms. */
	return !field_is(post_type, "feedback") && !(post_type.n >= 10 && memcmp(post_type.p, "shop_order", 10) == 0);
}

/* private_title_format of WordPress and of its translations: what get_the_title() sets before a private page's title. */
static const char *const private_titles[] = {
	"Private: ", "Privat: ", "Privato: ", "Privado: ", "Priv\xc3\xa9: ", "Priv\xc3\xa9&nbsp;: ", "Priv\xc3\xa9 : ",
	"Priv\xc3\xa9\xc2\xa0: ", "Prywatne: ", "Prywatny: ",
};

/*
 * get_post_permalink() writes ?post_type=shop_order&p=12 for a page of a type of its own that visitors cannot see: a
 * draft, one that waits, or of a type that has no pages.  ?p=12 says nothing: a site without permalinks has no others.
 */
bool
wordpress_types_shown_public(struct text url, struct text title)
{
	static const char *const numbers[] = { "&p=", "&amp;p=", "&#038;p=" };
	const char *query = url.n > 0 ? memmem(url.p, url.n, "?post_type=", 11) : NULL;
	size_t i;

	for (i = 0; i < ARRAY_LEN(numbers) && query != NULL; i++)
		if (memmem(query, url.n - (size_t)(query - url.p), numbers[i], strlen(numbers[i])) != NULL)
			return false;
	for (i = 0; i < ARRAY_LEN(private_titles); i++)
		if (title.n > strlen(private_titles[i]) && memcmp(title.p, private_titles[i], strlen(private_titles[i])) == 0)
			return false;
	return true;
}
