/*
 * gumbo with a budget.  Its memory is one arena, and gumbo, which cannot be told "no", is left by a long jump
 * when that is used up; sources whose nesting would take it too long never reach it.
 */
#ifndef TEXT_PARSE_H
#define TEXT_PARSE_H

#include <setjmp.h>
#include <signal.h>

#include "util/arena.h"

#include "text/span.h"

struct GumboInternalOutput;

struct parse {
	struct GumboInternalOutput	*output;	/* gumbo's GumboOutput; lives until parse_end() */
	struct arena			*arena;
	jmp_buf				 over;
	struct sigaction		 before;	/* what SIGABRT did before */
};

/* Parses a fragment as the content of a <div>.  0, or -1 if memory or the budget is exhausted or gumbo gives up. Not
 * for several threads at once: SIGABRT has one handler.  parse_end() in any case. */
int parse_begin(struct parse *, struct span html);
void parse_end(struct parse *);

/*
 * A cheap look at the source before gumbo, whose time grows with the square of the nesting: does it open
 * many more tags than it closes?  Tags inside comments and attributes are counted too; a body has
 * to be very odd to be refused for them.
 */
bool parse_too_nested(struct span html);

#endif
