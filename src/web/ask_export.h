/* Asking for an export, whoever does: an admin on a page, or a program. */
#ifndef WEB_ASK_EXPORT_H
#define WEB_ASK_EXPORT_H

#include "store/export.h"

#include "web/ctx.h"

/* Asks for it, as c->admin; *job_id.  ERR_CONFLICT where the server has no key for exports, ERR_INPUT for a format that
 * is none and as export_options_check(). */
int ask_export(struct ctx *, const struct export_options *, int64_t *job_id, struct err *) MUST_CHECK;

#endif
