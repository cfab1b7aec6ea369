/* Texts of a record, as the readers of formats handle them: trimmed, in an arena, said or not. */
#ifndef FORMATS_FIELD_H
#define FORMATS_FIELD_H

#include "util/arena.h"
#include "util/err.h"

#include "model/comment.h"

/* Without blanks, tabs and line ends at both sides. */
struct text field_trim(struct text);

/* A trimmed copy in the arena, said, with a NUL byte behind it; in may be *out.  0, or -1 at the arena's cap. */
int field_copy(struct arena *, struct text in, struct text *out, struct err *) MUST_CHECK;

/* A constant as a text that was said. */
struct text field_literal(const char *);

/* Whether the text is exactly this. */
bool field_is(struct text, const char *);

/* "~" and the text, in the arena: an identity made up of what is known.  0, or -1 at the arena's cap. */
int field_made_up(struct arena *, struct text in, struct text *out, struct err *) MUST_CHECK;

#endif
