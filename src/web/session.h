/*
 * Who is signed in: 32 random bytes in a cookie, their hash in the database.
 * Under https the cookies carry the __Host- prefix, so that no other host of the domain can set them.
 */
#ifndef WEB_SESSION_H
#define WEB_SESSION_H

#include "model/settings.h"
#include "http/resp.h"
#include "store/session.h"

#define SESSION_TOKEN_SIZE	(2 * 32 + 1)	/* hexadecimal */

/* The token of the session cookie (sign_in: of the cookie that the sign-in form has before there
 * is a session) into token; false and "" if there is none or it has no such form. */
bool session_cookie(const struct settings *, const char *cookies, bool sign_in, char token[SESSION_TOKEN_SIZE]);

/* A fresh token in the cookie of the sign-in form. */
void session_sign_in_cookie(const struct settings *, struct resp *, char token[SESSION_TOKEN_SIZE]);

/* Whose session is it?  1, 0, -1. */
int session_find(struct db *, const char *token, struct admin *, struct err *) MUST_CHECK;

/* A new session with a new token; sets its cookie and removes that of the sign-in form. */
int session_start(struct db *, const struct settings *, int64_t user_id, struct resp *, struct err *) MUST_CHECK;

/* Ends it in the database and in the browser. */
int session_end(struct db *, const struct settings *, const char *token, struct resp *, struct err *) MUST_CHECK;

#endif
