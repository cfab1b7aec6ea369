/* The values of the upload form: the providers with their options, and what "Try again" chooses for them. */
#ifndef WEB_IMPORT_FORM_H
#define WEB_IMPORT_FORM_H

#include "model/job.h"
#include "tmpl/tmpl.h"

#include "web/ctx.h"

/* The job that is tried again, and its options as the database has them. */
struct again {
	struct job	job;
	const char	*options;
};

/* The job with this number, of the account that is signed in.  ERR_NOTFOUND if there is none, ERR_CONFLICT if it has
 * neither failed nor was cancelled. */
int import_form_again(struct ctx *, const char *number, struct again *, struct err *) MUST_CHECK;

/* again: NULL for a form without choices. */
void import_form(struct ctx *, struct tmpl_data *page, const struct again *);

#endif
