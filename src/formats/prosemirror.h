/* Bodies as Hyvor Talk's editor (ProseMirror) keeps them, formats/hyvor-talk.md section 3: a tree of nodes as JSON. */
#ifndef FORMATS_PROSEMIRROR_H
#define FORMATS_PROSEMIRROR_H

#include "util/sb.h"

struct json_object;

/* True for an object that is such a document: {"type":"doc",...}. */
bool prosemirror_is(struct json_object *);

/* True for text that seems to be the JSON of one; it may be damaged, or be something else. */
bool prosemirror_looks_like(const char *, size_t n);

/*
 * Appends the document as HTML, not clean yet.  Nodes that are not known give what is in them, and the words and the address
 * among their attributes; *unknown: there were some with
 * nothing in them, or with these.  Quotes and
 * lists nest 50 deep, beyond that their text goes on without.  Nodes may nest as deep as json-c read them.
 */
void prosemirror_render(struct json_object *, struct sb *, bool *unknown);

#endif
