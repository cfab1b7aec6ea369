/*
 * What a connected site may be told of the account's comments, and which of
 * them it has taken over under numbers of its own (role web).
 *
 * The site takes what it is told as changes of its own database, so nothing is
 * said that is not certain:
 *  - never what the site itself has sent (same source and source_site);
 *  - by default only comments of pages on the site's host, with integration.all_comments those of every page;
 *  - only comments whose page is one of the site's posts for certain: the page's address is a permalink that this site
 *    has sent, of one post only; or the page has the identifier that Disqus' plugin gave it on this very site,
 *    "NNN https://SITE/?p=NNN", and nobody has given it another one since;
 *  - no body that a site cannot hold (SITE_BODY_MAX bytes).
 * A number of the site's own is said only of a comment that this integration has mapped.
 */
#ifndef STORE_SITE_COMMENT_H
#define STORE_SITE_COMMENT_H

#include "store/db.h"
#include "store/integration.h"

#define SITE_BODY_MAX		65535	/* bytes: TEXT, in which WordPress keeps a comment */

/* Texts are valid until the callback returns; "" where nothing is known. */
struct site_comment {
	struct hash128	 comment_id;
	bool		 has_parent;	/* and the site knows it, or will be told of it */
	struct hash128	 parent_id;
	int64_t		 changed, added;/* cursors */
	const char	*author_name, *author_email, *author_avatar, *body_html;
	int64_t		 created_at;	/* ms UTC, CLOCK_UNKNOWN */
	bool		 is_approved, is_spam, is_deleted;
	int64_t		 votes_up, votes_down;
	const char	*post_id;	/* the site's number of the page: digits */
	const char	*page_url, *page_title;
	const char	*site_number;	/* the site's number of the comment: digits; "" unless this integration has mapped it */
};

/* Called for each comment; must not use the db.  0 to go on, 1 to stop, -1 with err set. */
typedef int (*site_comment_fn)(void *ctx, const struct site_comment *, struct err *);

/* Those that have changed behind the cursor, oldest change first, deleted ones too; at most limit.  1 when fn has
 * stopped it, 0, -1. */
int site_comment_changed(struct db *, const struct integration *, int64_t after, int limit, site_comment_fn, void *ctx,
    struct err *) MUST_CHECK;

/* How many of them there are, counting to limit at most. */
int site_comment_count_changed(struct db *, const struct integration *, int64_t after, int limit, int64_t *count,
    struct err *) MUST_CHECK;

/*
 * Notes up to where nothing that has changed lately is to be told, so that the two above need not look at it again: whoever
 * asks often calls this before.  Looks at what is new since the last time, if that is much; not while a batch of the site is
 * being stored.
 */
int site_comment_note_quiet(struct db *, const struct integration *, struct err *) MUST_CHECK;

/* Notes, before the site hears it, that it is told of changes up to this cursor: from then on it is believed when it names what
 * was added until then (store/alias.h).  ERR_BUSY while a batch of the site is being stored. */
int site_comment_note_told(struct db *, const struct integration *, int64_t changed, struct err *) MUST_CHECK;

/* Those of the list that site_list_make() has made, from place skip (0: the first) on; at most limit.  What must not be
 * told any more is passed over.  Returns as site_comment_changed(). */
int site_comment_listed(struct db *, const struct integration *, int64_t skip, int limit, site_comment_fn, void *ctx,
    struct err *) MUST_CHECK;

/* Counts afresh what the site is not told of although it did not send it (integration.left_out); unless a batch of the
 * site is being stored at this moment. */
int site_comment_count_left_out(struct db *, const struct integration *, struct err *) MUST_CHECK;

/*
 * The site has taken over a comment of ours under this number (digits, no leading zero).  From then on the site is told
 * so, and whoever brings a comment of that site with that number means ours (comment_alias).  The latest word about a
 * number and about a comment counts; older numbers of a comment stay aliases.
 * 1; 0 and nothing changed: the comment is none of the account's on a page within the site's scope, or is the site's
 * own, or the number is that of a comment that the site has sent; -1.  In the transaction that is open.
 */
int site_comment_map(struct db *, const struct integration *, const struct hash128 *comment_id, const char *site_number,
    struct err *) MUST_CHECK;

/* --- store/site_list.c --- */

/* Makes the list of what the site may download anew, in one transaction: parents before children, else by seq; then
 * counts what is left out.  Memory: a bit for each comment of the account, and what a chain of replies is long. */
int site_list_make(struct db *, const struct integration *, struct err *) MUST_CHECK;

/* How many comments the list has. */
int site_list_count(struct db *, const struct integration *, int64_t *count, struct err *) MUST_CHECK;

#endif
