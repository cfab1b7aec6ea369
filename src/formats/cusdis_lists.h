/*
 * What comments of Cusdis refer to: projects (sites), pages, and people, from whatever list or nesting they come
 * (formats/cusdis.md, sections 2 to 4).  Objects that may stand around comments are known by number, too: their place
 * among those of their kind in the file, from 1.
 */
#ifndef FORMATS_CUSDIS_LISTS_H
#define FORMATS_CUSDIS_LISTS_H

#include "formats/mapping.h"
#include "formats/sidetable.h"

/* What is known of the page of a comment.  Placeholders of templates that nobody filled in are left out. */
struct cusdis_page {
	struct text	id, slug, url, title;
	struct text	project;		/* its id; empty: not known */
	struct text	project_title;
	bool		project_deleted;
	bool		listed;			/* something speaks of the page but the comment's reference */
	bool		lost;			/* the file breaks off before it says what page or project this is */
};

struct cusdis_lists {
	struct sidetable	*projects, *pages, *people;
	uint64_t		 projects_n;	/* in the file */
};

/* Which list a person stands in. */
#define CUSDIS_USER		"u"
#define CUSDIS_COMMENTER	"c"

/* Members that make a project, a page. */
#define CUSDIS_PROJECT	"id title deletedAt"
#define CUSDIS_PAGE	"id pageId uniqueId slug url title project projectId"

/* 0, or -1 with err set.  Free what init made even if it failed. */
int cusdis_lists_init(struct cusdis_lists *, struct err *) MUST_CHECK;
void cusdis_lists_free(struct cusdis_lists *);

/* An object that stands around comments. */
struct cusdis_around {
	struct json_object	*object;	/* its members so far */
	uint64_t		 number;	/* 0: there is none */
	uint64_t		 count;		/* of its kind, so far in this pass */
	bool			 has_comments;
	bool			 id_was_late;	/* comments in it came before its id */
	bool			 cut;		/* the file breaks off in it */
};

/* Put a list's object into its table; the first of an id stays.  Texts are made in the mapping's arena.
 * project: the number of the one around the page; 0: none. */
int cusdis_lists_project(struct cusdis_lists *, struct mapping *, const struct cusdis_around *, struct err *)
    MUST_CHECK;
int cusdis_lists_page(struct cusdis_lists *, struct mapping *, const struct cusdis_around *, uint64_t project,
    struct err *) MUST_CHECK;
int cusdis_lists_person(struct cusdis_lists *, struct mapping *, struct json_object *, const char *list, struct err *)
    MUST_CHECK;

/* The id by which comments refer to a page. */
struct text cusdis_lists_page_id(struct mapping *, struct json_object *page);

/* Where a comment stands: numbers of page and project around it, 0 for none; the page's id as far as it is known. */
struct cusdis_place {
	uint64_t	page, project;
	struct text	page_id;
};

/* The page of a comment: around it, named by it, or described in it. */
void cusdis_lists_find(struct cusdis_lists *, struct mapping *, const struct cusdis_place *,
    struct json_object *comment, struct cusdis_page *);

/* False if this page was asked about before.  True always for one that is in no list. */
bool cusdis_lists_first_visit(struct cusdis_lists *, struct mapping *, const struct cusdis_page *);

/* False if there is no such person. */
bool cusdis_lists_find_person(struct cusdis_lists *, struct mapping *, const char *list, struct text id,
    struct text *name, struct text *email);

/* The parent that a comment says; empty: none. */
struct text cusdis_lists_parent(struct mapping *, struct json_object *comment);

/* A date of deletion, or anything that stands for one. */
bool cusdis_lists_deleted(struct mapping *, struct json_object *);

#endif
