/* A password from the person at the terminal, or from a script. */
#ifndef APP_ASKPASS_H
#define APP_ASKPASS_H

#include "util/err.h"

/* Longer than any password that web/password.h takes, so that too long ones are noticed there. */
#define ASKPASS_SIZE	1100

/* Asks for a new password twice, without echo.  ERR_INPUT if there is no terminal or the two differ;
 * ERR_CANCELLED at Ctrl-C.  The caller wipes out. */
int askpass_new(char out[ASKPASS_SIZE], struct err *) MUST_CHECK;

/* The first line of standard input, without its end. */
int askpass_stdin(char out[ASKPASS_SIZE], struct err *) MUST_CHECK;

#endif
