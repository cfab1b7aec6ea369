/* What a move is asked for: pairs of an old and a new place, all applied at once to the places as they were. */
#ifndef MODEL_MOVE_H
#define MODEL_MOVE_H

#include <stddef.h>
#include <stdint.h>

/* Both sides of a pair are of one kind.  In the order of the database's enum. */
enum move_kind {
	MOVE_DOMAIN,		/* "old.example": the host is replaced, scheme and path stay */
	MOVE_URL,		/* "https://old.example/a": this one page */
	MOVE_PREFIX,		/* "https://old.example/blog/" followed by "*": what stands behind it stays */
	MOVE_PAGE_ID,		/* the page's id; its address stays */
	MOVE_KIND__MAX
};

/* "domain", "url", "prefix", "page_id"; defined in util/names.c. */
extern const char *const move_kind_names[MOVE_KIND__MAX];

struct move_pair {
	enum move_kind	 kind;
	const char	*from, *to;	/* as they were written, without blanks around them */
	int64_t		 line;		/* of the list, from 1 */
};

#define MOVE_PAIRS_MAX	10000
#define MOVE_LIST_MAX	1000000		/* bytes of a list */

/* Where a page is: "" for what it does not have. */
struct move_place {
	const char	*page_id, *page_url;
	const char	*address;	/* page_url by util/weburl_page() */
};

#endif
