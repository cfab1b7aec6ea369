/* The handlers of the table in dispatch.c, one file each (page_*.c, api_*.c, upload.c). */
#ifndef WEB_PAGES_H
#define WEB_PAGES_H

#include "web/ctx.h"

int page_home(struct ctx *, struct err *);
int page_login(struct ctx *, struct err *);
int page_login_post(struct ctx *, struct err *);
int page_logout_post(struct ctx *, struct err *);
int page_import(struct ctx *, struct err *);
int page_job(struct ctx *, struct err *);
int api_status(struct ctx *, struct err *);
int api_health(struct ctx *, struct err *);
int api_metrics(struct ctx *, struct err *);
int upload_post(struct ctx *, struct err *);

/* Fields of the sign-in form and of the queries, for the table. */
extern const struct form_field page_login_query[], page_login_fields[], page_logout_fields[], page_import_query[];

#endif
