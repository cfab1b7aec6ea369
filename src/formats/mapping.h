/*
 * The small change of every JSON format: members as trimmed texts, made texts, the names in a
 * file's first bytes.  Texts are in the arena.  What does not fit there sets failed, so that a record of many
 * fields needs one check at its end.
 */
#ifndef FORMATS_MAPPING_H
#define FORMATS_MAPPING_H

#include "util/arena.h"
#include "util/sb.h"

#include "model/comment.h"

struct json_object;

struct mapping {
	struct arena	*arena;
	bool		 failed;	/* a text is missing: out of memory, or over the arena's cap */
};

bool mapping_same(struct text, struct text);
bool mapping_begins(struct text, const char *s);
bool mapping_ends(struct text, const char *s);

/* The first of the two that is not empty. */
struct text mapping_either(struct text, struct text);

struct number mapping_number(int64_t);

/* jsonval_text(), trimmed. */
struct text mapping_member(struct mapping *, struct json_object *, const char *names);

/* The same of an address: `//host/...` becomes `https://host/...`. */
struct text mapping_address(struct mapping *, struct json_object *, const char *names);

struct text mapping_copy(struct mapping *, struct text);
struct text mapping_printf(struct mapping *, const char *fmt, ...) PRINTF(2, 3);

/* What the sb holds, copied; the sb is emptied. */
struct text mapping_of_sb(struct mapping *, struct sb *);

/* The identity of the page at this address: weburl_page(); not said if the address is not usable. */
struct text mapping_page(struct mapping *, struct text url);

/*
 * Which names the first bytes of a file have: bit i is set if a name of signs[i] (names separated by blanks, as for
 * jsonval_named()) is there; after a `^` only names of the outermost object's
 * members count.  signs ends with NULL, at most 32.
 */
uint32_t mapping_sniff(const uint8_t *head, size_t n, const char *const *signs);

/* For arguments of %.*s. */
#define MAPPING_ARG(t)	(int)(t).n, (t).p

#endif
