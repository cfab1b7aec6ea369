/* An export as a person reads it: what was asked for, and what becomes of its file. */
#ifndef WEB_VIEW_EXPORT_H
#define WEB_VIEW_EXPORT_H

#include "store/export.h"
#include "tmpl/tmpl.h"

#include "web/view.h"

/* "/auth/my-account/manage-data/export/7/download"; what: "download" or "delete". */
#define VIEW_EXPORT_PATH_SIZE	(VIEW_JOB_PATH_SIZE + 16)
void view_export_path(char out[VIEW_EXPORT_PATH_SIZE], int64_t job_id, const char *what);

/* Whether its file can be downloaded, where, and until when; all false of a job of another kind.  link: it has a page. */
void view_export_file(struct tmpl_data *row, const struct job *, bool link);

/* "choices": a row for each thing that was asked for, of which "choice" is a few words; never none. */
void view_export_choices(struct tmpl_data *row, const struct export_options *);

#endif
