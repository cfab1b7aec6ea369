/*
 * What a WordPress export says about its site and its pages, apart from the comments (formats/wxr).
 */
#ifndef FORMATS_WXRPAGE_H
#define FORMATS_WXRPAGE_H

#include "util/arena.h"
#include "util/err.h"
#include "util/sb.h"

#include "model/comment.h"

/* What the elements of the channel and of an item say, trimmed. */
enum wxr_field {
	SITE_TITLE, SITE_LINK, SITE_BLOG_URL,
	ITEM_TITLE, ITEM_LINK, ITEM_ID, ITEM_THREAD, ITEM_STATUS, ITEM_TYPE, ITEM_DATE, ITEM_DATE_GMT,
	WXR_FIELD__MAX
};

struct wxr_site {
	bool		by_link;	/* pages are told apart by their address */
	struct sb	home;		/* source_site; empty until it is settled */
	struct sb	host;		/* of the first item that has an address */
	struct sb	key;		/* for a normalised address */
};

/* What an item says about each of its comments. */
struct wxr_page {
	struct text	id, url, title;
	bool		missing;	/* nothing identifies it: id is made up */
	bool		odd;		/* its address is not a usable one */
	bool		public;
	int64_t		local, utc;	/* dates, as wxr_date() */
};

void wxr_site_init(struct wxr_site *, bool by_link);
void wxr_site_free(struct wxr_site *);

/*
 * The address of the site, where it was not settled before; never empty: wp:base_blog_url, else the channel's link,
 * else the host of the first item that wxr_page_read() saw with an address, else something made up, marked `~`.
 */
void wxr_site_settle(struct wxr_site *, const struct text field[WXR_FIELD__MAX]);

/* The item as far as it was read; texts in the arena or those of field.  0, or -1 at the arena's cap. */
int wxr_page_read(struct wxr_site *, const struct text field[WXR_FIELD__MAX], struct arena *, struct wxr_page *,
    struct err *) MUST_CHECK;

/* A date without zone; CLOCK_UNKNOWN for what is none: WordPress writes year 0 or -1 for a date that it does not
 * have, and what is before 1990 is no better. */
int64_t wxr_date(struct text);

/* Empty or 0: WordPress numbers from 1. */
bool wxr_nothing(struct text);

#endif
