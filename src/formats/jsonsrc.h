/*
 * JSON as a stream: the file is walked by a tokenizer of ours, which enters
 * the containers that the format wants to see inside of, passes over others, and hands out
 * what the format asks for as one json-c tree each.  So memory holds one
 * record, wherever the arrays are and however long they are.
 *
 * The tokenizer takes small damage as providers' exports have it (formats/muut.md section 1, formats/hyvor-talk.md
 * section 1), outside strings only, and reports it (ISSUE_JSON_REPAIRED, once for each line or repair on it):
 * name( ... ); around everything; one `]` too many; }{ ]{ }[{ }][{ for a comma between
 * the elements of an array.  An empty place in an array (,, [, ,]) or behind a name is a hole.
 * More than one document in a file (JSON Lines) come one after the other, unless the format wants one (jsonsrc_alone).
 */
#ifndef FORMATS_JSONSRC_H
#define FORMATS_JSONSRC_H

#include "formats/format.h"

#define JSONSRC_DEPTH_MAX	8192
#define JSONSRC_ELEMENT_MAX	(4 * 1024 * 1024)	/* bytes of a value that is taken */
#define JSONSRC_NAME_MAX	255			/* bytes of a name; longer ones are cut */

struct json_object;
struct jsonsrc;

/* Where a value stands. */
struct jsonsrc_place {
	unsigned		 depth;		/* containers around it; 0: a document of its own */
	const char		*name;		/* in the object around it; NULL in an array and at depth 0 */
	char			 kind;		/* '{', '[', or 's' for a string, number, true, false or null */
	uint64_t		 index;		/* in the container around it, or of the document, from 0 */
	uint64_t		 line;		/* where it begins, from 1 */
};

/* What to do with a value that begins. */
enum jsonsrc_choice {
	JSONSRC_PASS,		/* over it */
	JSONSRC_TAKE,		/* JSONSRC_VALUE with its tree */
	JSONSRC_ENTER		/* a container: JSONSRC_ENTERED, its values, JSONSRC_LEFT.  At most 32 deep. */
};

/* Asked for each value inside of containers that were entered, and for documents. */
typedef enum jsonsrc_choice jsonsrc_choose(void *ctx, const struct jsonsrc_place *);

enum jsonsrc_event {
	JSONSRC_VALUE,		/* tree is set; it lives until the next call (json_object_get() keeps it) */
	JSONSRC_ENTERED,
	JSONSRC_LEFT,		/* the container at this place ended */
	JSONSRC_BAD,		/* one value is not usable: reason (ISSUE_HOLE or ISSUE_BAD_RECORD), and err */
	JSONSRC_END,		/* of the input; sticky */
	JSONSRC_CUT,		/* the input ends in the middle: ERR_INPUT with a sentence; sticky */
	JSONSRC_FAILED		/* it cannot be read on: err; sticky */
};

struct jsonsrc_value {
	struct jsonsrc_place	 place;		/* its name is valid until the next call */
	struct json_object	*tree;		/* NULL for null, too */
	enum issue_reason	 reason;
};

/* Input, ctx and options (for notes) stay valid until close.  NULL when out of memory. */
struct jsonsrc *jsonsrc_open(struct input *, jsonsrc_choose *, void *ctx, const struct format_options *, struct err *);
enum jsonsrc_event jsonsrc_next(struct jsonsrc *, struct jsonsrc_value *, struct err *);

/*
 * The input is one document, the first one.  What follows it (ended of the options is told, when it is not
 * damage as above or zero bytes) is not handed out.
 */
void jsonsrc_alone(struct jsonsrc *);

/* The name, in its object, of the entered container at this depth (0 is the document); NULL in an array.
 * For choose and after events; depth below that of the value. */
const char *jsonsrc_path(const struct jsonsrc *, unsigned depth);

/*
 * Was a member of an outermost object, of one of these names (jsonval_named()), null or an entered container with nothing in it?
 * Of the first JSONSRC_EMPTY_MAX such members.
 */
#define JSONSRC_EMPTY_MAX	16
bool jsonsrc_was_empty(const struct jsonsrc *, const char *names);

/* The input was rewound to its start: everything comes once more, without notes. */
void jsonsrc_rewind(struct jsonsrc *);
void jsonsrc_close(struct jsonsrc *);	/* close(NULL) does nothing */

/*
 * Looks at the first bytes of a file without a parser: calls name() for each name of an object, with its
 * depth (1: in the outermost object; containers of both kinds count).  Returns the first character of the
 * document, '{' or '[', behind blanks and `name(`; 0 if it is no JSON container.
 */
char jsonsrc_sniff(const uint8_t *head, size_t n, void (*name)(void *ctx, unsigned depth, const char *, size_t), void *ctx);

#endif
