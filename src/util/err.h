/*
 * The one error type.  Every function that can fail returns 0 or -1 (or NULL)
 * and takes a struct err last; the leaf that fails fills it, the callers pass
 * it up.  The struct lives on the stack of whoever can act on it.
 *
 * Only ERR_INPUT, ERR_UNUSABLE, ERR_TYPE, ERR_LIMIT, ERR_AUTH, ERR_FORBIDDEN, ERR_NOTFOUND, ERR_METHOD, ERR_GONE,
 * ERR_CONFLICT and ERR_BUSY carry text that a person may be shown (err_shown).  Such a text
 * is a whole sentence: what is wrong, where, and what to do.
 */
#ifndef UTIL_ERR_H
#define UTIL_ERR_H

#include "util/base.h"

enum err_kind {
	ERR_NONE,
	ERR_INPUT,		/* what was sent is wrong */
	ERR_UNUSABLE,		/* it is well formed, and says what cannot be */
	ERR_TYPE,		/* it is a file of another kind */
	ERR_LIMIT,		/* it is larger, longer or deeper than we take */
	ERR_AUTH,		/* nobody is signed in */
	ERR_FORBIDDEN,		/* signed in, but not allowed */
	ERR_NOTFOUND,
	ERR_METHOD,		/* it is there, but not for this kind of request */
	ERR_GONE,		/* it was there, and is deleted */
	ERR_CONFLICT,		/* allowed, but not in this state */
	ERR_BUSY,		/* allowed, but others have all there is for the moment */
	ERR_CLIENT_GONE,	/* nobody is left to answer */
	ERR_CANCELLED,		/* somebody asked us to stop */
	ERR_FULL,		/* no space left on a disk of ours */
	ERR_SYS,		/* a system call failed, .sys says how */
	ERR_MEMORY,
	ERR_DB,			/* the database refused a statement */
	ERR_DB_LOST,		/* the connection to it is gone */
	ERR_DB_RETRY,		/* deadlock or certification: may be tried again */
	ERR_CRYPTO,		/* a seal is broken or a key does not fit */
	ERR_READER,		/* the reader process died or broke its protocol */
	ERR_CONFIG,
	ERR_BUG,		/* an assumption of ours does not hold */
	ERR__MAX
};

struct err {
	enum err_kind	kind;
	int		sys;		/* errno, or the database's error number; 0 if neither */
	char		msg[512];	/* never empty once kind is set; UTF-8, no newline */
};

/* Fills e (which may be NULL) and returns -1, so that a leaf reads `return err_set(...)`. */
int err_set(struct err *, enum err_kind, const char *fmt, ...) PRINTF(3, 4);

/* The same with errno: kind ERR_FULL for ENOSPC and EDQUOT, ERR_MEMORY for ENOMEM, else
 * ERR_SYS; ": strerror" is appended. */
int err_sys(struct err *, const char *fmt, ...) PRINTF(2, 3);

/* ERR_MEMORY, "out of memory". */
int err_nomem(struct err *);

/* Puts "text: " in front of a message that is already there.  Returns -1. */
int err_prefix(struct err *, const char *fmt, ...) PRINTF(2, 3);

/* HTTP status for a kind: 400 to 507. */
int err_http_status(enum err_kind);

/* True if msg may be shown to the person who sent the input. */
bool err_shown(enum err_kind);

/* The kind as one lower-case word for the log: "input", "db_lost", ... */
const char *err_kind_name(enum err_kind);

/* True if that general sentence sends a person to the operators of the server. */
bool err_for_operators(enum err_kind);

/* What a person is told: msg if err_shown(), else one general sentence for the kind. */
const char *err_public(const struct err *);

#endif
