/*
 * Elements as fields, by a table: which element inside which is which text.  For documents of objects
 * in objects (a channel of items of comments), where the same names mean other things at other places.
 */
#ifndef FORMATS_XMLMAP_H
#define FORMATS_XMLMAP_H

#include "formats/xmlqueue.h"

#define XMLMAP_DEPTH	8	/* objects in objects */

/* A child element, by local name without regard to case, of an object.  Elements that no rule names are passed over
 * with all that is in them. */
struct xmlmap_rule {
	int		 in;		/* kind of object around it; 0: it is the document's own element */
	const char	*name;
	int		 opens;		/* it is an object of this kind; 0: it is a text */
	int		 field;		/* the text's place in the fields */
	size_t		 want;		/* bytes of the text; it is cut there */
	bool		 unprefixed;	/* an element with a prefix is another one */
};

struct xmlmap {
	const struct xmlmap_rule	*rules;		/* ends with a NULL name */
	struct text			*fields;	/* trimmed, in the arena; of several the first that is not empty */
	/* An object begins (its fields have been emptied) or ended. */
	int				(*begin)(void *ctx, int object, const struct xmlsrc_element *, struct err *);
	int				(*end)(void *ctx, int object, struct err *);
	void				*ctx;
	struct xmlqueue			*queue;		/* whose arena takes the texts */

	/* of xmlmap itself: zeroed by the format */
	int				 open[XMLMAP_DEPTH];	/* objects */
	unsigned			 depth[XMLMAP_DEPTH];
	int				 open_n;
	const struct xmlmap_rule	*text;		/* whose text is being read */
};

/* struct xmlsrc_handler's start and end; ctx is the struct xmlmap. */
int xmlmap_start(void *ctx, const struct xmlsrc_element *, size_t *want, struct err *);
int xmlmap_end(void *ctx, const char *name, unsigned depth, const struct xmlsrc_text *, struct err *);

/* For struct xmlqueue_owner's keep: copies n fields into another arena. */
int xmlmap_keep(struct text *fields, int n, struct arena *, struct err *) MUST_CHECK;

#endif
