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
int page_cancel(struct ctx *, struct err *);
int page_cancel_post(struct ctx *, struct err *);
/* sites that send their comments themselves */
int page_confirm(struct ctx *, struct err *);
int page_confirm_post(struct ctx *, struct err *);
int page_sites(struct ctx *, struct err *);
int page_site_resync(struct ctx *, struct err *);
int page_site_revoke(struct ctx *, struct err *);
int page_site_revoke_post(struct ctx *, struct err *);
extern const struct form_field page_confirm_query[], page_confirm_fields[], page_sites_query[];

int page_move(struct ctx *, struct err *);
int page_move_post(struct ctx *, struct err *);
int page_move_run(struct ctx *, struct err *);
int page_copy(struct ctx *, struct err *);
int page_copy_post(struct ctx *, struct err *);
/* exports */
int page_export(struct ctx *, struct err *);
int page_export_post(struct ctx *, struct err *);
int page_export_delete(struct ctx *, struct err *);
int page_export_delete_post(struct ctx *, struct err *);
int download_get(struct ctx *, struct err *);
extern const struct form_field page_export_query[], page_export_fields[];

int page_audit(struct ctx *, struct err *);
int page_notifications(struct ctx *, struct err *);
int page_notifications_mail(struct ctx *, struct err *);
int page_webhook_set(struct ctx *, struct err *);
int page_webhook_rotate(struct ctx *, struct err *);
int page_webhook_remove(struct ctx *, struct err *);
int api_status(struct ctx *, struct err *);
int api_health(struct ctx *, struct err *);
int api_metrics(struct ctx *, struct err *);
int upload_post(struct ctx *, struct err *);

/* Of connected sites. */
int site_token(struct ctx *, struct err *);
int site_commands(struct ctx *, struct err *);
int site_comments_post(struct ctx *, struct err *);
int site_api_secret(struct ctx *, struct err *);
extern const struct form_field site_token_query[], site_commands_query[];

/* What connected sites are told. */
int site_events(struct ctx *, struct err *);
int site_download(struct ctx *, struct err *);
int site_ids(struct ctx *, struct err *);
extern const struct form_field site_events_query[], site_download_query[];

/* Tokens of programs. */
int page_tokens(struct ctx *, struct err *);
int page_tokens_post(struct ctx *, struct err *);
int page_tokens_revoke(struct ctx *, struct err *);
extern const struct form_field page_tokens_query[], page_tokens_fields[];

/* Programs with a token. */
int api_imports(struct ctx *, struct err *);
int api_import_post(struct ctx *, struct err *);
int api_exports(struct ctx *, struct err *);
int api_export_post(struct ctx *, struct err *);
int api_moves(struct ctx *, struct err *);
int api_move_post(struct ctx *, struct err *);
int api_job(struct ctx *, struct err *);
int api_job_cancel(struct ctx *, struct err *);
extern const struct form_field api_list_query[];

/* Fields of forms and of queries, for the table; page_token_fields is a form that asks for nothing. */
extern const struct form_field page_login_query[], page_login_fields[], page_token_fields[], page_import_query[],
    page_copy_query[], page_copy_fields[], page_move_query[], page_move_fields[], page_move_run_fields[],
    page_audit_query[], page_notifications_query[], page_notifications_mail_fields[], page_webhook_fields[];

#endif
