/*
 * A post of Muut as a comment: formats/muut.c finds posts and what is known of their threads, this maps them
 * (formats/muut.md, sections 2 to 4 and 9).
 */
#ifndef FORMATS_MUUT_POST_H
#define FORMATS_MUUT_POST_H

#include "util/sb.h"

#include "formats/format.h"
#include "formats/mapping.h"
#include "formats/sidetable.h"

/* Of posts and, where there is no `seed`, of threads. */
#define MUUT_POST_AUTHOR	"author user"
#define MUUT_POST_DATE		"date time created"

/* What a post needs to know of its thread. */
struct muut_thread {
	struct text	id;
	struct text	path;		/* as the file has it; empty: not known */
	struct text	key, url, title;
	bool		container;	/* its first post is none, its replies answer nothing */
	bool		removed;
	bool		made;		/* the id, for want of a key */
	bool		lost;		/* nobody will ever know its id: the file breaks off */
	bool		url_reported;
};

struct muut_post {
	const struct format_options	*options;
	struct text			 base;		/* address of the site, without a slash behind it */
	struct sidetable		*users;		/* path without @: text 0 is the e-mail address */
	struct sidetable		*titles;	/* path of a category: text 0 is its title */
	struct mapping			 m;		/* for the texts of a comment */
	struct sb			 sb;		/* empty between two calls */
};

/* A path is /forum/channel, perhaps with `:key` or `#key` behind it; *key is said if it is there. */
struct text muut_post_channel(struct text path, struct text *key);

/* A user's path without its @. */
struct text muut_post_user(struct text path);

/* Its moderators removed it. */
bool muut_post_removed(struct json_object *post);

/* The body, its lines joined, HTML-escaped once as it is in the file. */
struct text muut_post_body(struct muut_post *, struct mapping *, struct json_object *post);

/* For what has no key: `~` and a hash of place, date, author and body. */
struct text muut_post_made_id(struct muut_post *, struct mapping *, struct text place, struct json_object *post);

/* Sets all fields but the ids and the place in the file; reports page and made ids. */
void muut_post_map(struct muut_post *, struct json_object *post, struct muut_thread *, struct comment *);

/* Puts the title as a line of its own in front of the body, unless the body begins with it. */
void muut_post_title(struct muut_post *, struct text title, struct text *body);

/* A thread in a side table, by its number; what was recalled is copied.  False if it is not there. */
int muut_post_keep(struct sidetable *, uint64_t number, const struct muut_thread *, struct err *) MUST_CHECK;
bool muut_post_recall(struct sidetable *, uint64_t number, struct mapping *, struct muut_thread *);

/* Fills the users from the second file: path and e-mail address in its first two columns; a header is a row without
 * an address. */
int muut_post_read_users(struct muut_post *, struct input *, struct err *) MUST_CHECK;

#endif
