/* What the page of a move shows of it. */
#ifndef WEB_MOVE_REPORT_H
#define WEB_MOVE_REPORT_H

#include "model/job.h"
#include "tmpl/tmpl.h"

#include "web/ctx.h"

/* The pairs that it was asked for, what it has found, and examples. */
int move_report_add(struct ctx *, struct tmpl_data *page, const struct job *, struct err *) MUST_CHECK;

#endif
