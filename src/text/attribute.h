/* What the attributes of a parsed element say: addresses, emoji, and where what it embeds comes from. */
#ifndef TEXT_ATTRIBUTE_H
#define TEXT_ATTRIBUTE_H

#include <stdbool.h>

#include "util/sb.h"

struct GumboInternalNode;

/* Of an element; NULL if it has no such attribute, attribute_said() also if there are only blanks in it. */
const char *attribute_value(const struct GumboInternalNode *, const char *name);
const char *attribute_said(const struct GumboInternalNode *, const char *name);

/*
 * Appends an address in the form that href takes: scheme in lower case, https where it begins with //, blanks inside as
 * %20, control characters left out, as browsers do.  False if it is none of ours; then what was appended means nothing.
 */
bool attribute_address(struct sb *, const char *address);

/* Would attribute_address() take it?  mail: an e-mail address, too. */
bool attribute_usable(const char *address, bool mail);

/* May people read an address that cannot be used as text?  Not what holds the thing itself (data:), nor a program. */
bool attribute_readable(const char *address);

/*
 * Is this <img> an emoji or a smiley whose alt says it all?  alt is short and without blanks, and the classes that
 * WordPress, Twemoji and others give, the folder that it lies in, or its width (below 100) together with the alt say
 * so.
 */
bool attribute_emoji(const struct GumboInternalNode *);

/*
 * Does this element show something from elsewhere (iframe, embed, object, video, audio, bgsound), or belong to one
 * that does (source, param)?  *address: the first that can be used (*usable) of its own and its children's, else its
 * own; NULL without one.
 */
bool attribute_embed(const struct GumboInternalNode *, const char **address, bool *usable);

#endif
