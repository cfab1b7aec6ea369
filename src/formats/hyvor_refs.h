/*
 * What the comments of a Hyvor Talk export refer to, its users and pages: in lists of their own, in objects inside the
 * comment, or in members of the comment (formats/hyvor-talk.md section 7).  Part of formats/hyvor_talk.c.
 */
#ifndef FORMATS_HYVOR_REFS_H
#define FORMATS_HYVOR_REFS_H

#include "formats/jsonrows.h"

enum hyvor_user_text { U_ACCOUNT, U_NAME, U_EMAIL, U_URL, U_AVATAR, U_STATE, U_SSO_ID };
enum hyvor_page_text { P_ID, P_IDENTIFIER, P_URL, P_TITLE };

struct hyvor_refs {
	struct jsonrows		*rows;
	struct sidetable	*users, *pages;

	/* Of the comment at hand; texts that nobody says are empty. */
	struct sidetable_row	 user, page;
	struct text		 page_key;	/* of the page in the table; empty: it is not listed */
	bool			 no_user;	/* refers to an account that is not listed, and says no name itself */
	bool			 no_page;	/* refers to a page that is not listed */
};

/* Makes the tables; rows is set by the caller.  0, or -1 out of memory. */
int hyvor_refs_open(struct hyvor_refs *, struct err *) MUST_CHECK;
void hyvor_refs_close(struct hyvor_refs *);

/* Rows of the lists.  kind: "hyvor" or "sso" where the list has users of one kind, else NULL. */
int hyvor_refs_add_user(struct hyvor_refs *, struct json_object *row, const char *kind, struct err *) MUST_CHECK;
int hyvor_refs_add_page(struct hyvor_refs *, struct json_object *row, struct err *) MUST_CHECK;

/* Sets user or page of this comment.  From the handler's refer(). */
int hyvor_refs_user(struct hyvor_refs *, struct json_object *row, struct err *) MUST_CHECK;
int hyvor_refs_page(struct hyvor_refs *, struct json_object *row, struct err *) MUST_CHECK;

/* A member as an id (jsonrows_text); 0 is none. */
int hyvor_refs_id(struct jsonrows *, struct json_object *, const char *names, struct text *out,
    struct err *) MUST_CHECK;

#endif
