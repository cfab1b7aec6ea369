/*
 * The pages of a file, for formats that list them apart from their comments:
 * packed, found by key or by name, at most PAGETABLE_MAX bytes in all.
 */
#ifndef FORMATS_PAGETABLE_H
#define FORMATS_PAGETABLE_H

#include "util/err.h"

#include "model/comment.h"

#define PAGETABLE_MAX	(16 * 1024 * 1024)

struct pagetable;

/* A page; texts that were not said are empty.  In one that was found they point into the table, until the next add. */
struct pagetable_page {
	struct text	key;		/* what comments refer to; unique: the first of a key stays */
	struct text	name;		/* a second way to refer to it; the first of a name is found; may be empty */
	struct text	page_id, url, title;
	uint64_t	position;	/* of the format's choosing: where in the file it came */
	bool		deleted;
};

/* NULL when out of memory. */
struct pagetable *pagetable_new(struct err *);
void pagetable_free(struct pagetable *);	/* free(NULL) does nothing */

/* Copies the page in, unless its key is there already.  0, or -1: ERR_LIMIT when the table is full. */
int pagetable_add(struct pagetable *, const struct pagetable_page *, struct err *) MUST_CHECK;

/* By key or by name.  False if there is none, or it is empty. */
bool pagetable_by_key(const struct pagetable *, struct text key, struct pagetable_page *);
bool pagetable_by_name(const struct pagetable *, struct text name, struct pagetable_page *);

/* True the first time that it is asked about this key. */
bool pagetable_first_visit(struct pagetable *, struct text key);

#endif
