/* Elements of an XML document, written line by line.  Whatever the texts are (valid UTF-8), what comes out is XML 1.0. */
#ifndef FORMATS_XMLWRITE_H
#define FORMATS_XMLWRITE_H

#include "util/sb.h"

#include "model/comment.h"

/* Appends the text with & < > as references; characters that XML does not know become U+FFFD. */
void xmlwrite_escape(struct sb *, struct text);

/* <name>...</name> in a line of its own, deep tabs from the margin.  Attributes may stand behind the name. */
void xmlwrite_text(struct sb *, int deep, const char *name, struct text);
void xmlwrite_cdata(struct sb *, int deep, const char *name, struct text);
void xmlwrite_word(struct sb *, int deep, const char *name, const char *word);	/* as CDATA */
void xmlwrite_number(struct sb *, int deep, const char *name, uint64_t);

#endif
