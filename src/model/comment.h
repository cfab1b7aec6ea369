/*
 * A comment as every part of the program knows it: the vocabulary of DESIGN
 * section 2.  The same names are SQL columns, JSON Lines fields, CSV titles.
 */
#ifndef MODEL_COMMENT_H
#define MODEL_COMMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/issue.h"

/*
 * A text of a record.  said: the source spoke about this field at all; said
 * with n == 0 is "said to be empty".  What is not said never overwrites what
 * an earlier import stored.  p is UTF-8 without NUL bytes, not NUL-terminated,
 * and belongs to the arena of the record.
 */
struct text {
	const char	*p;
	size_t		 n;
	bool		 said;
};

/* A number or a flag that a source may leave unsaid. */
struct number {
	int64_t	v;
	bool	said;
};

/* Text fields, in the order of the reader protocol (doc/READER-PROTOCOL): append only. */
enum comment_text {
	CT_SOURCE_SITE,
	CT_EXTERNAL_ID,
	CT_PARENT_EXTERNAL_ID,
	CT_PAGE_ID,			/* the source's page identifier, else the normalised address */
	CT_PAGE_URL,
	CT_PAGE_TITLE,
	CT_AUTHOR_NAME,
	CT_AUTHOR_EMAIL,
	CT_AUTHOR_URL,
	CT_AUTHOR_AVATAR,
	CT_AUTHOR_EXTERNAL_ID,
	CT_AUTHOR_IP,
	CT_BODY_HTML,
	CT_SOURCE,			/* said only by formats whose records name their source (format->own_source) */
	CT_EXTRA,			/* what else the source said: one JSON object, written compactly; "" or not said: nothing */
	CT_COMMENT_ID,			/* the comment_id that a site knows of the comment, 32 hex digits; no column, no part of any hash */
	CT__MAX
};

/* Numbers, same rule. */
enum comment_number {
	CN_CREATED_AT,			/* milliseconds since 1970 UTC; said with CLOCK_UNKNOWN: unreadable */
	CN_IS_APPROVED,			/* flags: 0 or 1 */
	CN_IS_SPAM,
	CN_IS_DELETED,
	CN_VOTES_UP,
	CN_VOTES_DOWN,
	CN__MAX
};

/* What a format put into CT_BODY_HTML; jobs/refine makes HTML of it (text/render) and cleans it. */
enum body_kind {
	BODY_HTML,
	BODY_MARKDOWN,			/* CommonMark; HTML in it is text */
	BODY_MARKDOWN_BREAKS,		/* the same, and each line break counts (Just-Comments) */
	BODY_WORDPRESS,			/* HTML, paragraphs and breaks by newlines unless block elements are there */
	BODY_INTENSEDEBATE,		/* HTML, breaks by newlines */
	BODY_MUUT,			/* Muut's mark-up, HTML-escaped once */
	BODY_FASTCOMMENTS,		/* [img]...[/img], then Markdown; each line break counts */
	BODY_PLAIN			/* text; each line break counts */
};

struct comment {
	struct text	text[CT__MAX];
	struct number	number[CN__MAX];
	uint64_t	ordinal;	/* place of the record in the file, from 0; becomes the order of seq */
	uint64_t	line;		/* where it begins, from 1; 0 if the format has no lines */
	enum body_kind	body_kind;
	struct text	other_body;	/* taken where the body, once clean, says nothing; not said: there is none */
	enum body_kind	other_body_kind;
	bool		date_worked_out;/* created_at is not the source's own word: source_hash takes it as not said */
	enum issue_reason skipped;	/* with RD_SKIPPED: why; preset to ISSUE_BAD_RECORD by who calls next */
	uint8_t		source_hash[16];/* over the record as the source said it; set by jobs/refine */
};

/* Limits of DESIGN section 2, in the unit that the name says. */
enum {
	LIMIT_ID_BYTES		= 255,
	LIMIT_NAME_CHARS	= 255,
	LIMIT_TITLE_CHARS	= 255,
	LIMIT_URL_BYTES		= 2048,
	LIMIT_BODY_BYTES	= 64 * 1024,		/* as HTML */
	LIMIT_BODY_PLAIN_BYTES	= 1024 * 1024,		/* as escaped plain text */
	LIMIT_BODY_DEPTH	= 100,
	LIMIT_IP_BYTES		= 45,
	LIMIT_SITE_BYTES	= 255,
	LIMIT_SOURCE_BYTES	= 32,			/* a-z, 0-9 and - */
	LIMIT_EXTRA_BYTES	= 8 * 1024
};

#endif
