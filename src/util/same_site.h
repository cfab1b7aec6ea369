/*
 * "This is the site": a file's comments taken as those of another site, which is the same one under another address
 * (DESIGN section 2).
 *
 * The file's site is the (source, source_site) of its first comment.  Comments of that site get another source_site;
 * those of further sites in the file stay what they are.  A page identifier that is the page's address gets the other
 * site's address in place of the file's, before ids are made and hashed; page_url stays as the file has it.
 */
#ifndef UTIL_SAME_SITE_H
#define UTIL_SAME_SITE_H

#include "util/arena.h"
#include "util/err.h"
#include "util/hash.h"

#include "model/comment.h"

/* The option of an import, belonging to no format: the site's name. */
#define SAME_SITE_OPTION	"site"

/* Zeroed: no comment has come yet. */
struct same_site {
	bool		known;
	struct hash128	own;		/* of the file's source and source_site */
};

/* Is the comment of the file's site?  The first one always is. */
bool same_site_own(struct same_site *, const struct comment *);

/*
 * Of a comment of the file's site, as its format gave it: the page identifier under the other site, in the arena.
 * It is altered if it is the address of page_url (util/weburl_page), begins with source_site and goes on with `/` or `?`
 * or ends there, and both sites are addresses.  0, or -1 when out of memory.
 */
int same_site_page(const char *site, struct comment *, struct arena *, struct err *) MUST_CHECK;

/* Why no site can have this name: a sentence for a person, or NULL. */
const char *same_site_problem(const char *site);

#endif
