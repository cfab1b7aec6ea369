/* How the command line tool says what went wrong. */
#ifndef APP_COMPLAIN_H
#define APP_COMPLAIN_H

#include "util/err.h"

/* Ours are whole sentences; what the system or the database said becomes one here. */
static inline void
complain(const struct err *e)
{
	size_t len = strlen(e->msg);

	fprintf(stderr, "trasloco: %s%s\n", e->msg, len > 0 && e->msg[len - 1] == '.' ? "" : ".");
}

#endif
