/*
 * A parent that keeps its child processes alive.  A child that ends is started
 * again: at once if it had worked for a while, else after a pause that
 * doubles up to half a minute, so that a fault at the start burns no processor.
 * No child outlives the parent.
 */
#ifndef APP_PREFORK_H
#define APP_PREFORK_H

#include "util/err.h"

struct prefork_kind {
	const char	*name;			/* in the log */
	int		 count;			/* processes of this kind, may be 0 */
	int		 grace_seconds;		/* between SIGTERM and SIGKILL when all ends */
	int		(*run)(void *ctx);	/* in the child; returns its exit status */
	void		*ctx;
};

/*
 * Starts all children, calls ready once, and serves until SIGTERM or SIGINT; then ends the children kind
 * after kind in the order given.  In a child SIGTERM has its default action and SIGINT, which a
 * terminal sends to all, is ignored: the parent passes the end on.  SIGPIPE is ignored everywhere.
 * 0, or -1 if it cannot start.
 */
int prefork_run(const struct prefork_kind *, size_t n, void (*ready)(void *ctx), void *ctx, struct err *) MUST_CHECK;

/*
 * In a child: become user for good, with the user's own group and, if group is not "", that group
 * beside it and no other.  user "": stay what we are.
 */
int prefork_become(const char *user, const char *group, struct err *) MUST_CHECK;

#endif
