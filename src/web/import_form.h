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
	const char	*site;		/* that is chosen under "This is the site"; "": none */
};

/*
 * The job with this number, of the account that is signed in.  site: as which the file is to be imported again; NULL: as
 * before.  ERR_NOTFOUND if there is no such job or site, ERR_CONFLICT if it is not over, or is completed and no site is named.
 */
int import_form_again(struct ctx *, const char *number, const char *site, struct again *, struct err *) MUST_CHECK;

/* again: NULL for a form without choices. */
int import_form(struct ctx *, struct tmpl_data *page, const struct again *, struct err *) MUST_CHECK;

#endif
