/*
 * Which of the rows that WordPress keeps as comments are comments: plugins keep orders' notes, likes and log entries in
 * the same table.  One set of tables for the export (formats/wxr), which names the type, and for the plugin's
 * channel (formats/wordpress_plugin), which does not.
 */
#ifndef FORMATS_WORDPRESS_TYPES_H
#define FORMATS_WORDPRESS_TYPES_H

#include "model/comment.h"
#include "model/issue.h"

/* What is known of a row; what is not said is not known. */
struct wordpress_row {
	struct text	type;		/* comment_type */
	struct text	linkback;	/* what kind of webmention it is: semantic_linkbacks_type or webmention_type */
	struct text	approved;	/* comment_approved */
	struct text	name, email, body;
};

/*
 * ISSUE__MAX: a person's comment.  Else a reason: one that skips (issue_kinds), or ISSUE_TYPE_UNKNOWN, with which it is
 * taken: a type that no table has, with a name and a text.
 */
enum issue_reason wordpress_types_reason(const struct wordpress_row *);

/* Whether visitors can read what is on a page: its wp:status and wp:post_type. */
bool wordpress_types_public(struct text status, struct text post_type);

/* The same where only the page's address and title are known: false if they show that it is not public. */
bool wordpress_types_shown_public(struct text url, struct text title);

#endif
