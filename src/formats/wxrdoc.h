/*
 * What the writers of WordPress's format and of Disqus' dialect of it have in common: an item a page, its comments in
 * it, each with the number of its parent.  Such a writer is a dialect and an open function.
 */
#ifndef FORMATS_WXRDOC_H
#define FORMATS_WXRDOC_H

#include "util/sb.h"

#include "formats/format.h"

#define WXRDOC_DATE_SIZE	19
#define WXRDOC_NO_POST_DATE	"1970-01-01 00:00:00"	/* a post without one gets that of its import */

struct threads;

/* Each of these appends to sb.  What it has of values under construction, it has in value. */
struct wxrdoc_dialect {
	void		(*begin)(struct writing *, const struct comment *first);	/* first may be NULL: there is none */
	void		(*begin_item)(struct writing *, const struct comment *);
	void		(*end_item)(struct writing *);
	void		(*put_comment)(struct writing *, const struct comment *, uint64_t number, uint64_t parent);
	/* Of a comment that is the n-th of the file; never 0. */
	uint64_t	(*number)(const struct comment *, uint64_t n);
};

struct writing {
	struct output			*out;
	const struct wxrdoc_dialect	*dialect;
	struct sb			 sb, value;
	uint64_t			 items, comments;	/* so far, with the one at hand */
	struct threads			*threads;
	int64_t				 earliest;		/* date of the open item's comments; CLOCK_UNKNOWN */
};

/* When the comment was written; CLOCK_UNKNOWN. */
int64_t wxrdoc_created(const struct comment *);

/* YYYY-MM-DD HH:MM:SS, or unknown, which has as many characters.  In buf, of CLOCK_TEXT_SIZE bytes. */
struct text wxrdoc_date(char *buf, int64_t ms, const char *unknown);

/* The body in an element of this name: a line feed outside <pre>, which both make a break of, is a blank. */
void wxrdoc_put_body(struct writing *, int deep, const char *name, struct text);

/* What a page without a title is called: its address, its identifier. */
struct text wxrdoc_title(const struct comment *);

/* The functions of struct writer; open makes what the dialect needs. */
struct writing *wxrdoc_open(struct output *, const struct wxrdoc_dialect *, struct err *);
int wxrdoc_put(struct writing *, const struct comment *, struct err *);
int wxrdoc_finish(struct writing *, struct err *);
void wxrdoc_close(struct writing *);

#endif
